/* SPDX-License-Identifier: MIT */
/*
 * Generators, coroutines, asynchronous generators.
 *
 * Up to 3.10 they have a frame object; since 3.11 an interpreter frame is part
 * of them, and gi_frame_state says whether there is anything left in it.
 *
 * Facts: CPython 3.6 to 3.15, Objects/genobject.c (gen_traverse, gen_sizeof).
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/iframe.h"
#include "pyabi/types/rows.h"

static bool has_iframe(const struct abi *abi)
{
	return abi_has(abi->gen_gi_iframe);
}

static raddr iframe_of(const struct abi *abi, const struct pyobj *o)
{
	return o->addr + abi->gen_gi_iframe;
}

static uint64_t size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;

	if (!has_iframe(abi))
		return base_size(o);
	return abi->gen_gi_iframe + abi->iframe_localsplus +
	       sizeof(raddr) * iframe_slots(ctx, iframe_of(abi, o));
}

static uint64_t block(struct pyctx *ctx, const struct pyobj *o,
		      uint64_t *at_least)
{
	(void)at_least;
	return size(ctx, o);
}

static bool is_cleared(struct pyctx *ctx, const struct pyobj *o)
{
	return (int8_t)obj_u8(ctx, o, ctx->abi->gen_gi_frame_state) >=
	       ctx->abi->n_frame_cleared;
}

/* Since 3.14 a generator that is through keeps its code for tracebacks. */
static void cleared_refs(struct pyctx *ctx, const struct pyobj *o,
			 struct refs *to)
{
	const struct abi *abi = ctx->abi;
	struct ref_name name = ref_field("f_executable");
	uint64_t word = obj_u64(ctx, o, abi->gen_gi_iframe +
						abi->iframe_f_executable);

	if (abi->stackrefs != STACKREFS_PLAIN)
		refs_add(ctx, to, name, iframe_ref(abi, word));
	else if (!abi_has(abi->gen_gi_code))
		refs_add(ctx, to, ref_owned(name), word);
}

static void refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	const struct abi *abi = ctx->abi;

	excitem_refs(ctx, o, abi->gen_gi_exc_state, to);
	if (!has_iframe(abi))
		return;
	if (is_cleared(ctx, o))
		cleared_refs(ctx, o, to);
	else
		iframe_refs(ctx, iframe_of(abi, o), to);
}

#define GEN								\
	AT(gen_gi_frame), AT(gen_gi_code), AT(gen_gi_name),		\
	AT(gen_gi_qualname)
#define GEN_FUNCTIONS							\
	.size = size, .block = block, .refs = refs

const struct layout gen_rows[] = {
	{ .name = "generator", .visit = { GEN }, GEN_FUNCTIONS },
	{ .name = "coroutine", .visit = { GEN }, .own = { AT(coro_cr_origin) },
	  GEN_FUNCTIONS },
	{ .name = "async_generator",
	  .visit = { GEN, AT(asyncgen_ag_finalizer) }, GEN_FUNCTIONS },
	{ .name = "coroutine_wrapper", .basicsize = AT(corowrapper_sizeof),
	  .visit = { AT(corowrapper_cw_coroutine) } },
	{ .name = "async_generator_asend", .basicsize = AT(asend_sizeof),
	  .visit = { AT(asend_ags_gen), AT(asend_ags_sendval) } },
	{ .name = "async_generator_athrow", .basicsize = AT(athrow_sizeof),
	  .visit = { AT(athrow_agt_gen), AT(athrow_agt_args),
		     AT(athrow_agt_typ), AT(athrow_agt_val),
		     AT(athrow_agt_tb) } },
	{ .name = "async_generator_wrapped_value",
	  .basicsize = AT(agwrapped_sizeof),
	  .visit = { AT(agwrapped_agw_val) } },
	{ 0 }
};
