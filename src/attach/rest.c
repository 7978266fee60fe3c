/* SPDX-License-Identifier: MIT */
#include "attach/rest.h"

#include <stdio.h>
#include <string.h>

#include "attach/process.h"
#include "attach/procfs.h"
#include "base/bounds.h"
#include "base/vec.h"

/* In a system call that may end at any time, or stopped by a signal.  Not in
 * state D: in vfork a child runs in the same memory. */
static bool is_asleep(char state, bool held)
{
	return held ? state == 't' : state == 'S' || state == 'T';
}

/* Is it off its CPU?  State S begins a moment before that. */
static bool is_off(const struct process *proc, pid_t tid)
{
	char name[40], text[256];
	struct err ignored;

	snprintf(name, sizeof(name), "task/%d/syscall", (int)tid);
	return procfs_read(proc->proc_fd, name, text, sizeof(text), &ignored) &&
	       strncmp(text, "running", strlen("running")) != 0;
}

static bool read_thread(struct rest *rest, const struct process *proc,
			pid_t tid, bool held)
{
	char name[40], text[MAX_PROC_FILE];
	int64_t of_its_own, forced;
	struct rest_thread *slot;
	const char *state;
	struct err ignored;

	snprintf(name, sizeof(name), "task/%d/status", (int)tid);
	/* First that, then the count: what it ran between the two, before
	 * anything was read, does not matter. */
	if ((!held && !is_off(proc, tid)) ||
	    !procfs_read(proc->proc_fd, name, text, sizeof(text), &ignored))
		return false;
	state = procfs_field(text, "State");
	of_its_own = procfs_number(text, "voluntary_ctxt_switches");
	forced = procfs_number(text, "nonvoluntary_ctxt_switches");
	if (!state || !is_asleep(*state, held) || of_its_own < 0 || forced < 0)
		return false;
	slot = vec_add(rest, &ignored);
	if (slot)
		*slot = (struct rest_thread){ tid, of_its_own + forced };
	return slot != NULL;
}

bool rest_read(struct rest *ret, const struct process *proc, bool held)
{
	struct pid_list tids = { 0 };
	struct err ignored;
	bool all;

	all = process_threads(proc, &tids, &ignored) && tids.n &&
	      tids.n <= REST_THREADS;
	for (size_t i = 0; all && i < tids.n; i++)
		all = read_thread(ret, proc, tids.v[i], held);
	vec_free(&tids);
	return all;
}

bool rest_is_same(const struct rest *before, const struct rest *after,
		  int64_t most)
{
	if (before->n != after->n)
		return false;
	for (size_t i = 0; i < before->n; i++) {
		if (before->v[i].tid != after->v[i].tid ||
		    after->v[i].switches - before->v[i].switches > most)
			return false;
	}
	return true;
}
