/* SPDX-License-Identifier: MIT */
#include "heap/scan.h"

#include <stdlib.h>
#include <string.h>

static bool make_bits(struct scanner *s, struct err *err)
{
	const struct mirror *mi = s->mi;

	s->pointed = calloc(mi->regions.n + 1, sizeof(*s->pointed));
	if (!s->pointed)
		return err_nomem(err);
	for (size_t i = 0; i < mi->regions.n; i++) {
		const struct mirror_region *r = &mi->regions.v[i];

		if (r->kind != MIRROR_STATIC)
			continue;
		s->pointed[i] = calloc(r->len / 512 + 1, sizeof(uint64_t));
		if (!s->pointed[i])
			return err_nomem(err);
	}
	return true;
}

bool scanner_init(struct scanner *s, const struct mirror *mi, struct err *err)
{
	memset(s, 0, sizeof(*s));
	s->mi = mi;
	s->seen = calloc(SCAN_CACHE, sizeof(*s->seen));
	return s->seen ? make_bits(s, err) : err_nomem(err);
}

void scanner_fini(struct scanner *s)
{
	for (size_t i = 0; s->pointed && i < s->mi->regions.n; i++)
		free(s->pointed[i]);
	free(s->pointed);
	vec_free(&s->hits);
	free(s->seen);
	s->seen = NULL;
	s->pointed = NULL;
}

static bool add_hit(struct scanner *s, raddr at, raddr to, struct err *err)
{
	struct hit *hit = vec_add(&s->hits, err);

	if (!hit)
		return false;
	hit->at = at;
	hit->to = to;
	return true;
}

static bool note(struct scanner *s, raddr at, raddr to, unsigned kinds,
		 struct err *err)
{
	struct scanner_seen *slot =
		&s->seen[(to >> 4 ^ to >> 15) % SCAN_CACHE];

	if (slot->to != to) {
		if (kinds != MIRROR_ANON &&
		    mirror_kind(s->mi, to) != MIRROR_ANON)
			return true;
		slot->to = to;
		slot->n = 0;
	}
	if (slot->n > SCAN_REPEATS)
		return true;
	return add_hit(s, slot->n++ < SCAN_REPEATS ? at : 0, to, err);
}

static void note_static(struct scanner *s, raddr to)
{
	uint64_t i;

	if (!addr_in(to, s->last_start, s->last_len)) {
		const struct mirror_region *r = mirror_region(s->mi, to);

		if (!r || r->kind != MIRROR_STATIC)
			return;
		s->last_start = r->start;
		s->last_len = r->len;
		s->last_bits = s->pointed[r - s->mi->regions.v];
	}
	i = (to - s->last_start) / 8;
	s->last_bits[i / 64] |= 1ull << (i % 64);
}

bool scanner_scan(struct scanner *s, raddr at, const uint8_t *p, uint64_t len,
		  struct err *err)
{
	const struct mirror *mi = s->mi;

	for (uint64_t off = 0; off + 8 <= len; off += 8) {
		unsigned kinds;
		uint64_t to;

		memcpy(&to, p + off, sizeof(to));
		/* Small numbers, odd ones and floats: most words by far. */
		if (to & 7 || to - 4096 >= 1ull << 47)
			continue;
		kinds = mirror_kinds(mi, to);
		if (kinds & MIRROR_STATIC)
			note_static(s, to);
		if ((kinds & MIRROR_ANON) && !note(s, at + off, to, kinds, err))
			return false;
	}
	return true;
}

bool scanner_add(struct scanner *s, const struct scanner *from,
		 struct err *err)
{
	for (size_t i = 0; i < from->hits.n; i++) {
		if (!add_hit(s, from->hits.v[i].at, from->hits.v[i].to, err))
			return false;
	}
	for (size_t i = 0; i < s->mi->regions.n; i++) {
		uint64_t words = s->mi->regions.v[i].len / 512 + 1;

		for (uint64_t w = 0; s->pointed[i] && w < words; w++)
			s->pointed[i][w] |= from->pointed[i][w];
	}
	return true;
}
