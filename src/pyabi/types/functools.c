/* SPDX-License-Identifier: MIT */
/*
 * functools and operator.
 *
 * The entries of an LRU cache are linked to a ring through its root, which is
 * the head of the cache object itself; each is an object, owned by the cache's
 * dict.  The ring must agree in both directions.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_functoolsmodule.c
 *        (lru_cache_tp_traverse), Modules/_operator.c.
 */
#include "pyabi/types/rows.h"

/* 3.7: the elements of the ring are visited as if they were part of it. */
static bool visits_ring(const struct abi *abi)
{
	return !abi_has(abi->lru_maxsize_O);
}

static void add_element(struct pyctx *ctx, raddr link, struct addrs *ret)
{
	const struct abi *abi = ctx->abi;

	addrs_add(ctx, ret, ctx_u64(ctx, link + abi->lruelem_key));
	addrs_add(ctx, ret, ctx_u64(ctx, link + abi->lruelem_result));
	if (abi_has(abi->lru_lru_list_elem_type))
		addrs_add(ctx, ret, ctx_u64(ctx, link + abi->object_ob_type));
}

static void lru_refs(struct pyctx *ctx, const struct pyobj *o,
		     struct addrs *ret)
{
	const struct abi *abi = ctx->abi;
	raddr root = o->addr + abi->lru_root, prev = root;
	raddr link = obj_u64(ctx, o, abi->lru_root + abi->lruelem_next);
	unsigned before = ctx->faults;

	if (!visits_ring(abi)) {
		if (link != root)
			addrs_add(ctx, ret, link);
		return;
	}
	while (link && link != root) {
		/* Each has one before it, up to the root: no circle else. */
		if (ctx_u64(ctx, link + abi->lruelem_prev) != prev)
			ctx->faults++;
		if (ctx->faults != before)
			return;
		add_element(ctx, link, ret);
		prev = link;
		link = ctx_u64(ctx, link + abi->lruelem_next);
	}
}

/* What it holds, unless the cache visits that. */
static void element_owned(struct pyctx *ctx, const struct pyobj *o,
			  struct addrs *ret)
{
	const struct abi *abi = ctx->abi;

	if (visits_ring(abi))
		return;
	addrs_add(ctx, ret, obj_u64(ctx, o, abi->lruelem_key));
	addrs_add(ctx, ret, obj_u64(ctx, o, abi->lruelem_result));
}

const struct layout functools_rows[] = {
	{ .name = "functools.partial", .basicsize = AT(partial_sizeof),
	  .visit = { AT(partial_fn), AT(partial_args), AT(partial_kw),
		     AT(partial_dict), AT(partial_placeholder) } },
	{ .name = "functools._lru_cache_wrapper", .basicsize = AT(lru_sizeof),
	  .visit = { AT(lru_maxsize_O), AT(lru_func), AT(lru_cache),
		     AT(lru_cache_info_type), AT(lru_kwd_mark),
		     AT(lru_lru_list_elem_type), AT(lru_dict) },
	  .refs = lru_refs },
	{ .name = "functools._lru_list_elem", .basicsize = AT(lruelem_sizeof),
	  .owned = element_owned },
	{ .name = "functools.KeyWrapper", .basicsize = AT(keyobject_sizeof),
	  .visit = { AT(keyobject_cmp), AT(keyobject_object) } },
	{ .name = "operator.itemgetter", .basicsize = AT(itemgetter_sizeof),
	  .visit = { AT(itemgetter_item) } },
	{ .name = "operator.attrgetter", .basicsize = AT(attrgetter_sizeof),
	  .visit = { AT(attrgetter_attr) } },
	{ .name = "operator.methodcaller", .basicsize = AT(methodcaller_sizeof),
	  .visit = { AT(methodcaller_name), AT(methodcaller_args),
		     AT(methodcaller_kwds) } },
	{ 0 }
};
