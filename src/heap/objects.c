/* SPDX-License-Identifier: MIT */
#include "heap/objects.h"

#include <stdlib.h>

#include "pyabi/pool.h"
#include "pyabi/sizebound.h"

enum { POOLS_A_TELL = 64 };

struct visit {
	struct heap *heap;
	struct looker lk;
	objects_fn *fn;
	void *arg;
	const struct heap_large **large;	/* sorted by address */
	size_t n_large, next;
};

static int by_addr(const void *a, const void *b)
{
	const struct heap_large *const *l = a, *const *r = b;

	return ((*l)->addr > (*r)->addr) - ((*l)->addr < (*r)->addr);
}

static bool sort_large(struct visit *v, struct err *err)
{
	const struct heap *heap = v->heap;

	v->large = calloc(heap->large.n + 1, sizeof(struct heap_large *));
	if (!v->large)
		return err_nomem(err);
	for (size_t i = 0; i < heap->large.n; i++) {
		if (heap->large.v[i].type)
			v->large[v->n_large++] = &heap->large.v[i];
	}
	qsort(v->large, v->n_large, sizeof(struct heap_large *), by_addr);
	return true;
}

static bool visit_large(struct visit *v, raddr before, struct err *err)
{
	struct pyobj o;

	for (; v->next < v->n_large; v->next++) {
		const struct heap_large *row = v->large[v->next];

		if (row->addr >= before)
			break;
		if (looker_large(&v->lk, row->addr, &o) &&
		    !v->fn(v->arg, &v->lk, &o, 0, row->gen, err))
			return false;
	}
	return true;
}

static bool visit_pool(struct visit *v, const struct heap_pool *pool,
		       struct err *err)
{
	const struct abi *abi = v->lk.ctx.abi;
	struct pyobj o;

	if (!visit_large(v, pool->base, err))
		return false;
	for (uint32_t k = 0; k < pool->n_blocks; k++) {
		uint32_t off = abi->pool_sizeof + k * pool->block;
		uint64_t i = pool->first + k;

		if (heap_bit(v->heap->object, i) &&
		    block_object(&v->lk.br, pool->base + off, pool->p + off,
				 pool->block, &o) &&
		    !v->fn(v->arg, &v->lk, &o, pool->block, v->heap->gen[i],
			   err))
			return false;
	}
	return true;
}

bool objects_visit(struct heap *heap, objects_fn *fn, void *arg,
		   struct err *err)
{
	struct visit v = { .heap = heap, .fn = fn, .arg = arg };
	bool ok = looker_init(&v.lk, heap, err) && sort_large(&v, err);

	for (size_t i = 0; ok && i < heap->n_pools; i++) {
		if (i % POOLS_A_TELL == 0)
			heap_tell(heap, "writing objects", i);
		ok = !heap->pools[i].p || visit_pool(&v, &heap->pools[i], err);
	}
	ok = ok && visit_large(&v, UINT64_MAX, err);
	looker_fini(&v.lk);
	free(v.large);
	return ok;
}

static const char *const bounds[] = {
	[SIZEBOUND_NONE] = NULL,
	[SIZEBOUND_LOWER] = "lower",
	[SIZEBOUND_UNKNOWN] = "unknown",
};

struct emit {
	struct heap *heap;
	bool refs;
	dump_object_fn *fn;
	void *arg;
};

static bool emit(void *arg, struct looker *lk, const struct pyobj *o,
		 uint32_t block, uint8_t gen, struct err *err)
{
	struct emit *e = arg;
	bool is_static = places_kind(&e->heap->cap->places, o->addr) ==
			 REGION_STATIC;
	struct dump_object row = { .address = o->addr, .generation = -1 };
	uint64_t size, allocated;

	if (!pytypes_name(lk->ctx.types, o->type, err))
		return false;
	looker_measure(lk, o, block, false, &size, &allocated);
	row.type = o->type->full;
	row.bound = bounds[sizebound_of(lk->ctx.types, o->type)];
	row.size = (int64_t)size;
	row.allocated = is_static ? 0 : (int64_t)allocated;
	row.is_static = is_static;
	row.tracked = gen || (!is_static && obj_is_tracked(lk->ctx.abi, o));
	/* Of what is in a list gc.is_tracked() may still say that it is not. */
	if (row.tracked && o->type->asks_is_gc)
		row.tracked = DUMP_UNKNOWN;
	if (gen && gen != GEN_FROZEN)
		row.generation = gen - GEN_FIRST;
	if (e->refs && capture_may_ask(e->heap->cap, &lk->ctx)) {
		refs_begin(&lk->refs);
		obj_refs(&lk->ctx, o, &lk->refs);
		row.refs = lk->refs.v ? lk->refs.v : &row.address;
		row.n_refs = lk->refs.n;
		row.inferred = !obj_knows_refs(&lk->ctx, o);
	}
	return e->fn(e->arg, &row, err);
}

bool objects_each(struct heap *heap, bool refs, dump_object_fn *fn, void *arg,
		  struct err *err)
{
	struct emit e = { .heap = heap, .refs = refs, .fn = fn, .arg = arg };

	return objects_visit(heap, emit, &e, err);
}
