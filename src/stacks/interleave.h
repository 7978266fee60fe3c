/* SPDX-License-Identifier: MIT */
#ifndef STACKS_INTERLEAVE_H
#define STACKS_INTERLEAVE_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

/**
 * One stack of two: which frames of C run which frames of Python.
 *
 * Python frames come in groups: what one call of the C evaluation function
 * runs.  A group ends with the frame that C called (is_entry), and that call
 * keeps a record on the C stack (anchor, from 3.10 on): the frame of C whose
 * part of the stack holds it is the one that the group replaces, whatever its
 * name.  Without anchors evaluation functions are known by name and counted:
 * there must be as many as groups, or one more, innermost, that has not begun
 * or is about to return.
 *
 * All orders are innermost first.
 */
struct interleave_c {
	raddr sp;		/* its stack ends where the next one's begins */
	bool is_eval;		/* called like the evaluation function */
	bool is_handler;	/* one of its parts, if it calls them */
	bool is_named;
};

struct interleave_python {
	bool is_entry;
	raddr anchor;		/* 0: none */
};

struct interleave_item {
	bool is_python;
	size_t number;		/* in the array it is from */
};

struct interleave {
	VEC(struct interleave_item) items;
	size_t n_groups, n_evals;
	/** Groups whose frame of C was not found: they stand before the next
	 *  that was, or last.  If @apart no pair is sure: C comes first. */
	size_t n_unplaced;
	bool apart;
};

/** @is_whole: the frames of C go to the outermost.  ERR_NOMEM. */
MUST_CHECK bool interleave(const struct interleave_c *c, size_t n_c,
			   const struct interleave_python *python,
			   size_t n_python, bool is_whole,
			   struct interleave *ret, struct err *err);
void interleave_fini(struct interleave *il);

#endif
