/* SPDX-License-Identifier: MIT */
/*
 * The census of a copy, which changes no more.
 *
 * Threads sweep the pools, and each object gets a row of the table; what it owns
 * is claimed, whom it refers to is noted.  Then, in one thread, it is settled
 * who is an object: outside the pools one may bring in others, so they are gone
 * through until no more come; claims and doubts strike out rows.  Only what is
 * left is counted, by type, in threads again.  Nothing is ever subtracted.
 *
 * Facts: CPython Objects/obmalloc.c and Include/object.h, by pyabi/.
 */
#include "heap/census.h"

#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/parallel.h"
#include "heap/looker.h"
#include "heap/outside.h"
#include "pyabi/layout.h"

enum {
	POOLS_AT_A_TIME = 64,
};

struct worker {
	struct looker lk;
	/** A buffer of the object that was measured last points out of the
	 *  pools. */
	bool outward;
	/** Who is asked for references is in a list of the collector: an object
	 *  beyond doubt. */
	bool certain;
	bool sure;			/* its layout says what they are */
	/** The last addresses outside the pools that were noted, and how. */
	struct { raddr addr; bool sure; } noted[1024];
};

struct sweep {
	struct heap *heap;
	unsigned width;
	size_t next;			/* pool, atomic */
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
static uint32_t holder_of(struct worker *w, const struct pyobj *o)
{
	if (o->type->flags & TPF_TYPE_SUBCLASS)
		return 1 + DICTS_OF_TYPES;
	if (is_module(&w->lk, o))
		return 1 + DICTS_OF_MODULES;
	return 1 + DICTS_N + o->type->index;
}

/* The namespace of an object is noted as its own. */
static void note_namespace(struct worker *w, const struct pyobj *o)
{
	struct heap *heap = w->lk.heap;
	const struct heap_pool *pool;
	raddr at = namespace_of(&w->lk, o);
	uint32_t lead = heap->lead + (uint32_t)w->lk.ctx.abi->n_pre_gc;
	uint64_t i;

	if (at && heap_block_at(heap, at - lead, &pool, &i))
		objtable_hold(&heap->table, heap_number(heap, pool, i),
			      holder_of(w, o));
}

/* Remember what an object refers to outside the pools. */
static bool note(struct worker *w, raddr addr, bool sure)
{
	struct heap *heap = w->lk.heap;
	const struct places *places = &heap->cap->places;
	unsigned kinds = places_kinds(places, addr);
	size_t i = (addr >> 4 ^ addr >> 14) % ARRAY_SIZE(w->noted);
	bool ok;

	witness_refer(&heap->witness, addr);
	if (!(kinds & (REGION_ANON | REGION_STATIC)))
		return true;
	/* What is not one may look like an object, and points anywhere. */
	sure = sure && (w->certain || !(kinds & REGION_ANON) ||
			places_kind(places, addr) != REGION_ANON);
	if (w->noted[i].addr == addr && w->noted[i].sure >= sure)
		return true;
	if ((kinds & REGION_ARENA) && places_kind(places, addr) == REGION_ARENA)
		return true;
	w->noted[i].addr = addr;
	w->noted[i].sure = sure;
	pthread_mutex_lock(&heap->lock);
	ok = heap_note_large(heap, addr, GEN_NONE, sure, &w->lk.err);
	pthread_mutex_unlock(&heap->lock);
	return ok;
}

static bool note_words(struct worker *w, const struct pyobj *o)
{
	for (uint64_t off = 0; off + 8 <= o->avail; off += 8) {
		raddr addr;

		memcpy(&addr, o->p + off, sizeof(addr));
		addr &= ~(raddr)LINK_FLAGS;
		if (addr % 8 == 0 && !note(w, addr, false))
			return false;
	}
	return true;
}

static bool take_refs(void *arg, const raddr *v, size_t n)
{
	struct worker *w = arg;
	raddr last = 0;		/* many in a row are often the same */

	for (size_t i = 0; i < n; i++) {
		if (v[i] != last && !note(w, v[i], w->sure))
			return false;
		last = v[i];
	}
	return true;
}

static bool note_refs(struct worker *w, const struct pyobj *o)
{
	if (!capture_may_ask(w->lk.cap, &w->lk.ctx))
		return true;
	/* What is inferred may be a lock beside bytes that nobody ever set. */
	w->sure = obj_knows_refs(&w->lk.ctx, o) &&
		  o->type->layout->opaque == OPAQUE_NOT;
	refs_begin(&w->lk.refs);
	obj_refs(&w->lk.ctx, o, &w->lk.refs);
	if (!refs_end(&w->lk.refs))
		return false;
	if (pytype_is_foreign(o->type) && !note_words(w, o))
		return false;
	return note(w, o->type->addr, true);
}

static enum listed is_listed(const struct looker *lk, const struct spot *at)
{
	const struct heap *heap = lk->heap;

	return heap->table.row[at->number].gen ? LISTED_YES :
	       heap->lists_short ? LISTED_MAYBE : LISTED_NO;
}

/* Fill the row of @o. */
static bool found(struct looker *lk, const struct spot *at,
		  const struct pyobj *o)
{
	struct worker *w = container_of(lk, struct worker, lk);
	struct heap *heap = lk->heap;
	uint8_t gen = heap->table.row[at->number].gen;
	struct objrow row = { .type = o->type->index, .gen = gen };
	struct object_sizes sizes;

	w->certain = gen;
	w->outward = heap_bit(heap->outward, at->i);
	looker_measure(lk, o, span_takes(at->span, at->k), &sizes);
	row.flags = looker_flags(lk, o, gen);
	if (!objtable_set(&heap->table, at->number, row, &sizes, &lk->err) ||
	    (w->outward && !note_refs(w, o)))
		return false;
	note_namespace(w, o);
	return true;
}

static bool mark_words(struct looker *lk, const uint8_t *p, uint64_t len)
{
	witness_words(lk->witness, p, len);
	return true;
}

static bool mark_refers(struct looker *lk, const struct pyobj *o,
			const uint8_t *p, uint64_t len)
{
	(void)o;
	return mark_words(lk, p, len);
}

/* What is not at hand ends where no memory of malloc's is: it lies. */
static bool note_apart(struct looker *lk, const struct spot *at, uint32_t size)
{
	struct heap *heap = lk->heap;
	bool ok;

	if (!span_has(at->span, at->k, size)) {
		__atomic_fetch_add(&heap->torn, 1, __ATOMIC_RELAXED);
		return true;
	}
	pthread_mutex_lock(&heap->lock);
	ok = heap_note_large(heap, spot_addr(at) + heap->lead, GEN_NONE, false,
			     &lk->err);
	pthread_mutex_unlock(&heap->lock);
	return ok && mark_words(lk, spot_bytes(at), size);
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
	.listed = is_listed,
	.found = found,
	.apart = note_apart,
	.words = mark_words,
	.refers = mark_refers,
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
	return true;
}

static const uint8_t *copied_bytes(void *arg, raddr start, uint64_t len,
				   struct err *err)
{
	struct mem *mem = arg;

	(void)err;
	return mem->ops->peek(mem, start, len);
}

bool census_outside(struct looker *lk, raddr addr, struct pyobj *ret)
{
	const struct outside outside = {
		.br = &lk->br, .places = &lk->cap->places,
		.bytes = copied_bytes, .arg = &lk->cap->mirror.mem,
		.ahead = OUTSIDE_AHEAD, .whole = true,
	};
	struct err ignored;
	uint64_t size;

	return outside_look(&outside, addr, ret, &size, &ignored) ==
	       OUTSIDE_OBJECT;
}

/* Was the head of what may be an object at @addr copied? */
static bool is_loaded(struct looker *lk, raddr addr)
{
	return copied_bytes(&lk->cap->mirror.mem, addr,
			    lk->ctx.abi->object_sizeof, NULL) != NULL;
}

static bool settle_large(struct worker *w, size_t n)
{
	struct heap *heap = w->lk.heap;
	struct heap_large row = heap->large.v[n];
	struct pyobj o;

	if (!is_loaded(&w->lk, row.addr)) {
		w->lk.part.faults += row.sure;
		return true;
	}
	if (!census_outside(&w->lk, row.addr, &o) ||
	    (!row.sure && !witness_is_sure(&heap->witness, &w->lk.ctx, &o,
					   row.flags & OBJROW_STATIC)))
		return true;
	w->certain = true;
	looker_measure(&w->lk, &o, 0, &row.sizes);
	row.flags |= looker_flags(&w->lk, &o, row.gen);
	row.type = o.type;
	/* What precedes it is no GC head. */
	if (row.flags & OBJROW_STATIC) {
		row.sizes.allocated = 0;
		if (!row.gen)
			row.flags &= (uint8_t)~OBJROW_TRACKED;
	}
	heap->large.v[n] = row;
	note_namespace(w, &o);
	return note_refs(w, &o);
}

/* What of data segments was copied. */
static void note_segments(struct worker *w)
{
	const struct places *places = &w->lk.cap->places;
	struct mem *mem = &w->lk.cap->mirror.mem;

	for (size_t i = 0; i < places->n; i++) {
		const struct place *r = &places->v[i];

		if (r->kind != REGION_STATIC)
			continue;
		for (uint64_t off = 0; off < r->len; off += MIRROR_PAGE) {
			const uint8_t *p = mem->ops->peek(mem, r->start + off,
							  MIRROR_PAGE);

			if (p)
				witness_words(&w->lk.heap->witness, p,
					      MIRROR_PAGE);
		}
	}
}

/* A record in memory from malloc, word by word. */
static bool note_record(struct worker *w, raddr at, uint64_t len)
{
	struct mem *mem = &w->lk.cap->mirror.mem;
	struct pyobj words = { .addr = at };

	words.p = mem->ops->peek(mem, at, len);
	words.avail = words.p ? len : 0;
	return note_words(w, &words);
}

static bool note_states(struct worker *w)
{
	const struct capture *cap = w->lk.cap;

	for (size_t i = 0; i < cap->records.n; i++) {
		if (!note_record(w, cap->records.v[i].at,
				 cap->records.v[i].len))
			return false;
	}
	return true;
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
 * well. */
static bool note_roots(struct worker *w)
{
	const struct capture *cap = w->lk.cap;
	const struct places *places = &cap->places;

	for (size_t i = 0; i < cap->outside.hits.n; i++) {
		const struct hit *hit = &cap->outside.hits.v[i];

		/* From data segments anything; from pools what lies there. */
		if ((places_kind(places, hit->to) == REGION_STATIC ||
		     places_kind(places, hit->at) == REGION_STATIC ||
		     is_unowned(w->lk.heap, hit->at)) &&
		    !note(w, hit->to, false))
			return false;
	}
	return note_states(w);
}

/*
 * Settling one may bring in others: the table grows while we go.  What was
 * doubtful when its turn came may be confirmed by a later one.
 */
static bool settle_all_large(struct worker *w)
{
	struct heap *heap = w->lk.heap;
	bool again = true;

	while (again) {
		again = false;
		for (size_t n = 0; n < heap->large.n; n++) {
			struct heap_large *row = &heap->large.v[n];

			if (row->tried && (row->type || !row->sure ||
					   row->tried_sure))
				continue;
			row->tried = true;
			row->tried_sure = row->sure;
			if (!settle_large(w, n))
				return false;
			again |= heap->large.v[n].type != NULL;
		}
	}
	return true;
}

static bool ask_pool(struct worker *w, const struct heap_pool *pool)
{
	struct pyobj o;

	for (uint64_t i = pool->first; i < pool->first + pool->span.n; i++) {
		const struct objrow *row = row_of(w->lk.heap, pool, i);

		if (!row)
			continue;
		w->certain = row->gen;
		if (object_in(&w->lk, pool, i, &o) && !note_refs(w, &o))
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
	       is_loaded(&w->lk, at) && census_outside(&w->lk, at, &o);
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

static bool settle(struct worker *w)
{
	struct heap *heap = w->lk.heap;
	bool missing;

	note_segments(w);
	if (!note_roots(w) || !settle_all_large(w))
		return false;
	settle_claims(heap);
	if (!looker_settle(&w->lk))
		return false;
	missing = is_someone_missing(w);
	for (size_t i = 0; missing && i < heap->n_pools; i++) {
		if (heap->pools[i].span.p && !ask_pool(w, &heap->pools[i]))
			return false;
	}
	return settle_all_large(w);
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
		sweep->worker[i]->lk.refs.owned = true;
		sweep->worker[i]->lk.refs.take = take_refs;
		sweep->worker[i]->lk.refs.arg = sweep->worker[i];
	}
	parallel_run(width, sweep_pools, sweep);
	if (!sweep->worker[0]->lk.err.code && settle(sweep->worker[0]))
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
	ok = run(census, &sweep, parallel_width(), err);
	for (unsigned i = 0; i < PARALLEL_MAX; i++) {
		if (!sweep.worker[i])
			continue;
		looker_fini(&sweep.worker[i]->lk);
		free(sweep.worker[i]);
	}
	return ok;
}
