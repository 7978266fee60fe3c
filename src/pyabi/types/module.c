/* SPDX-License-Identifier: MIT */
/*
 * Modules.
 *
 * What a module's own m_traverse visits is known to the module alone.  Those of
 * the standard library visit the words of their state that point at objects
 * the collector may know, and a few others too; who differs is in the table.
 * Objects that a state holds further away (atexit's functions) are not seen,
 * and what a state points at may be borrowed: a module itself always is.
 *
 * Facts: CPython 3.6 to 3.15, Objects/moduleobject.c (module_traverse); what
 *        gc.get_referents() says of the modules of the standard library.
 */
#include "pyabi/types/rows.h"

#include "pyabi/strobj.h"

enum { MAX_STATE = 1 << 16 };	/* bytes of a module's state */

static bool has_traverse(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr def;

	if (abi_has(abi->module_md_state_size))
		return field(ctx, o, abi->module_md_state_traverse);
	def = obj_u64(ctx, o, abi->module_md_def);
	return def && ctx_u64(ctx, def + abi->moduledef_m_traverse);
}

/* How long the state is, as the module says: 0 or less is none. */
static int64_t told_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr def;

	if (abi_has(abi->module_md_state_size))
		return (int64_t)obj_u64(ctx, o, abi->module_md_state_size);
	def = obj_u64(ctx, o, abi->module_md_def);
	return def ? (int64_t)ctx_u64(ctx, def + abi->moduledef_m_size) : 0;
}

/* How long it is, if something may visit it. */
static uint64_t state_size(struct pyctx *ctx, const struct pyobj *o)
{
	int64_t size = has_traverse(ctx, o) ? told_size(ctx, o) : 0;

	return size > 0 ? (uint64_t)size : 0;
}

/* How the m_traverse of a module differs from the rule. */
struct habit {
	const char *module;
	bool all;		/* it visits ints, str and None, too */
	uint64_t words;		/* only so many words of its state; 0: all */
};

static const struct habit usual = { 0 };

static const struct habit habits[] = {
	{ "_ctypes", .all = true },
	{ "_functools", .all = true },
	{ "_posixsubprocess", .all = true },
	{ "_random", .words = 1 },
	{ "_zoneinfo", .all = true },
	{ "posix", .all = true },
	{ "pyexpat", .all = true },
	{ "readline", .all = true },
	{ "select", .all = true },
};

static const struct habit *habit_of(struct pyctx *ctx, const struct pyobj *o)
{
	raddr name = obj_u64(ctx, o, ctx->abi->module_md_name);

	for (size_t i = 0; name && i < ARRAY_SIZE(habits); i++) {
		if (strobj_is(ctx, name, habits[i].module))
			return &habits[i];
	}
	return &usual;
}

static bool is_visited(struct pyctx *ctx, const struct habit *habit,
		       uint64_t word, raddr a)
{
	const struct pytype *t;

	if (habit->words && word >= habit->words)
		return false;
	if (habit->all)
		return true;
	t = pytypes_get(ctx->types, ctx_u64(ctx, a +
					    ctx->abi->object_ob_type));
	if (!t || !(t->flags & TPF_TYPE_SUBCLASS))
		return t && t->gc;
	/* The collector knows no type of a data segment. */
	return ctx_u64(ctx, a + ctx->abi->type_tp_flags) & TPF_HEAPTYPE;
}

/* What the state points at: what is visited, and the rest. */
static void refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	raddr state = obj_u64(ctx, o, ctx->abi->module_md_state);
	unsigned before = ctx->faults;
	uint64_t size = state ? state_size(ctx, o) : 0;
	const struct habit *habit = size ? habit_of(ctx, o) : &usual;

	for (uint64_t i = 0; i + 8 <= size && i < MAX_STATE; i += 8) {
		struct ref_name name = ref_index(REF_INFERRED, i);
		raddr a = ctx_u64(ctx, state + i);

		if (ctx->faults != before)
			return;
		if (a == o->addr || !ctx_is_object(ctx, a))
			continue;
		if (!is_visited(ctx, habit, i / 8, a))
			name = ref_owned(name);
		refs_add(ctx, to, name, a);
	}
}

/* A module without a state may visit variables of its C code. */
static bool guesses(struct pyctx *ctx, const struct pyobj *o)
{
	return has_traverse(ctx, o) &&
	       (told_size(ctx, o) <= 0 ||
		obj_u64(ctx, o, ctx->abi->module_md_state));
}

static void buffers(struct pyctx *ctx, const struct pyobj *o,
		    struct pybufs *ret)
{
	raddr state = obj_u64(ctx, o, ctx->abi->module_md_state);
	uint64_t size = state ? (uint64_t)told_size(ctx, o) : 0;

	if (is_length(size))
		bufs_add(ctx, ret, state, size);
}

const struct layout module_rows[] = {
	{ .name = "module", .basicsize = AT(module_sizeof),
	  .visit = { AT(module_md_dict) }, .own = { AT(module_md_name) },
	  .buffers = buffers, .refs = refs, .guesses = guesses },
	{ .name = "moduledef", .basicsize = AT(moduledef_sizeof),
	  .own = { AT(moduledef_m_copy) } },
	{ 0 }
};
