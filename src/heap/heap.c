/* SPDX-License-Identifier: MIT */
#include "heap/heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/parallel.h"
#include "heap/gclist.h"
#include "heap/zeros.h"
#include "heap/onlooker.h"
#include "pyabi/layout.h"

/* As much of a pool as its header tells: enough to number the blocks. */
static void read_header(struct heap *heap, raddr at)
{
	const struct blocksource *src = &heap->cap->source;
	struct heap_pool *slot = &heap->pools[blocksource_cell(src, at)];
	struct mem *mem = &heap->cap->mirror.mem;
	const uint8_t *p = mem->ops->peek(mem, at, src->cell);

	if (!p)
		return;
	switch (blocksource_head(src, at, p, &slot->span)) {
	case SPAN_FREE:
		if (heap->cap->onlooker)
			heap->cap->onlooker->empty(heap->cap->onlooker, at);
		return;
	case SPAN_TORN:
		heap->torn++;
		return;
	case SPAN_USED:
		slot->first = heap->n_numbers;
		heap->n_numbers += addr_up(slot->span.n, 64);
	}
}

static bool number_blocks(struct heap *heap, struct err *err)
{
	const struct arenas *arenas = &heap->cap->arenas;
	const uint64_t cell = heap->cap->source.cell;
	uint64_t words;

	for (size_t i = 0; i < arenas->v.n; i++) {
		const struct arena *a = &arenas->v.v[i];

		for (raddr at = a->start; at < a->end; at += cell)
			read_header(heap, at);
	}
	words = heap->n_numbers / 64 + 1;
	heap->live = zeros_new(words, sizeof(uint64_t));
	heap->claimed = zeros_new(words, sizeof(uint64_t));
	heap->outward = zeros_new(words, sizeof(uint64_t));
	return heap->live && heap->claimed && heap->outward ? true :
							      err_nomem(err);
}

static void fill_live(void *arg, unsigned i)
{
	struct heap *heap = arg;
	unsigned width = parallel_width();
	size_t from = heap->n_pools * i / width;
	size_t to = heap->n_pools * (i + 1) / width;

	for (size_t n = from; n < to; n++) {
		struct heap_pool *slot = &heap->pools[n];

		if (!slot->span.p ||
		    blocksource_live(&heap->cap->source, &slot->span,
				     &heap->live[slot->first / 64]))
			continue;
		__atomic_fetch_add(&heap->torn, 1, __ATOMIC_RELAXED);
		slot->span.p = NULL;
	}
}

/* Now that it is known which blocks are in use. */
static bool make_table(struct heap *heap, struct err *err)
{
	uint64_t n = 0;

	for (size_t i = 0; i < heap->n_pools; i++) {
		struct heap_pool *pool = &heap->pools[i];

		pool->rank = (uint32_t)n;
		n += pool->span.p ? pool->span.n_live : 0;
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

void heap_tell(const struct heap *heap, const char *phase, size_t done)
{
	if (heap->progress)
		heap->progress(heap->progress_arg, phase, done, heap->n_pools);
}

struct heap_large *heap_large_at(struct heap *heap, raddr addr,
				 struct err *err)
{
	uint32_t i = addrmap_get(&heap->large_by_addr, addr);
	struct heap_large *row;

	if (i != ADDRMAP_NONE)
		return &heap->large.v[i];
	if (heap->large.n >= ADDRMAP_NONE - 1) {
		err_set(err, ERR_LIMIT, "too many large objects");
		return NULL;
	}
	row = vec_add(&heap->large, err);
	if (!row || !addrmap_put(&heap->large_by_addr, addr,
				 (uint32_t)(heap->large.n - 1), err))
		return NULL;
	row->addr = addr;
	if (places_kind(&heap->cap->places, addr) == REGION_STATIC)
		row->flags = OBJROW_STATIC;
	return row;
}

static int large_by_addr(const void *a, const void *b)
{
	const struct heap_large *l = a, *r = b;

	return (l->addr > r->addr) - (l->addr < r->addr);
}

bool heap_sort_large(struct heap *heap, struct err *err)
{
	struct heap_large *v = heap->large.v;
	const size_t n = heap->large.n;
	size_t in_order = 1;
	bool ok = true;

	while (in_order < n && v[in_order - 1].addr < v[in_order].addr)
		in_order++;
	if (in_order >= n)
		return true;
	qsort(v, n, sizeof(*v), large_by_addr);
	for (size_t i = 0; ok && i < n; i++)
		ok = addrmap_put(&heap->large_by_addr, v[i].addr, (uint32_t)i,
				 err);
	return ok;
}

static void mark_outward(struct heap *heap)
{
	const struct scanner *outside = &heap->cap->outside;

	for (size_t i = 0; i < outside->hits.n; i++) {
		const struct heap_pool *pool;
		uint64_t k;

		if (heap_block_of(heap, outside->hits.v[i].at, &pool, &k))
			heap_set(heap->outward, k);
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
	/* Who was linked elsewhere while they were copied may be in none. */
	heap->lists_short |= heap->cap->runs_on;
	return true;
}

bool heap_init(struct heap *heap, struct capture *cap, struct err *err)
{
	memset(heap, 0, sizeof(*heap));
	heap->cap = cap;
	lock_init_brief(&heap->lock);
	heap->n_pools = cap->source.n_cells;
	heap->pools = calloc(heap->n_pools + 1, sizeof(*heap->pools));
	if (!heap->pools)
		return err_nomem(err);
	if (!number_blocks(heap, err) ||
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
	free(heap->live);
	free(heap->claimed);
	free(heap->outward);
	objtable_fini(&heap->table);
	witness_fini(&heap->witness);
	vec_free(&heap->large);
	addrmap_fini(&heap->large_by_addr);
	vec_free(&heap->gc);
	pthread_mutex_destroy(&heap->lock);
}
