/* SPDX-License-Identifier: MIT */
#include "pyabi/sizebound.h"

#include "base/bounds.h"
#include "pyabi/dictobj.h"
#include "pyabi/layout.h"

/* The type has a row of its own: no base's, and no class's. */
static bool is_described(const struct pytype *t)
{
	return t->layout && !t->described && !t->python_class;
}

/* Does the dict of @t define __sizeof__()?  One that cannot be read may. */
static bool defines_sizeof(struct pytypes *types, const struct pytype *t)
{
	struct pytype *mine = types->all.v[t->index];
	struct pyctx *ctx = &types->ctx;
	raddr dict;

	if (mine->asked_sizeof)
		return mine->own_sizeof;
	ctx->faults = 0;
	dict = ctx_u64(ctx, t->addr + types->abi->type_tp_dict);
	mine->own_sizeof = !ctx->faults && dict &&
			    (dictobj_get(ctx, dict, "__sizeof__") ||
			     ctx->faults);
	mine->asked_sizeof = true;
	return mine->own_sizeof;
}

static enum sizebound by_object(const struct pytype *t)
{
	if (!t->layout)
		return SIZEBOUND_LOWER;
	return t->layout->size ? SIZEBOUND_UNKNOWN : SIZEBOUND_NONE;
}

enum sizebound sizebound_of(struct pytypes *types, const struct pytype *t)
{
	struct pyctx *ctx = &types->ctx;
	const struct abi *abi = types->abi;
	raddr mro;
	uint64_t n;

	if (t->asks_is_gc)
		return SIZEBOUND_UNKNOWN;
	if (is_described(t))
		return SIZEBOUND_NONE;
	ctx->faults = 0;
	mro = ctx_u64(ctx, t->addr + abi->type_tp_mro);
	n = mro ? ctx_u64(ctx, mro + abi->var_ob_size) : 0;
	for (uint64_t i = 0; i < n && i < MAX_TYPE_DEPTH; i++) {
		raddr at = mro + abi->tuple_ob_item + i * sizeof(raddr);
		const struct pytype *base = pytypes_get(types,
							ctx_u64(ctx, at));

		if (!base)
			return SIZEBOUND_UNKNOWN;
		if (!is_described(base)) {
			if (defines_sizeof(types, base))
				return SIZEBOUND_UNKNOWN;
		} else if (base->layout->size) {
			return t->layout && t->layout->size ==
					base->layout->size ?
				       SIZEBOUND_NONE : SIZEBOUND_UNKNOWN;
		}
	}
	return by_object(t);
}
