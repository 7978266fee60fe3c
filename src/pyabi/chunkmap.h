/* SPDX-License-Identifier: MIT */
#ifndef PYABI_CHUNKMAP_H
#define PYABI_CHUNKMAP_H

#include "pyabi/blocksource.h"
#include "pyabi/malloc_glibc.h"

/**
 * Where malloc's chunks begin: two bits for each 16 bytes of its heaps, by the
 * numbers of the cells of a block source.  A block begins where its owner's bytes
 * do, behind the head of its chunk.
 *
 * Only what is known to be in use is: what an arena's doubt covers is not.
 * Chunks that are mapped by themselves are not in it.
 *
 * Threads: once made, any number may ask.
 * Owner:   chunkmap_fini(), also of what is zeroed.
 */
struct chunkmap {
	uint64_t *begins;	/* a block does, in use or free */
	uint64_t *used;		/* ... in use */
	size_t n_cells;
};

enum { CHUNKS_A_CELL = CHUNK_CELL / CHUNK_UNIT };

/** From what was read and settled.  @src: whose cells they are. */
MUST_CHECK bool chunkmap_make(struct chunkmap *map, const struct blocksource *src,
			      const struct glibc_malloc *gm, struct err *err);
void chunkmap_fini(struct chunkmap *map);

/** Where the block in use begins that holds @addr; 0: none does. */
raddr chunkmap_block(const struct chunkmap *map, const struct blocksource *src,
		     raddr addr);

/** What the chunk of the block in use takes that begins just at @block, with its
 *  head, as it was when the map was made; 0: none does. */
uint64_t chunkmap_takes(const struct chunkmap *map,
			const struct blocksource *src, raddr block);

/** The bits of cell @n, of those in use. */
static inline const uint64_t *chunkmap_used(const struct chunkmap *map, size_t n)
{
	return &map->used[n * (CHUNKS_A_CELL / 64)];
}

/** Does a block in use begin just at @addr? */
static inline bool chunkmap_begins(const struct chunkmap *map,
				   const struct blocksource *src, raddr addr)
{
	size_t n = blocksource_cell(src, addr);
	uint64_t k = addr % CHUNK_CELL / CHUNK_UNIT;

	return addr % CHUNK_UNIT == 0 && n < map->n_cells &&
	       (chunkmap_used(map, n)[k / 64] >> (k % 64) & 1);
}

#endif
