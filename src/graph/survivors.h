/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_SURVIVORS_H
#define GRAPH_SURVIVORS_H

#include "heap/objects.h"

/**
 * Objects that the first of some looks did not see, and all others did: what
 * was made, and stayed.
 *
 * One is the same as in the look before if it has the same address and a type
 * at the same address.  Who took the place of a dead one, of its own type, is
 * taken for it: it may be counted though it has just come, and may not be though
 * it stayed.
 *
 * Cost:  8 bytes an object of the first look until the second is over, then 8
 *        each of those that it had not seen.
 * Owner: survivors_fini().
 */
struct survivors {
	struct survivor_keys {
		uint64_t *v;
		size_t n, room;
	} keys;			/* ascending; of the first: all it saw */
	uint32_t looks;
};

void survivors_fini(struct survivors *s);

/** One more look, after census_take(). */
MUST_CHECK bool survivors_look(struct survivors *s, struct heap *heap,
			       struct err *err);

/** Call @fn for each of those of the last look, which @heap is of. */
MUST_CHECK bool survivors_each(const struct survivors *s, struct heap *heap,
			       objects_fn *fn, void *arg, struct err *err);

#endif
