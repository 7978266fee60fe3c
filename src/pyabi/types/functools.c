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

/* Since 3.7 the elements are visited as if they were part of the cache. */
static bool visits_ring(const struct abi *abi)
{
	return !abi_has(abi->lru_maxsize_O);
}

/* Counted by the element, as its own. */
static void add_element(struct pyctx *ctx, raddr link, uint64_t i,
			struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr key = ctx_u64(ctx, link + abi->lruelem_key);

	refs_add(ctx, to, ref_tied(REF_VISITED, ref_index(REF_KEY, i)), key);
	refs_add(ctx, to, ref_tied(REF_VISITED, ref_key(REF_VALUE, key)),
		 ctx_u64(ctx, link + abi->lruelem_result));
	if (abi_has(abi->lru_lru_list_elem_type))
		refs_add(ctx, to,
			 ref_tied(REF_VISITED, ref_index(REF_TYPE, 0)),
			 ctx_u64(ctx, link + abi->object_ob_type));
}

struct ring {
	raddr root, link;
};

static void ring_start(struct pyctx *ctx, const struct pyobj *o,
		       struct ring *r)
{
	r->root = r->link = o->addr + ctx->abi->lru_root;
}

/* Go to the next element; false at the end.  Each knows the one before it, up
 * to the root: so there is no circle but through that. */
static bool ring_next(struct pyctx *ctx, struct ring *r)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	raddr prev = r->link;

	r->link = ctx_u64(ctx, prev + abi->lruelem_next);
	if (!r->link || r->link == r->root)
		return false;
	if (ctx_u64(ctx, r->link + abi->lruelem_prev) == prev)
		return ctx->faults == before;
	ctx->faults++;
	return false;
}

/* Its dict and its ring each own the elements; the dict says so itself. */
static void lru_refs(struct pyctx *ctx, const struct pyobj *o,
		     struct refs *to)
{
	bool visits = visits_ring(ctx->abi);
	struct ring r;

	ring_start(ctx, o, &r);
	for (uint64_t i = 0; !to->refused && ring_next(ctx, &r); i++) {
		struct ref_name name = ref_index(REF_ITEM, i);

		if (visits)
			add_element(ctx, r.link, i, to);
		refs_add(ctx, to, visits ? ref_owned(name) : name, r.link);
	}
}

/* What it holds, though the cache may visit that for it. */
static void element_refs(struct pyctx *ctx, const struct pyobj *o,
			 struct refs *to)
{
	if (visits_ring(ctx->abi)) {
		refs_owned_field(ctx, to, o, AT(lruelem_key));
		refs_owned_field(ctx, to, o, AT(lruelem_result));
	} else {
		refs_field(ctx, to, o, AT(lruelem_key));
		refs_field(ctx, to, o, AT(lruelem_result));
	}
}

/* What it keeps for vectorcall: 3.13 an array, since then a tuple. */
static void methodcaller_refs(struct pyctx *ctx, const struct pyobj *o,
			      struct refs *to)
{
	raddr args = field(ctx, o, ctx->abi->methodcaller_vectorcall_args);

	if (!ctx_is_object(ctx, args))
		return;
	refs_field(ctx, to, o, AT(methodcaller_vectorcall_args));
	refs_field(ctx, to, o, AT(methodcaller_vectorcall_kwnames));
}

const struct layout functools_rows[] = {
	{ .name = "functools.partial", .basicsize = AT(partial_sizeof),
	  .visit = { AT(partial_fn), AT(partial_args), AT(partial_kw),
		     AT(partial_dict) } },
	{ .name = "functools._PlaceholderType" },
	{ .name = "functools._lru_cache_wrapper", .basicsize = AT(lru_sizeof),
	  .visit = { AT(lru_maxsize_O), AT(lru_func), AT(lru_cache),
		     AT(lru_cache_info_type), AT(lru_kwd_mark),
		     AT(lru_lru_list_elem_type), AT(lru_dict) },
	  .refs = lru_refs },
	{ .name = "functools._lru_list_elem", .basicsize = AT(lruelem_sizeof),
	  .refs = element_refs },
	{ .name = "functools.KeyWrapper", .basicsize = AT(keyobject_sizeof),
	  .visit = { AT(keyobject_cmp), AT(keyobject_object) } },
	{ .name = "operator.itemgetter", .basicsize = AT(itemgetter_sizeof),
	  .visit = { AT(itemgetter_item) } },
	{ .name = "operator.attrgetter", .basicsize = AT(attrgetter_sizeof),
	  .visit = { AT(attrgetter_attr) } },
	{ .name = "operator.methodcaller", .basicsize = AT(methodcaller_sizeof),
	  .visit = { AT(methodcaller_args), AT(methodcaller_kwds) },
	  .visit_heap = { AT(methodcaller_name) },
	  .refs = methodcaller_refs },
	{ 0 }
};
