/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKESTACKS_H
#define TESTS_FAKESTACKS_H

#include "fakeheap.h"

/**
 * Threads with Python frames in a fakeheap.
 *
 *	struct fakestacks fs;
 *
 *	fakestacks_init(&fs, &fh);
 *	t = fakestacks_thread(&fs, 4711);
 *	code = fakestacks_code(&fs, "app.py", "main", 10);
 *	fakestacks_call(&fs, t, code, 3);	at line 13
 *	fakestacks_hold_gil(&fs, t);
 *
 * A thread's memory comes from malloc, uncounted, as the interpreter takes it;
 * its number in the kernel, and what pthread_self() says, follow from @tid.
 */
struct fakestacks {
	struct fakeheap *fh;
	raddr str_type, code_type, bytes_type;
	raddr gil;
};

void fakestacks_init(struct fakestacks *fs, struct fakeheap *fh);

/** A thread of the kernel and its state, which runs C code as yet; the state's
 *  address. */
raddr fakestacks_thread(struct fakestacks *fs, pid_t tid);

/** What pthread_self() says in thread @tid. */
raddr fakestacks_ident(pid_t tid);

/** A function of up to 30 lines, an instruction each. */
raddr fakestacks_code(struct fakestacks *fs, const char *file,
		      const char *name, int first_line);

/** @thread calls it, and is @line lines down from its first.  Its frame. */
raddr fakestacks_call(struct fakestacks *fs, raddr thread, raddr code,
		      int line);

/** It returns. */
void fakestacks_return(struct fakestacks *fs, raddr thread);

void fakestacks_hold_gil(struct fakestacks *fs, raddr thread);

#endif
