/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_PLACES_H
#define ATTACH_PLACES_H

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

/**
 * Which address is what: the parts of a tracee's memory that are of interest,
 * each of a kind.  Nothing is copied: see attach/mirror.h for that.
 *
 * A kind is one bit of whoever adds the places.
 *
 * Address to place is two loads: a directory by the upper bits, then a table
 * with one entry for each granule of 256 KiB; what shares one lies side by side.
 *
 * Threads: once indexed, any number may ask.
 * Owner:   places_fini(), also of what is zeroed.
 */
enum { PLACES_GRANULE_SHIFT = 18 };

struct place {
	raddr start;
	uint64_t len;
	uint8_t kind;
};

struct places_leaf {
	/** Number of the first place in a granule + 1; 0: none is. */
	uint32_t first[1 << (32 - PLACES_GRANULE_SHIFT)];
	uint8_t kinds[1 << (32 - PLACES_GRANULE_SHIFT)];
};

struct places {
	struct place *v;		/* sorted by start */
	size_t n, room;
	struct places_leaf **top;	/* by address >> 32 */
	VEC(uint32_t) leaves;		/* where top has one */
};

MUST_CHECK bool places_init(struct places *places, struct err *err);
void places_fini(struct places *places);

/** Add [start, start + len), page aligned, in ascending order and without
 *  overlaps; then call places_index().  ERR_BADDATA. */
MUST_CHECK bool places_add(struct places *places, raddr start, uint64_t len,
			   uint8_t kind, struct err *err);
MUST_CHECK bool places_index(struct places *places, struct err *err);

/** The place that holds @addr, or NULL. */
static inline const struct place *places_find(const struct places *places,
					      raddr addr)
{
	const struct place *end = places->v + places->n, *place;
	uint32_t n;

	if (addr >> 48 || !places->top[addr >> 32])
		return NULL;
	n = places->top[addr >> 32]->first[(uint32_t)addr >>
					   PLACES_GRANULE_SHIFT];
	if (!n)
		return NULL;
	for (place = &places->v[n - 1]; place < end && place->start <= addr;
	     place++) {
		if (addr_in(addr, place->start, place->len))
			return place;
	}
	return NULL;
}

/** The kind of that, exactly; 0: none. */
static inline unsigned places_kind(const struct places *places, raddr addr)
{
	const struct place *place = places_find(places, addr);

	return place ? place->kind : 0;
}

/** The kinds of the places that share the granule of @addr; 0: none. */
static inline unsigned places_kinds(const struct places *places, raddr addr)
{
	const struct places_leaf *leaf;

	if (addr >> 48)
		return 0;
	leaf = places->top[addr >> 32];
	return leaf ? leaf->kinds[(uint32_t)addr >> PLACES_GRANULE_SHIFT] : 0;
}

/** As much of [start, start + len) as lies in one place; 0: none does. */
static inline uint64_t places_clip(const struct places *places, raddr start,
				   uint64_t len)
{
	const struct place *at = places_find(places, start);
	uint64_t left = at ? at->len - (start - at->start) : 0;

	return len < left ? len : left;
}

#endif
