/* SPDX-License-Identifier: MIT */
/*
 * The census of a copy, which changes no more.
 *
 * Threads sweep the pools, and each object gets a row of the table; what it owns
 * is claimed, whom it refers to is noted.  They follow what leads outside the
 * pools (heap/trail.h), until nothing is new; then claims and doubts strike out
 * rows.  Only what is left is counted, by type.  Nothing is ever subtracted.
 *
 * Facts: CPython Objects/obmalloc.c and Include/object.h, by pyabi/.
 */
#include "heap/census.h"

#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/parallel.h"
#include "heap/trail.h"
#include "pyabi/layout.h"

enum {
	POOLS_AT_A_TIME = 64,
};

struct worker {
	struct looker lk;
	struct trail trail;
	/** A buffer of the object that is measured points out of the pools. */
	bool outward;
};

struct sweep {
	struct heap *heap;
	unsigned width;
	size_t next;			/* pool, atomic */
	struct trails trails;
	struct worker *worker[PARALLEL_MAX];
};

static bool is_module(const struct looker *lk, const struct pyobj *o)
{
	const struct pytype *t = o->type->cbase;

	return t && t->layout && t->layout == lk->heap->module_layout;
}

/* The dict that holds the names of @o: of a type, a module, an instance; 0:
 * none, or not as an object. */
static raddr namespace_of(struct looker *lk, const struct pyobj *o)
{
	const struct abi *abi = lk->ctx.abi;
	const struct pytype *t = o->type;

	if (t->flags & TPF_TYPE_SUBCLASS)
		return obj_u64(&lk->ctx, o, abi->type_tp_dict);
	if (is_module(lk, o))
		return obj_u64(&lk->ctx, o, abi->module_md_dict);
	if (!t->dictoffset && !(t->flags & TPF_MANAGED_DICT))
		return 0;
	return obj_dict(&lk->ctx, o);
}

/* How a row of the table says whose namespace a dict is: of a module, of a
 * type, or, by its index, of an instance of a type. */
static uint32_t holder_of(const struct looker *lk, const struct pyobj *o)
{
	if (o->type->flags & TPF_TYPE_SUBCLASS)
		return 1 + DICTS_OF_TYPES;
	if (is_module(lk, o))
		return 1 + DICTS_OF_MODULES;
	return 1 + DICTS_N + o->type->index;
}

/* The namespace of an object is noted as its own. */
static void note_namespace(struct looker *lk, const struct pyobj *o)
{
	struct heap *heap = lk->heap;
	const struct heap_pool *pool;
	raddr at = namespace_of(lk, o);
	uint32_t lead = heap->lead + (uint32_t)lk->ctx.abi->n_pre_gc;
	uint64_t i;

	if (at && heap_block_at(heap, at - lead, &pool, &i))
		objtable_hold(&heap->table, heap_number(heap, pool, i),
			      holder_of(lk, o));
}

static uint8_t gen_of(const struct looker *lk, const struct spot *at)
{
	return lk->heap->table.row[at->number].gen;
}

static bool found(struct looker *lk, const struct spot *at,
		  const struct pyobj *o, struct objrow row,
		  const struct object_sizes *sizes)
{
	struct worker *w = container_of(lk, struct worker, lk);
	const bool outward = w->outward || heap_bit(lk->heap->outward, at->i);

	w->outward = false;
	if (!objtable_set(&lk->heap->table, at->number, row, sizes, &lk->err))
		return false;
	note_namespace(lk, o);
	w->trail.certain = row.gen;
	return !outward || trail_refs(&w->trail, o);
}

/* The row of @o, outside the pools, is its own from now on; SIZE_MAX: it was
 * found before, or there is none to be had. */
static size_t take_row(struct looker *lk, const struct pyobj *o)
{
	struct heap *heap = lk->heap;
	struct heap_large *row;
	size_t n = SIZE_MAX;

	pthread_mutex_lock(&heap->lock);
	row = heap_large_at(heap, o->addr, &lk->err);
	if (row && !row->type) {
		row->type = o->type;
		n = (size_t)(row - heap->large.v);
	}
	pthread_mutex_unlock(&heap->lock);
	return n;
}

/* What precedes one in a data segment is no GC head, but if a list says so. */
static uint8_t outside_flags(struct looker *lk, const struct pyobj *o,
			     const struct heap_large *row)
{
	uint8_t flags = row->flags | looker_flags(lk, o, row->gen);

	if (row->flags & OBJROW_STATIC && !row->gen)
		flags &= (uint8_t)~OBJROW_TRACKED;
	return flags;
}

static enum outside_found found_outside(struct looker *lk,
					const struct pyobj *o, uint64_t asked,
					bool sure)
{
	struct heap *heap = lk->heap;
	const bool is_static = places_kind(&lk->cap->places, o->addr) ==
			       REGION_STATIC;
	struct object_sizes sizes;
	struct heap_large *row;
	size_t n;

	(void)asked;
	if (!sure && !witness_is_sure(lk->witness, &lk->ctx, o, is_static))
		return OUTSIDE_NOTHING;
	n = take_row(lk, o);
	if (n == SIZE_MAX)
		return lk->err.code ? OUTSIDE_FAILED : OUTSIDE_NOTHING;
	looker_measure(lk, o, 0, &sizes);
	if (is_static)
		sizes.allocated = 0;
	pthread_mutex_lock(&heap->lock);
	row = &heap->large.v[n];
	row->sizes = sizes;
	row->flags = outside_flags(lk, o, row);
	pthread_mutex_unlock(&heap->lock);
	note_namespace(lk, o);
	return OUTSIDE_OBJECT;
}

/* Where they lead outside, their owners are asked. */
static bool mark_words(struct looker *lk, const struct pyobj *o,
		       const uint8_t *p, uint64_t len)
{
	(void)o;
	witness_words(lk->witness, p, len);
	return true;
}

/* What is not at hand ends where no memory of malloc's is: it lies. */
static bool note_apart(struct looker *lk, const struct spot *at, uint32_t size)
{
	if (!span_has(at->span, at->k, size)) {
		__atomic_fetch_add(&lk->heap->torn, 1, __ATOMIC_RELAXED);
		return true;
	}
	witness_words(lk->witness, spot_bytes(at), size);
	return trail_try(lk->trail, spot_addr(at) + lk->heap->lead,
			 TRAIL_WORD);
}

/* A buffer in a pool. */
static uint64_t claim_buffer(struct looker *lk, const struct pybuf *buf)
{
	struct worker *w = container_of(lk, struct worker, lk);
	struct heap *heap = lk->heap;
	const struct heap_pool *pool;
	uint64_t i;

	if (!heap_block_at(heap, buf->addr - heap->lead, &pool, &i))
		return 0;
	w->outward |= heap_bit(heap->outward, i);
	if (heap_set(heap->claimed, i)) {
		__atomic_fetch_add(&heap->double_claims, 1, __ATOMIC_RELAXED);
		return 0;
	}
	return span_takes(&pool->span, (uint32_t)(i - pool->first));
}

/*
 * Blocks that look like objects and are claimed as a buffer: a list of types,
 * say.  In a list of the collector it is an object all the same.
 */
static void settle_pool(struct heap *heap, const struct heap_pool *pool)
{
	struct objrow *row = &heap->table.row[pool->rank];

	for (uint32_t k = 0; k < pool->span.n; k += 64) {
		uint64_t live = heap->live[(pool->first + k) / 64];
		uint64_t *claimed = &heap->claimed[(pool->first + k) / 64];

		for (uint64_t left = *claimed; left; left &= left - 1) {
			uint64_t bit = left & -left;
			int n = __builtin_popcountll(live & (bit - 1));

			if (!(row[n].flags & OBJROW_IS_OBJECT))
				continue;
			if (row[n].gen)
				*claimed &= ~bit;
			else
				objrow_refuse(&row[n]);
		}
		row += __builtin_popcountll(live);
	}
}

static void settle_claims(struct heap *heap)
{
	for (size_t n = 0; n < heap->n_pools; n++) {
		if (heap->pools[n].span.p)
			settle_pool(heap, &heap->pools[n]);
	}
}

/* The row of block @i of @pool, if there is an object in it; or NULL. */
static struct objrow *row_of(const struct heap *heap,
			     const struct heap_pool *pool, uint64_t i)
{
	struct objrow *row;

	if (!heap_bit(heap->live, i))
		return NULL;
	row = &heap->table.row[heap_number(heap, pool, i)];
	return row->flags & OBJROW_IS_OBJECT ? row : NULL;
}

static bool object_in(struct looker *lk, const struct heap_pool *pool,
		      uint64_t i, struct pyobj *ret)
{
	const struct spot at = { .span = &pool->span,
				 .k = (uint32_t)(i - pool->first) };

	return block_object(&lk->br, spot_addr(&at), spot_bytes(&at),
			    span_size(at.span, at.k), ret);
}

static enum look_again object_again(struct looker *lk, raddr addr,
				    struct objrow **ret_row, struct pyobj *ret)
{
	const struct heap_pool *pool;
	uint64_t i;

	if (!heap_block_of(lk->heap, addr, &pool, &i))
		return AGAIN_GONE;
	*ret_row = row_of(lk->heap, pool, i);
	return *ret_row && object_in(lk, pool, i, ret) ? AGAIN_THERE :
							 AGAIN_GONE;
}

/* A copy that changes no more: each row is made once. */
static const struct image copied = {
	.gen = gen_of,
	.found = found,
	.apart = note_apart,
	.outside = found_outside,
	.words = mark_words,
	.buffer = claim_buffer,
	.again = object_again,
};

static void sweep_pools(void *arg, unsigned n)
{
	struct sweep *sweep = arg;
	struct worker *w = sweep->worker[n];
	struct heap *heap = sweep->heap;

	for (;;) {
		size_t from = __atomic_fetch_add(&sweep->next, POOLS_AT_A_TIME,
						 __ATOMIC_RELAXED);
		size_t to = from + POOLS_AT_A_TIME;

		if (from >= heap->n_pools)
			return;
		if (n == 0)
			heap_tell(heap, "counting", from);
		if (to > heap->n_pools)
			to = heap->n_pools;
		for (size_t i = from; i < to; i++) {
			const struct heap_pool *pool = &heap->pools[i];
			const struct spot at = { .span = &pool->span,
						 .i = pool->first,
						 .number = pool->rank };

			if (!pool->span.p)
				continue;
			w->lk.part.in_use += pool->span.n_live;
			if (!looker_span(&w->lk, &copied, at,
					 &heap->live[pool->first / 64]))
				return;
		}
	}
}

bool census_looker(struct looker *lk, struct heap *heap, struct err *err)
{
	if (!looker_init(lk, &copied, heap->cap, &heap->witness,
			 &heap->cap->mirror.mem, err))
		return false;
	lk->heap = heap;
	lk->unlisted = heap->lists_short ? LISTED_MAYBE : LISTED_NO;
	return true;
}

bool census_outside(struct looker *lk, raddr addr, struct pyobj *ret)
{
	struct err ignored;
	uint64_t size;

	return outside_look(&lk->outside, addr, ret, &size, &ignored) ==
	       OUTSIDE_OBJECT;
}

/* Is the word at @at in a block of a pool that is in use, by nobody known: a
 * structure of C's? */
static bool is_unowned(const struct heap *heap, raddr at)
{
	const struct heap_pool *pool;
	uint64_t i;

	return heap_block_of(heap, at, &pool, &i) && heap_bit(heap->live, i) &&
	       !row_of(heap, pool, i) && !heap_bit(heap->claimed, i);
}

/* What the interpreters, data segments and structures of C refer to is alive as
 * well, and what is in a data segment, whoever refers to it. */
static bool note_roots(struct worker *w)
{
	const struct capture *cap = w->lk.cap;
	const struct places *places = &cap->places;

	for (size_t i = 0; i < places->n; i++) {
		const struct place *r = &places->v[i];

		if (r->kind == REGION_STATIC &&
		    !trail_read(&w->trail, r->start, r->len))
			return false;
	}
	for (size_t i = 0; i < cap->records.n; i++) {
		if (!trail_read(&w->trail, cap->records.v[i].at,
				cap->records.v[i].len))
			return false;
	}
	for (size_t i = 0; i < cap->outside.hits.n; i++) {
		const struct hit *hit = &cap->outside.hits.v[i];

		if ((places_kind(places, hit->to) == REGION_STATIC ||
		     is_unowned(w->lk.heap, hit->at)) &&
		    !trail_note(&w->trail, hit->to, TRAIL_WORD))
			return false;
	}
	return true;
}

/* Those in lists have rows, and are objects. */
static bool note_listed(struct worker *w)
{
	const struct heap *heap = w->lk.heap;

	for (size_t i = 0; i < heap->large.n; i++) {
		if (!trail_try(&w->trail, heap->large.v[i].addr,
			       TRAIL_WORD | TRAIL_SURE))
			return false;
	}
	return true;
}

static void follow_part(void *arg, unsigned n)
{
	struct sweep *sweep = arg;

	if (!trail_follow(&sweep->worker[n]->trail))
		return;		/* it is in lk.err */
}

static bool ask_pool(struct worker *w, const struct heap_pool *pool)
{
	struct pyobj o;

	for (uint64_t i = pool->first; i < pool->first + pool->span.n; i++) {
		const struct objrow *row = row_of(w->lk.heap, pool, i);

		if (!row)
			continue;
		w->trail.certain = row->gen;
		if (object_in(&w->lk, pool, i, &o) &&
		    !trail_refs(&w->trail, &o))
			return false;
	}
	return true;
}

/* Is there something at @at that looks like an object, and was not counted? */
static bool is_uncounted(struct worker *w, raddr at)
{
	struct heap *heap = w->lk.heap;
	uint32_t i = addrmap_get(&heap->large_by_addr, at);
	struct pyobj o;

	return (i == ADDRMAP_NONE || !heap->large.v[i].type) &&
	       census_outside(&w->lk, at, &o);
}

/* Is there someone like that, of the words to whom not all were noted?  Those
 * that were may all be of dead blocks, which say nothing. */
static bool is_someone_missing(struct worker *w)
{
	const struct scanner *outside = &w->lk.cap->outside;

	for (size_t i = 0; i < outside->hits.n; i++) {
		if (!outside->hits.v[i].at &&
		    is_uncounted(w, outside->hits.v[i].to))
			return true;
	}
	return false;
}

static bool ask_all(struct worker *w)
{
	struct heap *heap = w->lk.heap;

	for (size_t i = 0; i < heap->n_pools; i++) {
		if (heap->pools[i].span.p && !ask_pool(w, &heap->pools[i]))
			return false;
	}
	return trail_follow(&w->trail);
}

/* All have swept: who is an object? */
static bool settle(struct sweep *sweep)
{
	struct worker *w = sweep->worker[0];

	if (!note_roots(w) || !note_listed(w))
		return false;
	parallel_run(sweep->width, follow_part, sweep);
	settle_claims(sweep->heap);
	if (!looker_settle(&w->lk) ||
	    (is_someone_missing(w) && !ask_all(w)))
		return false;
	return !sweep->trails.n_dropped || err_nomem(&w->lk.err);
}

static void group_large(struct census *c, const struct heap *heap)
{
	for (size_t i = 0; i < heap->large.n; i++) {
		const struct heap_large *row = &heap->large.v[i];

		if (row->type)
			tally_count(c, &c->by_type.v[row->type->index],
				    row->flags, &row->sizes);
	}
}

static void group_part(void *arg, unsigned n)
{
	struct sweep *sweep = arg;
	struct heap *heap = sweep->heap;
	struct worker *w = sweep->worker[n];
	struct pytypes *types = &heap->cap->types;
	const struct pytype *dict = pytypes_get(types,
						heap->cap->tr.rt.dict_type);
	uint64_t rows = heap->table.n;

	if (census_group(&w->lk.part, &heap->table,
			 (uint32_t)(rows * n / sweep->width),
			 (uint32_t)(rows * (n + 1) / sweep->width), types->all.n,
			 dict, &w->lk.err) && n == 0)
		group_large(&w->lk.part, heap);
}

static int64_t bits_set(const uint64_t *bits, uint64_t words)
{
	int64_t n = 0;

	for (uint64_t i = 0; i < words; i++)
		n += __builtin_popcountll(bits[i]);
	return n;
}

static bool run(struct census *census, struct sweep *sweep, unsigned width,
		struct err *err)
{
	sweep->width = width;
	for (unsigned i = 0; i < width; i++) {
		sweep->worker[i] = calloc(1, sizeof(struct worker));
		if (!sweep->worker[i])
			return err_nomem(err);
		if (!census_looker(&sweep->worker[i]->lk, sweep->heap, err))
			return false;
		trail_init(&sweep->worker[i]->trail, &sweep->trails,
			   &sweep->worker[i]->lk, NULL);
	}
	parallel_run(width, sweep_pools, sweep);
	if (!sweep->worker[0]->lk.err.code && settle(sweep))
		parallel_run(width, group_part, sweep);
	for (unsigned i = 0; i < width; i++) {
		if (sweep->worker[i]->lk.err.code) {
			*err = sweep->worker[i]->lk.err;
			return false;
		}
		if (!census_add(census, &sweep->worker[i]->lk.part, err))
			return false;
	}
	census_sum(census);
	census->buffers = bits_set(census->heap->claimed,
				   census->heap->n_numbers / 64);
	return true;
}

bool census_take(struct census *census, struct heap *heap, struct err *err)
{
	struct sweep sweep = { .heap = heap };
	bool ok;

	memset(census, 0, sizeof(*census));
	census->heap = heap;
	ok = trails_init(&sweep.trails, ADDRMAP_NONE, err) &&
	     run(census, &sweep, parallel_width(), err);
	for (unsigned i = 0; i < PARALLEL_MAX; i++) {
		if (!sweep.worker[i])
			continue;
		looker_fini(&sweep.worker[i]->lk);
		trail_fini(&sweep.worker[i]->trail);
		free(sweep.worker[i]);
	}
	trails_fini(&sweep.trails);
	return ok;
}
