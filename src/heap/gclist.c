/* SPDX-License-Identifier: MIT */
/*
 * This is not gcstate_walk(): the next head is mostly in the same pool, which
 * saves finding it.
 *
 * Two walkers never both note a head: who marks its row has it, and the
 * other stops there.  In the end the list is whole if each was stopped by the
 * last head of the other (or by the anchor, whom both start from), for each
 * step backward was checked against the link forward.
 */
#include "heap/gclist.h"

#include <string.h>

#include "base/load.h"
#include "base/parallel.h"

enum {
	MAX_LISTED = 1 << 28,	/* heads outside the pools in a list */
	LONG = 4096,		/* heads; fewer are not worth a thread */
	OUTSIDE = ADDRMAP_NONE,	/* no number */
};

struct walker {
	struct heap *heap;
	struct pyctx ctx;
	raddr head;		/* the anchor */
	uint8_t gen;
	uint32_t link, back;	/* which links to follow, and which lead back */
	bool checks;		/* ... that they do */
	uint64_t stop;		/* after so many */
	const struct heap_pool *pool;	/* of the last one, or NULL */
	raddr at, last;		/* the next one; the last one that was noted */
	uint64_t n;
	bool broken;
	struct err err;
};

static void start(struct walker *w, struct heap *heap, const struct pyctx *ctx,
		  raddr head, uint8_t gen, bool forward)
{
	const struct abi *abi = ctx->abi;

	memset(w, 0, sizeof(*w));
	w->heap = heap;
	w->ctx = *ctx;
	w->ctx.faults = 0;
	w->head = w->last = head;
	w->gen = gen;
	w->link = forward ? abi->gc_head_gc_next : abi->gc_head_gc_prev;
	w->back = forward ? abi->gc_head_gc_prev : abi->gc_head_gc_next;
	w->checks = !forward;
	w->stop = heap->n_numbers + MAX_LISTED;
	w->at = ctx_u64(&w->ctx, head + w->link) & ~(raddr)LINK_FLAGS;
}

/* The same where blocks are unequal, and begin somewhere. */
static const uint8_t *in_chunk(struct walker *w, raddr at,
			       uint32_t *ret_number)
{
	const uint64_t head = (uint64_t)w->ctx.abi->n_pre_gc;
	const struct span *span;
	uint64_t i;

	if (!heap_block_of(w->heap, at, &w->pool, &i)) {
		w->pool = NULL;
		return NULL;
	}
	span = &w->pool->span;
	if (span->hand < head || at - span->start > span->hand - head) {
		w->pool = NULL;		/* deep in a block: read as what is in none */
		return NULL;
	}
	*ret_number = heap_number(w->heap, w->pool, i);
	return span->p + (at - span->start);
}

/* The head at @at if it is in a pool, and its row; who marks that has it.  NULL
 * with w->pool: there can be none. */
static const uint8_t *in_pool(struct walker *w, raddr at, uint32_t *ret_number)
{
	const uint64_t head = (uint64_t)w->ctx.abi->n_pre_gc;
	const struct span *span;
	uint64_t off, len, i;

	if (w->heap->cap->source.chunks)
		return in_chunk(w, at, ret_number);
	if (!w->pool || at - w->pool->span.start >= w->heap->cap->source.cell)
		w->pool = heap_pool_at(w->heap, at);
	if (!w->pool)
		return NULL;
	span = &w->pool->span;
	off = at - span->start;		/* huge in front of its blocks */
	len = (uint64_t)span->n * span->block;
	if (off >= len || len - off < head)
		return NULL;
	i = w->pool->first + (uint32_t)off / span->block;
	if (!heap_bit(w->heap->live, i))
		return NULL;
	*ret_number = heap_number(w->heap, w->pool, i);
	return span->p + off;
}

/* As objtable_list(), of what is in no pool; true also if there is no row. */
static bool list_large(struct walker *w, raddr at, uint8_t gen)
{
	struct heap *heap = w->heap;
	struct heap_large *row;
	bool before;

	pthread_mutex_lock(&heap->lock);
	row = heap_large_at(heap, at + (uint64_t)w->ctx.abi->n_pre_gc,
			    &w->err);
	before = !row || row->gen == gen;
	if (row)
		row->gen = gen;
	pthread_mutex_unlock(&heap->lock);
	return before;
}

static raddr word(const uint8_t *p, uint32_t off)
{
	return load_u64(p + off) & ~(raddr)LINK_FLAGS;
}

/* Where the head at w->at leads to, forward and backward.  @ret_number is
 * OUTSIDE if it is in no pool. */
static bool read_links(struct walker *w, uint32_t *ret_number, raddr *next,
		       raddr *before)
{
	const uint8_t *p = in_pool(w, w->at, ret_number);

	if (p) {
		*next = word(p, w->link);
		*before = word(p, w->back);
		return true;
	}
	*ret_number = OUTSIDE;
	*next = ctx_u64(&w->ctx, w->at + w->link) & ~(raddr)LINK_FLAGS;
	*before = ctx_u64(&w->ctx, w->at + w->back) & ~(raddr)LINK_FLAGS;
	return !w->pool && !w->ctx.faults;
}

/* Note the next head; false: it is the anchor, or no head, or noted. */
static bool step(struct walker *w)
{
	raddr next, before;
	uint32_t number;

	if (w->at == w->head)
		return false;
	w->broken = !read_links(w, &number, &next, &before) ||
		    (w->checks && before != w->last);
	if (w->broken)
		return false;
	if (number == OUTSIDE ? list_large(w, w->at, w->gen) :
	    objtable_list(&w->heap->table, number, w->gen))
		return false;
	w->last = w->at;
	w->at = next;
	w->n++;
	return true;
}

static void go(struct walker *w, uint64_t stop)
{
	while (w->n < stop && step(w))
		;
}

static void go_both(void *arg, unsigned i)
{
	struct walker *w = arg;

	go(&w[i], w[i].stop);
}

/* Undo what @w did.  Nobody else walks now. */
static void retrace(struct walker *w)
{
	uint64_t n = w->n;
	raddr before;
	uint32_t number;

	w->ctx.faults = 0;
	w->at = ctx_u64(&w->ctx, w->head + w->link) & ~(raddr)LINK_FLAGS;
	for (; n; n--) {
		raddr at = w->at;

		if (!read_links(w, &number, &w->at, &before))
			return;
		if (number == OUTSIDE)
			(void)list_large(w, at, GEN_NONE);
		else
			(void)objtable_list(&w->heap->table, number, GEN_NONE);
	}
}

/* Did they meet, or did the first need no other? */
static bool is_whole(const struct walker *w)
{
	if (!w[1].n)
		return w[0].at == w[0].head;
	return !w[0].broken && !w[1].broken &&
	       w[0].at == w[1].last && w[1].at == w[0].last;
}

bool gclist_walk(struct heap *heap, const struct pyctx *ctx, raddr head,
		 uint8_t gen, int64_t *ret_n)
{
	struct walker w[2];

	start(&w[0], heap, ctx, head, gen, true);
	start(&w[1], heap, ctx, head, gen, false);
	go(&w[0], LONG);
	if (w[0].n == LONG) {
		parallel_run(2, go_both, w);
		if (!is_whole(w)) {
			retrace(&w[0]);
			retrace(&w[1]);
			start(&w[0], heap, ctx, head, gen, true);
			start(&w[1], heap, ctx, head, gen, false);
			go(&w[0], w[0].stop);
		}
	}
	*ret_n += (int64_t)(w[0].n + w[1].n);
	return is_whole(w);
}
