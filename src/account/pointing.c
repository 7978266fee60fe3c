/* SPDX-License-Identifier: MIT */
/*
 * Who points at mappings that nobody has: an allocator of a library's own keeps
 * its books in that library's data.  Data segments are gone
 * through, and the library with the most words that lead into a mapping is
 * the one that is named.
 */
#include <stdlib.h>
#include <string.h>

#include "account/claims.h"
#include "base/load.h"
#include "heap/regions.h"

enum { POINT_BYTES = 1 << 16 };

struct pointing {
	struct claims *cl;
	/** By number in look->maps: the library whose words were counted last,
	 *  and that with the most so far. */
	struct pointed {
		uint32_t count, most;
		uint16_t whose, best;
	} *maps;
	uint8_t *buf;		/* POINT_BYTES */
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

static void point_words(struct pointing *pt, raddr at, const uint8_t *p,
			uint64_t len)
{
	const struct libraries *libs = &pt->cl->look->libs;
	unsigned whose = 0;

	for (uint64_t i = 0; i + 8 <= len; i += 8) {
		if ((at + i) % ADDR_PAGE == 0 || !i)
			whose = libraries_of(libs, at + i);
		if (whose)
			point_at(pt, load_u64(p + i), whose);
	}
}

/* What cannot be read is stepped over, a page at a time. */
static void point_from(struct pointing *pt, const struct place *place)
{
	struct capture *cap = pt->cl->look->cap;
	struct mem *mem = cap->mirrored ? &cap->mirror.mem :
					  cap->tr.target->mem;
	const raddr end = place->start + place->len;
	raddr at = place->start;

	while (at < end) {
		uint64_t want = end - at < POINT_BYTES ? end - at : POINT_BYTES;
		struct err ignored;
		int64_t got = mem_read_some(mem, at, pt->buf, want, &ignored);

		if (got < 8) {
			at = addr_up(at + 1, ADDR_PAGE);
			continue;
		}
		point_words(pt, at, pt->buf, (uint64_t)got);
		at += (uint64_t)got & ~(uint64_t)7;
	}
}

bool claims_point(struct claims *cl)
{
	struct account_look *look = cl->look;
	const struct places *places = &look->cap->places;
	struct pointing pt = { .cl = cl };

	look->pointed = calloc(look->maps.n + 1, sizeof(*look->pointed));
	pt.maps = calloc(look->maps.n + 1, sizeof(*pt.maps));
	pt.buf = malloc(POINT_BYTES);
	if (!look->pointed || !pt.maps || !pt.buf) {
		free(pt.maps);
		free(pt.buf);
		return err_nomem(cl->err);
	}
	for (size_t i = 0; i < places->n; i++) {
		if (places->v[i].kind == REGION_STATIC)
			point_from(&pt, &places->v[i]);
	}
	for (size_t i = 0; i < look->maps.n; i++)
		look->pointed[i] = pt.maps[i].best;
	free(pt.maps);
	free(pt.buf);
	return true;
}
