/* SPDX-License-Identifier: MIT */
#ifndef RESULT_HOLDERS_H
#define RESULT_HOLDERS_H

#include "base/addrmap.h"
#include "result/containers.h"

/**
 * Containers, remembered from one look at a process to the next: which of them
 * grow?
 *
 * One is the same as in the look before if it has the same address and the same
 * type.  A look at a process that runs may miss one: if it is back in the next,
 * with as many items as before and no more than twice as many, it is the same,
 * else another that took its place.  Who took the place between two looks, with
 * a type like it, cannot be told from it.
 *
 * Owner: holders_fini().  Rows move with each look.
 */
enum { HOLDERS_GROWING = 3 };	/* risen in so many looks: "growing" */

struct holder {
	raddr address, type;
	uint32_t name;		/* the type's, in holders.names */
	int64_t length, before;	/* now, and in the look before */
	int64_t first, base;	/* when it was first seen; at the baseline */
	double first_at, base_at;	/* seconds, as given */
	uint32_t looks;		/* that saw it */
	uint32_t rises;		/* the last so many in which it rose */
	bool missed;		/* the last look did not see it */
};

struct holders {
	VEC(struct holder) rows;
	struct strset names;	/* of types; foreign: escape them */
	uint32_t looks;
	double at;		/* when the last was */
	int64_t least;		/* items, to be among them: of the last look */
	/** Rows that are no more, all in all: those that are gone, have too few
	 *  items now, or are not the ones they were. */
	int64_t lost;
	int64_t came;		/* since the first look */
	bool has_baseline;	/* taken by the user, not the first look */
};

void holders_fini(struct holders *h);

/** A look that was taken @at (seconds, of any clock) saw @seen. */
MUST_CHECK bool holders_look(struct holders *h, const struct containers *seen,
			     double at, struct err *err);

/** How many are lost, with those that the last look missed. */
int64_t holders_missing(const struct holders *h);

/** Compare with the last look from now on; or with when each was first seen. */
void holders_baseline(struct holders *h);
void holders_clear_baseline(struct holders *h);

static inline const char *holders_type(const struct holders *h,
				       const struct holder *row)
{
	return h->names.all.v[row->name];
}

static inline int64_t holder_more(const struct holder *row)
{
	return row->length - row->base;
}

/** Items a second since the baseline; 0: no time has passed. */
double holder_rate(const struct holders *h, const struct holder *row);

/** Did it rise in each look, of which there were two at least? */
static inline bool holder_rose_always(const struct holders *h,
				      const struct holder *row)
{
	return h->looks > 1 && row->looks == h->looks &&
	       row->rises == h->looks - 1;
}

/** Those that have more items than at the baseline: the most first. */
MUST_CHECK bool holders_rank(const struct holders *h,
			     const struct holder ***ret, size_t *ret_n,
			     struct err *err);

#endif
