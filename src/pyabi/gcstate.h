/* SPDX-License-Identifier: MIT */
#ifndef PYABI_GCSTATE_H
#define PYABI_GCSTATE_H

#include "pyabi/object.h"
#include "pyabi/runtime.h"

/**
 * The collector of one interpreter: what the gc module says of itself.
 *
 * Unknown numbers are -1 (of 3.6 most are file statics: a stripped one hides
 * them).  Lists are named by the address of their heads.
 */
enum { GC_GENERATIONS_MAX = 3 };

struct gcstate {
	int enabled, collecting;
	raddr garbage;			/* a list object, or 0 */
	raddr permanent;		/* head of the frozen, or 0 */
	unsigned n;			/* generations */
	struct gcstate_generation {
		/** Of its lists; 0: it has none, or no second one. */
		raddr head, other_head;
		int64_t threshold, count;
		int64_t collections, collected, uncollectable;
	} gen[GC_GENERATIONS_MAX];
};

MUST_CHECK bool gcstate_read(struct gcstate *ret, const struct runtime *rt,
			     struct pyctx *ctx, raddr interp, struct err *err);

/**
 * Walk the list at @head: @fn sees the address of each object.  At most @limit
 * steps.  False: it cannot be read to its end, or runs in a circle that does
 * not lead back to @head, whose nodes @fn sees up to three times.
 */
bool gcstate_walk(struct pyctx *ctx, raddr head, uint64_t limit,
		  void (*fn)(void *arg, raddr object), void *arg);

#endif
