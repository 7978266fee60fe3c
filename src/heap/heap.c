/* SPDX-License-Identifier: MIT */
#include "heap/heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "heap/gclist.h"
#include "pyabi/layout.h"
#include "pyabi/pool.h"

static uint64_t pool_bytes(const struct heap *heap)
{
	return (uint64_t)heap->cap->tr.rt.abi.n_pool_size;
}

static bool number_regions(struct heap *heap, struct err *err)
{
	const struct places *places = &heap->cap->places;

	heap->first_pool = calloc(places->n + 1,
				  sizeof(*heap->first_pool));
	if (!heap->first_pool)
		return err_nomem(err);
	for (size_t i = 0; i < places->n; i++) {
		heap->first_pool[i] = heap->n_pools;
		if (places->v[i].kind == REGION_ARENA)
			heap->n_pools += places->v[i].len /
					 pool_bytes(heap);
	}
	heap->pools = calloc(heap->n_pools + 1, sizeof(*heap->pools));
	return heap->pools ? true : err_nomem(err);
}

static struct heap_pool *slot_at(const struct heap *heap, raddr addr)
{
	const struct places *places = &heap->cap->places;
	const struct place *r;

	if (!(places_kinds(places, addr) & REGION_ARENA))
		return NULL;
	r = places_find(places, addr);
	if (!r || r->kind != REGION_ARENA)
		return NULL;
	return &heap->pools[heap->first_pool[r - places->v] +
			    (addr - r->start) / pool_bytes(heap)];
}

/* As much of a pool as its header tells: enough to number the blocks. */
static void read_header(struct heap *heap, raddr base)
{
	const struct abi *abi = &heap->cap->tr.rt.abi;
	struct heap_pool *slot = slot_at(heap, base);
	struct mem *mem = &heap->cap->mirror.mem;
	uint32_t block, next, count;
	const uint8_t *p;

	p = mem->ops->peek(mem, base, pool_bytes(heap));
	if (!p)
		return;
	memcpy(&count, p + abi->pool_count, sizeof(count));
	if (!count)
		return;
	block = pool_header_block(abi, base, p);
	if (!block) {
		heap->torn++;
		return;
	}
	memcpy(&next, p + abi->pool_nextoffset, sizeof(next));
	slot->p = p;
	slot->base = base;
	slot->block = (uint16_t)block;
	slot->n_blocks = (uint16_t)((next - abi->pool_sizeof) / block);
	slot->first = heap->n_numbers;
	heap->n_numbers += addr_up(slot->n_blocks, 64);
}

static bool number_blocks(struct heap *heap, struct err *err)
{
	const struct arenas *arenas = &heap->cap->arenas;
	uint64_t words;

	for (size_t i = 0; i < arenas->v.n; i++) {
		const struct arena *a = &arenas->v.v[i];

		for (raddr at = a->start; at < a->end; at += pool_bytes(heap))
			read_header(heap, at);
	}
	words = heap->n_numbers / 64 + 1;
	heap->live = calloc(words, sizeof(uint64_t));
	heap->object = calloc(words, sizeof(uint64_t));
	heap->claimed = calloc(words, sizeof(uint64_t));
	heap->outward = calloc(words, sizeof(uint64_t));
	heap->gen = calloc(words, 64);
	return heap->live && heap->object && heap->claimed &&
	       heap->outward && heap->gen ? true : err_nomem(err);
}

static void fill_live(void *arg, unsigned i)
{
	struct heap *heap = arg;
	unsigned width = parallel_width();
	size_t from = heap->n_pools * i / width;
	size_t to = heap->n_pools * (i + 1) / width;

	for (size_t n = from; n < to; n++) {
		struct heap_pool *slot = &heap->pools[n];
		struct pool pool;

		if (!slot->p)
			continue;
		if (pool_parse(&heap->cap->tr.rt.abi, slot->base, slot->p,
			       &pool) != POOL_USED) {
			__atomic_fetch_add(&heap->torn, 1, __ATOMIC_RELAXED);
			slot->p = NULL;
			continue;
		}
		slot->n_live = (uint16_t)pool.n_live;
		memcpy(&heap->live[slot->first / 64], pool.live,
		       (slot->n_blocks + 63u) / 64 * 8);
	}
}

/* Now that it is known which blocks are in use. */
static bool make_table(struct heap *heap, struct err *err)
{
	uint64_t n = 0;

	for (size_t i = 0; i < heap->n_pools; i++) {
		struct heap_pool *pool = &heap->pools[i];

		pool->rank = (uint32_t)n;
		n += pool->p ? pool->n_live : 0;
	}
	return objtable_init(&heap->table, n, err);
}

uint32_t heap_number(const struct heap *heap, const struct heap_pool *pool,
		     uint64_t i)
{
	const uint64_t *live = &heap->live[pool->first / 64];
	uint64_t k = i - pool->first;
	uint32_t number = pool->rank;

	for (; k >= 64; k -= 64)
		number += (uint32_t)__builtin_popcountll(*live++);
	return number +
	       (uint32_t)__builtin_popcountll(*live & ((1ull << k) - 1));
}

const struct heap_pool *heap_pool_at(const struct heap *heap, raddr addr)
{
	const struct heap_pool *slot = slot_at(heap, addr);

	return slot && slot->p ? slot : NULL;
}

void heap_tell(const struct heap *heap, const char *phase, size_t done)
{
	if (heap->progress)
		heap->progress(heap->progress_arg, phase, done, heap->n_pools);
}

bool heap_block_at(const struct heap *heap, raddr addr,
		   const struct heap_pool **ret_pool, uint64_t *ret_number)
{
	const struct heap_pool *pool = heap_pool_at(heap, addr);
	uint32_t off, i;

	if (!pool)
		return false;
	off = (uint32_t)(addr - pool->base) -
	      heap->cap->tr.rt.abi.pool_sizeof;
	i = off / pool->block;
	if (i >= pool->n_blocks || i * pool->block != off ||
	    !heap_bit(heap->live, pool->first + i))
		return false;
	*ret_pool = pool;
	*ret_number = pool->first + i;
	return true;
}

bool heap_note_large(struct heap *heap, raddr addr, uint8_t gen, bool sure,
		     struct err *err)
{
	struct heap_large *row;
	uint32_t i;

	i = addrmap_get(&heap->large_by_addr, addr);
	if (i != ADDRMAP_NONE) {
		if (gen)
			heap->large.v[i].gen = gen;
		heap->large.v[i].sure |= sure;
		return true;
	}
	if (heap->large.n >= ADDRMAP_NONE - 1)
		return err_set(err, ERR_LIMIT, "too many large objects");
	if (!addrmap_put(&heap->large_by_addr, addr, (uint32_t)heap->large.n,
			 err))
		return false;
	row = vec_add(&heap->large, err);
	if (!row)
		return false;
	row->addr = addr;
	row->gen = gen;
	row->sure = sure;
	if (places_kind(&heap->cap->places, addr) == REGION_STATIC)
		row->flags = OBJROW_STATIC;
	return true;
}

static void mark_outward(struct heap *heap)
{
	const struct scanner *outside = &heap->cap->outside;
	uint32_t head = heap->cap->tr.rt.abi.pool_sizeof;

	for (size_t i = 0; i < outside->hits.n; i++) {
		raddr at = outside->hits.v[i].at;
		const struct heap_pool *pool = heap_pool_at(heap, at);
		uint64_t k;

		if (!pool || at - pool->base < head)
			continue;
		k = (at - pool->base - head) / pool->block;
		if (k < pool->n_blocks)
			heap_set(heap->outward, pool->first + k);
	}
}

static void walk_generation(struct heap *heap, struct pyctx *ctx,
			    struct heap_gc *gc, unsigned n)
{
	const struct gcstate_generation *gen = &gc->state.gen[n];
	uint8_t number = (uint8_t)(GEN_FIRST + n);

	if (gen->head)
		gc->broken |= !gclist_walk(heap, ctx, gen->head, number,
					   &gc->objects[n]);
	if (gen->other_head)
		gc->broken |= !gclist_walk(heap, ctx, gen->other_head, number,
					   &gc->objects[n]);
}

static bool walk_lists(struct heap *heap, struct err *err)
{
	const struct runtime *rt = &heap->cap->tr.rt;
	struct pyctx ctx = heap->cap->ctx;

	for (size_t i = 0; i < rt->interps.n; i++) {
		struct heap_gc *gc = vec_add(&heap->gc, err);

		if (!gc)
			return false;
		/* Up to 3.8 all interpreters share one collector. */
		if (i && rt->abi.gc_place != GC_PLACE_INTERP) {
			*gc = heap->gc.v[0];
			continue;
		}
		if (!gcstate_read(&gc->state, rt, &ctx, rt->interps.v[i], err))
			return false;
		for (unsigned n = 0; n < gc->state.n; n++)
			walk_generation(heap, &ctx, gc, n);
		if (gc->state.permanent)
			gc->broken |= !gclist_walk(heap, &ctx,
						   gc->state.permanent,
						   GEN_FROZEN, &gc->frozen);
		heap->lists_short |= gc->broken || gc->state.collecting > 0;
	}
	return true;
}

bool heap_init(struct heap *heap, struct capture *cap, struct err *err)
{
	memset(heap, 0, sizeof(*heap));
	heap->cap = cap;
	pthread_mutex_init(&heap->lock, NULL);
	if (!number_regions(heap, err) || !number_blocks(heap, err) ||
	    !witness_init(&heap->witness, &cap->places, &cap->tr.rt.abi, err))
		return false;
	heap->lead = cap->debug_hooks ? BLOCK_DEBUG_LEAD : 0;
	heap->module_layout = layout_find(&cap->tr.rt.abi, "module",
					  cap->tr.rt.abi.module_sizeof, NULL);
	parallel_run(parallel_width(), fill_live, heap);
	mark_outward(heap);
	return make_table(heap, err) && walk_lists(heap, err);
}

void heap_fini(struct heap *heap)
{
	free(heap->pools);
	free(heap->first_pool);
	free(heap->live);
	free(heap->object);
	free(heap->claimed);
	free(heap->outward);
	free(heap->gen);
	objtable_fini(&heap->table);
	witness_fini(&heap->witness);
	vec_free(&heap->large);
	addrmap_fini(&heap->large_by_addr);
	vec_free(&heap->gc);
	pthread_mutex_destroy(&heap->lock);
}
