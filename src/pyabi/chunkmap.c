/* SPDX-License-Identifier: MIT */
#include "pyabi/chunkmap.h"

#include <stdlib.h>

#include "base/addr.h"

static void set(uint64_t *bits, uint64_t n)
{
	bits[n / 64] |= 1ull << (n % 64);
}

/* All of a region lies in one place, so its cells are in a row. */
static void add_region(struct chunkmap *map, const struct blocksource *src,
		       const struct glibc_malloc *gm,
		       const struct glibc_region *r)
{
	const struct glibc_chunk *c = &gm->chunks.v[r->first];
	const size_t first = blocksource_cell(src, r->start);
	const raddr base = blocksource_start(src, r->start);
	const uint64_t n_bits = (uint64_t)map->n_cells * CHUNKS_A_CELL;

	if (first == SIZE_MAX || blocksource_cell(src, r->end - 1) == SIZE_MAX)
		return;
	for (size_t i = 0; i < r->n; i++) {
		uint64_t at = first * CHUNKS_A_CELL +
			      (c[i].at + GLIBC_HEAD - base) / CHUNK_UNIT;

		/* The last of a heap has no bytes. */
		if (at >= n_bits || c[i].size < GLIBC_LEAST)
			continue;
		set(map->begins, at);
		if (c[i].state == GLIBC_USED)
			set(map->used, at);
	}
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
			add_region(map, src, gm, &gm->regions.v[i]);
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
