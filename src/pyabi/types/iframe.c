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

#include "base/bounds.h"
#include "pyabi/types/blocks.h"

enum {
	MAX_SLOTS = 1 << 20,	/* of one frame */
	TAG_MASK = 3,
	TAG_OBJECT = 0,
	TAG_BORROWED = 1,
	KIND_CELL = 0x40,	/* CO_FAST_CELL: of co_localspluskinds */
	KIND_FREE = 0x80,
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

/* --- names --------------------------------------------------------------- */

void slotnames_read(struct pyctx *ctx, raddr code, struct slotnames *ret)
{
	const struct abi *abi = ctx->abi;

	memset(ret, 0, sizeof(*ret));
	if (abi_has(abi->code_co_localsplusnames)) {
		ret->names[0] = ctx_u64(ctx, code +
					     abi->code_co_localsplusnames);
		ret->kinds = ctx_u64(ctx, code + abi->code_co_localspluskinds);
	} else {
		ret->names[0] = ctx_u64(ctx, code + abi->code_co_varnames);
		ret->names[1] = ctx_u64(ctx, code + abi->code_co_cellvars);
		ret->names[2] = ctx_u64(ctx, code + abi->code_co_freevars);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ret->names); i++)
		ret->n[i] = ob_size_at(ctx, ret->names[i]);
}

struct ref_name slotnames_get(struct pyctx *ctx, const struct slotnames *from,
			      uint64_t i)
{
	const struct abi *abi = ctx->abi;

	for (size_t k = 0; k < ARRAY_SIZE(from->names); k++) {
		bool cell = k > 0;

		if (i >= from->n[k]) {
			i -= from->n[k];
			continue;
		}
		if (from->kinds)
			cell = ctx_u8(ctx, from->kinds + abi->bytes_ob_sval +
						   i) &
			       (KIND_CELL | KIND_FREE);
		return ref_key(cell ? REF_CELL : REF_LOCAL,
			       ctx_u64(ctx, from->names[k] +
					    abi->tuple_ob_item +
					    i * sizeof(raddr)));
	}
	return ref_index(REF_STACK, i);
}

/* --- references ---------------------------------------------------------- */

/* What @word, one of the frame's, refers to.  A borrowed one is not counted. */
static void add_word(struct pyctx *ctx, struct ref_name name, uint64_t word,
		     struct refs *to)
{
	const struct abi *abi = ctx->abi;

	if (abi->stackrefs != STACKREFS_PLAIN &&
	    (word & TAG_MASK) == TAG_BORROWED)
		name.tie &= REF_VISITED;
	refs_add(ctx, to, name, iframe_ref(abi, word));
}

static void add_slots(struct pyctx *ctx, raddr at, uint64_t n, unsigned tie,
		      struct refs *to)
{
	struct ref_name name = ref_index(REF_STACK, 0);
	struct slotnames names = { 0 };

	if (to->named)
		slotnames_read(ctx, code_of(ctx, at), &names);
	at += ctx->abi->iframe_localsplus;
	for (uint64_t i = 0; i < n && !to->refused; i++) {
		if (to->named)
			name = slotnames_get(ctx, &names, i);
		add_word(ctx, ref_tied(tie, name),
			 ctx_u64(ctx, at + i * sizeof(raddr)), to);
	}
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

void iframe_refs(struct pyctx *ctx, raddr at, struct refs *to)
{
	const struct abi *abi = ctx->abi;
	const struct {
		const char *name;
		uint32_t off;
	} fields[] = {
		{ "frame_obj", abi->iframe_frame_obj },
		{ "f_locals", abi->iframe_f_locals },
		{ "f_funcobj", abi->iframe_f_funcobj },
		{ "f_executable", abi->iframe_f_executable },
	};
	raddr code = code_of(ctx, at);
	uint32_t n;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		add_word(ctx, ref_field(fields[i].name),
			 ctx_u64(ctx, at + fields[i].off), to);
	add_slots(ctx, at, used(ctx, at), REF_BOTH, to);
	if (!code || !is_running(ctx, at) || !refs_want(to, REF_COUNTED))
		return;
	n = ctx_u32(ctx, code + abi->code_co_nlocalsplus);
	if (n <= MAX_SLOTS)
		add_slots(ctx, at, n, REF_COUNTED, to);
}
