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

enum { MAX_LOG2 = 40 };	/* of a dict's size: more cannot be */

struct entries {
	raddr at;
	uint64_t n;
	uint32_t step, key, value;
	raddr values;		/* of a split table, or 0 */
};

static bool by_size(struct pyctx *ctx, raddr keys, struct entries *ret)
{
	uint64_t size = ctx_u64(ctx, keys + ctx->abi->keys_dk_size);
	uint64_t width = size <= 0xff ? 1 : size <= 0xffff ? 2 :
			 size <= 0xffffffff ? 4 : 8;

	if (size >> MAX_LOG2 || ret->n > size)
		return false;
	ret->at = keys + ctx->abi->keys_sizeof + size * width;
	return true;
}

static bool by_log2(struct pyctx *ctx, raddr keys, struct entries *ret)
{
	const struct abi *abi = ctx->abi;
	uint8_t size = ctx_u8(ctx, keys + abi->keys_dk_log2_size);
	uint8_t bytes = ctx_u8(ctx, keys + abi->keys_dk_log2_index_bytes);

	if (size > MAX_LOG2 || bytes > MAX_LOG2 + 3 || ret->n > 1ull << size)
		return false;
	ret->at = keys + abi->keys_sizeof + (1ull << bytes);
	if (ctx_u8(ctx, keys + abi->keys_dk_kind) != 0) {
		ret->step = abi->strentry_sizeof;
		ret->key = abi->strentry_me_key;
		ret->value = abi->strentry_me_value;
	}
	return true;
}

static bool find_entries(struct pyctx *ctx, raddr dict, struct entries *ret)
{
	const struct abi *abi = ctx->abi;
	raddr keys = ctx_u64(ctx, dict + abi->dict_ma_keys);

	ret->values = ctx_u64(ctx, dict + abi->dict_ma_values);
	if (ret->values && abi_has(abi->values_values))
		ret->values += abi->values_values;
	ret->n = ctx_u64(ctx, keys + abi->keys_dk_nentries);
	ret->step = abi->keyentry_sizeof;
	ret->key = abi->keyentry_me_key;
	ret->value = abi->keyentry_me_value;
	if (ctx->faults)
		return false;
	return abi_has(abi->keys_dk_size) ? by_size(ctx, keys, ret) :
					    by_log2(ctx, keys, ret);
}

void dictobj_each(struct pyctx *ctx, raddr dict,
		  bool (*fn)(void *arg, raddr key, raddr value), void *arg)
{
	struct entries e;

	ctx->faults = 0;
	if (!find_entries(ctx, dict, &e))
		return;
	for (uint64_t i = 0; i < e.n && !ctx->faults; i++) {
		raddr at = e.at + i * e.step;
		raddr key = ctx_u64(ctx, at + e.key);
		raddr value = ctx_u64(ctx, e.values ? e.values + i * 8 :
						      at + e.value);

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
