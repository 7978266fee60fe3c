/* SPDX-License-Identifier: MIT */
#include "heap/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "heap/zeros.h"
#include "pyabi/block.h"

enum {
	HEAD = 16, MARKS = 16,	/* bytes: of an object, a debug hook */
	LOWEST = 4096,		/* nothing is mapped below */
};
#define HIGHEST (1ull << 47)	/* no user's memory begins there */

/* What is scanned: @p is a copy of what is at @at. */
struct piece {
	raddr at;
	const uint8_t *p;
	uint64_t len;
};

bool scanner_init(struct scanner *s, const struct blocksource *source,
		  struct err *err)
{
	memset(s, 0, sizeof(*s));
	s->source = source;
	s->places = source->places;
	s->abi = source->abi;
	s->seen = zeros_new(SCAN_CACHE, sizeof(*s->seen));
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

/* What @to points at; a granule seldom holds more than one kind. */
static unsigned kind_of(const struct places *places, raddr to)
{
	unsigned kinds = places_kinds(places, to);

	return kinds & (kinds - 1) ? places_kind(places, to) : kinds;
}

/* The head of an object, alive, to judge by its two words?  Types are too
 * large for pools. */
static bool is_head(const struct scanner *s, const uint8_t *p)
{
	raddr type = load_u64(p + s->abi->object_ob_type);

	return refcnt_is_alive(s->abi, load_u64(p)) && type % 8 == 0 &&
	       (kind_of(s->places, type) & (REGION_STATIC | REGION_ANON));
}

/* Does the block at @p of @size bytes look like a living object?  What
 * the collector, an instance and a debug hook put before it may be there. */
static bool looks_alive(const struct scanner *s, const uint8_t *p,
			uint32_t size)
{
	const uint32_t gc = (uint32_t)s->abi->n_pre_gc;
	const uint32_t all = gc + (uint32_t)s->abi->n_pre_managed;
	const uint32_t before[] = {0, gc, all};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(before); i++) {
		uint32_t off = before[i / 2] + (i % 2 ? MARKS : 0);

		if (off + HEAD <= size && is_head(s, p + off))
			return true;
	}
	return false;
}

/* Is the word at @at one of what looks like an object? */
static bool is_in_object(const struct scanner *s, const struct piece *piece,
			 raddr at)
{
	const uint64_t cell = s->source->cell;
	raddr base = addr_down(at, cell);
	struct span span;
	int k;

	/* Of what is copied now nobody knows yet where blocks begin. */
	if (s->source->chunks)
		return true;
	if (base < piece->at || base - piece->at + cell > piece->len ||
	    blocksource_head(s->source, base, piece->p + (base - piece->at),
			     &span) != SPAN_USED)
		return false;
	k = span_index(&span, at);
	return k >= 0 && looks_alive(s, span.p + (uint32_t)k * span.block,
				     span.block);
}

static bool is_worth_noting(const struct scanner *s, const struct piece *piece,
			    raddr at, struct scanner_seen *slot)
{
	if (slot->may_be_table && is_in_object(s, piece, at) &&
	    slot->owners < SCAN_OWNERS) {
		slot->owners++;
		return true;
	}
	return slot->n < SCAN_REPEATS;
}

static bool note(struct scanner *s, const struct piece *piece, raddr at,
		 raddr to, struct err *err)
{
	struct scanner_seen *slot = slot_of(s, to);

	if (slot->to != to) {
		unsigned kind = kind_of(s->places, to);

		if (kind == REGION_ARENA)
			return true;
		*slot = (struct scanner_seen){
			.to = to, .may_be_table = kind == REGION_ANON };
	}
	if (is_worth_noting(s, piece, at, slot)) {
		slot->n++;
		return add_hit(s, at, to, err);
	}
	slot->full = !slot->may_be_table || slot->owners == SCAN_OWNERS;
	if (slot->more)
		return true;
	slot->more = true;
	return add_hit(s, 0, to, err);
}

bool scanner_scan(struct scanner *s, raddr at, const uint8_t *p, uint64_t len,
		  struct err *err)
{
	const struct piece piece = { at, p, len };
	const struct places *places = s->places;

	for (uint64_t off = 0; off + 8 <= len; off += 8) {
		const struct scanner_seen *slot;
		const uint64_t to = load_u64(p + off);

		/* Small numbers, odd ones and floats: most words by far.  Those
		 * that are not aligned are the largest when rotated. */
		if ((to >> 3 | to << 61) - LOWEST / 8 >=
		    (HIGHEST - LOWEST) / 8)
			continue;
		if (!(places_kinds(places, to) & (REGION_ANON | REGION_STATIC)))
			continue;
		slot = slot_of(s, to);
		if (slot->to == to && slot->full)
			continue;
		if (!note(s, &piece, at + off, to, err))
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
