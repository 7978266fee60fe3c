/* SPDX-License-Identifier: MIT */
#ifndef HEAP_ONLOOKER_H
#define HEAP_ONLOOKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

struct looker;
struct spot;
struct span;
struct pyobj;

/**
 * Who else sees what a sweep finds, while its bytes are at hand: an account.
 *
 * cap->onlooker, if it is set, is told of everything, of a copy and of a process
 * that runs alike: no object has to be visited again.
 *
 * Threads: join() one after the other; the rest in the thread of the looker,
 *          whose lk->onlooker_part is its own; refused() when all have swept.
 */
struct onlooker {
	/** @lk is about to look: set lk->onlooker_part.  False: lk->err is. */
	bool (*join)(struct onlooker *on, struct looker *lk);
	/** @o was found, in the block @at or (NULL) outside the pools; its buffers
	 *  are in lk->bufs.  It may be refused yet. */
	bool (*object)(struct looker *lk, const struct spot *at,
		       const struct pyobj *o);
	/** All blocks of @span were looked at; those @live are in use. */
	bool (*span)(struct looker *lk, const struct span *span,
		     const uint64_t *live);
	/** No block of the cell at @cell is in use. */
	void (*empty)(struct onlooker *on, raddr cell);
	/** @o, in a pool, is no object after all. */
	bool (*refused)(struct looker *lk, const struct pyobj *o);
};

#endif
