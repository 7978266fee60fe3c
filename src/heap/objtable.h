/* SPDX-License-Identifier: MIT */
#ifndef HEAP_OBJTABLE_H
#define HEAP_OBJTABLE_H

#include <pthread.h>

#include "base/addrmap.h"
#include "base/bounds.h"
#include "base/vec.h"

/**
 * A row for each object of a heap, by number.
 *
 * Of a copied one the number of what is in a pool is the rank of its block among all blocks in
 * use, in address order: it is known before anybody has looked into the block,
 * and a look fills its row on the way.  Blocks that hold no object have an
 * empty row.  See struct heap for the way from an address to a number, and
 * objects.h for the objects outside the pools, whose numbers come behind.
 *
 * Of a running one nobody knows how many there will be: a table grows as they
 * pass by, and has rows for objects only.
 *
 * Cost:    8 bytes a block in use, in memory that is touched as it is written;
 *          4 more for those that are somebody's namespace.
 * Threads: each may write rows of its own; hold, and wide rows, in any.  One,
 *          where it grows.
 */
enum {
	OBJROW_IS_OBJECT = 1,
	OBJROW_INFERRED = 2,	/* what it refers to is */
	OBJROW_FAULTY = 4,	/* could not be read whole: sizes are bounds */
	OBJROW_TRACKED = 8,	/* in a list of the collector, as it says */
	OBJROW_STATIC = 16,	/* in a data segment; of those outside */
};

enum {
	OBJROW_SIZE_BITS = 18,
	OBJROW_UNIT = 8,	/* bytes, of what is allocated */
	OBJROW_WIDE = (1 << OBJROW_SIZE_BITS) - 1,
};

struct objrow {
	uint64_t type : 20;	/* pytype.index */
	uint64_t gen : 4;	/* GEN_* */
	uint64_t flags : 4;	/* OBJROW_* */
	/** OBJROW_WIDE: they do not fit here; see objtable_sizes(). */
	uint64_t size : OBJROW_SIZE_BITS;
	uint64_t units : OBJROW_SIZE_BITS;
};

/** Shallow size and what its blocks take, in bytes. */
struct object_sizes {
	uint64_t size, allocated;
};

struct objtable {
	uint32_t n, room;
	struct objrow *row;
	/** By number, of a dict: whose namespace it is, as its user codes it;
	 *  0: nobody's.  NULL where it grows. */
	uint32_t *holder;
	VEC(struct object_sizes) wide;	/* that do not fit in a row */
	struct addrmap wide_at;		/* by number + 1 */
	pthread_mutex_t lock;		/* of these two */
};

/** Room for @n rows; ERR_LIMIT where numbers do not suffice. */
MUST_CHECK bool objtable_init(struct objtable *t, uint64_t n, struct err *err);

/** Instead: none, but it grows. */
void objtable_begin(struct objtable *t);
MUST_CHECK bool objtable_grow(struct objtable *t, struct err *err);
void objtable_fini(struct objtable *t);

MUST_CHECK bool objtable_set_wide(struct objtable *t, uint32_t number,
				  const struct object_sizes *sizes,
				  struct err *err);

/** Set row @number to @row, which is complete but for these sizes. */
MUST_CHECK static inline bool
objtable_set(struct objtable *t, uint32_t number, struct objrow row,
	     const struct object_sizes *sizes, struct err *err)
{
	const uint64_t units = sizes->allocated / OBJROW_UNIT;

	row.size = sizes->size;
	row.units = units;
	t->row[number] = row;
	return (sizes->size < OBJROW_WIDE && units < OBJROW_WIDE &&
		sizes->allocated % OBJROW_UNIT == 0) ||
	       objtable_set_wide(t, number, sizes, err);
}

/** Row @number is in the list @gen, before anything else is known of it: was it
 *  known to be?  Safe among threads. */
static inline bool objtable_list(struct objtable *t, uint32_t number,
				 uint8_t gen)
{
	struct objrow row = { .gen = gen }, before;

	__atomic_exchange(&t->row[number], &row, &before, __ATOMIC_RELAXED);
	return before.gen == gen;
}

/** Add a row to a table that grows. */
MUST_CHECK static inline bool
objtable_add(struct objtable *t, struct objrow row,
	     const struct object_sizes *sizes, struct err *err)
{
	return (t->n < t->room || objtable_grow(t, err)) &&
	       objtable_set(t, t->n++, row, sizes, err);
}

/** It is no object after all. */
static inline void objrow_refuse(struct objrow *row)
{
	row->flags = 0;
}

struct object_sizes objtable_wide(const struct objtable *t, uint32_t number);

/** The sizes of a row, however large. */
static inline struct object_sizes objtable_sizes(const struct objtable *t,
						 uint32_t number)
{
	const struct objrow row = t->row[number];

	if (row.size == OBJROW_WIDE)
		return objtable_wide(t, number);
	return (struct object_sizes){ row.size, row.units * OBJROW_UNIT };
}

/** Note whose namespace it is, if nobody did yet. */
static inline void objtable_hold(struct objtable *t, uint32_t number,
				 uint32_t holder)
{
	uint32_t none = 0;

	__atomic_compare_exchange_n(&t->holder[number], &none, holder, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

#endif
