/* SPDX-License-Identifier: MIT */
#ifndef HEAP_CENSUS_H
#define HEAP_CENSUS_H

#include "heap/heap.h"
#include "heap/tally.h"

/**
 * Who is in the heap: every object found, measured and counted by type.
 *
 * Each block in use is looked at once, in a few threads.  A block that looks
 * like an object counts as one unless the collector's lists say otherwise (a
 * tracked object must be in one), another object owns it as a buffer, or nobody
 * speaks for it: see heap/witness.h.
 * Objects outside the pools are those that the lists or a living object refer
 * to.  The capture has noted which words point out of the pools; an object is
 * asked for its references only if it or a buffer of its has such a word.
 * Where that leaves an object outside without anyone who refers to it, and not
 * all words that point at it were noted, every object is asked.
 *
 * What was found stands in a row of heap->table each, and, outside the pools, of
 * heap->large; once it is settled who is an object, they are grouped.
 *
 * Sets heap->claimed.
 */
MUST_CHECK bool census_take(struct census *census, struct heap *heap,
			    struct err *err);

struct looker;

/** Make @lk one that looks at the objects of @heap. */
MUST_CHECK bool census_looker(struct looker *lk, struct heap *heap,
			      struct err *err);

/** The object outside the pools at @addr, if there is one alive. */
bool census_outside(struct looker *lk, raddr addr, struct pyobj *ret);

#endif
