/* SPDX-License-Identifier: MIT */
/*
 * A running process as a target: what the kernel says of it, what /proc/PID has
 * of its memory and files, and ptrace to hold it.
 */
#include "attach/target_live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attach/cgroup.h"
#include "attach/foreignfile.h"
#include "attach/maps.h"
#include "attach/module.h"
#include "attach/pagetable.h"
#include "attach/procfs.h"
#include "attach/procmem.h"
#include "attach/regs.h"
#include "attach/rest.h"
#include "attach/threads.h"
#include "base/container.h"

enum { NAP_MS = 100, TRIES = 3, CGROUP_TEXT = 16384 };

static struct target_live *live_of(struct target *t)
{
	return container_of(t, struct target_live, target);
}

static bool live_maps(struct target *t, struct maps *ret, struct err *err)
{
	return maps_read(ret, &live_of(t)->proc, err);
}

static void live_know_modules(struct target *t, struct modules *mods)
{
	live_know(&live_of(t)->live, mods);
}

static void live_look_again(struct target *t)
{
	live_look(&live_of(t)->live);
}

static bool live_pages(struct target *t, const struct maps *maps,
		       struct pagetable *ret, struct err *err)
{
	return pagetable_read(ret, &live_of(t)->proc, maps, err);
}

static int live_open_module(struct target *t, const struct module *mod)
{
	return module_open_file(mod, &live_of(t)->proc);
}

static int live_open_path(struct target *t, const struct foreignfile *want,
			  const char *path)
{
	struct foreignfile there = *want;

	there.proc = &live_of(t)->proc;
	return foreignfile_open_in_root(&there, path);
}

static bool live_threads(struct target *t, bool with_futex,
			 struct threads *ret, struct err *err)
{
	return threads_read(&live_of(t)->proc, with_futex, ret, err);
}

static bool live_registers(struct target *t, pid_t tid, struct regs *ret,
			   struct err *err)
{
	(void)t;
	return regs_read(tid, ret, err);
}

static bool live_hold(struct target *t, struct stop *stop, stop_work *work,
		      void *arg, struct err *err)
{
	return stop_while(&live_of(t)->proc, stop, work, arg, err);
}

static bool live_info(struct target *t, struct process_info *ret,
		      struct err *err)
{
	return process_info(&live_of(t)->proc, ret, err);
}

static bool live_memory(struct target *t, bool with_pss,
			struct process_memory *ret, struct err *err)
{
	return process_memory(&live_of(t)->proc, with_pss, ret, err);
}

static bool live_same(struct target *t, struct err *err)
{
	return process_same(&live_of(t)->proc, err);
}

static bool live_rest(struct target *t, bool held, struct rest *ret)
{
	return rest_read(ret, &live_of(t)->proc, held);
}

static bool live_cgroup(struct target *t, struct cgroup_memory *ret)
{
	char text[CGROUP_TEXT];
	struct err ignored;

	return procfs_read(live_of(t)->proc.proc_fd, "cgroup", text,
			   sizeof(text), &ignored) &&
	       cgroup_memory_read(ret, "", text);
}

static double live_age(struct target *t)
{
	return process_age(&live_of(t)->proc);
}

static char live_state(struct target *t)
{
	struct procfs_stat stat;
	struct err ignored;

	if (!procfs_stat(live_of(t)->proc.proc_fd, "stat", &stat, &ignored))
		return 0;
	/* Its memory goes before its state says so. */
	return stat.flags & PROCFS_PF_EXITING ? 'X' : stat.state;
}

static void live_tell(struct target *t, target_told *told, void *arg)
{
	char text[250];

	if (!live_breaks_sharing(&live_of(t)->live))
		return;
	snprintf(text, sizeof(text), "/proc/%d/mem was refused: by the other "
		 "way, process_vm_readv(), each page read that it shared with "
		 "its relatives was copied, and they take as much more memory",
		 (int)t->pid);
	told(arg, LACKS_NOTHING, text);
}

/* --- does it move? ------------------------------------------------------- */

struct signs {
	int64_t ticks;		/* CPU time */
	char state;
	char statm[128];	/* sizes */
};

static void signs_read(const struct process *proc, struct signs *ret)
{
	struct procfs_stat stat;
	struct err ignored;

	memset(ret, 0, sizeof(*ret));
	if (procfs_stat(proc->proc_fd, "stat", &stat, &ignored)) {
		ret->ticks = stat.utime + stat.stime;
		ret->state = stat.state;
	}
	if (!procfs_read(proc->mm_fd, "statm", ret->statm,
			 sizeof(ret->statm), &ignored))
		*ret->statm = '\0';
}

static bool live_moves(struct target *t)
{
	const struct process *proc = &live_of(t)->proc;
	struct signs before, after;

	signs_read(proc, &before);
	nanosleep(&(struct timespec){ .tv_nsec = NAP_MS * 1000000l }, NULL);
	signs_read(proc, &after);
	return after.state == 'R' || after.state == 'D' ||
	       after.ticks != before.ticks ||
	       strcmp(after.statm, before.statm) != 0;
}

/* --- opening ------------------------------------------------------------- */

static void live_target_close(struct target *t)
{
	struct target_live *tl = live_of(t);

	live_close(&tl->live);
	process_close(&tl->proc);
	free(tl);
}

static const struct target_ops live_ops = {
	.source = "live",
	.maps = live_maps,
	.know = live_know_modules,
	.look = live_look_again,
	.pages = live_pages,
	.open_module = live_open_module,
	.open_path = live_open_path,
	.threads = live_threads,
	.registers = live_registers,
	.hold = live_hold,
	.info = live_info,
	.memory = live_memory,
	.same = live_same,
	.rest = live_rest,
	.moves = live_moves,
	.cgroup = live_cgroup,
	.age = live_age,
	.state = live_state,
	.tell = live_tell,
	.close = live_target_close,
};

/* Who starts another program between the two is opened as that one. */
static bool open_parts(struct target_live *tl, pid_t pid, struct err *err)
{
	for (int i = 0; i < TRIES; i++) {
		if (!process_open(&tl->proc, pid, err))
			return false;
		if (live_open(&tl->live, &tl->proc, err))
			return true;
		process_explain(&tl->proc, err);
		process_close(&tl->proc);
		if (err->code != ERR_GONE)
			return false;
	}
	return false;
}

struct target_live *target_live_open(pid_t pid, struct err *err)
{
	struct target_live *tl = calloc(1, sizeof(*tl));

	if (!tl) {
		err_nomem(err);
		return NULL;
	}
	if (!open_parts(tl, pid, err)) {
		free(tl);
		return NULL;
	}
	tl->target = (struct target){
		.ops = &live_ops, .mem = &tl->live.mem, .pid = pid,
		.runs = true,
	};
	snprintf(tl->target.name, sizeof(tl->target.name), "process %d",
		 (int)pid);
	return tl;
}
