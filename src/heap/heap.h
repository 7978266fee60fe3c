/* SPDX-License-Identifier: MIT */
#ifndef HEAP_HEAP_H
#define HEAP_HEAP_H

#include <pthread.h>

#include "base/addrmap.h"
#include "heap/capture.h"
#include "heap/objtable.h"
#include "heap/witness.h"
#include "pyabi/blocksource.h"
#include "pyabi/gcstate.h"

/**
 * The copied heap, block by block and object by object.
 *
 * Address to block is arithmetic: place, pool by a division,
 * block by another.  A fact about blocks is a bitmap or an array by block, in
 * address order, each pool starting at a multiple of 64.  What is in them stands
 * in a table, by their rank among those in use.  Objects outside the pools stand
 * in another.
 *
 * Cost:  3 bits a block, 8 bytes a block in use, 2 bits for 16 bytes of
 *        arenas, 40 bytes a pool, 56 bytes an object outside.
 */
enum {
	GEN_NONE = 0,		/* in no list */
	GEN_FIRST = 1,		/* generation 0 */
	GEN_FROZEN = 8,		/* permanent */
};

struct heap_pool {
	struct span span;
	uint64_t first;		/* its first block, in bitmaps */
	uint32_t rank;		/* ... in use, in the table */
};

struct heap_large {
	raddr addr;
	const struct pytype *type;	/* NULL: in a list, and no object */
	struct object_sizes sizes;
	uint8_t gen;
	uint8_t flags;	/* OBJROW_* */
};

struct heap {
	struct capture *cap;
	struct heap_pool *pools;
	size_t n_pools;
	uint64_t n_numbers;	/* of blocks, with gaps */
	uint64_t *live;		/* bitmaps by block number: in use, */
	uint64_t *claimed;	/* ... is an object's buffer, */
	uint64_t *outward;	/* ... has a word that points out of the pools,
				   of those that were noted */
	struct objtable table;	/* what is in pools */
	struct witness witness;	/* for those that are in no list */

	/** Objects outside the pools, in data segments too: as found, among
	 *  threads, until heap_sort_large(). */
	VEC(struct heap_large) large;
	struct addrmap large_by_addr;
	pthread_mutex_t lock;	/* of these two */

	const struct layout *module_layout;	/* of modules */
	uint32_t lead;		/* bytes that debug hooks put before a block */

	/** Told now and then how many pools are done, or NULL. */
	void (*progress)(void *arg, const char *phase, uint64_t done,
			 uint64_t total);
	void *progress_arg;

	uint64_t torn;		/* pools that contradict themselves */
	uint64_t double_claims;
	/** By interpreter, newest first as in cap->tr.rt.interps. */
	VEC(struct heap_gc {
		struct gcstate state;
		int64_t objects[GC_GENERATIONS_MAX];
		int64_t frozen;
		bool broken;	/* a list could not be walked to its end */
	}) gc;
	/** A collector is at work, or a list is broken: an object may be
	 *  tracked without being found in one. */
	bool lists_short;
};

/** Index the blocks and walk the collector's lists. */
MUST_CHECK bool heap_init(struct heap *heap, struct capture *cap,
			  struct err *err);
void heap_fini(struct heap *heap);

static inline bool heap_bit(const uint64_t *bits, uint64_t n)
{
	return bits[n / 64] >> (n % 64) & 1;
}

/** The pool that @addr lies in, or NULL. */
static inline const struct heap_pool *heap_pool_at(const struct heap *heap,
						   raddr addr)
{
	size_t n = blocksource_cell(&heap->cap->source, addr);

	return n != SIZE_MAX && heap->pools[n].span.p ? &heap->pools[n] : NULL;
}

/** The block that holds @addr, and its pool; false: none does, in use or not. */
static inline bool heap_block_of(const struct heap *heap, raddr addr,
				 const struct heap_pool **ret_pool,
				 uint64_t *ret_number)
{
	const raddr block = blocksource_block(&heap->cap->source, addr);
	const struct heap_pool *pool = heap_pool_at(heap, block);
	int k = pool ? span_index(&pool->span, block) : -1;

	if (k < 0)
		return false;
	*ret_pool = pool;
	*ret_number = pool->first + (uint64_t)k;
	return true;
}

/** Number of the block that starts at @addr exactly, and its pool; false:
 *  @addr is no start of a block in use. */
static inline bool heap_block_at(const struct heap *heap, raddr addr,
				 const struct heap_pool **ret_pool,
				 uint64_t *ret_number)
{
	const struct heap_pool *pool = heap_pool_at(heap, addr);
	int k = pool ? span_index(&pool->span, addr) : -1;

	if (k < 0)
		return false;
	*ret_pool = pool;
	*ret_number = pool->first + (uint64_t)k;
	return (uint64_t)k * pool->span.block == addr - pool->span.start &&
	       heap_bit(heap->live, *ret_number);
}

/** The row of the table for block @i of @pool, which is in use. */
uint32_t heap_number(const struct heap *heap, const struct heap_pool *pool,
		     uint64_t i);

/** Set bit @n; was it set before?  Safe among threads. */
static inline bool heap_set(uint64_t *bits, uint64_t n)
{
	uint64_t bit = 1ull << (n % 64);

	return __atomic_fetch_or(&bits[n / 64], bit, __ATOMIC_RELAXED) & bit;
}

/** The row, in heap->large, of what is at @addr, outside the pools; a new one, if
 *  there was none.  Under heap->lock, and good until the next call; NULL: @err
 *  is set. */
struct heap_large *heap_large_at(struct heap *heap, raddr addr,
				 struct err *err);

/** Put heap->large in the order of addresses, the same every time.  After
 *  census_take(): the number of a row changes. */
MUST_CHECK bool heap_sort_large(struct heap *heap, struct err *err);

/** Tell heap->progress that @done of its pools are done. */
void heap_tell(const struct heap *heap, const char *phase, size_t done);

#endif
