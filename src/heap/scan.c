/* SPDX-License-Identifier: MIT */
#include "heap/scan.h"

#include <stdlib.h>
#include <string.h>

bool scanner_init(struct scanner *s, const struct mirror *mi, struct err *err)
{
	memset(s, 0, sizeof(*s));
	s->mi = mi;
	s->seen = calloc(SCAN_CACHE, sizeof(*s->seen));
	return s->seen ? true : err_nomem(err);
}

void scanner_fini(struct scanner *s)
{
	vec_free(&s->hits);
	free(s->seen);
	s->seen = NULL;
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

static inline struct scanner_seen *slot_of(const struct scanner *s, raddr to)
{
	return &s->seen[(to >> 4 ^ to >> 15) % SCAN_CACHE];
}

static bool note(struct scanner *s, raddr at, raddr to, unsigned kinds,
		 struct err *err)
{
	struct scanner_seen *slot = slot_of(s, to);

	if (slot->to != to) {
		if ((kinds & MIRROR_ARENA) &&
		    mirror_kind(s->mi, to) == MIRROR_ARENA)
			return true;
		slot->to = to;
		slot->n = 0;
	}
	return add_hit(s, slot->n++ < SCAN_REPEATS ? at : 0, to, err);
}

bool scanner_scan(struct scanner *s, raddr at, const uint8_t *p, uint64_t len,
		  struct err *err)
{
	const struct mirror *mi = s->mi;

	for (uint64_t off = 0; off + 8 <= len; off += 8) {
		const struct scanner_seen *slot;
		unsigned kinds;
		uint64_t to;

		memcpy(&to, p + off, sizeof(to));
		/* Small numbers, odd ones and floats: most words by far. */
		if (to & 7 || to - 4096 >= 1ull << 47)
			continue;
		kinds = mirror_kinds(mi, to);
		if (!(kinds & (MIRROR_ANON | MIRROR_STATIC)))
			continue;
		slot = slot_of(s, to);
		if (slot->to == to && slot->n > SCAN_REPEATS)
			continue;
		if (!note(s, at + off, to, kinds, err))
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
	return true;
}
