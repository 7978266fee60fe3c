/* SPDX-License-Identifier: MIT */
#ifndef STACKS_NATIVE_H
#define STACKS_NATIVE_H

#include "base/err.h"
#include "result/stacks.h"

struct dump;
struct stop;
struct tracee;

/**
 * Frames of C among those of Python.
 *
 * While the tracee stands, only the registers and the used part of each stack
 * are copied; all else happens when it runs again: unwinding from the copy,
 * names, and the merge, in which every frame of the C evaluation function is
 * replaced by the Python frames that it runs.
 *
 *	nat = native_of(tr, &err);		once; tracee_close() frees it
 *	native_prepare(nat, n, &err);		before the stop
 *	stop_while(..., work, ...);
 *		native_copy(nat, stop, err);	in the work
 *	native_merge(nat, &stacks, &err);	Python frames are in there
 *	native_warn(nat, &dump);		what that left out
 *
 * What it learned of the tracee's files is kept for the next look.
 *
 * Threads: one at a time.
 */
struct native;

/** The tracee's; NULL: out of memory. */
struct native *native_of(struct tracee *tr, struct err *err);
void native_free(struct native *nat);

/** What must not be done while the tracee stands: mappings, and memory that is
 *  touched, for about @n_threads.  ERR_GONE. */
MUST_CHECK bool native_prepare(struct native *nat, size_t n_threads,
			       struct err *err);

/** Registers and stacks of all threads of @stop.  A thread that cannot be
 *  copied fails nothing; ERR_GONE. */
MUST_CHECK bool native_copy(struct native *nat, const struct stop *stop,
			    struct err *err);

/**
 * Put the frames of C between the Python frames of every thread; threads that
 * are not in @stacks yet are left out.
 *
 * Frames must be as in result/stacks.h, with is_entry, and with anchor where the
 * version has one.  What is missing is said in thread->problem, in words, and
 * the Python frames stay.  ERR_NOMEM.
 */
MUST_CHECK bool native_merge(struct native *nat, struct stacks *stacks,
			     struct err *err);

/** Warn of what the last look has left out: what a look may take is bounded
 *  (see attach/budget.h). */
void native_warn(const struct native *nat, struct dump *dump);

#endif
