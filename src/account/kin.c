/* SPDX-License-Identifier: MIT */
/*
 * A process beside its parent: which pages do both have, and whose words are in
 * those that are not one page any more?
 *
 * What of the process was copied under the pause is compared as it was then,
 * all else of both as it is now.  Mappings are compared where both have memory
 * of their own (MAP_PRIVATE) of the same file or of none; what is swapped out
 * stays there, and is in none of the sums.
 *
 * Whose a word is: in pools, that of the object or buffer in its block; in a
 * chunk of malloc and in a mapping that an object owns, what account_claims()
 * found.  Of each object it is known where its count and its GC head are.
 */
#include "account/kin.h"

#include <stdlib.h>
#include <string.h>

#include "account/kinpage.h"
#include "heap/objects.h"

enum {
	AT_ONCE = 64,		/* pages that are read */
	REACH = 64,		/* an object's head and count are so near */
};

struct kin {
	struct account_look *look;
	const struct account *acc;
	struct target *parent;
	struct family_member *member;
	struct maps maps;		/* of the parent, */
	struct pagetable pages;
	size_t run;			/* of these, the next */
	size_t claim;			/* of look->claims */
	VEC(struct object) outside;	/* the pools, sorted */
	size_t page_run;		/* of ours, in which objects are */
	bool spared;			/* an old object is on a shared page */
	bool collected;
	/** By owner: 0 nobody, then types, then leaves. */
	int64_t (*by_owner)[FAMILY_CAUSES];
	size_t n_types;
	struct kin_page page;
	struct kin_share share;
	uint64_t mine[AT_ONCE * KIN_WORDS], theirs[AT_ONCE * KIN_WORDS];
	struct err *err;
};

/* -- Has the collector run? ----------------------------------------------- */

static bool kin_is_shared(struct kin *k, raddr at)
{
	const struct pagetable *pt = &k->look->pages;

	while (k->page_run < pt->runs.n && pt->runs.v[k->page_run].end <= at)
		k->page_run++;
	return k->page_run < pt->runs.n &&
	       pt->runs.v[k->page_run].start <= at &&
	       pt->runs.v[k->page_run].flags & PAGE_SHARED;
}

/* They come in address order. */
static bool kin_object(void *arg, const struct object *object,
		       struct err *err)
{
	struct kin *k = arg;
	const struct abi *abi = &k->look->cap->tr.rt.abi;
	struct object *row;

	if (object->gen == GEN_FIRST + GC_GENERATIONS_MAX - 1 && !k->spared)
		k->spared = kin_is_shared(k, object->addr -
						  (uint64_t)abi->n_pre_gc);
	if (object->pool)
		return true;
	row = vec_add(&k->outside, err);
	if (row)
		*row = *object;
	return row != NULL;
}

/* Runs over all objects; an incremental collector's parts of one, too. */
static int64_t kin_runs(const struct abi *abi, const struct gcstate *gc)
{
	const struct gcstate_generation *old = &gc->gen[GC_GENERATIONS_MAX - 1];
	int64_t sum = old->collections;

	if (abi->gc == GC_INCREMENTAL && sum >= 0 && old[-1].collections >= 0)
		sum += old[-1].collections;
	return sum;
}

static bool kin_collected(struct kin *k)
{
	const struct runtime *rt = &k->look->cap->tr.rt;
	struct pyctx ctx = k->look->cap->ctx;
	bool known = true;

	ctx.mem = k->parent->mem;
	for (size_t i = 0; i < k->look->heap.gc.n; i++) {
		int64_t ours = kin_runs(&rt->abi,
					&k->look->heap.gc.v[i].state);
		int64_t theirs = -1;
		struct gcstate gc;
		struct err ignored;

		if (gcstate_read(&gc, rt, &ctx, rt->interps.v[i], &ignored))
			theirs = kin_runs(&rt->abi, &gc);
		if (theirs >= 0 && ours > theirs)
			return true;
		known &= theirs >= 0 && ours == theirs;
	}
	return !known && !k->spared;
}

/* -- Whose words are these? ----------------------------------------------- */

static void kin_own(struct kin *k, raddr page, raddr start, raddr end,
		    uint32_t owner)
{
	raddr from = start > page ? (start - page) / 8 : 0;
	raddr to = end < page + ADDR_PAGE ? (end - page + 7) / 8 : KIN_WORDS;

	if (end <= page || start >= page + ADDR_PAGE)
		return;
	for (raddr i = from; i < to; i++)
		k->page.owner[i] = owner;
}

static void kin_mark(struct kin *k, raddr page, const struct object *o)
{
	const struct abi *abi = &k->look->cap->tr.rt.abi;
	raddr count = o->addr + abi->object_ob_refcnt;
	raddr head = o->addr - (uint64_t)abi->n_pre_gc;

	if (count - page < ADDR_PAGE)
		k->page.sort[(count - page) / 8] = KIN_COUNT;
	if (!o->type->gc || o->flags & OBJROW_STATIC)
		return;
	for (raddr at = head; at < o->addr; at += 8) {
		raddr i = (at - page) / 8;

		if (at - page >= ADDR_PAGE)
			continue;
		k->page.sort[i] = KIN_LINK;
		/* It has let some go: tuples of what is no container. */
		k->page.tracked |= o->gen != GEN_FROZEN &&
				   (o->flags & OBJROW_TRACKED ||
				    k->page.mine[i] != k->page.theirs[i]);
	}
}

/* Of which type's object is it a buffer?  As pytype.index + 1; 0: none's. */
static uint32_t kin_buffer_of(const struct ledger *lg, raddr at)
{
	const struct ledger_cell *cell;
	const struct ledger_block *b = ledger_block(lg, at, &cell);

	return b && b->state == LEDGER_BUFFER ? b->number + 1 : 0;
}

static void kin_mark_block(struct kin *k, raddr page, raddr at,
			   uint32_t number, uint32_t size)
{
	const struct account_look *look = k->look;
	const struct objrow *row = &look->heap.table.row[number];
	struct object o = { .gen = row->gen, .flags = row->flags };

	if (!(row->flags & OBJROW_IS_OBJECT)) {
		kin_own(k, page, at, at + size,
			kin_buffer_of(&look->ledger, at));
		return;
	}
	o.type = look->cap->types.all.v[row->type];
	o.addr = at + look->heap.lead + o.type->pre;
	kin_own(k, page, at, at + size, o.type->index + 1);
	kin_mark(k, page, &o);
}

/* Blocks that begin in [from, page + ADDR_PAGE). */
static void kin_mark_pool(struct kin *k, raddr page,
			  const struct heap_pool *pool, raddr from)
{
	const struct span *span = &pool->span;
	const uint64_t *live = k->look->heap.live;
	uint32_t i = from <= span->start ? 0 :
		     (uint32_t)((from - span->start) / span->block);
	uint32_t number = heap_number(&k->look->heap, pool, pool->first + i);

	for (; i < span->n; i++) {
		raddr at = span->start + (uint64_t)i * span->block;

		if (at >= page + ADDR_PAGE)
			break;
		if (heap_bit(live, pool->first + i))
			kin_mark_block(k, page, at, number++,
				       span_takes(span, i));
	}
}

static void kin_mark_pools(struct kin *k, raddr page)
{
	const struct heap *heap = &k->look->heap;
	const struct heap_pool *before = heap_pool_at(heap, page - REACH);
	const struct heap_pool *pool = heap_pool_at(heap, page);

	if (before && before != pool)
		kin_mark_pool(k, page, before, page - REACH);
	if (pool)
		kin_mark_pool(k, page, pool,
			      before == pool ? page - pool->span.block : page);
}

/* The first of those outside the pools whose count or head may be at @at. */
static size_t kin_first_outside(const struct kin *k, raddr at)
{
	size_t low = 0, high = k->outside.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (k->outside.v[mid].addr + REACH <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void kin_mark_outside(struct kin *k, raddr page)
{
	const raddr end = page + ADDR_PAGE;
	size_t i = kin_first_outside(k, page);

	for (; i < k->outside.n && k->outside.v[i].addr < end + REACH; i++) {
		const struct object *o = &k->outside.v[i];

		/* Of others, chunks tell; sizes are with their buffers. */
		if (o->flags & OBJROW_STATIC)
			kin_own(k, page, o->addr, o->addr + o->sizes.size,
				o->type->index + 1);
		kin_mark(k, page, o);
	}
}

static void kin_mark_chunks(struct kin *k, raddr page)
{
	const struct account_look *look = k->look;
	const struct glibc_chunk *c = look->has_malloc ?
				      glibc_chunk_at(&look->gm, page) : NULL;
	const struct glibc_chunk *end = look->gm.chunks.v +
					look->gm.chunks.n;

	for (; c && c < end && c->at < page + ADDR_PAGE; c++) {
		uint32_t leaf = look->chunk_leaf[c - look->gm.chunks.v];

		if (leaf)
			kin_own(k, page, c->at, c->at + c->size,
				(uint32_t)k->n_types + leaf);
	}
}

static void kin_mark_claims(struct kin *k, raddr page)
{
	const struct account_claim *c = k->look->claims.v;
	const struct account_claim *end = c + k->look->claims.n;

	for (c += k->claim; c < end && c->start < page + ADDR_PAGE; c++) {
		kin_own(k, page, c->start, c->end,
			(uint32_t)k->n_types + c->leaf + 1);
		k->claim += c->end <= page;
	}
}

/* -- A page --------------------------------------------------------------- */

static void kin_count(struct kin *k)
{
	int64_t part = ADDR_PAGE / (int64_t)k->share.n;
	int64_t rest = ADDR_PAGE % (int64_t)k->share.n;

	k->member->dirtied += ADDR_PAGE;
	if (k->share.verdict == KIN_COLLECTED)
		k->member->freezable += ADDR_PAGE;
	for (unsigned i = 0; i < KIN_WORDS; i++) {
		enum family_cause cause;

		if (!k->share.laid[i])
			continue;
		cause = kin_cause(&k->page, &k->share, i);
		k->by_owner[k->page.owner[i]][cause] += part + rest;
		rest = 0;
	}
}

static void kin_page(struct kin *k, raddr page, size_t i)
{
	memset(&k->page, 0, sizeof(k->page));
	k->page.mine = &k->mine[i * KIN_WORDS];
	k->page.theirs = &k->theirs[i * KIN_WORDS];
	kin_mark_chunks(k, page);
	kin_mark_claims(k, page);
	kin_mark_pools(k, page);
	kin_mark_outside(k, page);
	kin_judge(&k->page, k->collected, &k->share);
	if (k->share.verdict != KIN_STRANGE)
		kin_count(k);
}

/* Of both; what cannot be read of one of them is no page of theirs. */
static bool kin_read(struct kin *k, raddr at, size_t n)
{
	struct capture *cap = k->look->cap;
	struct mem *copies = &cap->mirror.mem;
	const void *copy = copies->ops->peek(copies, at, n * ADDR_PAGE);
	struct err ignored;

	if (copy)
		memcpy(k->mine, copy, n * ADDR_PAGE);
	else if (!mem_read(cap->tr.target->mem, at, k->mine, n * ADDR_PAGE,
			   &ignored))
		return false;
	return mem_read(k->parent->mem, at, k->theirs, n * ADDR_PAGE,
			&ignored);
}

static void kin_pages(struct kin *k, raddr at, raddr end)
{
	while (at < end) {
		size_t n = (end - at) / ADDR_PAGE;
		bool ok;

		n = n < AT_ONCE ? n : AT_ONCE;
		ok = kin_read(k, at, n);
		if (!ok) {
			n = 1;
			ok = kin_read(k, at, n);
		}
		for (size_t i = 0; ok && i < n; i++)
			kin_page(k, at + i * ADDR_PAGE, i);
		at += n * ADDR_PAGE;
	}
}

/* -- Which pages ---------------------------------------------------------- */

/* [start, end) is memory of both; our pages there are those of @run. */
static void kin_run(struct kin *k, const struct page_run *run, raddr start,
		    raddr end)
{
	const struct pagetable *pt = &k->pages;

	while (k->run < pt->runs.n && pt->runs.v[k->run].end <= start)
		k->run++;
	for (size_t i = k->run; i < pt->runs.n && pt->runs.v[i].start < end;
	     i++) {
		const struct page_run *r = &pt->runs.v[i];
		raddr from = r->start > start ? r->start : start;
		raddr to = r->end < end ? r->end : end;

		if (!(r->flags & PAGE_RESIDENT))
			continue;
		if (!(run->flags & PAGE_SHARED))
			kin_pages(k, from, to);
		else if (r->flags & PAGE_SHARED)
			k->member->shared += (int64_t)(to - from);
	}
}

/* May it be written without others seeing it? */
static bool kin_is_own(const struct map *map)
{
	return !map->shared && (map->write || !map->inode);
}

/* Of what @run has, all that is of mappings which both have. */
static void kin_mappings(struct kin *k, const struct page_run *run)
{
	raddr next;

	for (raddr at = run->start; at < run->end; at = next) {
		const struct map *mine = maps_find(&k->look->maps, at);
		const struct map *theirs = maps_find(&k->maps, at);

		next = at + ADDR_PAGE;
		if (!mine || !theirs)
			continue;
		next = mine->end < theirs->end ? mine->end : theirs->end;
		next = next < run->end ? next : run->end;
		if (kin_is_own(mine) && kin_is_own(theirs) &&
		    mine->inode == theirs->inode)
			kin_run(k, run, at, next);
	}
}

/* -- All ------------------------------------------------------------------ */

static bool kin_tell(struct kin *k)
{
	struct pytypes *types = &k->look->cap->types;

	for (size_t i = 0; i < 1 + k->n_types + k->acc->leaves.n; i++) {
		const int64_t *by = k->by_owner[i];
		const char *name = NULL;
		int64_t sum = 0;

		for (int c = 0; c < FAMILY_CAUSES; c++)
			sum += by[c];
		if (!sum)
			continue;
		if (i > k->n_types) {
			name = k->acc->leaves.v[i - k->n_types - 1].path[2];
		} else if (i) {
			const struct pytype *t = types->all.v[i - 1];

			if (!pytypes_name(types, t, k->err))
				return false;
			name = t->full;
		}
		if (!family_dirty(k->member, name, by, k->err))
			return false;
	}
	family_sort(k->member);
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct account_claim *l = a, *r = b;

	return (l->start > r->start) - (l->start < r->start);
}

static bool kin_begin(struct kin *k)
{
	if (k->look->claims.n)
		qsort(k->look->claims.v, k->look->claims.n,
		      sizeof(*k->look->claims.v), by_start);
	k->n_types = k->look->cap->types.all.n;
	k->by_owner = calloc(1 + k->n_types + k->acc->leaves.n,
			     sizeof(*k->by_owner));
	if (!k->by_owner)
		return err_nomem(k->err);
	if (!objects_visit(&k->look->heap, kin_object, k, k->err))
		return false;
	k->collected = kin_collected(k);
	k->member->dirtied = k->member->shared = k->member->freezable = 0;
	return target_maps(k->parent, &k->maps, k->err) &&
	       target_pages(k->parent, &k->maps, &k->pages, k->err);
}

static bool kin_end(struct kin *k)
{
	/* gc.freeze() is of 3.7. */
	if (!k->look->heap.gc.n || !k->look->heap.gc.v[0].state.permanent)
		k->member->freezable = DUMP_UNKNOWN;
	/* What could not be read was no page: was there anything to read? */
	return target_same(k->parent, k->err) &&
	       target_same(k->look->cap->tr.target, k->err) && kin_tell(k);
}

bool account_kin(struct account_look *look, const struct account *acc,
		 struct target *parent, struct family_member *member,
		 struct err *err)
{
	struct kin *k = calloc(1, sizeof(*k));
	const struct pagetable *pt = &look->pages;
	bool ok;

	if (!k)
		return err_nomem(err);
	k->look = look;
	k->acc = acc;
	k->parent = parent;
	k->member = member;
	k->err = err;
	ok = kin_begin(k);
	for (size_t i = 0; ok && i < pt->runs.n; i++) {
		if (pt->runs.v[i].flags & PAGE_RESIDENT)
			kin_mappings(k, &pt->runs.v[i]);
	}
	ok = ok && kin_end(k);
	if (!ok)
		member->dirtied = member->shared = member->freezable =
			DUMP_UNKNOWN;
	pagetable_fini(&k->pages);
	maps_free(&k->maps);
	vec_free(&k->outside);
	free(k->by_owner);
	free(k);
	return ok;
}
