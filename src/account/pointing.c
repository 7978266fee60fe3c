/* SPDX-License-Identifier: MIT */
/*
 * Who points at mappings that nobody has: an allocator of a library's own keeps
 * its books in that library's data.  All that was copied of data segments is
 * gone through, and the library with the most words that lead into a mapping is
 * the one that is named.
 */
#include <stdlib.h>
#include <string.h>

#include "account/claims.h"
#include "heap/regions.h"

struct pointing {
	struct claims *cl;
	/** By number in look->maps: the library whose words were counted last,
	 *  and that with the most so far. */
	struct pointed {
		uint32_t count, most;
		uint16_t whose, best;
	} *maps;
};

static void point_at(struct pointing *pt, raddr word, unsigned whose)
{
	const struct account_look *look = pt->cl->look;
	const struct map *map;
	struct pointed *p;

	if (!(places_kinds(&look->cap->places, word) & REGION_ANON) ||
	    claims_is_taken(pt->cl, word))
		return;
	map = maps_find(&look->maps, word);
	if (!map || map->inode)
		return;
	p = &pt->maps[map - look->maps.v];
	if (p->whose != whose)
		p->count = 0;
	p->whose = (uint16_t)whose;
	if (++p->count > p->most) {
		p->most = p->count;
		p->best = (uint16_t)whose;
	}
}

static void point_from(struct pointing *pt, const struct place *place)
{
	struct mem *mem = &pt->cl->look->cap->mirror.mem;
	const struct libraries *libs = &pt->cl->look->libs;

	for (uint64_t off = 0; off < place->len; off += MIRROR_PAGE) {
		raddr at = place->start + off;
		const uint8_t *p = mem->ops->peek(mem, at, MIRROR_PAGE);
		unsigned whose = libraries_of(libs, at);

		for (size_t i = 0; p && whose && i < MIRROR_PAGE; i += 8) {
			raddr word;

			memcpy(&word, p + i, sizeof(word));
			point_at(pt, word, whose);
		}
	}
}

bool claims_point(struct claims *cl)
{
	struct account_look *look = cl->look;
	const struct places *places = &look->cap->places;
	struct pointing pt = { .cl = cl };

	look->pointed = calloc(look->maps.n + 1, sizeof(*look->pointed));
	pt.maps = calloc(look->maps.n + 1, sizeof(*pt.maps));
	if (!look->pointed || !pt.maps) {
		free(pt.maps);
		return err_nomem(cl->err);
	}
	for (size_t i = 0; i < places->n; i++) {
		if (places->v[i].kind == REGION_STATIC)
			point_from(&pt, &places->v[i]);
	}
	for (size_t i = 0; i < look->maps.n; i++)
		look->pointed[i] = pt.maps[i].best;
	free(pt.maps);
	return true;
}
