/* SPDX-License-Identifier: MIT */
/*
 * pymalloc's memory as spans: a cell is a pool, and a pool one span behind its
 * header.  And malloc's: by a map of its chunks.
 *
 * Facts: CPython Objects/obmalloc.c, by pool.h.
 */
#include "pyabi/blocksource.h"

#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "pyabi/block.h"
#include "pyabi/chunkmap.h"

bool blocksource_init(struct blocksource *src, const struct abi *abi,
		      const struct places *places, uint8_t kind,
		      const struct chunkmap *chunks, struct err *err)
{
	const uint64_t cell = chunks ? CHUNK_CELL : (uint64_t)abi->n_pool_size;

	*src = (struct blocksource){
		.abi = abi, .places = places, .kind = kind, .chunks = chunks,
		.cell = cell, .cell_shift = (unsigned)__builtin_ctzll(cell),
	};
	src->first_cell = calloc(places->n + 1, sizeof(*src->first_cell));
	if (!src->first_cell)
		return err_nomem(err);
	for (size_t i = 0; i < places->n; i++) {
		src->first_cell[i] = src->n_cells;
		if (places->v[i].kind == kind)
			src->n_cells += places->v[i].len >> src->cell_shift;
	}
	return true;
}

void blocksource_fini(struct blocksource *src)
{
	free(src->first_cell);
	src->first_cell = NULL;
}

static enum span_state pool_head(const struct abi *abi, raddr at,
				 const uint8_t *p, struct span *ret)
{
	const uint32_t head = abi->pool_sizeof;
	uint32_t block;

	if (!load_u32(p + abi->pool_count))
		return SPAN_FREE;
	block = pool_header_block(abi, at, p);
	if (!block)
		return SPAN_TORN;
	*ret = (struct span){
		.start = at + head, .p = p + head, .block = block,
		.hand = (uint64_t)abi->n_pool_size - head,
		.n = (load_u32(p + abi->pool_nextoffset) - head) / block,
		.room = ((uint32_t)abi->n_pool_size - head) / block,
	};
	return SPAN_USED;
}

static bool pool_live(const struct abi *abi, struct span *span, uint64_t *live)
{
	const uint32_t head = abi->pool_sizeof;
	struct pool pool;

	if (pool_parse(abi, span->start - head, span->p - head, &pool) !=
	    POOL_USED)
		return false;
	span->n_live = pool.n_live;
	memcpy(live, pool.live, (span->n + 63u) / 64 * sizeof(*live));
	return true;
}

/* Up to the end of its place all is at hand, if anything is. */
static enum span_state chunks_head(const struct blocksource *src, raddr at,
				   const uint8_t *p, struct span *ret)
{
	const struct place *place = places_find(src->places, at);
	size_t n = blocksource_cell(src, at);
	uint64_t some = 0;

	if (n >= src->chunks->n_cells)
		return SPAN_FREE;
	for (size_t i = 0; i < CHUNKS_A_CELL / 64; i++)
		some |= chunkmap_used(src->chunks, n)[i];
	if (!some)
		return SPAN_FREE;
	*ret = (struct span){
		.start = at, .p = p, .block = CHUNK_UNIT, .n = CHUNKS_A_CELL,
		.room = CHUNKS_A_CELL, .uneven = true,
		.hand = place->start + place->len - at,
	};
	return SPAN_USED;
}

static bool chunks_live(const struct blocksource *src, struct span *span,
			uint64_t *live)
{
	const uint64_t *used = chunkmap_used(src->chunks,
					     blocksource_cell(src, span->start));

	span->n_live = 0;
	for (size_t i = 0; i < CHUNKS_A_CELL / 64; i++) {
		live[i] = used[i];
		span->n_live += (uint32_t)__builtin_popcountll(used[i]);
	}
	return true;
}

enum span_state blocksource_head(const struct blocksource *src, raddr at,
				 const uint8_t *p, struct span *ret)
{
	return src->chunks ? chunks_head(src, at, p, ret) :
			     pool_head(src->abi, at, p, ret);
}

bool blocksource_live(const struct blocksource *src, struct span *span,
		      uint64_t *live)
{
	return src->chunks ? chunks_live(src, span, live) :
			     pool_live(src->abi, span, live);
}

raddr blocksource_block(const struct blocksource *src, raddr addr)
{
	return src->chunks ? chunkmap_block(src->chunks, src, addr) : addr;
}

raddr blocksource_first(const struct blocksource *src, raddr block)
{
	const raddr start = blocksource_start(src, block);
	const uint64_t *used;
	size_t i = 0;

	if (!src->chunks)
		return start;
	used = chunkmap_used(src->chunks, blocksource_cell(src, block));
	while (!used[i])
		i++;
	return start + (i * 64 + (uint64_t)__builtin_ctzll(used[i])) *
		       CHUNK_UNIT;
}

enum span_state blocksource_read(const struct blocksource *src, raddr at,
				 const uint8_t *p, struct span *ret,
				 uint64_t live[SPAN_MAX_BLOCKS / 64])
{
	enum span_state state = blocksource_head(src, at, p, ret);

	if (state != SPAN_USED)
		return state;
	return blocksource_live(src, ret, live) ? SPAN_USED : SPAN_TORN;
}

void blocksource_count_marks(const struct blocksource *src, raddr at,
			     const uint8_t *p, size_t *marked, size_t *plain)
{
	uint64_t live[SPAN_MAX_BLOCKS / 64];
	struct span span;

	if (blocksource_read(src, at, p, &span, live) != SPAN_USED)
		return;
	for (uint32_t k = 0; k < span.n; k++) {
		if (!(live[k / 64] >> (k % 64) & 1))
			continue;
		if (block_has_marks(src->abi, span.p + k * span.block, span.block))
			++*marked;
		else
			++*plain;
	}
}
