/* SPDX-License-Identifier: MIT */
/*
 * Two passes over the table, in threads: how many links each object has, then
 * which.  An object's references are handed over a few thousand at a time, and
 * each address becomes a number by arithmetic.
 *
 * The second pass must see what the first saw: the copy does not change, and
 * where a bound ends one of them, it ends it in the other.  Should they differ
 * all the same, a row is filled as far as it goes, with links to nobody.
 */
#include "graph/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/stale.h"

enum { AT_A_TIME = 64 };	/* pools, or objects outside */

struct sweep {
	struct graph *g;
	struct worker *worker[PARALLEL_MAX];
	size_t next;
	bool filling;
};

struct worker {
	struct sweep *sweep;
	struct looker lk;
	uint32_t number, n;	/* the object that is asked; its links so far */
	uint32_t ties;		/* that its links may have */
	bool guesses;		/* they are inferred */
	raddr last_addr;	/* many in a row are often the same */
	uint32_t last;
	uint64_t unresolved;
};

/* --- numbers ------------------------------------------------------------- */

static uint32_t number_of_large(const struct graph *g, raddr addr)
{
	uint32_t i = addrmap_get(&g->heap->large_by_addr, addr);

	return i != ADDRMAP_NONE && g->heap->large.v[i].type ?
	       g->n_pooled + i : LINK_NONE;
}

uint32_t graph_number(const struct graph *g, raddr addr)
{
	const struct heap *heap = g->heap;
	const struct heap_pool *pool;
	const struct objrow *row;
	uint32_t number;
	uint64_t i;

	if (!heap_block_of(heap, addr, &pool, &i))
		return number_of_large(g, addr);
	if (!heap_bit(heap->live, i))
		return LINK_NONE;
	number = heap_number(heap, pool, i);
	row = &heap->table.row[number];
	return row->flags & OBJROW_IS_OBJECT &&
	       addr == pool->span.start + (i - pool->first) * pool->span.block +
		       heap->lead + g->types[row->type]->pre ?
	       number : LINK_NONE;
}

/* The pool of object @number: the last one whose rank is not beyond. */
static const struct heap_pool *pool_of(const struct graph *g, uint32_t number)
{
	size_t low = 0, high = g->heap->n_pools;

	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (g->heap->pools[middle].rank <= number)
			low = middle;
		else
			high = middle;
	}
	return &g->heap->pools[low];
}

/* Which block of @pool is the (@rank + 1)th that is in use? */
static uint32_t block_of(const struct graph *g, const struct heap_pool *pool,
			 uint32_t rank)
{
	const uint64_t *live = &g->heap->live[pool->first / 64];
	uint32_t k = 0;
	uint64_t word;

	for (;; k += 64) {
		uint32_t n = (uint32_t)__builtin_popcountll(*live);

		if (rank < n)
			break;
		rank -= n;
		live++;
	}
	for (word = *live; rank > 0; rank--)
		word &= word - 1;
	return k + (uint32_t)__builtin_ctzll(word);
}

static const struct heap_large *large_of(const struct graph *g,
					 uint32_t number)
{
	return &g->heap->large.v[number - g->n_pooled];
}

static const struct objrow *row_of(const struct graph *g, uint32_t number)
{
	return &g->heap->table.row[number];
}

bool graph_is_object(const struct graph *g, uint32_t number)
{
	return number < g->n_pooled ?
	       row_of(g, number)->flags & OBJROW_IS_OBJECT :
	       large_of(g, number)->type != NULL;
}

const struct pytype *graph_type(const struct graph *g, uint32_t number)
{
	return number < g->n_pooled ? g->types[row_of(g, number)->type] :
				      large_of(g, number)->type;
}

struct object_sizes graph_sizes(const struct graph *g, uint32_t number)
{
	return number < g->n_pooled ? objtable_sizes(&g->heap->table, number) :
				      large_of(g, number)->sizes;
}

uint8_t graph_generation(const struct graph *g, uint32_t number)
{
	return number < g->n_pooled ? row_of(g, number)->gen :
				      large_of(g, number)->gen;
}

uint8_t graph_flags(const struct graph *g, uint32_t number)
{
	return number < g->n_pooled ? row_of(g, number)->flags :
				      large_of(g, number)->flags;
}

static struct object object_in_pool(const struct graph *g,
				    const struct heap_pool *pool, uint32_t k,
				    uint32_t number)
{
	const struct objrow *row = row_of(g, number);
	const struct pytype *type = g->types[row->type];

	return (struct object){
		.addr = pool->span.start + (uint64_t)k * pool->span.block +
			g->heap->lead + type->pre,
		.type = type, .gen = row->gen, .flags = row->flags,
		.sizes = objtable_sizes(&g->heap->table, number),
		.pool = pool,
	};
}

static struct object object_outside(const struct heap_large *row)
{
	return (struct object){ .addr = row->addr, .type = row->type,
				.sizes = row->sizes, .gen = row->gen,
				.flags = row->flags };
}

bool graph_object(const struct graph *g, uint32_t number, struct object *ret)
{
	const struct heap_pool *pool;

	if (number >= g->links.n || !graph_is_object(g, number))
		return false;
	if (number >= g->n_pooled) {
		*ret = object_outside(large_of(g, number));
		return true;
	}
	pool = pool_of(g, number);
	*ret = object_in_pool(g, pool, block_of(g, pool, number - pool->rank),
			      number);
	return true;
}

/* --- links --------------------------------------------------------------- */

/* @guess: it may well lead to nobody. */
static void add_link(struct worker *w, raddr addr, uint32_t ties, bool guess)
{
	struct graph *g = w->sweep->g;

	if (addr != w->last_addr) {
		w->last = graph_number(g, addr);
		w->last_addr = addr;
	}
	ties &= w->ties;
	if (w->last == LINK_NONE) {
		w->unresolved += ties && !guess;
		return;
	}
	if (!ties)
		return;
	if (w->sweep->filling) {
		uint32_t at = g->links.first[w->number] + w->n;

		if (at < g->links.first[w->number + 1])
			g->links.to[at] = w->last | ties;
	}
	w->n++;
}

static bool take_refs(void *arg, const raddr *v, size_t n)
{
	struct worker *w = arg;

	_Static_assert(LINK_VISITED == (uint32_t)REF_VISITED << 30 &&
		       LINK_COUNTED == (uint32_t)REF_COUNTED << 30,
		       "a tie is the upper bits of a link");
	for (size_t i = 0; i < n; i++) {
		const struct ref_name *name = &w->lk.refs.names[i];

		add_link(w, v[i], (uint32_t)name->tie << 30,
			 w->guesses || name->how == REF_INFERRED);
	}
	return true;
}

/* Those of interned strings are in no count; see ABI_SHAPE_INTERNED. */
static uint32_t ties_of(const struct graph *g, raddr addr)
{
	for (size_t i = 0; i < g->uncounting.n; i++) {
		if (g->uncounting.v[i] == addr)
			return LINK_VISITED;
	}
	return LINK_VISITED | LINK_COUNTED;
}

static void ask(struct worker *w, uint32_t number, const struct object *object)
{
	struct graph *g = w->sweep->g;
	struct pyobj o;

	if (!capture_may_ask(g->heap->cap, &w->lk.ctx) ||
	    !objects_view(&w->lk, object, &o))
		return;
	w->number = number;
	w->n = 0;
	w->ties = ties_of(g, object->addr);
	w->guesses = object->flags & OBJROW_INFERRED;
	refs_begin(&w->lk.refs);
	obj_refs(&w->lk.ctx, &o, &w->lk.refs);
	(void)!refs_end(&w->lk.refs);
	if (w->sweep->filling) {
		/* Fewer than before: the rest of the row. */
		while (w->n < g->links.first[number + 1] -
			      g->links.first[number])
			g->links.to[g->links.first[number] + w->n++] =
				number;
	} else {
		g->links.first[number + 1] = w->n;
	}
}

static void ask_pool(struct worker *w, const struct heap_pool *pool)
{
	struct graph *g = w->sweep->g;
	uint32_t number = pool->rank;

	for (uint32_t k = 0; k < pool->span.n; k++) {
		if (!heap_bit(g->heap->live, pool->first + k))
			continue;
		if (graph_is_object(g, number)) {
			const struct object o = object_in_pool(g, pool, k,
							       number);

			ask(w, number, &o);
		}
		number++;
	}
}

static void ask_large(struct worker *w, size_t i)
{
	const struct heap_large *row = &w->sweep->g->heap->large.v[i];
	const struct object o = object_outside(row);

	if (row->type)
		ask(w, w->sweep->g->n_pooled + (uint32_t)i, &o);
}

/* First the pools, then what is outside. */
static void sweep_part(void *arg, unsigned n)
{
	struct sweep *sweep = arg;
	const struct heap *heap = sweep->g->heap;
	struct worker *w = sweep->worker[n];
	const size_t end = heap->n_pools + heap->large.n;

	for (;;) {
		size_t from = __atomic_fetch_add(&sweep->next, AT_A_TIME,
						 __ATOMIC_RELAXED);
		size_t to = from + AT_A_TIME;

		if (from >= end)
			return;
		if (n == 0)
			heap_tell(heap, sweep->filling ? "linking objects" :
				  "counting references", from);
		for (size_t i = from; i < to && i < end; i++) {
			if (i >= heap->n_pools)
				ask_large(w, i - heap->n_pools);
			else if (heap->pools[i].span.p)
				ask_pool(w, &heap->pools[i]);
		}
	}
}

static bool add_worker(struct sweep *sweep, unsigned i, struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));

	sweep->worker[i] = w;
	if (!w)
		return err_nomem(err);
	if (!census_looker(&w->lk, sweep->g->heap, err))
		return false;
	w->sweep = sweep;
	w->lk.refs.owned = w->lk.refs.tied = true;
	w->lk.refs.take = take_refs;
	w->lk.refs.arg = w;
	return true;
}

static bool run_pass(struct graph *g, bool filling, struct err *err)
{
	struct sweep sweep = { .g = g, .filling = filling };
	unsigned width = parallel_width();
	bool ok = true;

	for (unsigned i = 0; ok && i < width; i++)
		ok = add_worker(&sweep, i, err);
	if (ok)
		parallel_run(width, sweep_part, &sweep);
	for (unsigned i = 0; i < width; i++) {
		struct worker *w = sweep.worker[i];

		if (!w)
			continue;
		g->unresolved += filling ? w->unresolved : 0;
		looker_fini(&w->lk);
		free(w);
	}
	return ok;
}

/* --- the graph ----------------------------------------------------------- */

/* Where interpreters say that the dict of interned strings is. */
static bool find_uncounting(struct graph *g, struct err *err)
{
	const struct runtime *rt = &g->heap->cap->tr.rt;
	const struct abi *abi = &rt->abi;
	struct pyctx ctx = g->heap->cap->ctx;
	raddr found, *slot;

	if (abi->interned == INTERNED_IMMORTAL)
		return true;
	ctx.mem = &g->heap->cap->mirror.mem;
	for (size_t i = 0; i < rt->interps.n; i++) {
		if (abi->interned == INTERNED_STATICS)
			found = runtime_symbol(rt, "interned");
		else
			found = rt->interps.v[i] + abi->interp_interned_strings;
		found = found ? ctx_u64(&ctx, found) : 0;
		slot = found ? vec_add(&g->uncounting, err) : NULL;
		if (slot)
			*slot = found;
		else if (found)
			return false;
	}
	return true;
}

/* The table of types may grow, and move, while references are asked for. */
static bool copy_types(struct graph *g, struct err *err)
{
	const struct pytypes *types = &g->heap->cap->types;

	g->types = calloc(types->all.n + 1, sizeof(struct pytype *));
	if (!g->types)
		return err_nomem(err);
	memcpy(g->types, types->all.v, types->all.n * sizeof(struct pytype *));
	return true;
}

static bool alloc_first(struct graph *g, struct err *err)
{
	uint64_t n = (uint64_t)g->heap->table.n + g->heap->large.n;

	if (n >= LINK_NONE)
		return err_set(err, ERR_LIMIT, "more than %u blocks in use",
			       LINK_NONE);
	g->n_pooled = g->heap->table.n;
	g->links.n = (uint32_t)n;
	g->links.first = links_numbers(n, err);
	return g->links.first != NULL;
}

/* What is in first[] becomes where rows begin. */
static bool alloc_links(struct graph *g, struct err *err)
{
	uint64_t sum = 0;

	for (uint32_t i = 1; i <= g->links.n; i++) {
		sum += g->links.first[i];
		if (sum > UINT32_MAX)
			return err_set(err, ERR_LIMIT,
				       "more than %u references", UINT32_MAX);
		g->links.first[i] = (uint32_t)sum;
	}
	if (!headroom_ask(sum * sizeof(uint32_t) +
			  (uint64_t)g->links.n * sizeof(uint32_t),
			  "the graph of its objects", err))
		return false;
	g->links.to = links_numbers(sum, err);
	return g->links.to != NULL;
}

bool graph_build(struct graph *g, struct heap *heap, struct err *err)
{
	memset(g, 0, sizeof(*g));
	links_begin();
	g->heap = heap;
	return heap_sort_large(heap, err) && copy_types(g, err) &&
	       find_uncounting(g, err) && alloc_first(g, err) &&
	       run_pass(g, false, err) && alloc_links(g, err) &&
	       run_pass(g, true, err) && stale_drop(g, err);
}

void graph_fini(struct graph *g)
{
	free(g->types);
	vec_free(&g->uncounting);
	links_fini(&g->links);
}

bool graph_counted(const struct graph *g, uint32_t **ret, struct err *err)
{
	const struct links *links = &g->links;

	*ret = links_numbers(links->n, err);
	for (uint32_t e = 0; *ret && e < links->first[links->n]; e++)
		(*ret)[link_node(links->to[e])] +=
			(links->to[e] & LINK_COUNTED) != 0;
	return *ret != NULL;
}

static uint32_t refcount(const struct abi *abi, const uint8_t *o)
{
	uint64_t count;

	memcpy(&count, o + abi->object_ob_refcnt, sizeof(count));
	if (refcnt_is_immortal(abi, count))
		return GRAPH_IMMORTAL;
	if (abi->refcnt == REFCNT_SPLIT)
		count = (uint32_t)count;
	return count < GRAPH_MOST ? (uint32_t)count : GRAPH_MOST;
}

static void refcounts_in_pool(const struct graph *g,
			      const struct heap_pool *pool, uint32_t *counts)
{
	const struct abi *abi = &g->heap->cap->tr.rt.abi;
	uint32_t number = pool->rank;

	for (uint32_t k = 0; k < pool->span.n; k++) {
		const uint8_t *block = pool->span.p + k * pool->span.block;

		if (!heap_bit(g->heap->live, pool->first + k))
			continue;
		if (graph_is_object(g, number))
			counts[number] = refcount(abi, block + g->heap->lead +
						  graph_type(g, number)->pre);
		number++;
	}
}

static uint32_t refcount_at(const struct graph *g, raddr addr)
{
	const struct abi *abi = &g->heap->cap->tr.rt.abi;
	struct mem *mem = &g->heap->cap->mirror.mem;
	const uint8_t *o = mem->ops->peek(mem, addr, abi->object_sizeof);

	return o ? refcount(abi, o) : 0;
}

uint32_t graph_refcount(const struct graph *g, uint32_t number)
{
	struct object object;

	return graph_object(g, number, &object) ?
	       refcount_at(g, object.addr) : 0;
}

bool graph_refcounts(const struct graph *g, uint32_t **ret, struct err *err)
{
	const struct heap *heap = g->heap;
	uint32_t *counts = links_numbers(g->links.n, err);

	*ret = counts;
	for (size_t i = 0; counts && i < heap->n_pools; i++) {
		if (heap->pools[i].span.p)
			refcounts_in_pool(g, &heap->pools[i], counts);
	}
	for (size_t i = 0; counts && i < heap->large.n; i++) {
		const struct heap_large *row = &heap->large.v[i];

		if (row->type)
			counts[g->n_pooled + i] = refcount_at(g, row->addr);
	}
	return counts != NULL;
}
