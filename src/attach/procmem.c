/* SPDX-License-Identifier: MIT */
#include "attach/procmem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/process.h"
#include "base/bounds.h"
#include "base/vec.h"

static void forget_all(struct process_memory *ret)
{
	memset(ret, -1, sizeof(*ret));	/* every integer: -1 */
	ret->user_s = ret->system_s = -1;
	ret->child_user_s = ret->child_system_s = -1;
}

/* "size resident shared text lib data dirty", in pages */
static void fill_statm(const char *text, struct process_memory *ret)
{
	int64_t *const field[] = {
		&ret->vms, &ret->rss, &ret->file,
		&ret->text, &ret->lib, &ret->data,
	};
	const int64_t page = sysconf(_SC_PAGESIZE);
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(field); i++, text = end) {
		int64_t pages = strtoll(text, &end, 10);

		if (end == text)
			return;
		if (pages >= 0 && pages <= INT64_MAX / page)
			*field[i] = pages * page;
	}
}

static void fill_status(const char *text, struct process_memory *ret)
{
	ret->peak_rss = procfs_bytes(text, "VmHWM");
	ret->rss_anon = procfs_bytes(text, "RssAnon");
	ret->rss_file = procfs_bytes(text, "RssFile");
	ret->rss_shmem = procfs_bytes(text, "RssShmem");
	ret->swap = procfs_bytes(text, "VmSwap");
	ret->stack = procfs_bytes(text, "VmStk");
	ret->page_tables = procfs_bytes(text, "VmPTE");
	ret->locked = procfs_bytes(text, "VmLck");
	ret->hugetlb = procfs_bytes(text, "HugetlbPages");
}

static void fill_stat(const struct procfs_stat *stat,
		      struct process_memory *ret)
{
	const double hz = (double)sysconf(_SC_CLK_TCK);

	ret->minor_faults = stat->minflt;
	ret->major_faults = stat->majflt;
	ret->child_minor_faults = stat->cminflt;
	ret->child_major_faults = stat->cmajflt;
	ret->user_s = (double)stat->utime / hz;
	ret->system_s = (double)stat->stime / hz;
	ret->child_user_s = (double)stat->cutime / hz;
	ret->child_system_s = (double)stat->cstime / hz;
	ret->n_threads = stat->num_threads;
}

static void add_known(int64_t *sum, int64_t more)
{
	if (more >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + more;
}

static void fill_rollup(const char *text, struct process_memory *ret)
{
	int64_t rss = procfs_bytes(text, "Rss");

	ret->pss = procfs_bytes(text, "Pss");
	add_known(&ret->uss, procfs_bytes(text, "Private_Clean"));
	add_known(&ret->uss, procfs_bytes(text, "Private_Dirty"));
	if (rss >= 0 && ret->uss >= 0) {
		ret->rss = rss;
		ret->shared = rss - ret->uss;
	}
	/* It may have grown since its status was read. */
	if (ret->peak_rss >= 0 && ret->peak_rss < ret->rss)
		ret->peak_rss = ret->rss;
	ret->swap_pss = procfs_bytes(text, "SwapPss");
	ret->huge_pages = procfs_bytes(text, "AnonHugePages");
}

/* The kernel counts switches by thread only. */
static void fill_switches(const struct process *proc,
			  struct process_memory *ret)
{
	struct pid_list tids = {0};
	char name[32], text[MAX_PROC_FILE];
	struct err err;

	if (!process_threads(proc, &tids, &err))
		tids.n = 0;
	for (size_t i = 0; i < tids.n; i++) {
		snprintf(name, sizeof(name), "task/%d/status",
			 (int)tids.v[i]);
		if (!procfs_read(proc->proc_fd, name, text, sizeof(text),
				 &err))
			continue;	/* it has just exited */
		add_known(&ret->voluntary_switches,
			  procfs_number(text, "voluntary_ctxt_switches"));
		add_known(&ret->involuntary_switches,
			  procfs_number(text, "nonvoluntary_ctxt_switches"));
	}
	vec_free(&tids);
}

bool process_memory(const struct process *proc, bool with_pss,
		    struct process_memory *ret, struct err *err)
{
	struct procfs_stat stat;
	char text[MAX_PROC_FILE];
	struct err ignored;

	forget_all(ret);
	if (!procfs_stat(proc->mm_fd, "stat", &stat, err))
		return process_failed(proc, err);
	fill_stat(&stat, ret);
	if (procfs_read(proc->mm_fd, "statm", text, sizeof(text), &ignored))
		fill_statm(text, ret);
	if (procfs_read(proc->mm_fd, "status", text, sizeof(text), &ignored))
		fill_status(text, ret);
	if (with_pss && procfs_read(proc->mm_fd, "smaps_rollup", text,
				    sizeof(text), &ignored))
		fill_rollup(text, ret);
	fill_switches(proc, ret);
	return true;
}
