/* SPDX-License-Identifier: MIT */
/*
 * memoryview and what is behind it.
 *
 * Facts: CPython 3.6 to 3.15, Objects/memoryobject.c,
 *        Objects/picklebufobject.c.
 */
#include "pyabi/types/rows.h"

static void managedbuffer_refs(struct pyctx *ctx, const struct pyobj *o,
			       struct refs *to)
{
	const struct abi *abi = ctx->abi;

	refs_add(ctx, to, ref_field("master"),
		 obj_u64(ctx, o, abi->managedbuffer_master + abi->buffer_obj));
}

/* Py_buffer, all versions: buf, obj, len. */
static void managedbuffer_data(struct pyctx *ctx, const struct pyobj *o,
			       struct pydata *ret)
{
	const struct abi *abi = ctx->abi;
	const uint32_t obj = abi->managedbuffer_master + abi->buffer_obj;

	ret->addr = obj_u64(ctx, o, abi->managedbuffer_master);
	ret->owner = obj_u64(ctx, o, obj);
	if (ret->owner)
		ret->len = obj_u64(ctx, o, obj + sizeof(raddr));
}

const struct layout memory_rows[] = {
	{ .name = "memoryview", .basicsize = AT(memoryview_ob_array),
	  .visit = { AT(memoryview_mbuf) } },
	{ .name = "managedbuffer", .basicsize = AT(managedbuffer_sizeof),
	  .refs = managedbuffer_refs, .data = managedbuffer_data },
	{ .name = "memory_iterator|_buffer_wrapper|pickle.PickleBuffer",
	  .opaque = OPAQUE_VISITS },
	{ 0 }
};
