/* SPDX-License-Identifier: MIT */
#include "attach/places.h"

#include <stdlib.h>
#include <string.h>

enum { TOP_SLOTS = 1 << 16 };	/* 48 bits of address >> 32 */

bool places_init(struct places *places, struct err *err)
{
	memset(places, 0, sizeof(*places));
	places->top = calloc(TOP_SLOTS, sizeof(struct places_leaf *));
	return places->top ? true : err_nomem(err);
}

/* Only where there is something: most of the directory is never touched. */
static void forget_index(struct places *places)
{
	for (size_t i = 0; i < places->leaves.n; i++) {
		free(places->top[places->leaves.v[i]]);
		places->top[places->leaves.v[i]] = NULL;
	}
	places->leaves.n = 0;
}

void places_fini(struct places *places)
{
	forget_index(places);
	vec_free(&places->leaves);
	vec_free(places);
	free(places->top);
	places->top = NULL;
}

bool places_add(struct places *places, raddr start, uint64_t len,
		uint8_t kind, struct err *err)
{
	const struct place *last;
	struct place *place;

	if ((start | len) % ADDR_PAGE || start + len < start ||
	    (start + len) >> 48)
		return err_at(err, ERR_BADDATA, start, "absurd mapping");
	last = places->n ? &places->v[places->n - 1] : NULL;
	if (last && start < last->start + last->len)
		return err_at(err, ERR_BADDATA, start, "mappings overlap");
	place = vec_add(places, err);
	if (place)
		*place = (struct place){ start, len, kind };
	return place != NULL;
}

static struct places_leaf *leaf_at(struct places *places, uint32_t t,
				   struct err *err)
{
	uint32_t *slot;

	if (places->top[t])
		return places->top[t];
	slot = vec_add(&places->leaves, err);
	if (!slot)
		return NULL;
	places->top[t] = calloc(1, sizeof(**places->top));
	if (!places->top[t]) {
		places->leaves.n--;
		err_nomem(err);
		return NULL;
	}
	*slot = t;
	return places->top[t];
}

static bool index_place(struct places *places, uint32_t n, struct err *err)
{
	const struct place *place = &places->v[n];
	raddr last = place->start + place->len - 1;

	for (uint64_t g = place->start >> PLACES_GRANULE_SHIFT;
	     g <= last >> PLACES_GRANULE_SHIFT; g++) {
		uint32_t t = (uint32_t)(g >> (32 - PLACES_GRANULE_SHIFT));
		size_t i = g & ((1 << (32 - PLACES_GRANULE_SHIFT)) - 1);
		struct places_leaf *leaf = leaf_at(places, t, err);

		if (!leaf)
			return false;
		if (!leaf->first[i])
			leaf->first[i] = n + 1;
		leaf->kinds[i] |= place->kind;
	}
	return true;
}

bool places_index(struct places *places, struct err *err)
{
	forget_index(places);
	for (uint32_t n = 0; n < places->n; n++) {
		if (!index_place(places, n, err))
			return false;
	}
	return true;
}
