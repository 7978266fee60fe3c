/* SPDX-License-Identifier: MIT */
/*
 * sqlite3.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_sqlite/.
 */
#include "pyabi/types/rows.h"

/*
 * The cache of statements, up to 3.10: nodes in a list, in words from the end of
 * the object header.  Cache: size, mapping, factory, first, last; a node: key,
 * data, count, prev, next.
 */
enum { MAPPING = 1, FIRST = 3, NODE_KEY = 0, NODE_DATA = 1, NODE_PREV = 3,
       NODE_NEXT = 4 };

static uint32_t word(const struct abi *abi, uint32_t n)
{
	return abi->object_sizeof + n * 8;
}

static void cache_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct addrs *ret)
{
	const struct abi *abi = ctx->abi;
	raddr node = obj_u64(ctx, o, word(abi, FIRST)), prev = 0;
	unsigned before = ctx->faults;

	addrs_add(ctx, ret, obj_u64(ctx, o, word(abi, MAPPING)));
	while (node) {
		/* The first has none before it: so no circle comes home. */
		if (ctx_u64(ctx, node + word(abi, NODE_PREV)) != prev)
			ctx->faults++;
		if (ctx->faults != before)
			return;
		addrs_add(ctx, ret, node);
		prev = node;
		node = ctx_u64(ctx, node + word(abi, NODE_NEXT));
	}
}

static void node_refs(struct pyctx *ctx, const struct pyobj *o,
		      struct addrs *ret)
{
	addrs_add(ctx, ret, obj_u64(ctx, o, word(ctx->abi, NODE_KEY)));
	addrs_add(ctx, ret, obj_u64(ctx, o, word(ctx->abi, NODE_DATA)));
}

const struct layout sqlite_rows[] = {
	/* A connection borrows the classes of its exceptions. */
	{ .name = "sqlite3.Connection", .opaque = OPAQUE_BUT_TYPES },
	{ .name = "sqlite3.Cursor|sqlite3.Row|sqlite3.Statement|sqlite3.Blob"
		  "|sqlite3.PrepareProtocol",
	  .opaque = OPAQUE_VISITS },
	{ .name = "sqlite3.Cache", .refs = cache_refs },
	{ .name = "sqlite3.Node|sqlite3Node", .refs = node_refs },
	{ 0 }
};
