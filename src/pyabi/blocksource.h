/* SPDX-License-Identifier: MIT */
#ifndef PYABI_BLOCKSOURCE_H
#define PYABI_BLOCKSOURCE_H

#include "attach/places.h"
#include "pyabi/pool.h"

/**
 * The memory of an allocator, as spans of blocks: who wants to know what is in
 * a heap need not know how it is kept.
 *
 * A span is a row of equal blocks side by side.  Where blocks are unequal, as
 * malloc's chunks, a span has one, or some that happen to be equal.
 *
 * The memory is cut into cells, side by side, each of which tells by itself
 * which span it holds: of pymalloc, pools.  Cells have numbers in address
 * order, so what is known of each stands in an array, and from an address to its
 * span takes a shift.
 *
 * Facts: pool.h.  An allocator more is a function more behind each of these.
 *
 * Threads: once initialised, any number may ask.
 * Owner:   blocksource_fini(), also of what is zeroed.
 */
struct span {
	raddr start;		/* of its first block */
	const uint8_t *p;	/* the bytes there; NULL: no span */
	uint32_t block;		/* bytes of a block */
	uint32_t n;		/* blocks that were ever in use, from the first */
	uint32_t room;		/* ... that it has */
	uint32_t n_live;	/* in use now */
};

enum span_state {
	SPAN_TORN,	/* contradicts itself: it changes, or is none */
	SPAN_FREE,	/* no block in use */
	SPAN_USED,
};

enum {
	CELL_MAX_BYTES = POOL_MAX_SIZE,
	SPAN_MAX_BLOCKS = POOL_MAX_BLOCKS,
};

struct blocksource {
	const struct abi *abi;
	const struct places *places;
	uint8_t kind;			/* of the places that are its own */
	uint64_t cell;			/* bytes: 1 << cell_shift */
	unsigned cell_shift;
	size_t n_cells;
	size_t *first_cell;		/* by place */
};

/** pymalloc's, which owns the places of kind @kind. */
MUST_CHECK bool blocksource_init(struct blocksource *src, const struct abi *abi,
				 const struct places *places, uint8_t kind,
				 struct err *err);
void blocksource_fini(struct blocksource *src);

/** The number of the cell that @addr lies in; SIZE_MAX: in none. */
static inline size_t blocksource_cell(const struct blocksource *src, raddr addr)
{
	const struct places *places = src->places;
	const struct place *at;

	if (!(places_kinds(places, addr) & src->kind))
		return SIZE_MAX;
	at = places_find(places, addr);
	if (!at || at->kind != src->kind)
		return SIZE_MAX;
	return src->first_cell[at - places->v] +
	       ((addr - at->start) >> src->cell_shift);
}

/** Where the cell begins that @addr lies in. */
static inline raddr blocksource_start(const struct blocksource *src, raddr addr)
{
	return addr_down(addr, src->cell);
}

/** What the cell at @at, whose bytes are @p, says it holds.  Without n_live:
 *  cheap. */
enum span_state blocksource_head(const struct abi *abi, raddr at,
				 const uint8_t *p, struct span *ret);

/** Which blocks of @span, which blocksource_head() found in bytes that are still
 *  there, are in use: sets n_live, and a bit each in @live, in whole words.
 *  False: it is torn. */
bool blocksource_live(const struct abi *abi, struct span *span,
		      uint64_t *live);

/** Both. */
enum span_state blocksource_read(const struct abi *abi, raddr at,
				 const uint8_t *p, struct span *ret,
				 uint64_t live[SPAN_MAX_BLOCKS / 64]);

/** The block that holds @addr; -1: none does. */
static inline int span_index(const struct span *span, raddr addr)
{
	uint64_t off = addr - span->start;

	return off < (uint64_t)span->n * span->block ?
		(int)((uint32_t)off / span->block) : -1;
}

/** Do the blocks of the cells at @at carry the marks of a debug hook?  Adds to
 *  the numbers of those that do and do not. */
void blocksource_count_marks(const struct abi *abi, raddr at, const uint8_t *p,
			     size_t *marked, size_t *plain);

#endif
