/* SPDX-License-Identifier: MIT */
/*
 * Open a process as the CPython that it is.
 *
 * One that has just begun is none yet: its libraries are not there, then its
 * interpreter is not; a launcher is about to become another program.  One that
 * ends is none any more before it is gone.  So what makes no sense is looked at
 * again as long as it moves, for a while; a process that stands still is what
 * it is.
 */
#include "pyabi/tracee.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "pyabi/abifile.h"

enum { NAP_MS = 100, PATIENCE_MS = 2000 };

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

/* It takes a nap to see that. */
static bool is_moving(const struct process *proc)
{
	struct signs before, after;

	signs_read(proc, &before);
	nanosleep(&(struct timespec){ .tv_nsec = NAP_MS * 1000000l }, NULL);
	signs_read(proc, &after);
	return after.state == 'R' || after.state == 'D' ||
	       after.ticks != before.ticks ||
	       strcmp(after.statm, before.statm) != 0;
}

/* --- opening ------------------------------------------------------------- */

static bool open_once(struct tracee *tr, pid_t pid, const struct abi *given,
		      struct err *err)
{
	memset(tr, 0, sizeof(*tr));
	if (!process_open(&tr->proc, pid, err))
		return false;
	tr->opened = true;
	if (!live_open(&tr->live, &tr->proc, err))
		return false;
	tr->live_open = true;
	if (!maps_read(&tr->maps, &tr->proc, err))
		return false;
	tr->mods = modules_new(&tr->maps, &tr->proc, &tr->live.mem, err);
	if (!tr->mods)
		return false;
	live_know(&tr->live, tr->mods);
	return runtime_find(&tr->rt, tr->mods, &tr->live.mem, given, err);
}

static bool may_pass(const struct err *err)
{
	return err->code == ERR_VERSION || err->code == ERR_GONE;
}

static bool open_patiently(struct tracee *tr, pid_t pid,
			   const struct abi *given, struct err *err)
{
	bool replaced = false, last = false;
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (;;) {
		if (open_once(tr, pid, given, err))
			return true;
		if (tr->opened)
			process_explain(&tr->proc, err);
		if (last || !tr->opened || !may_pass(err))
			break;
		/* By exec, maybe: then there is another program to look at. */
		replaced |= err->code == ERR_GONE;
		last = !is_moving(&tr->proc) ||
		       clock_ms_since(&begin) > PATIENCE_MS;
		tracee_close(tr);
	}
	return replaced && may_pass(err) ?
	       err_set(err, ERR_GONE, "process %d has exited or started "
		       "another program", (int)pid) : false;
}

bool tracee_open(struct tracee *tr, pid_t pid, const char *offsets_path,
		 struct err *err)
{
	struct abi given;

	memset(tr, 0, sizeof(*tr));
	return (!offsets_path || abifile_read(offsets_path, &given, err)) &&
	       open_patiently(tr, pid, offsets_path ? &given : NULL, err);
}

bool tracee_explain(const struct tracee *tr, struct err *err)
{
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	process_explain(&tr->proc, err);
	while (err->code == ERR_VERSION && is_moving(&tr->proc) &&
	       clock_ms_since(&begin) < PATIENCE_MS)
		process_explain(&tr->proc, err);
	return process_explain(&tr->proc, err);
}

void tracee_close(struct tracee *tr)
{
	if (tr->native)
		tr->native_free(tr->native);
	runtime_fini(&tr->rt);
	if (tr->live_open)
		live_know(&tr->live, NULL);
	modules_free(tr->mods);
	maps_free(&tr->maps);
	if (tr->live_open)
		live_close(&tr->live);
	if (tr->opened)
		process_close(&tr->proc);
	memset(tr, 0, sizeof(*tr));
}
