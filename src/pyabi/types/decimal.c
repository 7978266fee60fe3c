/* SPDX-License-Identifier: MIT */
/*
 * decimal.
 *
 * The digits of a Decimal, 19 a word, are in the object if they are few.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_decimal/_decimal.c (dec_sizeof),
 *        libmpdec/mpdecimal.h.
 */
#include "pyabi/types/rows.h"

/* MPD_STATIC_DATA | MPD_SHARED_DATA | MPD_CONST_DATA */
enum { DATA_ELSEWHERE = 0xe0 };

static uint64_t data_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->dec_alloc);

	if (obj_u8(ctx, o, ctx->abi->dec_flags) & DATA_ELSEWHERE)
		return 0;
	if (is_length(n))
		return n * sizeof(uint64_t);
	ctx->faults++;
	return 0;
}

static uint64_t size(struct pyctx *ctx, const struct pyobj *o)
{
	return base_size(o) + data_bytes(ctx, o);
}

static void buffers(struct pyctx *ctx, const struct pyobj *o,
		    struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->dec_mpd_data),
		 data_bytes(ctx, o));
}

const struct layout decimal_rows[] = {
	{ .name = "decimal.Decimal", .basicsize = AT(dec_sizeof), .size = size,
	  .buffers = buffers },
	{ .name = "decimal.Context", .basicsize = AT(decctx_sizeof),
	  .visit = { AT(decctx_traps), AT(decctx_flags) } },
	{ .name = "decimal.SignalDictMixin" },
	{ .name = "decimal.ContextManager", .opaque = OPAQUE_VISITS },
	{ 0 }
};
