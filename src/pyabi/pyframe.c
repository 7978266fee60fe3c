/* SPDX-License-Identifier: MIT */
/*
 * Walking frames.
 *
 * The frame that runs on a thread is the innermost; each knows the one below.
 * A generator's frame that runs has its caller below it; one that is suspended
 * has none.
 *
 * Since 3.11 a call from Python to Python does not enter the C evaluation
 * function again: the frames that one such call runs are told apart by
 * is_entry (3.11) or lie above its shim (3.12 ..).  The base frame of a thread
 * (3.15) is a shim too.
 */
#include "pyabi/pyframe.h"

#include "base/bounds.h"
#include "pyabi/pycode.h"
#include "pyabi/types/iframe.h"
#include "pyabi/words.h"

enum {
	LONGEST_FRAME = 512,	/* of what precedes the variables */
	UNIT = 2,		/* bytes of an instruction, 3.6 .. */
};

static bool take_words(struct pyctx *ctx, raddr at, size_t len, uint8_t *buf,
		       struct words *ret)
{
	if (len > LONGEST_FRAME)
		len = LONGEST_FRAME;
	ret->p = at ? ctx_bytes(ctx, at, len, buf) : NULL;
	ret->len = len;
	return ret->p != NULL;
}

static bool on_heap(const struct abi *abi)
{
	return abi->frames == FRAMES_HEAP;
}

/* --- .. 3.10 ------------------------------------------------------------- */

/* The line that tracing has set: always while there is a trace function, or
 * where it is not 0 (3.10). */
static int32_t traced_line(const struct abi *abi, const struct words *w)
{
	int32_t line = (int32_t)words_get(w, abi->frame_f_lineno, 4);

	if (abi->lasti == LASTI_UNITS || words_get(w, abi->frame_f_trace, 8))
		return line;
	return 0;
}

static bool read_heap_frame(struct pyctx *ctx, raddr at, struct pyframe *ret)
{
	const struct abi *abi = ctx->abi;
	uint8_t buf[LONGEST_FRAME];
	struct words w;

	if (!take_words(ctx, at, abi->frame_f_localsplus, buf, &w))
		return false;
	ret->previous = words_get(&w, abi->frame_f_back, 8);
	ret->code = words_get(&w, abi->frame_f_code, 8);
	ret->globals = words_get(&w, abi->frame_f_globals, 8);
	ret->lasti = (int32_t)words_get(&w, abi->frame_f_lasti, 4);
	if (abi->lasti == LASTI_UNITS && ret->lasti > 0)
		ret->lasti *= UNIT;
	ret->line = traced_line(abi, &w);
	ret->locals = at + abi->frame_f_localsplus;
	ret->is_entry = true;
	return true;
}

/* --- 3.11 .. ------------------------------------------------------------- */

static enum pyframe_owner owner_of(const struct abi *abi, uint8_t owner)
{
	if (abi->n_frame_owner_entry != ABI_NO_NUMBER &&
	    owner >= abi->n_frame_owner_entry)
		return PYFRAME_SHIM;
	return owner;
}

static bool read_iframe(struct pyctx *ctx, raddr at, struct pyframe *ret)
{
	const struct abi *abi = ctx->abi;
	uint8_t buf[LONGEST_FRAME], owner;
	struct words w;
	raddr next;

	if (!take_words(ctx, at, abi->iframe_localsplus, buf, &w))
		return false;
	ret->previous = words_get(&w, abi->iframe_previous, 8);
	owner = (uint8_t)words_get(&w, abi->iframe_owner, 1);
	ret->owner = owner_of(abi, owner);
	if (ret->owner == PYFRAME_SHIM)
		return true;
	ret->code = iframe_ref(abi, words_get(&w, abi->iframe_f_executable, 8));
	ret->globals = words_get(&w, abi->iframe_f_globals, 8);
	next = words_get(&w, abi->iframe_instr_ptr, 8);
	ret->lasti = (int64_t)(next - ret->code - abi->code_co_code_adaptive);
	ret->locals = at + abi->iframe_localsplus;
	ret->is_entry = words_get(&w, abi->iframe_is_entry, 1) != 0;
	return true;
}

/* --- both ---------------------------------------------------------------- */

bool pyframe_read(struct pyctx *ctx, raddr at, struct pyframe *ret)
{
	*ret = (struct pyframe){ .at = at };
	return on_heap(ctx->abi) ? read_heap_frame(ctx, at, ret) :
				   read_iframe(ctx, at, ret);
}

raddr pyframe_top(struct pyctx *ctx, raddr tstate)
{
	const struct abi *abi = ctx->abi;
	raddr cframe;

	switch (abi->frames) {
	case FRAMES_HEAP:
		return ctx_u64(ctx, tstate + abi->tstate_frame);
	case FRAMES_CFRAME:
		cframe = ctx_u64(ctx, tstate + abi->tstate_cframe);
		return ctx_u64(ctx, cframe + abi->cframe_current_frame);
	case FRAMES_CURRENT:
		break;
	}
	return ctx_u64(ctx, tstate + abi->tstate_current_frame);
}

/*
 * A frame is complete once its arguments are in place and its cells are made.
 * That of a generator always was.
 *
 * Facts: CPython 3.11 ..., _PyFrame_IsIncomplete().
 */
bool pyframe_is_hidden(const struct pyframe *frame, const struct pycode *code)
{
	if (!code || !code->bytecode || frame->owner == PYFRAME_GENERATOR)
		return false;
	return frame->lasti < (int64_t)code->first_traceable * UNIT;
}

/* The C records of evaluation calls, innermost first (3.10, 3.11); 0: none. */
static raddr first_record(struct pyctx *ctx, raddr tstate)
{
	if (!abi_has(ctx->abi->tstate_cframe) ||
	    !abi_has(ctx->abi->cframe_previous))
		return 0;
	return ctx_u64(ctx, tstate + ctx->abi->tstate_cframe);
}

struct walk {
	raddr tstate;
	raddr record;		/* the cframe of the entry frame to come */
	struct pyframe last;	/* not yet seen by fn: is it an entry? */
	bool has_last;
	bool (*fn)(void *arg, const struct pyframe *frame);
	void *arg;
};

static bool flush(struct walk *walk)
{
	if (!walk->has_last)
		return true;
	walk->has_last = false;
	return walk->fn(walk->arg, &walk->last);
}

/* Give an entry frame the record of its call, and go to the next. */
static void take_record(struct pyctx *ctx, struct walk *walk,
			struct pyframe *frame)
{
	const struct abi *abi = ctx->abi;

	/* The root record is in the thread state: no call. */
	if (!frame->is_entry || !walk->record ||
	    walk->record == walk->tstate + abi->tstate_root_cframe)
		return;
	frame->anchor = walk->record;
	walk->record = ctx_u64(ctx, walk->record + abi->cframe_previous);
}

/* A shim makes the frame above it an entry. */
static bool step(struct pyctx *ctx, struct walk *walk, struct pyframe *frame)
{
	if (frame->owner == PYFRAME_SHIM && walk->has_last) {
		walk->last.is_entry = true;
		walk->last.anchor = frame->at;
	}
	if (!flush(walk))
		return false;
	if (frame->owner == PYFRAME_SHIM)
		return true;
	take_record(ctx, walk, frame);
	walk->last = *frame;
	walk->has_last = true;
	return true;
}

bool pyframe_walk(struct pyctx *ctx, raddr tstate,
		  bool (*fn)(void *arg, const struct pyframe *frame),
		  void *arg)
{
	struct walk walk = { .tstate = tstate, .fn = fn, .arg = arg };
	unsigned before = ctx->faults;
	raddr at = pyframe_top(ctx, tstate);
	struct pyframe frame;

	walk.record = first_record(ctx, tstate);
	for (unsigned i = 0; at; i++) {
		if (i >= MAX_FRAMES || !pyframe_read(ctx, at, &frame)) {
			flush(&walk);
			return false;
		}
		if (!step(ctx, &walk, &frame))
			return true;
		at = frame.previous;
	}
	flush(&walk);
	return ctx->faults == before;
}

/* --- variables ----------------------------------------------------------- */

raddr pyframe_slot(struct pyctx *ctx, raddr slot, bool *ret_is_int,
		   int64_t *ret_int)
{
	uint64_t bits = ctx_u64(ctx, slot);
	bool is_int = ctx->abi->stackrefs != STACKREFS_PLAIN &&
		      (bits & 3) == 3;

	if (ret_is_int)
		*ret_is_int = is_int;
	if (ret_int && is_int)
		*ret_int = (int64_t)bits >> 2;
	return is_int ? 0 : iframe_ref(ctx->abi, bits);
}

static bool is_cell(struct pyctx *ctx, raddr object)
{
	unsigned before = ctx->faults;
	char tmp[5];
	const char *p;
	raddr name;

	name = ctx_u64(ctx, object + ctx->abi->object_ob_type);
	name = ctx_u64(ctx, name + ctx->abi->type_tp_name);
	p = ctx_bytes(ctx, name, sizeof(tmp), tmp);
	if (ctx->faults == before && p && memcmp(p, "cell", sizeof(tmp)) == 0)
		return true;
	ctx->faults = before;
	return false;
}

/* Which argument the cell number @i was, by the array at @from (.. 3.10). */
static int64_t cell_argument(struct pyctx *ctx, raddr from, uint64_t i)
{
	const uint8_t none = UINT8_MAX;
	uint8_t byte;

	if (ctx->abi->n_cell2arg != 1)
		return (int64_t)ctx_u64(ctx, from + 8 * i);
	byte = ctx_u8(ctx, from + i);
	return byte == none ? -1 : byte;
}

static uint64_t count_args(struct pyctx *ctx, raddr code)
{
	const struct abi *abi = ctx->abi;
	uint32_t flags = ctx_u32(ctx, code + abi->code_co_flags);

	return (uint64_t)ctx_u32(ctx, code + abi->code_co_argcount) +
	       ctx_u32(ctx, code + abi->code_co_kwonlyargcount) +
	       !!(flags & CODE_VARARGS) + !!(flags & CODE_VARKEYWORDS);
}

/* Is variable @i an argument?  One that is kept in a cell may be told by that
 * alone (.. 3.10). */
static bool is_argument(struct pyctx *ctx, raddr code, uint64_t n_args,
			const struct slotnames *names, uint64_t i)
{
	uint64_t cell = i - names->n[0];
	raddr from;

	if (i < n_args || i < names->n[0] || cell >= names->n[1])
		return i < n_args;
	from = ctx_u64(ctx, code + ctx->abi->code_co_cell2arg);
	return from && cell_argument(ctx, from, cell) >= 0;
}

bool pyframe_locals(struct pyctx *ctx, const struct pyframe *frame,
		    bool (*fn)(void *arg, raddr name, raddr value,
			       bool is_argument),
		    void *arg)
{
	uint64_t n_args = frame->code ? count_args(ctx, frame->code) : 0, n;
	struct slotnames names;

	if (!frame->code)
		return false;
	slotnames_read(ctx, frame->code, &names);
	if (ctx->faults)
		return false;
	n = names.n[0] + names.n[1] + names.n[2];
	for (uint64_t i = 0; i < n && i < MAX_SLOTS_SHOWN; i++) {
		struct ref_name name = slotnames_get(ctx, &names, i);
		raddr value = pyframe_slot(ctx, frame->locals + 8 * i, NULL,
					   NULL);

		if (ctx->faults)
			return false;
		if (value && name.how == REF_CELL && is_cell(ctx, value))
			value = ctx_u64(ctx, value + ctx->abi->cell_ob_ref);
		if (value &&
		    !fn(arg, name.key, value,
			is_argument(ctx, frame->code, n_args, &names, i)))
			return false;
	}
	return true;
}

/* .. 3.10: the cell that argument 0 moved to, or 0. */
static raddr first_cell(struct pyctx *ctx, const struct pyframe *frame)
{
	const struct abi *abi = ctx->abi;
	raddr from, cells, at = frame->locals;
	uint64_t n;

	if (!abi_has(abi->code_co_cell2arg))
		return 0;
	from = ctx_u64(ctx, frame->code + abi->code_co_cell2arg);
	cells = ctx_u64(ctx, frame->code + abi->code_co_cellvars);
	if (!from || !cells)
		return 0;
	at += 8 * (raddr)ctx_u32(ctx, frame->code + abi->code_co_nlocals);
	n = ctx_u64(ctx, cells + abi->var_ob_size);
	for (uint64_t i = 0; i < n && i < MAX_SLOTS_SHOWN; i++) {
		if (cell_argument(ctx, from, i) == 0 && !ctx->faults)
			return ctx_u64(ctx, at + 8 * i);
	}
	return 0;
}

raddr pyframe_first_argument(struct pyctx *ctx, const struct pyframe *frame)
{
	raddr value = pyframe_slot(ctx, frame->locals, NULL, NULL);

	if (!value)
		value = first_cell(ctx, frame);
	if (value && is_cell(ctx, value))
		value = ctx_u64(ctx, value + ctx->abi->cell_ob_ref);
	return value;
}
