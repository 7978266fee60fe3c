/* SPDX-License-Identifier: MIT */
/*
 * deque, array, and what iterates over them.
 *
 * The items of a deque are in blocks linked both ways; the outer ends of the
 * list are not set.  Spare blocks are kept in the deque since 3.11.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_collectionsmodule.c (deque_traverse,
 *        deque___sizeof__), Modules/arraymodule.c.
 */
#include "pyabi/types/rows.h"

/* --- deque --------------------------------------------------------------- */

struct walk {
	raddr block, first, last;
	uint64_t from, to;	/* the items of block that count */
};

static void walk_start(struct pyctx *ctx, const struct pyobj *o,
		       struct walk *w)
{
	const struct abi *abi = ctx->abi;

	w->block = w->first = obj_u64(ctx, o, abi->deque_leftblock);
	w->last = obj_u64(ctx, o, abi->deque_rightblock);
	w->from = obj_u64(ctx, o, abi->deque_leftindex);
	w->to = 0;
}

/* Find out what counts in this block; false if that cannot be. */
static bool walk_look(struct pyctx *ctx, const struct pyobj *o,
		      struct walk *w)
{
	const struct abi *abi = ctx->abi;

	w->to = abi->dequeblock_data_count;
	if (w->block == w->last)
		w->to = obj_u64(ctx, o, abi->deque_rightindex) + 1;
	return w->from <= abi->dequeblock_data_count &&
	       w->to <= abi->dequeblock_data_count;
}

/* Go on to the right; false at the end.  A block must know the one it came
 * from: then the list cannot come back but to its first. */
static bool walk_next(struct pyctx *ctx, struct walk *w)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	raddr prev = w->block;

	if (w->block == w->last)
		return false;
	w->block = ctx_u64(ctx, prev + abi->dequeblock_rightlink);
	w->from = 0;
	if (ctx->faults == before && w->block && w->block != w->first &&
	    ctx_u64(ctx, w->block + abi->dequeblock_leftlink) == prev)
		return ctx->faults == before;
	ctx->faults++;
	return false;
}

static uint64_t deque_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	uint64_t per = abi->dequeblock_data_count;
	uint64_t n = obj_u64(ctx, o, abi->deque_leftindex) + ob_size(ctx, o);

	if (!is_length(n)) {
		ctx->faults++;
		n = 0;
	}
	return base_size(o) +
	       (n + per - 1) / per * abi->dequeblock_sizeof;
}

static void deque_spares(struct pyctx *ctx, const struct pyobj *o,
			 struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;
	uint64_t n = field(ctx, o, abi->deque_numfreeblocks);

	if (n > abi->deque_freeblocks_count) {
		ctx->faults++;
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		bufs_add(ctx, ret,
			 obj_u64(ctx, o, abi->deque_freeblocks + i * 8),
			 abi->dequeblock_sizeof);
}

static void deque_buffers(struct pyctx *ctx, const struct pyobj *o,
			  struct pybufs *ret)
{
	struct walk w;

	walk_start(ctx, o, &w);
	do {
		bufs_add(ctx, ret, w.block, ctx->abi->dequeblock_sizeof);
	} while (walk_next(ctx, &w));
	if (abi_has(ctx->abi->deque_numfreeblocks))
		deque_spares(ctx, o, ret);
}

static void deque_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	const struct abi *abi = ctx->abi;
	uint64_t index = 0;
	struct walk w;

	walk_start(ctx, o, &w);
	do {
		if (!walk_look(ctx, o, &w)) {
			ctx->faults++;
			return;
		}
		if (w.to <= w.from)
			continue;
		refs_words(ctx, to, ref_index(REF_ITEM, index),
			   w.block + abi->dequeblock_data +
				   w.from * sizeof(raddr),
			   w.to - w.from);
		index += w.to - w.from;
	} while (!to->refused && walk_next(ctx, &w));
}

static bool deque_plausible(struct pyctx *ctx, const struct pyobj *o)
{
	struct walk w;

	walk_start(ctx, o, &w);
	return is_length(ob_size(ctx, o)) && w.first && w.last &&
	       w.from <= ctx->abi->dequeblock_data_count;
}

/* --- array --------------------------------------------------------------- */

static uint64_t array_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr descr = obj_u64(ctx, o, abi->array_ob_descr);
	uint64_t n = obj_u64(ctx, o, abi->array_allocated);

	if (!n)
		return 0;
	n *= ctx_u32(ctx, descr + abi->arraydescr_itemsize);
	if (is_length(n))
		return n;
	ctx->faults++;
	return 0;
}

static uint64_t array_size(struct pyctx *ctx, const struct pyobj *o)
{
	return base_size(o) + array_bytes(ctx, o);
}

static void array_buffers(struct pyctx *ctx, const struct pyobj *o,
			  struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->array_ob_item),
		 array_bytes(ctx, o));
}

static void array_data(struct pyctx *ctx, const struct pyobj *o,
		       struct pydata *ret)
{
	ret->addr = obj_u64(ctx, o, ctx->abi->array_ob_item);
	ret->len = array_bytes(ctx, o);
}

const struct layout collections_rows[] = {
	{ .name = "collections.deque", .basicsize = AT(deque_sizeof),
	  .length = AT(var_ob_size),
	  .size = deque_size, .buffers = deque_buffers, .refs = deque_refs,
	  .plausible = deque_plausible },
	{ .name = "collections._deque_iterator"
		  "|collections._deque_reverse_iterator"
		  "|_collections._deque_iterator"
		  "|_collections._deque_reverse_iterator",
	  .basicsize = AT(dequeiter_sizeof),
	  .visit = { AT(dequeiter_deque) } },
	{ .name = "collections._tuplegetter|_collections._tuplegetter",
	  .opaque = OPAQUE_VISITS },
	{ .name = "array.array", .basicsize = AT(array_sizeof),
	  .size = array_size, .buffers = array_buffers, .data = array_data },
	{ .name = "array.arrayiterator|arrayiterator",
	  .basicsize = AT(arrayiter_sizeof), .visit = { AT(arrayiter_ao) } },
	{ 0 }
};
