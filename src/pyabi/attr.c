/* SPDX-License-Identifier: MIT */
/*
 * Where an instance keeps its attributes is told in types/instance.c; here the
 * instance is any address, and its type is read no further than needed.
 *
 * Facts: CPython 3.6 to 3.15, Objects/dictobject.c, Objects/object.c.
 */
#include "pyabi/attr.h"

#include "pyabi/dictobj.h"
#include "pyabi/pytype.h"
#include "pyabi/strobj.h"
#include "pyabi/types/keys.h"

enum {
	TAG_VALUES = 1,		/* 3.12: the word is values - 1 */
	MAX_SHARED = 254,
	MAX_ITEMS = 1 << 20,
};

/* The value that belongs to @name among the keys at @keys_at. */
static raddr shared_value(struct pyctx *ctx, raddr keys_at, raddr values,
			  const char *name)
{
	struct keys keys;

	if (!keys_at || !keys_read(ctx, keys_at, &keys) ||
	    keys.n > MAX_SHARED)
		return 0;
	for (uint64_t i = 0; i < keys.n; i++) {
		raddr key = ctx_u64(ctx, keys.entries + i * keys.step +
						 keys.key);

		if (key && strobj_is(ctx, key, name))
			return ctx_u64(ctx, values + 8 * i);
	}
	return 0;
}

static raddr word_at(struct pyctx *ctx, raddr object, int64_t distance)
{
	return ctx_u64(ctx, object + (raddr)distance);
}

/* Its values, if it has no dict; @ret_dict else. */
static raddr managed(struct pyctx *ctx, raddr object, raddr *ret_dict)
{
	const struct abi *abi = ctx->abi;
	uint64_t word = word_at(ctx, object, abi->n_managed_dict_at);

	*ret_dict = word;
	switch (abi->managed_dict) {
	case MANAGED_DICT_PAIR:
		return word ? 0 : word_at(ctx, object,
					  abi->n_managed_values_at);
	case MANAGED_DICT_TAGGED:
		if (!(word & TAG_VALUES))
			return 0;
		*ret_dict = 0;
		return word + TAG_VALUES;
	default:
		return 0;
	}
}

static raddr inline_values(struct pyctx *ctx, raddr object, raddr type)
{
	const struct abi *abi = ctx->abi;
	raddr at = object + ctx_u64(ctx, type + abi->type_tp_basicsize);

	if (!ctx_u8(ctx, at + abi->values_valid))
		return 0;
	return at + abi->values_values;
}

/* The dict at tp_dictoffset, which may count from the end. */
static raddr plain_dict(struct pyctx *ctx, raddr object, raddr type)
{
	const struct abi *abi = ctx->abi;
	int64_t off = (int64_t)ctx_u64(ctx, type + abi->type_tp_dictoffset);
	int64_t n;

	if (off < 0) {
		n = (int64_t)ctx_u64(ctx, object + abi->var_ob_size);
		if (n < 0)
			n = -n;
		if (n < 0 || n > MAX_ITEMS)
			return 0;
		off += ((int64_t)ctx_u64(ctx, type + abi->type_tp_basicsize) +
			n * (int64_t)ctx_u64(ctx, type +
						  abi->type_tp_itemsize) +
			7) & ~7ll;
	}
	return off < abi->object_sizeof ? 0 : word_at(ctx, object, off);
}

raddr attr_get(struct pyctx *ctx, raddr object, const char *name)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	raddr type = ctx_u64(ctx, object + abi->object_ob_type);
	uint64_t flags = ctx_u64(ctx, type + abi->type_tp_flags);
	raddr values = 0, dict = 0, ret = 0;

	if (ctx->faults != before)
		return 0;
	ctx->faults = 0;
	if (flags & TPF_MANAGED_DICT)
		values = managed(ctx, object, &dict);
	else
		dict = plain_dict(ctx, object, type);
	if (flags & TPF_INLINE_VALUES)
		values = inline_values(ctx, object, type);
	if (values)
		ret = shared_value(ctx, ctx_u64(ctx, type +
						abi->heaptype_ht_cached_keys),
				   values, name);
	else if (dict)
		ret = dictobj_get(ctx, dict, name);
	if (ctx->faults)
		ret = 0;
	ctx->faults = before;
	return ret;
}
