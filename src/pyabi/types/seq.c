/* SPDX-License-Identifier: MIT */
/*
 * tuple, list, and what looks like a tuple: struct sequences.
 *
 * A struct sequence (os.stat_result, sys.flags) may have more fields than
 * ob_size, which counts those that a tuple would have; its type's members tell
 * how many.  Those that are not counted count in basicsize since 3.13.
 *
 * Facts: CPython 3.6 to 3.15, Objects/tupleobject.c, Objects/listobject.c
 *        (list___sizeof__), Objects/structseq.c (structseq_traverse).
 */
#include "pyabi/types/rows.h"

enum {
	MAX_FIELDS = 256,	/* of a struct sequence */
};

/* --- tuple --------------------------------------------------------------- */

static void tuple_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	refs_own_words(ctx, to, ref_index(REF_ITEM, 0), o,
		       ctx->abi->tuple_ob_item, ob_size(ctx, o));
}

static bool tuple_plausible(struct pyctx *ctx, const struct pyobj *o)
{
	return is_length(ob_size(ctx, o));
}

static uint64_t spare_block(struct pyctx *ctx, const struct pyobj *o,
			    uint64_t *at_least)
{
	(void)at_least;
	return base_size(o) + (ob_size(ctx, o) + 1) * sizeof(raddr);
}

/* --- struct sequences ---------------------------------------------------- */

/* The number of fields is that of the last member that has a name. */
static uint64_t fields(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	uint64_t n = ob_size(ctx, o);
	raddr member;

	if (n > MAX_FIELDS)
		return n;
	member = ctx_u64(ctx, o->type->addr + abi->type_tp_members);
	for (int i = 0; member && i < MAX_FIELDS; i++) {
		uint64_t off;

		if (!ctx_u64(ctx, member + abi->memberdef_name))
			break;
		off = ctx_u64(ctx, member + abi->memberdef_offset);
		if (ctx->faults != before)
			break;
		off = (off - abi->structseq_ob_item) / sizeof(raddr) + 1;
		if (off > n && off <= MAX_FIELDS)
			n = off;
		member += abi->memberdef_sizeof;
	}
	return n;
}

static uint64_t structseq_block(struct pyctx *ctx, const struct pyobj *o,
				uint64_t *at_least)
{
	(void)at_least;
	return base_size(o) + fields(ctx, o) * sizeof(raddr);
}

/* Up to 3.7 it is traversed as a tuple. */
static bool visits_all(const struct pytype *t)
{
	return t->base && t->traverse != t->base->traverse;
}

static void structseq_refs(struct pyctx *ctx, const struct pyobj *o,
			   struct refs *to)
{
	uint64_t off = ctx->abi->structseq_ob_item, n = fields(ctx, o);
	uint64_t seen = visits_all(o->type) ? n : ob_size(ctx, o);

	refs_own_words(ctx, to, ref_index(REF_ITEM, 0), o, off, seen);
	refs_own_words(ctx, to, ref_owned(ref_index(REF_ITEM, seen)), o,
		       off + seen * sizeof(raddr), n - seen);
}

/* --- list ---------------------------------------------------------------- */

/* While a list is sorted, it has no items and allocated is -1. */
static uint64_t allocated(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->list_allocated);

	if (n == UINT64_MAX)
		return 0;
	if (is_length(n))
		return n;
	ctx->faults++;
	return 0;
}

static uint64_t list_size(struct pyctx *ctx, const struct pyobj *o)
{
	return base_size(o) + sizeof(raddr) * allocated(ctx, o);
}

static void list_buffers(struct pyctx *ctx, const struct pyobj *o,
			 struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->list_ob_item),
		 sizeof(raddr) * allocated(ctx, o));
}

static void list_fill(struct pyctx *ctx, const struct pyobj *o,
		      struct pyfill *ret)
{
	ret->used = ob_size(ctx, o);
	ret->room = allocated(ctx, o);
	if (ret->room >= ret->used)
		ret->spare = (ret->room - ret->used) * sizeof(raddr);
}

static void list_refs(struct pyctx *ctx, const struct pyobj *o,
		      struct refs *to)
{
	uint64_t n = ob_size(ctx, o);

	if (n > allocated(ctx, o)) {
		ctx->faults++;
		return;
	}
	refs_words(ctx, to, ref_index(REF_ITEM, 0),
		   obj_u64(ctx, o, ctx->abi->list_ob_item), n);
}

static bool list_plausible(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->list_allocated);
	raddr items = obj_u64(ctx, o, ctx->abi->list_ob_item);

	if (items % sizeof(raddr))
		return false;
	if (n == UINT64_MAX)
		return ob_size(ctx, o) == 0;
	return is_length(n) && ob_size(ctx, o) <= n && (items || !n);
}

const struct layout seq_rows[] = {
	{ .name = "tuple", .basicsize = AT(tuple_ob_item), .refs = tuple_refs,
	  .plausible = tuple_plausible },
	/* Made by tp_alloc, as if it were an instance of a Python class. */
	{ .name = "datetime.IsoCalendarDate", .block = spare_block,
	  .refs = tuple_refs, .plausible = tuple_plausible },
	{ .name = "list", .basicsize = AT(list_sizeof), .size = list_size,
	  .length = AT(var_ob_size),
	  .buffers = list_buffers, .fill = list_fill, .refs = list_refs,
	  .plausible = list_plausible },
	/* No type is called that: see layout.c. */
	{ .name = "", .block = structseq_block,
	  .refs = structseq_refs,
	  .plausible = tuple_plausible },
	{ 0 }
};
