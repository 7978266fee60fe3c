/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_STACKS_FOLD_H
#define REPORT_REPORT_STACKS_FOLD_H

#include "report/out.h"
#include "result/dump.h"

/**
 * Collapsed stacks, what flame graph tools read: a line for each different
 * stack, "thread;outer;inner N", outermost frame first, N how often it was
 * seen.  Looks add up; each thread counts once a look, sleeping or not.
 *
 *	MainThread (4711);<module> (app.py:9);serve (app.py:41) 12
 *
 * Text:  escaped as for a terminal, and a semicolon in a name is \073.
 * Owner: fold_fini().  Zeroed is empty.
 */
struct fold {
	void *root;		/* of tsearch(3) */
};

MUST_CHECK bool fold_add(struct fold *fold, const struct stacks *stacks,
			 struct err *err);

/** In the order of the text. */
void fold_print(struct out *out, const struct fold *fold);
void fold_fini(struct fold *fold);

#endif
