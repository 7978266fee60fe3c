/* SPDX-License-Identifier: MIT */
/*
 * One object after the other, as the table has them.
 *
 * In a pool an address follows from the block and the type.
 */
#include "heap/objects.h"

#include "heap/refnames.h"
#include "pyabi/sizebound.h"

enum { POOLS_A_TELL = 64 };

struct visit {
	struct heap *heap;
	objects_fn *fn;
	void *arg;
	size_t next;		/* of heap->large */
};

static bool visit_large(struct visit *v, raddr before, struct err *err)
{
	for (; v->next < v->heap->large.n; v->next++) {
		const struct heap_large *row = &v->heap->large.v[v->next];
		const struct object object = {
			.addr = row->addr, .type = row->type,
			.sizes = row->sizes,
			.gen = row->gen, .flags = row->flags,
		};

		if (row->addr >= before)
			break;
		if (row->type && !v->fn(v->arg, &object, err))
			return false;
	}
	return true;
}

static bool visit_row(struct visit *v, const struct heap_pool *pool,
		      uint32_t k, uint32_t number, struct err *err)
{
	const struct heap *heap = v->heap;
	const struct objrow *row = &heap->table.row[number];
	struct object object = { .pool = pool };

	if (!(row->flags & OBJROW_IS_OBJECT))
		return true;
	object.type = heap->cap->types.all.v[row->type];
	object.addr = pool->span.start + k * pool->span.block + heap->lead +
		      object.type->pre;
	object.sizes = objtable_sizes(&heap->table, number);
	object.gen = row->gen;
	object.flags = row->flags;
	return v->fn(v->arg, &object, err);
}

static bool visit_pool(struct visit *v, const struct heap_pool *pool,
		       struct err *err)
{
	uint32_t number = pool->rank;

	if (!visit_large(v, pool->span.start, err))
		return false;
	for (uint32_t k = 0; k < pool->span.n; k++) {
		if (heap_bit(v->heap->live, pool->first + k) &&
		    !visit_row(v, pool, k, number++, err))
			return false;
	}
	return true;
}

bool objects_visit(struct heap *heap, objects_fn *fn, void *arg,
		   struct err *err)
{
	struct visit v = { .heap = heap, .fn = fn, .arg = arg };
	bool ok = heap_sort_large(heap, err);

	for (size_t i = 0; ok && i < heap->n_pools; i++) {
		if (i % POOLS_A_TELL == 0)
			heap_tell(heap, "writing objects", i);
		ok = !heap->pools[i].span.p || visit_pool(&v, &heap->pools[i], err);
	}
	return ok && visit_large(&v, UINT64_MAX, err);
}

bool objects_view(struct looker *lk, const struct object *object,
		  struct pyobj *ret)
{
	const uint32_t pre = object->type->pre;
	const struct span *span;
	raddr block;
	uint64_t off;
	uint32_t k;

	if (!object->pool)
		return census_outside(lk, object->addr, ret);
	span = &object->pool->span;
	block = object->addr - pre - block_lead(&lk->br);
	k = (uint32_t)span_index(span, block);
	off = object->addr - span->start;
	*ret = (struct pyobj){
		.addr = object->addr, .type = object->type,
		.p = span->p + off, .pre = span->p + off - pre,
		.avail = span_size(span, k) - (object->addr - block),
	};
	return true;
}

static const char *const bounds[] = {
	[SIZEBOUND_NONE] = NULL,
	[SIZEBOUND_LOWER] = "lower",
	[SIZEBOUND_UNKNOWN] = "unknown",
};

struct emit {
	struct heap *heap;
	struct looker lk;
	enum dump_refs refs;
	struct refnames names;
	dump_object_fn *fn;
	void *arg;
};

static bool add_refs(struct emit *e, const struct object *object,
		     struct dump_object *row, struct err *err)
{
	static const struct dump_ref_name none;
	struct looker *lk = &e->lk;
	struct pyobj o;

	if (!capture_may_ask(e->heap->cap, &lk->ctx) ||
	    !objects_view(lk, object, &o))
		return true;
	refs_begin(&lk->refs);
	obj_refs(&lk->ctx, &o, &lk->refs);
	row->refs = lk->refs.v ? lk->refs.v : &row->address;
	row->n_refs = lk->refs.n;
	row->inferred = object->flags & OBJROW_INFERRED;
	if (!lk->refs.named)
		return true;
	if (!refnames_take(&e->names, &lk->ctx, &lk->refs, err))
		return false;
	row->names = e->names.rows.v ? e->names.rows.v : &none;
	return true;
}

static bool emit(void *arg, const struct object *object, struct err *err)
{
	struct emit *e = arg;
	struct pytypes *types = &e->heap->cap->types;
	uint8_t gen = object->gen;
	struct dump_object row = {
		.address = object->addr, .generation = -1,
		.size = (int64_t)object->sizes.size,
		.allocated = (int64_t)object->sizes.allocated,
		.is_static = object->flags & OBJROW_STATIC,
		.tracked = gen || object->flags & OBJROW_TRACKED,
	};

	if (!pytypes_name(types, object->type, err))
		return false;
	row.type = object->type->full;
	row.bound = bounds[sizebound_of(types, object->type)];
	/* Of what is in a list gc.is_tracked() may still say that it is not. */
	if (row.tracked && object->type->asks_is_gc)
		row.tracked = DUMP_UNKNOWN;
	if (gen && gen != GEN_FROZEN)
		row.generation = gen - GEN_FIRST;
	if (e->refs && !add_refs(e, object, &row, err))
		return false;
	return e->fn(e->arg, &row, err);
}

bool objects_each(struct heap *heap, enum dump_refs refs, dump_object_fn *fn,
		  void *arg, struct err *err)
{
	struct emit e = { .heap = heap, .refs = refs, .fn = fn, .arg = arg };
	bool ok = census_looker(&e.lk, heap, err);

	e.lk.refs.named = refs == DUMP_REFS_NAMED;
	ok = ok && objects_visit(heap, emit, &e, err);
	looker_fini(&e.lk);
	refnames_fini(&e.names);
	return ok;
}
