/* SPDX-License-Identifier: MIT */
/*
 * Generators, coroutines, asynchronous generators: they begin alike.
 *
 * Facts: CPython 3.6 to 3.15, Objects/genobject.c (_PyGen_yf),
 *        Include/internal/pycore_frame.h (_framestate).
 */
#include "base/bounds.h"
#include "pyabi/pycode.h"
#include "pyabi/pyframe.h"
#include "pyabi/types/iframe.h"

static bool is_state(int64_t state, int64_t number)
{
	return number != ABI_NO_NUMBER && state == number;
}

static enum pygen_state state_of(const struct abi *abi, int64_t state)
{
	if (is_state(state, abi->n_frame_created))
		return PYGEN_CREATED;
	if (is_state(state, abi->n_frame_suspended) ||
	    is_state(state, abi->n_frame_suspended_yield_from) ||
	    is_state(state, abi->n_frame_suspended_locked))
		return PYGEN_SUSPENDED;
	if (is_state(state, abi->n_frame_executing))
		return PYGEN_RUNNING;
	return PYGEN_FINISHED;
}

/* The state a byte tells, gi_frame_state or f_state. */
static int64_t state_byte(struct pyctx *ctx, raddr gen)
{
	const struct abi *abi = ctx->abi;
	raddr frame;

	if (abi->gen_state == GEN_STATE_GEN)
		return (int8_t)ctx_u8(ctx, gen + abi->gen_gi_frame_state);
	frame = ctx_u64(ctx, gen + abi->gen_gi_frame);
	if (!frame)
		return abi->n_frame_cleared;
	return (int8_t)ctx_u8(ctx, frame + abi->frame_f_state);
}

static enum pygen_state state_by_pointers(struct pyctx *ctx, raddr gen)
{
	const struct abi *abi = ctx->abi;
	raddr frame = ctx_u64(ctx, gen + abi->gen_gi_frame);

	if (!frame)
		return PYGEN_FINISHED;
	if (ctx_u8(ctx, gen + abi->gen_gi_running))
		return PYGEN_RUNNING;
	return (int32_t)ctx_u32(ctx, frame + abi->frame_f_lasti) < 0 ?
	       PYGEN_CREATED : PYGEN_SUSPENDED;
}

enum pygen_state pygen_state(struct pyctx *ctx, raddr gen)
{
	unsigned before = ctx->faults;
	enum pygen_state state;

	if (ctx->abi->gen_state == GEN_STATE_POINTERS)
		state = state_by_pointers(ctx, gen);
	else
		state = state_of(ctx->abi, state_byte(ctx, gen));
	return ctx->faults == before ? state : PYGEN_UNKNOWN;
}

bool pygen_frame(struct pyctx *ctx, raddr gen, struct pyframe *ret)
{
	const struct abi *abi = ctx->abi;
	enum pygen_state state = pygen_state(ctx, gen);
	raddr at;

	if (state == PYGEN_FINISHED || state == PYGEN_UNKNOWN)
		return false;
	if (abi_has(abi->gen_gi_iframe))
		at = gen + abi->gen_gi_iframe;
	else
		at = ctx_u64(ctx, gen + abi->gen_gi_frame);
	return at && pyframe_read(ctx, at, ret) && ret->code;
}

raddr pyframe_generator(struct pyctx *ctx, const struct pyframe *frame)
{
	const struct abi *abi = ctx->abi;

	if (abi_has(abi->gen_gi_iframe))
		return frame->owner == PYFRAME_GENERATOR ?
		       frame->at - abi->gen_gi_iframe : 0;
	return ctx_u64(ctx, frame->at + abi->frame_f_gen);
}

raddr pygen_qualname(struct pyctx *ctx, raddr gen)
{
	return ctx_u64(ctx, gen + ctx->abi->gen_gi_qualname);
}

/* --- what it awaits ------------------------------------------------------ */

/* Just above the topmost value on the frame's stack; 0: there is none. */
static raddr stack_end(struct pyctx *ctx, raddr frame)
{
	const struct abi *abi = ctx->abi;
	raddr stack;
	int32_t n;

	switch (abi->frame_stack) {
	case FRAME_STACK_TOP:
		return ctx_u64(ctx, frame + abi->frame_f_stacktop);
	case FRAME_STACK_DEPTH:
		stack = ctx_u64(ctx, frame + abi->frame_f_valuestack);
		n = (int32_t)ctx_u32(ctx, frame + abi->frame_f_stackdepth);
		break;
	case FRAME_STACK_INDEX:
		stack = frame + abi->iframe_localsplus;
		n = (int32_t)ctx_u32(ctx, frame + abi->iframe_stacktop);
		break;
	default:
		return ctx_u64(ctx, frame + abi->iframe_stackpointer);
	}
	return n > 0 && n < MAX_SLOTS_SHOWN ? stack + 8 * (raddr)n : 0;
}

enum {
	YIELD_FROM = 72,	/* the opcode, .. 3.10 */
	/* What RESUME (3.11 ..) follows, in the low bits of its argument. */
	AFTER_WHAT = 3,
	AFTER_YIELD_FROM = 2,
	AFTER_AWAIT = 3,
};

/* .. 3.10: the instruction that will run next. */
static bool next_is_yield_from(struct pyctx *ctx, const struct pyframe *frame)
{
	const struct abi *abi = ctx->abi;
	raddr bytes = ctx_u64(ctx, frame->code + abi->code_co_code);

	return ctx_u8(ctx, bytes + abi->bytes_ob_sval +
			   (raddr)(frame->lasti + 2)) == YIELD_FROM;
}

/* 3.11, 3.12: what follows the yield says what kind it was. */
static bool resumes_await(struct pyctx *ctx, const struct pyframe *frame)
{
	raddr at = frame->code + ctx->abi->code_co_code_adaptive +
		   (raddr)frame->lasti + 2;
	uint8_t after = ctx_u8(ctx, at + 1) & AFTER_WHAT;

	return after == AFTER_YIELD_FROM || after == AFTER_AWAIT;
}

static bool is_at_await(struct pyctx *ctx, raddr gen,
			const struct pyframe *frame)
{
	const struct abi *abi = ctx->abi;
	int64_t state;

	if (frame->lasti < 0)
		return false;
	if (abi->frames == FRAMES_HEAP)
		return next_is_yield_from(ctx, frame);
	if (abi->n_frame_suspended_yield_from == ABI_NO_NUMBER)
		return resumes_await(ctx, frame);
	state = state_byte(ctx, gen);
	return is_state(state, abi->n_frame_suspended_yield_from) ||
	       is_state(state, abi->n_frame_suspended_locked);
}

raddr pygen_awaits(struct pyctx *ctx, raddr gen)
{
	unsigned before = ctx->faults;
	struct pyframe frame;
	raddr end, awaited;

	if (pygen_state(ctx, gen) != PYGEN_SUSPENDED ||
	    !pygen_frame(ctx, gen, &frame) || !is_at_await(ctx, gen, &frame))
		return 0;
	end = stack_end(ctx, frame.at);
	if (!end)
		return 0;
	awaited = pyframe_slot(ctx, end - 8 * (raddr)ctx->abi->n_await_depth,
			       NULL, NULL);
	return ctx->faults == before ? awaited : 0;
}
