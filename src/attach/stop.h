/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_STOP_H
#define ATTACH_STOP_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"

struct process;

/**
 * All threads of a tracee, stopped for a moment.
 *
 * PTRACE_SEIZE and PTRACE_INTERRUPT: no signal is sent, nobody in the tracee or
 * its parent sees it, a tracee stopped by job control stays so.  If we die, at
 * whatever moment, the kernel lets all go, and signals that were on their way
 * arrive.  What system calls see is in signal(7), "Interruption of system calls
 * by stop signals".
 *
 * Cost: 0.1 ms, and about 10 us a thread; each way bounded by STOP_LIMIT_MS.
 */
struct stop {
	pid_t pid;
	struct stop_thread *v;
	size_t n, room;

	size_t n_stopped;
	/**
	 * Threads that run on or will stop later: in uninterruptible sleep
	 * (state D: vfork, a slow device) or never scheduled.  Those in D
	 * cannot run in user space before they stop for us.
	 */
	size_t n_unstopped;
	pid_t unstopped_tid;	/* one of them */
	char reason[100];	/* why not, in words; "" if all stopped */

	unsigned int passes;	/* listings of the threads */
	double stop_ms;		/* until all stood */
	double pause_ms;	/* first interrupt to last release; 0 before */
	struct timespec begin;
};

enum {
	STOP_LIMIT_MS = 1000,	/* after that whoever stands is all there is */
	STOP_GRACE_MS = 50,	/* ... this if all the rest are in state D */
};

/** What is done meanwhile, in the thread that holds them: what needs ptrace
 *  (attach/regs.h) can be done in no other. */
typedef bool stop_work(void *arg, const struct stop *stop, struct err *err);

/**
 * Stop every thread of @proc, do @work, and let all run on: nobody is held when
 * this returns, in whatever state it is.  All threads stand, or all but
 * n_unstopped: the work decides what that is worth.
 *
 * False: @work was false, or was not done.  ERR_PERM: not allowed, or traced by
 * another process, which the text names; ERR_LIMIT: MAX_THREADS.  ERR_GONE: it
 * has exited, also if that was while @work went on, whatever it said: then what
 * it read is of no moment that ever was.
 *
 * @stop tells how it went; of its threads no trace is left.
 */
MUST_CHECK bool stop_while(const struct process *proc, struct stop *stop,
			   stop_work *work, void *arg, struct err *err);

/** The same for @n threads that stand anyway, in a core file say: all that
 *  happens is @work, in the thread that asks. */
MUST_CHECK bool stop_standing(const pid_t *tids, size_t n, struct stop *stop,
			      stop_work *work, void *arg, struct err *err);

/** For @work: the thread number @i < stop->n; 0: it is not stopped. */
pid_t stop_tid(const struct stop *stop, size_t i);

#endif
