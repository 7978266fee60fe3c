/* SPDX-License-Identifier: MIT */
#include "heap/census.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "pyabi/layout.h"
#include "pyabi/pool.h"

enum {
	POOLS_AT_A_TIME = 64,
	AHEAD = 1024,		/* bytes that the memory is given notice of */
};

struct worker {
	struct looker lk;
	struct census part;		/* what this thread counted */
	/** Who is asked for references is in a list of the collector: an object
	 *  beyond doubt. */
	bool certain;
	bool sure;			/* its layout says what they are */
	/** The last addresses outside the pools that were noted, and how. */
	struct { raddr addr; bool sure; } noted[1024];
	struct err err;
};

struct sweep {
	struct heap *heap;
	size_t next;			/* pool, atomic */
	struct worker *worker[PARALLEL_MAX];
};

static struct tally *tally_of(struct census *c, const struct pytype *t,
			      struct err *err)
{
	while (c->by_type.n <= t->index) {
		if (!vec_add(&c->by_type, err))
			return NULL;
	}
	return &c->by_type.v[t->index];
}

/* Sizes that lie may add up to more than there are numbers. */
static void add(int64_t *sum, uint64_t more)
{
	*sum = (int64_t)((uint64_t)*sum + more);
}

static bool count(struct tally *tally, uint64_t size, uint64_t allocated,
		  int sign)
{
	if (!tally)
		return false;
	tally->count += sign;
	add(&tally->bytes, sign > 0 ? size : -size);
	add(&tally->allocated, sign > 0 ? allocated : -allocated);
	return true;
}

static bool count_object(struct worker *w, const struct pyobj *o,
			 uint64_t size, uint64_t allocated, int sign)
{
	struct tally *tally = tally_of(&w->part, o->type, &w->err);

	if (!count(tally, size, allocated, sign))
		return false;
	if (!obj_knows_refs(&w->lk.ctx, o))
		tally->inferred += sign;
	return true;
}

/* Where a dict that is the namespace of @o is counted, or NULL: no memory. */
static struct tally *dicts_of(struct worker *w, const struct pyobj *o)
{
	struct census *c = &w->part;

	if (o->type->flags & TPF_TYPE_SUBCLASS)
		return &c->dicts[DICTS_OF_TYPES];
	if (looker_is_module(&w->lk, o))
		return &c->dicts[DICTS_OF_MODULES];
	while (c->dicts_of.n <= o->type->index) {
		if (!vec_add(&c->dicts_of, &w->err))
			return NULL;
	}
	return &c->dicts_of.v[o->type->index];
}

/* The namespace of an object, if it is a plain dict of its own. */
static bool count_namespace(struct worker *w, const struct pyobj *o)
{
	struct heap *heap = w->lk.heap;
	const struct heap_pool *pool;
	uint64_t size, allocated, i;
	struct pyobj dict;
	raddr at = looker_namespace(&w->lk, o);
	uint32_t off;

	if (!at || !heap_block_at(heap, at - looker_lead(&w->lk), &pool, &i))
		return true;
	off = heap_offset(heap, pool, i);
	if (!block_object(&w->lk.br, pool->base + off, pool->p + off,
			  pool->block, &dict) ||
	    dict.type->addr != heap->cap->tr.rt.dict_type ||
	    heap_set(heap->owned_dict, i))
		return true;
	looker_measure(&w->lk, &dict, pool->block, false, &size, &allocated);
	return count(dicts_of(w, o), size, allocated, 1);
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
	ok = heap_note_large(heap, addr, GEN_NONE, sure, &w->err);
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
	if (!capture_may_ask(w->lk.heap->cap, &w->lk.ctx))
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

/*
 * Is this really an object?  What says it is tracked must be in a list, unless
 * a collector was at work and lists are short.  An interpreter that ends leaves
 * some behind in a list that nobody has any more.
 */
static bool is_listed(struct worker *w, const struct pyobj *o, uint64_t i)
{
	struct heap *heap = w->lk.heap;

	if (heap->gen[i] || heap->lists_short)
		return true;
	return !obj_is_tracked(w->lk.ctx.abi, o) ||
	       obj_is_linked(&w->lk.ctx, o);
}

static bool sweep_object(struct worker *w, const struct heap_pool *pool,
			 const struct pyobj *o, uint64_t i)
{
	struct witness *witness = &w->lk.heap->witness;
	uint64_t size, allocated;
	bool is_none = !is_listed(w, o, i) ||
		       (!w->lk.heap->gen[i] && !witness_is_count(witness, o));

	if (is_none || obj_may_refer(o->type))
		witness_words(witness, o->pre, o->avail + o->type->pre);
	if (is_none) {
		w->part.unlisted++;
		return true;
	}
	if (!w->lk.heap->gen[i] && !obj_is_tracked(w->lk.ctx.abi, o))
		witness_doubt(witness, o->addr);
	/* The words of a pool's blocks are its own: no other thread's. */
	w->lk.heap->object[i / 64] |= 1ull << (i % 64);
	w->certain = w->lk.heap->gen[i];
	looker_measure(&w->lk, o, pool->block, true, &size, &allocated);
	if (!count_object(w, o, size, allocated, 1))
		return false;
	if ((w->lk.outward || heap_bit(w->lk.heap->outward, i)) &&
	    !note_refs(w, o))
		return false;
	w->part.faults += w->lk.ctx.faults != 0;
	return count_namespace(w, o);
}

static bool sweep_block(struct worker *w, const struct heap_pool *pool,
			uint32_t k)
{
	uint32_t off = w->lk.ctx.abi->pool_sizeof + k * pool->block;
	uint64_t i = pool->first + k;
	struct pyobj o;

	__builtin_prefetch(pool->p + off + AHEAD);
	if (block_object(&w->lk.br, pool->base + off, pool->p + off,
			 pool->block, &o))
		return sweep_object(w, pool, &o, i);
	witness_words(&w->lk.heap->witness, pool->p + off, pool->block);
	w->part.lost += w->lk.heap->gen[i] != GEN_NONE;
	return true;
}

static bool sweep_pool(struct worker *w, const struct heap_pool *pool)
{
	w->part.in_use += pool->n_live;
	for (uint32_t k = 0; k < pool->n_blocks; k += 64) {
		uint64_t live = w->lk.heap->live[(pool->first + k) / 64];

		for (; live; live &= live - 1) {
			if (!sweep_block(w, pool, k +
					 (uint32_t)__builtin_ctzll(live)))
				return false;
		}
	}
	return true;
}

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
			if (heap->pools[i].p &&
			    !sweep_pool(w, &heap->pools[i]))
				return;
		}
	}
}

/*
 * Blocks that were counted as objects and are claimed as a buffer: a list of
 * types, say.  In a list of the collector it is an object all the same.
 */
static bool take_back(struct worker *w, const struct heap_pool *pool,
		      uint32_t k)
{
	struct heap *heap = w->lk.heap;
	uint64_t i = pool->first + k, size, allocated;
	uint32_t off = w->lk.ctx.abi->pool_sizeof + k * pool->block;
	struct pyobj o;

	if (heap->gen[i]) {
		heap->claimed[i / 64] &= ~(1ull << (i % 64));
		return true;
	}
	heap->object[i / 64] &= ~(1ull << (i % 64));
	if (!block_object(&w->lk.br, pool->base + off, pool->p + off,
			  pool->block, &o))
		return true;
	looker_measure(&w->lk, &o, pool->block, false, &size, &allocated);
	w->part.faults -= w->lk.ctx.faults != 0;
	return count_object(w, &o, size, allocated, -1);
}

static bool settle_claims(struct worker *w)
{
	struct heap *heap = w->lk.heap;

	for (size_t n = 0; n < heap->n_pools; n++) {
		const struct heap_pool *pool = &heap->pools[n];

		for (uint32_t k = 0; pool->p && k < pool->n_blocks; k++) {
			uint64_t i = pool->first + k;
			uint64_t both = heap->object[i / 64] &
					heap->claimed[i / 64];

			if (!both) {
				k |= 63;
				continue;
			}
			if (both >> (i % 64) & 1 && !take_back(w, pool, k))
				return false;
		}
	}
	return true;
}

/* What was counted as an object at @addr, in a pool, as block @ret_k. */
static bool counted_at(struct worker *w, raddr addr,
		       const struct heap_pool **ret_pool, uint32_t *ret_k,
		       struct pyobj *ret)
{
	struct heap *heap = w->lk.heap;
	uint32_t head = w->lk.ctx.abi->pool_sizeof, off;
	const struct heap_pool *pool = heap_pool_at(heap, addr);

	if (!pool)
		return false;
	*ret_pool = pool;
	*ret_k = (uint32_t)(addr - pool->base - head) / pool->block;
	off = heap_offset(heap, pool, pool->first + *ret_k);
	return heap_bit(heap->object, pool->first + *ret_k) &&
	       block_object(&w->lk.br, pool->base + off, pool->p + off,
			    pool->block, ret);
}

/*
 * Objects that are in no list, that nobody refers to, and that do not speak for
 * themselves.  All words have been seen by now.
 */
static bool settle_doubts(struct worker *w)
{
	struct witness *witness = &w->lk.heap->witness;
	const struct heap_pool *pool;
	uint64_t place = 0;
	struct pyobj o;
	uint32_t k;
	raddr addr;

	while ((addr = witness_next(witness, &place))) {
		if (!counted_at(w, addr, &pool, &k, &o))
			continue;
		if (witness_self(witness, &o)) {
			w->part.alone += witness_is_mortal(witness, &o);
			continue;
		}
		w->part.unheld++;
		if (!take_back(w, pool, k))
			return false;
	}
	return true;
}

static bool settle_large(struct worker *w, size_t n)
{
	struct heap *heap = w->lk.heap;
	struct heap_large row = heap->large.v[n];
	struct tally *tally;
	struct pyobj o;

	if (!looker_is_loaded(&w->lk, row.addr)) {
		w->part.faults += row.sure;
		return true;
	}
	if (!looker_large(&w->lk, row.addr, &o) ||
	    (!row.sure && !looker_is_credible(&w->lk, &o, row.is_static)))
		return true;
	w->certain = true;
	looker_measure(&w->lk, &o, 0, true, &row.size, &row.allocated);
	w->part.faults += w->lk.ctx.faults != 0;
	row.type = o.type;
	if (row.is_static)
		row.allocated = 0;
	heap->large.v[n] = row;
	if (!note_refs(w, &o) || !count_namespace(w, &o))
		return false;
	if (!row.is_static)
		return count_object(w, &o, row.size, row.allocated, 1);
	tally = tally_of(&w->part, o.type, &w->err);
	if (!tally)
		return false;
	tally->static_count++;
	add(&tally->static_bytes, row.size);
	return true;
}

/* What of data segments was copied. */
static void note_segments(struct worker *w)
{
	const struct places *places = &w->lk.heap->cap->places;
	struct mem *mem = &w->lk.heap->cap->mirror.mem;

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
	struct mem *mem = &w->lk.heap->cap->mirror.mem;
	struct pyobj words = { .addr = at };

	words.p = mem->ops->peek(mem, at, len);
	words.avail = words.p ? len : 0;
	return note_words(w, &words);
}

static bool note_states(struct worker *w)
{
	const struct capture *cap = w->lk.heap->cap;

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
	const struct heap_pool *pool = heap_pool_at(heap, at);
	uint32_t head = heap->cap->tr.rt.abi.pool_sizeof;
	uint64_t i;

	if (!pool || at - pool->base < head)
		return false;
	i = (at - pool->base - head) / pool->block;
	if (i >= pool->n_blocks)
		return false;
	i += pool->first;
	return heap_bit(heap->live, i) && !heap_bit(heap->object, i) &&
	       !heap_bit(heap->claimed, i);
}

/* What the interpreters, data segments and structures of C refer to is alive as
 * well. */
static bool note_roots(struct worker *w)
{
	const struct capture *cap = w->lk.heap->cap;
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
	struct heap *heap = w->lk.heap;
	struct pyobj o;

	for (uint32_t k = 0; k < pool->n_blocks; k++) {
		uint32_t off = heap_offset(heap, pool, pool->first + k);

		w->certain = heap->gen[pool->first + k];
		if (heap_bit(heap->object, pool->first + k) &&
		    block_object(&w->lk.br, pool->base + off, pool->p + off,
				 pool->block, &o) && !note_refs(w, &o))
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
	       looker_is_loaded(&w->lk, at) && looker_large(&w->lk, at, &o);
}

/* Is there someone like that, of the words to whom not all were noted?  Those
 * that were may all be of dead blocks, which say nothing. */
static bool is_someone_missing(struct worker *w)
{
	const struct scanner *outside = &w->lk.heap->cap->outside;

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
	if (!note_roots(w) || !settle_all_large(w) ||
	    !settle_claims(w) || !settle_doubts(w))
		return false;
	missing = is_someone_missing(w);
	for (size_t i = 0; missing && i < heap->n_pools; i++) {
		if (heap->pools[i].p && !ask_pool(w, &heap->pools[i]))
			return false;
	}
	return settle_all_large(w);
}

static void add_tally(struct tally *to, const struct tally *from)
{
	to->count += from->count;
	add(&to->bytes, (uint64_t)from->bytes);
	add(&to->allocated, (uint64_t)from->allocated);
	to->static_count += from->static_count;
	add(&to->static_bytes, (uint64_t)from->static_bytes);
	to->inferred += from->inferred;
}

bool census_add(struct census *c, const struct census *part, struct err *err)
{
	for (size_t i = 0; i < part->by_type.n; i++) {
		if (c->by_type.n <= i && !vec_add(&c->by_type, err))
			return false;
		add_tally(&c->by_type.v[i], &part->by_type.v[i]);
	}
	for (size_t i = 0; i < part->dicts_of.n; i++) {
		if (c->dicts_of.n <= i && !vec_add(&c->dicts_of, err))
			return false;
		add_tally(&c->dicts_of.v[i], &part->dicts_of.v[i]);
	}
	for (int i = 0; i < DICTS_N; i++)
		add_tally(&c->dicts[i], &part->dicts[i]);
	c->in_use += part->in_use;
	c->faults += part->faults;
	c->unlisted += part->unlisted;
	c->unheld += part->unheld;
	c->alone += part->alone;
	c->lost += part->lost;
	return true;
}

static int64_t bits_set(const uint64_t *bits, uint64_t words)
{
	int64_t n = 0;

	for (uint64_t i = 0; i < words; i++)
		n += __builtin_popcountll(bits[i]);
	return n;
}

void census_sum(struct census *c)
{
	for (size_t i = 0; i < c->by_type.n; i++)
		add_tally(&c->total, &c->by_type.v[i]);
}

static bool run(struct census *census, struct sweep *sweep, unsigned width,
		struct err *err)
{
	uint64_t words = sweep->heap->n_numbers / 64;

	for (unsigned i = 0; i < width; i++) {
		sweep->worker[i] = calloc(1, sizeof(struct worker));
		if (!sweep->worker[i])
			return err_nomem(err);
		if (!looker_init(&sweep->worker[i]->lk, sweep->heap, err))
			return false;
		sweep->worker[i]->lk.refs.owned = true;
		sweep->worker[i]->lk.refs.take = take_refs;
		sweep->worker[i]->lk.refs.arg = sweep->worker[i];
	}
	parallel_run(width, sweep_pools, sweep);
	if (!sweep->worker[0]->err.code)
		(void)settle(sweep->worker[0]);
	for (unsigned i = 0; i < width; i++) {
		if (sweep->worker[i]->err.code) {
			*err = sweep->worker[i]->err;
			return false;
		}
		if (!census_add(census, &sweep->worker[i]->part, err))
			return false;
	}
	census_sum(census);
	census->pooled = bits_set(census->heap->object, words);
	census->buffers = bits_set(census->heap->claimed, words);
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
		census_fini(&sweep.worker[i]->part);
		free(sweep.worker[i]);
	}
	return ok;
}

void census_fini(struct census *census)
{
	vec_free(&census->by_type);
	vec_free(&census->dicts_of);
}
