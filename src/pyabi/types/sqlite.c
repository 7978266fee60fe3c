/* SPDX-License-Identifier: MIT */
/*
 * sqlite3.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_sqlite/.
 */
#include "pyabi/types/rows.h"

/*
 * The cache of statements, up to 3.10: nodes in a list, in words from the end
 * of the object header.  Cache: size, mapping, factory, first, last; a node:
 * key, data, count, prev, next.
 */
enum { MAPPING = 1, FIRST = 3, NODE_KEY = 0, NODE_DATA = 1, NODE_PREV = 3,
       NODE_NEXT = 4 };

static uint32_t word(const struct abi *abi, uint32_t n)
{
	return abi->object_sizeof + n * 8;
}

static void cache_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr node = obj_u64(ctx, o, word(abi, FIRST)), prev = 0;
	unsigned before = ctx->faults;
	uint64_t i = 0;

	refs_add(ctx, to, ref_field("mapping"),
		 obj_u64(ctx, o, word(abi, MAPPING)));
	while (node) {
		/* The first has none before it: so no circle comes home. */
		if (ctx_u64(ctx, node + word(abi, NODE_PREV)) != prev)
			ctx->faults++;
		if (ctx->faults != before)
			return;
		refs_add(ctx, to, ref_index(REF_ITEM, i++), node);
		prev = node;
		node = ctx_u64(ctx, node + word(abi, NODE_NEXT));
	}
}

static void node_refs(struct pyctx *ctx, const struct pyobj *o,
		      struct refs *to)
{
	refs_add(ctx, to, ref_field("key"),
		 obj_u64(ctx, o, word(ctx->abi, NODE_KEY)));
	refs_add(ctx, to, ref_field("data"),
		 obj_u64(ctx, o, word(ctx->abi, NODE_DATA)));
}

/* Since 3.11 callbacks are in structs, {callable, module}; isolation_level is
 * no object any more. */
static void connection_refs(struct pyctx *ctx, const struct pyobj *o,
			    struct refs *to)
{
	const struct abi *abi = ctx->abi;
	const struct {
		uint32_t off;
		const char *callable, *module;
	} contexts[] = {
		{ abi->sqlite_trace_ctx, "trace_ctx", "trace_ctx.module" },
		{ abi->sqlite_progress_ctx, "progress_ctx",
		  "progress_ctx.module" },
		{ abi->sqlite_authorizer_ctx, "authorizer_ctx",
		  "authorizer_ctx.module" },
	};

	if (abi_has(abi->sqlite_collations))
		refs_field(ctx, to, o, AT(sqlite_isolation_level));
	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++) {
		raddr at = field(ctx, o, contexts[i].off);

		if (!at)
			continue;
		refs_add(ctx, to, ref_field(contexts[i].callable),
			 ctx_u64(ctx, at));
		refs_add(ctx, to, ref_field(contexts[i].module),
			 ctx_u64(ctx, at + sizeof(raddr)));
	}
}

const struct layout sqlite_rows[] = {
	{ .name = "sqlite3.Connection", .basicsize = AT(sqlite_sizeof),
	  .visit = { AT(sqlite_statement_cache), AT(sqlite_statements),
		     AT(sqlite_cursors),
		     AT(sqlite_blobs), AT(sqlite_row_factory),
		     AT(sqlite_text_factory), AT(sqlite_function_pinboard),
		     AT(sqlite_trace_callback), AT(sqlite_progress_handler),
		     AT(sqlite_authorizer_cb), AT(sqlite_collations) },
	  .refs = connection_refs },
	{ .name = "sqlite3.Cursor|sqlite3.Row|sqlite3.Statement|sqlite3.Blob"
		  "|sqlite3.PrepareProtocol",
	  .opaque = OPAQUE_VISITS },
	{ .name = "sqlite3.Cache", .refs = cache_refs },
	{ .name = "sqlite3.Node|sqlite3Node", .refs = node_refs },
	{ 0 }
};
