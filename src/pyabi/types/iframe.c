/* SPDX-License-Identifier: MIT */
/*
 * Interpreter frames.
 *
 * Up to 3.13 a running frame does not say how deep its stack is: stacktop is
 * -1, and what is above the locals may be stale.  From 3.14 on references may
 * be borrowed, and small ints may stand in for objects: the two lowest bits
 * say so.
 *
 * Facts: CPython 3.11 to 3.15, Python/frame.c (_PyFrame_Traverse),
 *        Include/internal/pycore_frame.h, pycore_stackref.h.
 */
#include "pyabi/types/iframe.h"

enum {
	MAX_SLOTS = 1 << 20,	/* of one frame */
	TAG_MASK = 3,
	TAG_OBJECT = 0,
	TAG_BORROWED = 1,
};

raddr iframe_ref(const struct abi *abi, uint64_t slot)
{
	unsigned tag = slot & TAG_MASK;

	if (abi->stackrefs == STACKREFS_PLAIN)
		return slot;
	if (tag != TAG_OBJECT && tag != TAG_BORROWED)
		return 0;
	return slot & ~(uint64_t)TAG_MASK;
}

static raddr code_of(struct pyctx *ctx, raddr at)
{
	const struct abi *abi = ctx->abi;

	return iframe_ref(abi, ctx_u64(ctx, at + abi->iframe_f_executable));
}

uint64_t iframe_slots(struct pyctx *ctx, raddr at)
{
	const struct abi *abi = ctx->abi;
	raddr code = code_of(ctx, at);
	uint64_t n;

	n = (uint64_t)ctx_u32(ctx, code + abi->code_co_nlocalsplus) +
	    ctx_u32(ctx, code + abi->code_co_stacksize);
	if (n <= MAX_SLOTS)
		return n;
	ctx->faults++;
	return 0;
}

static void add_slots(struct pyctx *ctx, raddr at, uint64_t n,
		      struct addrs *ret)
{
	const struct abi *abi = ctx->abi;

	at += abi->iframe_localsplus;
	for (uint64_t i = 0; i < n; i++)
		addrs_add(ctx, ret, iframe_ref(abi, ctx_u64(ctx, at + 8 * i)));
}

static bool is_running(struct pyctx *ctx, raddr at)
{
	const struct abi *abi = ctx->abi;

	if (abi->frame_stack == FRAME_STACK_POINTER)
		return !ctx_u64(ctx, at + abi->iframe_stackpointer);
	return (int32_t)ctx_u32(ctx, at + abi->iframe_stacktop) < 0;
}

/* How many slots are in use, as far as the frame says. */
static uint64_t used(struct pyctx *ctx, raddr at)
{
	const struct abi *abi = ctx->abi;
	uint64_t n;

	if (is_running(ctx, at))
		return 0;
	if (abi->frame_stack == FRAME_STACK_POINTER)
		n = (ctx_u64(ctx, at + abi->iframe_stackpointer) - at -
		     abi->iframe_localsplus) / sizeof(raddr);
	else
		n = ctx_u32(ctx, at + abi->iframe_stacktop);
	if (n <= MAX_SLOTS)
		return n;
	ctx->faults++;
	return 0;
}

static raddr at_field(struct pyctx *ctx, raddr at, uint32_t off)
{
	return iframe_ref(ctx->abi, ctx_u64(ctx, at + off));
}

void iframe_refs(struct pyctx *ctx, raddr at, struct addrs *ret)
{
	const struct abi *abi = ctx->abi;

	addrs_add(ctx, ret, at_field(ctx, at, abi->iframe_frame_obj));
	addrs_add(ctx, ret, at_field(ctx, at, abi->iframe_f_locals));
	addrs_add(ctx, ret, at_field(ctx, at, abi->iframe_f_funcobj));
	addrs_add(ctx, ret, code_of(ctx, at));
	add_slots(ctx, at, used(ctx, at), ret);
}

void iframe_owned(struct pyctx *ctx, raddr at, struct addrs *ret)
{
	raddr code = code_of(ctx, at);
	uint32_t n;

	if (!code || !is_running(ctx, at))
		return;
	n = ctx_u32(ctx, code + ctx->abi->code_co_nlocalsplus);
	if (n <= MAX_SLOTS)
		add_slots(ctx, at, n, ret);
}
