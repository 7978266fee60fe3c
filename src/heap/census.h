/* SPDX-License-Identifier: MIT */
#ifndef HEAP_CENSUS_H
#define HEAP_CENSUS_H

#include "heap/heap.h"
#include "pyabi/refs.h"
#include "result/dump.h"

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
 * Sets heap->object and heap->claimed.
 */
struct tally {
	int64_t count, bytes, allocated, static_count, static_bytes;
	int64_t inferred;	/* of count: what they refer to is */
};

enum { DICTS_OF_MODULES, DICTS_OF_TYPES, DICTS_N };

struct census {
	struct heap *heap;
	VEC(struct tally) by_type;	/* by pytype.index */
	/** Dicts that are namespaces, by the type of who has them; those of
	 *  modules and types, whatever their types, apart. */
	VEC(struct tally) dicts_of;
	struct tally dicts[DICTS_N];
	struct tally total;
	int64_t buffers;	/* blocks that objects own */
	int64_t in_use;		/* blocks of pools */
	int64_t pooled;		/* objects in pools */
	uint64_t faults;	/* objects that could not be read whole */
	uint64_t lost;		/* in a list, but no object to be seen */
	uint64_t alone;		/* counted, though only they speak for
				   themselves */
	/* Blocks of pools that look like objects and are none: */
	uint64_t unlisted;	/* tracked, but in no list; their count a
				   pointer */
	uint64_t unheld;	/* nobody speaks for them: see witness.h */
};

MUST_CHECK bool census_take(struct census *census, struct heap *heap,
			    struct err *err);
void census_fini(struct census *census);

void tally_count(struct tally *tally, const struct object_sizes *sizes);

/** Where objects of @t are counted; NULL: no memory. */
struct tally *census_tally(struct census *census, const struct pytype *t,
			   struct err *err);

/** Add what one part counted; then, once, add up the totals. */
MUST_CHECK bool census_add(struct census *census, const struct census *part,
			   struct err *err);
void census_sum(struct census *census);

/** Before that, of a process that runs: who was counted may have made room for
 *  another by the time it was taken back.  Less than nothing is nothing. */
void census_settle(struct census *census);

struct looker;

/** Make @lk one that looks at the objects of @heap. */
MUST_CHECK bool census_looker(struct looker *lk, struct heap *heap,
			      struct err *err);

/** The object outside the pools at @addr, if there is one alive. */
bool census_outside(struct looker *lk, raddr addr, struct pyobj *ret);

#endif
