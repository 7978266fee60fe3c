/* SPDX-License-Identifier: MIT */
#ifndef PYABI_BLOCKSOURCE_H
#define PYABI_BLOCKSOURCE_H

#include "attach/places.h"
#include "base/load.h"
#include "pyabi/pool.h"

/**
 * The memory of an allocator, as spans of blocks: who wants to know what is in
 * a heap need not know how it is kept.
 *
 * The memory is cut into cells, side by side, each with one span: the blocks
 * that begin in it.  Cells have numbers in address order, so what is known of
 * each stands in an array, and from an address to its span takes a shift.  In a
 * span a block has a number, too, which its address tells.
 *
 * Of pymalloc a cell is a pool, and a span its equal blocks side by side, as the
 * pool says by itself.  Of malloc a cell is a page, and its span has a number
 * for each 16 bytes, where a block may begin or not; a block is as long as the
 * word before it says, and may end in another cell.  Where they begin tells a
 * map of the chunks, which was made before (pyabi/chunkmap.h).
 *
 * Facts: pool.h, malloc_glibc.h.  An allocator more is one function more behind
 *        each of those below.
 *
 * Threads: once initialised, any number may ask.
 * Owner:   blocksource_fini(), also of what is zeroed.
 */
struct span {
	raddr start;		/* of its first block */
	const uint8_t *p;	/* the bytes there; NULL: no span */
	uint64_t hand;		/* as many are at hand */
	uint32_t block;		/* bytes from one number to the next */
	uint32_t n;		/* blocks that were ever in use, from the first */
	uint32_t room;		/* ... that it has */
	uint32_t n_live;	/* in use now */
	bool uneven;		/* each block says how long it is */
};

enum span_state {
	SPAN_TORN,	/* contradicts itself: it changes, or is none */
	SPAN_FREE,	/* no block in use */
	SPAN_USED,
};

enum {
	CELL_MAX_BYTES = POOL_MAX_SIZE,
	SPAN_MAX_BLOCKS = POOL_MAX_BLOCKS,
	CHUNK_CELL = 4096,	/* of malloc */
	CHUNK_UNIT = 16,
	CHUNK_FLAGS = 7,	/* beside its size */
	CHUNK_OWN = 8,		/* bytes that its owner cannot use */
};

struct chunkmap;

struct blocksource {
	const struct abi *abi;
	const struct places *places;
	const struct chunkmap *chunks;	/* of malloc; NULL: pymalloc's pools */
	uint8_t kind;			/* of the places that are its own */
	uint64_t cell;			/* bytes: 1 << cell_shift */
	unsigned cell_shift;
	size_t n_cells;
	size_t *first_cell;		/* by place */
};

/** That of the places of kind @kind: pymalloc's or, with a map of its @chunks,
 *  which is to outlive it, malloc's. */
MUST_CHECK bool blocksource_init(struct blocksource *src, const struct abi *abi,
				 const struct places *places, uint8_t kind,
				 const struct chunkmap *chunks,
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
enum span_state blocksource_head(const struct blocksource *src, raddr at,
				 const uint8_t *p, struct span *ret);

/** Which blocks of @span, which blocksource_head() found in bytes that are still
 *  there, are in use: sets n_live, and a bit each in @live, in whole words.
 *  False: it is torn. */
bool blocksource_live(const struct blocksource *src, struct span *span,
		      uint64_t *live);

/** Both. */
enum span_state blocksource_read(const struct blocksource *src, raddr at,
				 const uint8_t *p, struct span *ret,
				 uint64_t live[SPAN_MAX_BLOCKS / 64]);

/** Where the block that holds @addr begins, if that cannot be told from @addr
 *  and its span; else @addr.  0: there is none in use. */
raddr blocksource_block(const struct blocksource *src, raddr addr);

/** Where the first block in use of the cell of @block, which is one, begins, or
 *  earlier, if nothing of another lies between. */
raddr blocksource_first(const struct blocksource *src, raddr block);

/** The number at @addr; -1: there is none. */
static inline int span_index(const struct span *span, raddr addr)
{
	uint64_t off = addr - span->start;

	return off < (uint64_t)span->n * span->block ?
		(int)((uint32_t)off / span->block) : -1;
}

/** What can be used of block @k, in bytes.  0: what is at hand does not tell. */
static inline uint32_t span_size(const struct span *span, uint32_t k)
{
	uint64_t size;

	if (!span->uneven)
		return span->block;
	size = (load_u64(span->p + (uint64_t)k * span->block - 8) &
		~(uint64_t)CHUNK_FLAGS) - CHUNK_OWN;
	return size < UINT32_MAX - CHUNK_OWN ? (uint32_t)size : 0;
}

/** ... and what it takes. */
static inline uint32_t span_takes(const struct span *span, uint32_t k)
{
	return span_size(span, k) + (span->uneven ? CHUNK_OWN : 0);
}

/** Is it all at hand? */
static inline bool span_has(const struct span *span, uint32_t k, uint32_t size)
{
	return (uint64_t)k * span->block + size <= span->hand;
}

/** Of pools: do the blocks of the cell at @at carry the marks of a debug hook?
 *  Adds to the numbers of those that do and do not. */
void blocksource_count_marks(const struct blocksource *src, raddr at,
			     const uint8_t *p, size_t *marked, size_t *plain);

#endif
