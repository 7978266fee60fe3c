/* SPDX-License-Identifier: MIT */
#ifndef HEAP_TALLY_H
#define HEAP_TALLY_H

#include "heap/objtable.h"
#include "pyabi/pytype.h"

/**
 * What was counted: rows of a table of objects, grouped by type.
 *
 * Once it is settled who is an object, each is counted; none is taken back.
 */
struct tally {
	int64_t count, bytes, allocated, static_count, static_bytes;
	int64_t inferred;	/* of count: what they refer to is */
};

enum { DICTS_OF_MODULES, DICTS_OF_TYPES, DICTS_N };

struct census {
	struct heap *heap;	/* of a copy */
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
	uint64_t torn;		/* pools that would not come to rest */
	uint64_t unreadable;	/* bytes */
	uint64_t alone;		/* counted, though only they speak for
				   themselves */
	/* Blocks of pools that look like objects and are none: */
	uint64_t unlisted;	/* tracked, but in no list; their count a
				   pointer */
	uint64_t unheld;	/* nobody speaks for them: see witness.h */
};

void census_fini(struct census *census);

/** Where objects of @t are counted; NULL: no memory. */
struct tally *census_tally(struct census *census, const struct pytype *t,
			   struct err *err);

/** Count one, of which @flags (OBJROW_*) are true, where objects of its type
 *  are. */
void tally_count(struct census *census, struct tally *tally, unsigned flags,
		 const struct object_sizes *sizes);

/** Count the objects among the rows [@from, @to) of @t, of @n_types types in
 *  all.  @dict: the type whose holders are of interest, or NULL. */
MUST_CHECK bool census_group(struct census *census, const struct objtable *t,
			     uint32_t from, uint32_t to, size_t n_types,
			     const struct pytype *dict, struct err *err);

/** Add what one part counted; then, once, add up the totals. */
MUST_CHECK bool census_add(struct census *census, const struct census *part,
			   struct err *err);
void census_sum(struct census *census);

#endif
