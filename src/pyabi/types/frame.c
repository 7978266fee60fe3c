/* SPDX-License-Identifier: MIT */
/*
 * Frame objects.
 *
 * Up to 3.10 they are the frames; one that is used again may have more room
 * than its code needs.  Since 3.11 they only stand for an interpreter frame,
 * which moves into them when its function returns.
 *
 * Facts: CPython 3.6 to 3.15, Objects/frameobject.c (frame_traverse,
 *        frame_sizeof).
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/iframe.h"
#include "pyabi/types/rows.h"

enum {
	MAX_SLOTS = 1 << 20,
	OWNED_BY_FRAME_OBJECT = 2,
};

static bool stands_for_another(const struct abi *abi)
{
	return abi_has(abi->frame_f_frame);
}

/* --- .. 3.10 ------------------------------------------------------------- */

/* Slots for locals, cells and stack that the code needs. */
static uint64_t needed(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr code = obj_u64(ctx, o, abi->frame_f_code);
	uint64_t n;

	n = (uint64_t)ctx_u32(ctx, code + abi->code_co_stacksize) +
	    ctx_u32(ctx, code + abi->code_co_nlocals) +
	    ob_size_at(ctx, ctx_u64(ctx, code + abi->code_co_cellvars)) +
	    ob_size_at(ctx, ctx_u64(ctx, code + abi->code_co_freevars));
	if (n <= MAX_SLOTS)
		return n;
	ctx->faults++;
	return 0;
}

/* Values on its stack; while it runs, a frame does not say. */
static uint64_t depth(struct pyctx *ctx, const struct pyobj *o, raddr stack)
{
	const struct abi *abi = ctx->abi;
	int32_t n;
	raddr top;

	if (abi->frame_stack == FRAME_STACK_DEPTH) {
		n = (int32_t)obj_u32(ctx, o, abi->frame_f_stackdepth);
		return n > 0 ? (uint64_t)n : 0;
	}
	top = obj_u64(ctx, o, abi->frame_f_stacktop);
	return top ? (top - stack) / sizeof(raddr) : 0;
}

static void heap_frame_refs(struct pyctx *ctx, const struct pyobj *o,
			    struct refs *to)
{
	raddr stack = obj_u64(ctx, o, ctx->abi->frame_f_valuestack);
	uint64_t off = ctx->abi->frame_f_localsplus;
	struct slotnames names;
	uint64_t locals, n;

	if (!stack)
		return;
	locals = (stack - o->addr - off) / sizeof(raddr);
	n = depth(ctx, o, stack);
	if (locals > MAX_SLOTS || n > MAX_SLOTS) {
		ctx->faults++;
		return;
	}
	if (!to->named) {
		refs_own_words(ctx, to, ref_index(REF_STACK, 0), o, off,
			       locals + n);
		return;
	}
	slotnames_read(ctx, obj_u64(ctx, o, ctx->abi->frame_f_code), &names);
	for (uint64_t i = 0; i < locals + n && !to->refused; i++)
		refs_add(ctx, to, slotnames_get(ctx, &names, i),
			 ctx_u64(ctx, o->addr + off + i * sizeof(raddr)));
}

static bool is_running(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;

	if (abi_has(abi->frame_f_executing))
		return obj_u8(ctx, o, abi->frame_f_executing);
	return abi_has(abi->frame_f_state) &&
	       (int8_t)obj_u8(ctx, o, abi->frame_f_state) ==
		       abi->n_frame_executing;
}

/* What a running frame has on its stack, the arguments of a call, say.  How
 * much that is, only the interpreter's loop knows: what points at objects. */
static void heap_frame_owned(struct pyctx *ctx, const struct pyobj *o,
			     struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr stack = obj_u64(ctx, o, abi->frame_f_valuestack);
	raddr code = obj_u64(ctx, o, abi->frame_f_code);
	uint64_t n;

	if (!stack || !refs_want(to, REF_COUNTED) || !is_running(ctx, o))
		return;
	n = ctx_u32(ctx, code + abi->code_co_stacksize);
	if (n > MAX_SLOTS) {
		ctx->faults++;
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		raddr a = ctx_u64(ctx, stack + 8 * i);

		if (ctx_is_object(ctx, a))
			refs_add(ctx, to,
				 ref_owned(ref_index(REF_INFERRED, 8 * i)), a);
	}
}

/* --- 3.11 .. ------------------------------------------------------------- */

static raddr iframe_of(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, ctx->abi->frame_f_frame);
}

/* Has the interpreter frame moved in?  It is believed only if it is here. */
static bool is_complete(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr at = iframe_of(ctx, o);

	return at == o->addr + abi->frame__f_frame_data &&
	       ctx_u8(ctx, at + abi->iframe_owner) == OWNED_BY_FRAME_OBJECT;
}

/* --- both ---------------------------------------------------------------- */

static uint64_t size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;

	if (stands_for_another(abi))
		return abi->frame__f_frame_data + abi->iframe_localsplus +
		       sizeof(raddr) * iframe_slots(ctx, iframe_of(ctx, o));
	return abi->frame_sizeof + sizeof(raddr) * needed(ctx, o) -
	       sizeof(raddr);
}

static uint64_t block(struct pyctx *ctx, const struct pyobj *o,
		      uint64_t *at_least)
{
	(void)at_least;
	if (stands_for_another(ctx->abi))
		return size(ctx, o);
	if (ob_size(ctx, o) > MAX_SLOTS) {
		ctx->faults++;
		return 0;
	}
	return base_size(o) + sizeof(raddr) * ob_size(ctx, o);
}

static void refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	if (stands_for_another(ctx->abi)) {
		if (is_complete(ctx, o))
			iframe_refs(ctx, iframe_of(ctx, o), to);
		return;
	}
	heap_frame_refs(ctx, o, to);
	heap_frame_owned(ctx, o, to);
}

const struct layout frame_rows[] = {
	{ .name = "frame",
	  .visit = { AT(frame_f_back), AT(frame_f_code), AT(frame_f_builtins),
		     AT(frame_f_globals), AT(frame_f_locals),
		     AT(frame_f_trace), AT(frame_f_exc_type),
		     AT(frame_f_exc_value), AT(frame_f_exc_traceback),
		     AT(frame_f_extra_locals), AT(frame_f_locals_cache),
		     AT(frame_f_overwritten_fast_locals) },
	  .size = size, .block = block, .refs = refs },
	{ .name = "FrameLocalsProxy", .basicsize = AT(framelocals_sizeof),
	  .visit = { AT(framelocals_frame) } },
	{ 0 }
};
