/* SPDX-License-Identifier: MIT */
/*
 * pymalloc's memory as spans: a cell is a pool, and a pool one span behind its
 * header.
 *
 * Facts: CPython Objects/obmalloc.c, by pool.h.
 */
#include "pyabi/blocksource.h"

#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "pyabi/block.h"

bool blocksource_init(struct blocksource *src, const struct abi *abi,
		      const struct places *places, uint8_t kind,
		      struct err *err)
{
	*src = (struct blocksource){
		.abi = abi, .places = places, .kind = kind,
		.cell = (uint64_t)abi->n_pool_size,
		.cell_shift = (unsigned)__builtin_ctzll(
			(uint64_t)abi->n_pool_size),
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

enum span_state blocksource_head(const struct abi *abi, raddr at,
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
		.n = (load_u32(p + abi->pool_nextoffset) - head) / block,
		.room = ((uint32_t)abi->n_pool_size - head) / block,
	};
	return SPAN_USED;
}

bool blocksource_live(const struct abi *abi, struct span *span, uint64_t *live)
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

enum span_state blocksource_read(const struct abi *abi, raddr at,
				 const uint8_t *p, struct span *ret,
				 uint64_t live[SPAN_MAX_BLOCKS / 64])
{
	enum span_state state = blocksource_head(abi, at, p, ret);

	if (state != SPAN_USED)
		return state;
	return blocksource_live(abi, ret, live) ? SPAN_USED : SPAN_TORN;
}

void blocksource_count_marks(const struct abi *abi, raddr at, const uint8_t *p,
			     size_t *marked, size_t *plain)
{
	uint64_t live[SPAN_MAX_BLOCKS / 64];
	struct span span;

	if (blocksource_read(abi, at, p, &span, live) != SPAN_USED)
		return;
	for (uint32_t k = 0; k < span.n; k++) {
		if (!(live[k / 64] >> (k % 64) & 1))
			continue;
		if (block_has_marks(abi, span.p + k * span.block, span.block))
			++*marked;
		else
			++*plain;
	}
}
