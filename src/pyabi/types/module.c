/* SPDX-License-Identifier: MIT */
/*
 * Modules.
 *
 * What a module's own m_traverse visits is known to the module alone: the words
 * of its state that point at containers are taken for it.
 *
 * Facts: CPython 3.6 to 3.15, Objects/moduleobject.c (module_traverse).
 */
#include "pyabi/types/rows.h"

enum { MAX_STATE = 1 << 16 };	/* bytes of a module's state */

/* How long the state is, if something may visit it. */
static uint64_t state_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr def;

	if (abi_has(abi->module_md_state_size)) {
		if (!field(ctx, o, abi->module_md_state_traverse))
			return 0;
		return obj_u64(ctx, o, abi->module_md_state_size);
	}
	def = obj_u64(ctx, o, abi->module_md_def);
	if (!def || !ctx_u64(ctx, def + abi->moduledef_m_traverse))
		return 0;
	return ctx_u64(ctx, def + abi->moduledef_m_size);
}

/* Append what the state points at: what the collector may know, or the rest. */
static void add_state(struct pyctx *ctx, const struct pyobj *o, bool gc,
		      struct addrs *ret)
{
	raddr state = obj_u64(ctx, o, ctx->abi->module_md_state);
	unsigned before = ctx->faults;
	uint64_t size = state ? state_size(ctx, o) : 0;

	for (uint64_t i = 0; i + 8 <= size && i < MAX_STATE; i += 8) {
		raddr a = ctx_u64(ctx, state + i);
		const struct pytype *t;

		if (ctx->faults != before)
			return;
		if (!ctx_is_object(ctx, a))
			continue;
		t = pytypes_get(ctx->types,
				ctx_u64(ctx, a + ctx->abi->object_ob_type));
		if (t && t->gc == gc)
			addrs_add(ctx, ret, a);
	}
}

static void refs(struct pyctx *ctx, const struct pyobj *o, struct addrs *ret)
{
	add_state(ctx, o, true, ret);
}

static void owned(struct pyctx *ctx, const struct pyobj *o, struct addrs *ret)
{
	add_state(ctx, o, false, ret);
}

static void buffers(struct pyctx *ctx, const struct pyobj *o,
		    struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;
	raddr state = obj_u64(ctx, o, abi->module_md_state);
	uint64_t size = 0;
	raddr def;

	if (!state)
		return;
	if (abi_has(abi->module_md_state_size)) {
		size = obj_u64(ctx, o, abi->module_md_state_size);
	} else {
		def = obj_u64(ctx, o, abi->module_md_def);
		if (def)
			size = ctx_u64(ctx, def + abi->moduledef_m_size);
	}
	if (is_length(size))
		bufs_add(ctx, ret, state, size);
}

const struct layout module_rows[] = {
	{ .name = "module", .basicsize = AT(module_sizeof),
	  .visit = { AT(module_md_dict) }, .own = { AT(module_md_name) },
	  .buffers = buffers, .refs = refs, .owned = owned },
	{ .name = "moduledef", .basicsize = AT(moduledef_sizeof),
	  .own = { AT(moduledef_m_copy) } },
	{ 0 }
};
