/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_THREADS_H
#define ATTACH_THREADS_H

#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

struct process;
struct target;

/**
 * The threads of a process as the kernel knows them, without attaching.
 *
 * Facts: proc(5), /proc/PID/task.
 */
struct thread_info {
	pid_t tid;
	/** Its number in the PID namespace it lives in. */
	pid_t inner_tid;
	char comm[64];		/* foreign: escape it */
	char state;		/* R, S, D...: see proc(5) */
	int64_t cpu_ms;		/* user and system time; -1: not known */
	/** What it waits for, if it sleeps in the futex system call: the
	 *  address; 0: it does not.  After an interruption the call has lost
	 *  its name, and this may be the argument of another.  Only if asked
	 *  for. */
	raddr futex;
	bool has_futex;		/* ... is known */
};

struct threads {
	VEC(struct thread_info) v;	/* the main thread first */
};

/** Read them all.  @with_futex needs the right to attach.  Threads that end
 *  meanwhile are left out. */
MUST_CHECK bool threads_read(const struct process *proc, bool with_futex,
			     struct threads *ret, struct err *err);
void threads_fini(struct threads *threads);

/** What the registers of a thread say while it is held (attach/target.h). */
struct thread_registers {
	raddr thread_pointer;	/* pthread_self() */
	raddr stack_pointer, pc;
	bool in_call;		/* in a system call, but for one that asks for
				 * the time; x86-64 alone */
	raddr futex;		/* as above */
};

/** False: it is not held. */
bool thread_registers(struct target *target, pid_t tid,
		      struct thread_registers *ret);

/** "running" and so on; "unknown". */
const char *thread_state_word(char state);

#endif
