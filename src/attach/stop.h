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
 * its parent sees it, a tracee stopped by job control stays so, and if we die
 * the kernel lets all go.  What system calls see is in signal(7), "Interruption
 * of system calls by stop signals".
 *
 * Threads: ptrace belongs to a thread: the one that called stop_all() must call
 *          stop_release(), and if it ends the kernel releases for it.
 *          Meanwhile they block SIGCHLD there, and swallow it.
 * Owner:   stop_fini(), after stop_release().
 * Cost:    0.1 ms, and about 10 us a thread; each way bounded by STOP_LIMIT_MS.
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
	double stop_ms;		/* how long stop_all() took */
	double pause_ms;	/* first interrupt to last release; 0 before */
	struct timespec begin;
};

enum {
	STOP_LIMIT_MS = 1000,	/* after that stop_all() returns anyway */
	STOP_GRACE_MS = 50,	/* ... this if all the rest are in state D */
};

/**
 * Stop every thread of @proc.  True if all stopped, or all but n_unstopped:
 * the caller decides what that is worth.
 *
 * On failure nothing is left stopped.  ERR_PERM: not allowed, or traced by
 * another process, which the text names; ERR_GONE; ERR_LIMIT: MAX_THREADS.
 */
MUST_CHECK bool stop_all(const struct process *proc, struct stop *stop,
			 struct err *err);

/** The thread number @i < stop->n; 0: it is not stopped. */
pid_t stop_tid(const struct stop *stop, size_t i);

/**
 * Let everything run on; signals that arrived are delivered.  To be called at
 * once after copying, and harmless if called again.
 *
 * Returns how many threads still hang on us: those that stop_all() could not
 * stop, which would stop when they wake up.  Call again until it is 0, or end
 * the calling thread.
 */
size_t stop_release(struct stop *stop);

void stop_fini(struct stop *stop);

#endif
