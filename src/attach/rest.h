/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_REST_H
#define ATTACH_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process;

/**
 * Proof that nobody in a process ran for a while: then what was read meanwhile
 * is of one moment, though nobody was stopped.
 *
 *	struct rest before = { 0 }, after = { 0 };
 *
 *	quiet = rest_read(&before, proc, false);
 *	... read ...
 *	quiet = quiet && rest_read(&after, proc, false) &&
 *		rest_is_same(&before, &after, 0);
 *
 * Who was off its CPU at both times, and was not put on one since, did not run.
 * What writes to memory without running there (a device, another process that
 * shares the mapping) does so whether threads stand or not.
 *
 * Owner: vec_free(), also after a failure.
 * Facts: proc(5); Linux lib/syscall.c (task_current_syscall: "running" unless it is
 *        inactive), fs/proc/array.c (task_context_switch_counts),
 *        kernel/sched/core.c (__schedule, which counts who is taken off).
 */
struct rest {
	struct rest_thread {
		pid_t tid;
		int64_t switches;	/* how often it was taken off a CPU */
	} *v;
	size_t n, room;
};

/** More are not asked: it would take longer than it saves. */
enum { REST_THREADS = 64 };

/** What each thread of @proc did so far.  False: one is not at rest, or that
 *  cannot be known.  @held: they stand for a tracer, us. */
bool rest_read(struct rest *ret, const struct process *proc, bool held);

/** The same threads, and none was taken off a CPU more than @most times since
 *  @before. */
bool rest_is_same(const struct rest *before, const struct rest *after,
		  int64_t most);

#endif
