/* SPDX-License-Identifier: MIT */
/*
 * bytes and bytearray.
 *
 * A bytearray's block starts at ob_bytes, its first byte is at ob_start.  Since
 * 3.15 the block is a bytes object's, ob_bytes_object.
 *
 * Facts: CPython 3.6 to 3.15, Objects/bytesobject.c, Objects/bytearrayobject.c
 *        (bytearray_sizeof).
 */
#include "pyabi/types/rows.h"

static uint64_t bytes_block(struct pyctx *ctx, const struct pyobj *o,
			    uint64_t *at_least)
{
	uint64_t n = ob_size(ctx, o);

	(void)at_least;
	if (!is_length(n)) {
		ctx->faults++;
		n = 0;
	}
	return base_size(o) + n;
}

static bool bytes_plausible(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = ob_size(ctx, o);

	if (!is_length(n))
		return false;
	n += ctx->abi->bytes_ob_sval;
	return n >= o->avail || o->p[n] == '\0';
}

/* What it takes to hold @n bytes in a bytes object. */
static uint64_t as_bytes(const struct abi *abi, uint64_t n)
{
	return abi->bytes_ob_sval + n + 1;
}

static uint64_t bytearray_size(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->bytearray_ob_alloc);

	if (n && abi_has(ctx->abi->bytearray_ob_bytes_object))
		n = as_bytes(ctx->abi, n);
	return base_size(o) + n;
}

static void bytearray_buffers(struct pyctx *ctx, const struct pyobj *o,
			      struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;

	if (!abi_has(abi->bytearray_ob_bytes_object))
		bufs_add(ctx, ret, obj_u64(ctx, o, abi->bytearray_ob_bytes),
			 obj_u64(ctx, o, abi->bytearray_ob_alloc));
}

static void bytearray_data(struct pyctx *ctx, const struct pyobj *o,
			   struct pydata *ret)
{
	const struct abi *abi = ctx->abi;
	const bool has_object = abi_has(abi->bytearray_ob_bytes_object);

	ret->addr = obj_u64(ctx, o, has_object ?
			    abi->bytearray_ob_bytes_object :
			    abi->bytearray_ob_bytes);
	ret->len = obj_u64(ctx, o, abi->bytearray_ob_alloc);
	if (ret->len && has_object)
		ret->len = as_bytes(abi, ret->len);
}

static bool bytearray_plausible(struct pyctx *ctx, const struct pyobj *o)
{
	return is_length(ob_size(ctx, o)) &&
	       is_length(obj_u64(ctx, o, ctx->abi->bytearray_ob_alloc));
}

const struct layout bytes_rows[] = {
	{ .name = "bytes", .block = bytes_block,
	  .plausible = bytes_plausible },
	{ .name = "bytearray", .basicsize = AT(bytearray_sizeof),
	  .own = { AT(bytearray_ob_bytes_object) },
	  .size = bytearray_size, .buffers = bytearray_buffers,
	  .data = bytearray_data,
	  .plausible = bytearray_plausible },
	{ 0 }
};
