/* SPDX-License-Identifier: MIT */
#ifndef HEAP_OUTSIDE_H
#define HEAP_OUTSIDE_H

#include "attach/places.h"
#include "pyabi/block.h"

/**
 * Is there an object outside the pools, at an address that some word gave?
 *
 * Who copies a stopped process asks this, who counts what was copied, and who
 * reads a running process: where they disagreed, an object would be copied and
 * not counted.  They differ in where bytes come from.
 *
 * There is one if its count can be one, its type is a type, what it says of its
 * size fits where it lies, and its bytes are consistent with its type.  See
 * heap/witness.h for what else has to speak for it.
 */
struct outside {
	struct blockreader *br;
	const struct places *places;
	/** The @len bytes at @start, until the next call; NULL: they are not at
	 *  hand, or, with @err set, all is over. */
	const uint8_t *(*bytes)(void *arg, raddr start, uint64_t len,
				struct err *err);
	void *arg;
	uint32_t ahead;		/* bytes of items that are looked at first, */
	bool whole;		/* ... and then the rest */
};

enum {
	OUTSIDE_AHEAD = 128,	/* bytes behind basicsize that sizes depend
				   on */
	/** Of what refers to nobody no more is asked for: more than the longest
	 *  name that is shown. */
	OUTSIDE_LEAF = 4096 + OUTSIDE_AHEAD,
};

enum outside_found { OUTSIDE_NOTHING, OUTSIDE_OBJECT, OUTSIDE_FAILED };

/** If there is one at @addr it is @ret, else ret->type is NULL if not even a
 *  type is told of.  *ret_size, what its block takes at
 *  least, may be more than ret->avail.  Sets ctx->faults anew. */
enum outside_found outside_look(const struct outside *from, raddr addr,
				struct pyobj *ret, uint64_t *ret_size,
				struct err *err);

#endif
