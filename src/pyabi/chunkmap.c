/* SPDX-License-Identifier: MIT */
#include "pyabi/chunkmap.h"

#include <stdlib.h>

#include "base/addr.h"

static void set(uint64_t *bits, uint64_t n)
{
	bits[n / 64] |= 1ull << (n % 64);
}

/* What lies in one place has its cells in a row. */
static void chunkmap_add(struct chunkmap *map, const struct blocksource *src,
		       const struct glibc_malloc *gm,
		       const struct glibc_region *r)
{
	const struct glibc_chunk *c = gm->chunks.v;
	const size_t first = blocksource_cell(src, r->start);
	const raddr base = blocksource_start(src, r->start);
	const raddr last = r->end - GLIBC_HEAD;	/* that can begin one */
	uint64_t at;

	if (!r->n || first == SIZE_MAX || places_find(src->places, r->start) !=
				 places_find(src->places, r->end - 1))
		return;
	c += r->first;
	for (size_t i = 0; i < r->n && c[i].at < last; i++) {
		at = first * CHUNKS_A_CELL +
		     (c[i].at + GLIBC_HEAD - base) / CHUNK_UNIT;
		set(map->begins, at);
		if (c[i].state == GLIBC_USED && c[i].size >= GLIBC_LEAST)
			set(map->used, at);
	}
	/* Behind what makes no sense is nobody's. */
	if (r->known_end < last)
		set(map->begins, first * CHUNKS_A_CELL +
			(r->known_end + GLIBC_HEAD - base) / CHUNK_UNIT);
}

bool chunkmap_make(struct chunkmap *map, const struct blocksource *src,
		   const struct glibc_malloc *gm, struct err *err)
{
	chunkmap_fini(map);
	map->begins = calloc(src->n_cells + 1, CHUNKS_A_CELL / 8);
	map->used = calloc(src->n_cells + 1, CHUNKS_A_CELL / 8);
	if (!map->begins || !map->used)
		return err_nomem(err);
	map->n_cells = src->n_cells;
	for (size_t i = 0; i < gm->regions.n; i++) {
		if (gm->regions.v[i].arena != GLIBC_NO_ARENA)
			chunkmap_add(map, src, gm, &gm->regions.v[i]);
	}
	return true;
}

void chunkmap_fini(struct chunkmap *map)
{
	free(map->begins);
	free(map->used);
	*map = (struct chunkmap){ 0 };
}

/* The last that begins at or before bit @n, of those from bit @first on; -1. */
static int64_t last_begin(const struct chunkmap *map, uint64_t first,
			  uint64_t n)
{
	uint64_t word = n / 64;
	uint64_t left = map->begins[word] & ~0ull >> (63 - n % 64);

	while (!left && word > first / 64)
		left = map->begins[--word];
	return left ? (int64_t)(word * 64 + 63 -
				(uint64_t)__builtin_clzll(left)) : -1;
}

/* The first that begins behind bit @n, of those before bit @end; else @end. */
static uint64_t next_begin(const struct chunkmap *map, uint64_t n, uint64_t end)
{
	uint64_t word = ++n / 64;
	uint64_t left = n < end ? map->begins[word] & ~0ull << n % 64 : 0;

	while (!left && ++word * 64 < end)
		left = map->begins[word];
	return left ? word * 64 + (uint64_t)__builtin_ctzll(left) : end;
}

uint64_t chunkmap_takes(const struct chunkmap *map,
			const struct blocksource *src, raddr block)
{
	const struct place *at;
	uint64_t first, n;

	if (!chunkmap_begins(map, src, block))
		return 0;
	at = places_find(src->places, block);
	first = (uint64_t)blocksource_cell(src, at->start) * CHUNKS_A_CELL;
	n = first + (block - at->start) / CHUNK_UNIT;
	/* Behind the last one's end a head would come before the next. */
	return (next_begin(map, n, first + at->len / CHUNK_UNIT + 1) - n) *
	       CHUNK_UNIT;
}

raddr chunkmap_block(const struct chunkmap *map, const struct blocksource *src,
		     raddr addr)
{
	const size_t cell = blocksource_cell(src, addr);
	const struct place *at;
	uint64_t first, n;
	int64_t begin;

	if (cell >= map->n_cells)
		return 0;
	at = places_find(src->places, addr);
	first = (cell - (addr - at->start) / CHUNK_CELL) * CHUNKS_A_CELL;
	n = first + (addr - at->start) / CHUNK_UNIT;
	begin = last_begin(map, first, n);
	if (begin < 0 || !(map->used[begin / 64] >> (begin % 64) & 1))
		return 0;
	return at->start + ((uint64_t)begin - first) * CHUNK_UNIT;
}
