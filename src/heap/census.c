/* SPDX-License-Identifier: MIT */
/*
 * The census of a copy, which changes no more.
 *
 * Each block in use has a row of the table, by its rank: who is an object fills
 * it, and claims and doubts strike it out (heap/sweep.h has the steps).
 *
 * Facts: CPython Objects/obmalloc.c and Include/object.h, by pyabi/.
 */
#include "heap/census.h"

#include <string.h>

#include "heap/kinds.h"
#include "heap/sweep.h"

enum { AT_A_TIME = 1 << 20 };	/* bytes */

static uint8_t gen_of(const struct looker *lk, const struct spot *at)
{
	return lk->heap->table.row[at->number].gen;
}

static bool found(struct looker *lk, const struct spot *at,
		  const struct pyobj *o, struct objrow row,
		  const struct object_sizes *sizes)
{
	const bool outward = lk->outward || heap_bit(lk->heap->outward, at->i);

	lk->outward = false;
	if (!objtable_set(&lk->heap->table, at->number, row, sizes, &lk->err))
		return false;
	kinds_note(lk, o);
	lk->trail->certain = row.gen;
	return !outward || trail_refs(lk->trail, o);
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
	kinds_note(lk, o);
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
	struct heap *heap = lk->heap;
	const struct heap_pool *pool;
	uint64_t i;

	if (!heap_block_at(heap, buf->addr - heap->lead, &pool, &i))
		return 0;
	lk->outward |= heap_bit(heap->outward, i);
	if (heap_set(heap->claimed, i)) {
		__atomic_fetch_add(&heap->double_claims, 1, __ATOMIC_RELAXED);
		return 0;
	}
	return span_takes(&pool->span, (uint32_t)(i - pool->first));
}

/* The row of block @i of @pool, if there is an object in it; or NULL.  What looks
 * like one and is claimed as a buffer (a list of types, say) is none, but if a
 * list of the collector has it. */
static struct objrow *row_of(const struct heap *heap,
			     const struct heap_pool *pool, uint64_t i)
{
	struct objrow *row;

	if (!heap_bit(heap->live, i))
		return NULL;
	row = &heap->table.row[heap_number(heap, pool, i)];
	return row->flags & OBJROW_IS_OBJECT &&
	       (row->gen || !heap_bit(heap->claimed, i)) ? row : NULL;
}

static bool object_in(struct looker *lk, const struct heap_pool *pool,
		      uint64_t i, struct pyobj *ret)
{
	const struct spot at = { .span = &pool->span,
				 .k = (uint32_t)(i - pool->first) };

	return block_object(&lk->br, spot_addr(&at), spot_bytes(&at),
			    span_size(at.span, at.k), ret);
}

static bool refuse_claimed(struct looker *lk, const struct heap_pool *pool,
			   uint64_t i, struct objrow *row)
{
	struct pyobj o;

	objrow_refuse(row);
	return !lk->onlooker || !object_in(lk, pool, i, &o) ||
	       lk->onlooker->refused(lk, &o);
}

/* Who looks like an object and is claimed is struck out; who is in a list of the
 * collector is nobody's buffer. */
static bool settle_pool(struct looker *lk, const struct heap_pool *pool)
{
	struct heap *heap = lk->heap;
	struct objrow *row = &heap->table.row[pool->rank];

	for (uint64_t i = pool->first; i < pool->first + pool->span.n; i += 64) {
		uint64_t live = heap->live[i / 64];
		uint64_t *claimed = &heap->claimed[i / 64];

		for (uint64_t left = *claimed; left; left &= left - 1) {
			uint64_t bit = left & -left;
			int n = __builtin_popcountll(live & (bit - 1));

			if (!(row[n].flags & OBJROW_IS_OBJECT))
				continue;
			if (row[n].gen)
				*claimed &= ~bit;
			else if (!refuse_claimed(lk, pool, i + (uint64_t)
						 __builtin_ctzll(bit), &row[n]))
				return false;
		}
		row += __builtin_popcountll(live);
	}
	return true;
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

static bool sweep_pools(struct sweeper *w, raddr start, raddr end)
{
	const struct heap *heap = w->lk.heap;
	const uint64_t cell = heap->cap->source.cell;
	const struct heap_pool *pool =
		&heap->pools[blocksource_cell(&heap->cap->source, start)];

	for (; start + cell <= end; start += cell, pool++) {
		const struct spot at = { .span = &pool->span, .i = pool->first,
					 .number = pool->rank };

		if (!pool->span.p)
			continue;
		w->lk.part.in_use += pool->span.n_live;
		if (!looker_span(&w->lk, &copied, at,
				 &heap->live[pool->first / 64]))
			return false;
	}
	return true;
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

/* Those in lists have rows, and are objects. */
static bool note_listed(struct sweeper *w)
{
	const struct heap *heap = w->lk.heap;

	for (size_t i = 0; i < heap->large.n; i++) {
		if (!trail_try(&w->trail, heap->large.v[i].addr,
			       TRAIL_WORD | TRAIL_SURE))
			return false;
	}
	return true;
}

/* What structures of C refer to is alive as well, and what is in a data segment,
 * whoever refers to it. */
static bool note_roots(struct sweeper *w)
{
	const struct capture *cap = w->lk.cap;
	const struct places *places = &cap->places;

	for (size_t i = 0; i < cap->outside.hits.n; i++) {
		const struct hit *hit = &cap->outside.hits.v[i];

		if ((places_kind(places, hit->to) == REGION_STATIC ||
		     is_unowned(w->lk.heap, hit->at)) &&
		    !trail_note(&w->trail, hit->to, TRAIL_WORD))
			return false;
	}
	return note_listed(w);
}

static bool ask_pool(struct sweeper *w, const struct heap_pool *pool)
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
static bool is_uncounted(struct sweeper *w, raddr at)
{
	struct heap *heap = w->lk.heap;
	uint32_t i = addrmap_get(&heap->large_by_addr, at);
	struct pyobj o;

	return (i == ADDRMAP_NONE || !heap->large.v[i].type) &&
	       census_outside(&w->lk, at, &o);
}

/* Is there someone like that, of the words to whom not all were noted?  Those
 * that were may all be of dead blocks, which say nothing. */
static bool is_someone_missing(struct sweeper *w)
{
	const struct scanner *outside = &w->lk.cap->outside;

	for (size_t i = 0; i < outside->hits.n; i++) {
		if (!outside->hits.v[i].at &&
		    is_uncounted(w, outside->hits.v[i].to))
			return true;
	}
	return false;
}

static bool ask_all(struct sweeper *w)
{
	struct heap *heap = w->lk.heap;

	for (size_t i = 0; i < heap->n_pools; i++) {
		if (heap->pools[i].span.p && !ask_pool(w, &heap->pools[i]))
			return false;
	}
	return trail_follow(&w->trail);
}

static bool look_for_missing(struct sweeper *w)
{
	uint64_t dropped;

	if (is_someone_missing(w) && !ask_all(w))
		return false;
	seen_shared_count(&w->sweep->seen, &dropped);
	return !dropped || err_nomem(&w->lk.err);
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

/* The number of the first row of pool @n. */
static uint32_t rows_before(const struct heap *heap, size_t n)
{
	return n < heap->n_pools ? heap->pools[n].rank : heap->table.n;
}

static bool group(struct sweeper *w)
{
	struct heap *heap = w->lk.heap;
	struct pytypes *types = &heap->cap->types;
	const struct pytype *dict = pytypes_get(types,
						heap->cap->tr.rt.dict_type);
	const size_t from = heap->n_pools * w->number / w->sweep->width;
	const size_t to = heap->n_pools * (w->number + 1) / w->sweep->width;

	for (size_t n = from; n < to; n++) {
		if (heap->pools[n].span.p &&
		    !settle_pool(&w->lk, &heap->pools[n]))
			return false;
	}
	if (!census_group(&w->lk.part, &heap->table, rows_before(heap, from),
			  rows_before(heap, to), types->all.n, dict,
			  &w->lk.err))
		return false;
	if (w->number == 0)
		group_large(&w->lk.part, heap);
	return true;
}

static bool sweeper_init(struct sweeper *w, struct err *err)
{
	if (!census_looker(&w->lk, w->sweep->arg, err))
		return false;
	trail_init(&w->trail, &w->sweep->seen, &w->lk, NULL);
	return true;
}

static const struct sweep_ops sweep_of_copy = {
	.size = sizeof(struct sweeper),
	.alone = true,
	.init = sweeper_init,
	.cells = sweep_pools,
	.roots = note_roots,
	.missing = look_for_missing,
	.group = group,
};

static int64_t bits_set(const uint64_t *bits, uint64_t words)
{
	int64_t n = 0;

	for (uint64_t i = 0; i < words; i++)
		n += __builtin_popcountll(bits[i]);
	return n;
}

bool census_take(struct census *census, struct heap *heap, struct err *err)
{
	struct sweep sweep = {
		.ops = &sweep_of_copy, .cap = heap->cap, .arg = heap,
		.width = parallel_width(), .most = AT_A_TIME,
		.progress = heap->progress, .progress_arg = heap->progress_arg,
	};
	bool ok;

	memset(census, 0, sizeof(*census));
	census->heap = heap;
	ok = sweep_run(&sweep, ADDRMAP_NONE, census, err);
	census->torn = heap->torn;
	census->unreadable = heap->cap->mirror.unreadable;
	census->buffers = bits_set(heap->claimed, heap->n_numbers / 64);
	sweep_fini(&sweep);
	return ok;
}
