/* SPDX-License-Identifier: MIT */
/*
 * contextvars, and the hash tree that a context is.
 *
 * Facts: CPython 3.7 to 3.15, Python/context.c, Python/hamt.c.
 */
#include "pyabi/types/rows.h"

enum { HAMT_BRANCHES = 32 };

static void bitmap_refs(struct pyctx *ctx, const struct pyobj *o,
			struct refs *to)
{
	refs_own_words(ctx, to, ref_index(REF_ITEM, 0), o,
		       ctx->abi->hamtbitmap_b_array, ob_size(ctx, o));
}

static void array_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	refs_own_words(ctx, to, ref_index(REF_ITEM, 0), o,
		       ctx->abi->hamtarray_a_array, HAMT_BRANCHES);
}

static void collision_refs(struct pyctx *ctx, const struct pyobj *o,
			   struct refs *to)
{
	refs_own_words(ctx, to, ref_index(REF_ITEM, 0), o,
		       ctx->abi->hamtcollision_c_array, ob_size(ctx, o));
}

/* An iterator holds the tree in its first word, and borrows the nodes. */
static void iterator_refs(struct pyctx *ctx, const struct pyobj *o,
			  struct refs *to)
{
	refs_add(ctx, to, ref_field("hi_obj"),
		 obj_u64(ctx, o, ctx->abi->object_sizeof));
}

const struct layout context_rows[] = {
	{ .name = "Context|_contextvars.Context",
	  .basicsize = AT(context_sizeof),
	  .visit = { AT(context_ctx_prev), AT(context_ctx_vars) } },
	{ .name = "ContextVar|_contextvars.ContextVar",
	  .basicsize = AT(contextvar_sizeof),
	  .visit = { AT(contextvar_var_name), AT(contextvar_var_default) } },
	{ .name = "Token|_contextvars.Token", .basicsize = AT(token_sizeof),
	  .visit = { AT(token_tok_ctx), AT(token_tok_var),
		     AT(token_tok_oldval) } },
	{ .name = "hamt", .basicsize = AT(hamt_sizeof),
	  .visit = { AT(hamt_h_root) } },
	{ .name = "hamt_bitmap_node", .refs = bitmap_refs },
	{ .name = "hamt_array_node", .basicsize = AT(hamtarray_sizeof),
	  .refs = array_refs },
	{ .name = "hamt_collision_node", .refs = collision_refs },
	{ .name = "items|keys|values", .refs = iterator_refs },
	{ 0 }
};
