/* SPDX-License-Identifier: MIT */
/*
 * Looking things up in dicts of the tracee: sys.modules, a module's names.
 *
 * The index table is not used: the entries are few enough to compare.
 *
 * Facts: CPython 3.6 to 3.15, Objects/dictobject.c.
 */
#include "pyabi/dictobj.h"

#include "pyabi/strobj.h"
#include "pyabi/types/keys.h"

void dictobj_each(struct pyctx *ctx, raddr dict,
		  bool (*fn)(void *arg, raddr key, raddr value), void *arg)
{
	const struct abi *abi = ctx->abi;
	struct keys keys;
	raddr values;

	ctx->faults = 0;
	values = ctx_u64(ctx, dict + abi->dict_ma_values);
	if (values && abi_has(abi->values_values))
		values += abi->values_values;
	if (!keys_read(ctx, ctx_u64(ctx, dict + abi->dict_ma_keys), &keys))
		return;
	for (uint64_t i = 0; i < keys.n && !ctx->faults; i++) {
		raddr at = keys.entries + i * keys.step;
		raddr key = ctx_u64(ctx, at + keys.key);
		raddr value = ctx_u64(ctx, values ? values + i * 8 :
						    at + keys.value);

		if (value && !ctx->faults && !fn(arg, key, value))
			return;
	}
}

struct wanted {
	struct pyctx *ctx;
	const char *key;
	raddr value;
};

static bool compare(void *arg, raddr key, raddr value)
{
	struct wanted *w = arg;

	if (!strobj_is(w->ctx, key, w->key))
		return true;
	w->value = value;
	return false;
}

raddr dictobj_get(struct pyctx *ctx, raddr dict, const char *key)
{
	struct wanted w = { .ctx = ctx, .key = key };

	dictobj_each(ctx, dict, compare, &w);
	return w.value;
}
