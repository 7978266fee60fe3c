/* SPDX-License-Identifier: MIT */
/*
 * Hash tables of dicts, and arrays of attribute values.
 *
 * A table is a header, a slot number for each place, and entries in order of
 * insertion.  Tables of the size 8, 16 and 32 fit a pool's blocks, and no two
 * kinds of them the same class: so the class tells the size without a look.
 *
 * Arrays of values: plain up to 3.10; in 3.11 and 3.12 with a prefix of order
 * bytes, the last two of them the number of values and the prefix's own
 * length; from 3.13 on a struct that says its capacity.
 *
 * Facts: CPython 3.6 to 3.15, Objects/dictobject.c (USABLE_FRACTION,
 *        _PyDict_KeysSize, dict_traverse, new_values),
 *        Include/internal/pycore_dict.h.
 */
#include "pyabi/types/keys.h"

#include "base/load.h"
#include "pyabi/pytype.h"

enum {
	MAX_LOG2 = 40,		/* of a table's size */
	SMALL_FIRST = 3,	/* log2 of the smallest table... */
	SMALL_LAST = 5,		/* ...and of the largest in a pool */
	HEADER_ROOM = 64,
	ENTRIES = 64,		/* read at once */
	KIND_ANY = 0,
	MAX_PREFIX = 256,
};

static uint64_t usable(uint64_t size)
{
	return size * 2 / 3;
}

static uint64_t index_width(uint64_t size)
{
	if (size <= 0xff)
		return 1;
	if (size <= 0xffff)
		return 2;
	return size <= 0xffffffff ? 4 : 8;
}

static bool is_lookdict(struct pyctx *ctx, raddr lookup,
			const struct keys *keys)
{
	unsigned before = ctx->faults;
	bool found = false;

	if (ctx->lookdict)
		return lookup == ctx->lookdict;
	/* A type is being read, with the lock that pytypes_get() takes. */
	if (ctx == &ctx->types->ctx)
		return false;
	for (uint64_t i = 0; i < keys->n && !found; i++) {
		raddr at = keys->entries + i * keys->step;
		raddr key = ctx_u64(ctx, at + keys->key);
		const struct pytype *t;

		if (ctx->faults != before)
			break;
		if (!key)
			continue;
		t = pytypes_get(ctx->types, ctx_u64(ctx, key +
						    ctx->abi->object_ob_type));
		if (ctx->faults != before || !t)
			break;
		found = !(t->flags & TPF_STR_SUBCLASS) || t->python_class;
	}
	ctx->faults = before;
	if (found)
		ctx->lookdict = lookup;
	return found;
}

/* .. 3.10 */
static bool by_size(struct pyctx *ctx, raddr addr, const uint8_t *p,
		    struct keys *ret)
{
	const struct abi *abi = ctx->abi;
	uint64_t size = load_u64(p + abi->keys_dk_size);
	uint64_t index;

	if (!size || size >> MAX_LOG2 || ret->n > usable(size))
		return false;
	index = size * index_width(size);
	ret->entries = addr + abi->keys_dk_indices + index;
	ret->step = abi->keyentry_sizeof;
	ret->key = abi->keyentry_me_key;
	ret->value = abi->keyentry_me_value;
	ret->total = usable(size);
	ret->bytes = abi->keys_dk_indices + index + usable(size) * ret->step;
	ret->any = is_lookdict(ctx, load_u64(p + abi->keys_dk_lookup), ret);
	return true;
}

/* 3.11 .. */
static bool by_log2(struct pyctx *ctx, raddr addr, const uint8_t *p,
		    struct keys *ret)
{
	const struct abi *abi = ctx->abi;
	uint8_t log2 = p[abi->keys_dk_log2_size];
	uint8_t index = p[abi->keys_dk_log2_index_bytes];
	uint64_t spare = load_u64(p + abi->keys_dk_usable);

	if (log2 > MAX_LOG2 || index > MAX_LOG2 + 3 ||
	    ret->n > usable(1ull << log2) || spare > usable(1ull << log2))
		return false;
	ret->any = p[abi->keys_dk_kind] == KIND_ANY;
	ret->entries = addr + abi->keys_dk_indices + (1ull << index);
	ret->step = ret->any ? abi->keyentry_sizeof : abi->strentry_sizeof;
	ret->key = ret->any ? abi->keyentry_me_key : abi->strentry_me_key;
	ret->value = ret->any ? abi->keyentry_me_value :
				abi->strentry_me_value;
	ret->total = ret->n + spare;
	ret->bytes = abi->keys_dk_indices + (1ull << index) +
		     usable(1ull << log2) * ret->step;
	return true;
}

bool keys_read(struct pyctx *ctx, raddr addr, struct keys *ret)
{
	const struct abi *abi = ctx->abi;
	uint8_t tmp[HEADER_ROOM];
	const uint8_t *p;
	bool ok;

	memset(ret, 0, sizeof(*ret));
	if (abi->keys_dk_indices > sizeof(tmp)) {
		ctx->faults++;
		return false;
	}
	p = ctx_bytes(ctx, addr, abi->keys_dk_indices, tmp);
	if (!p)
		return false;
	if (p != tmp)
		p = memcpy(tmp, p, abi->keys_dk_indices);
	ret->n = load_u64(p + abi->keys_dk_nentries);
	ret->sole = load_u64(p + abi->keys_dk_refcnt) == 1;
	if (abi->dict_keys == DICT_KEYS_LOG2)
		ok = by_log2(ctx, addr, p, ret);
	else
		ok = by_size(ctx, addr, p, ret);
	if (!ok)
		ctx->faults++;
	return ok;
}

/*
 * Of @n entries at @p, from number @first on.  Values, then keys: what is many
 * times in a row, None say, remains so.
 */
static void add_entries(struct pyctx *ctx, const struct keys *keys,
			const uint8_t *p, uint64_t first, uint64_t n,
			struct refs *to)
{
	unsigned tie = keys->any ? REF_BOTH : REF_COUNTED;
	const uint8_t *entry = p;

	for (uint64_t i = 0; i < n; i++, entry += keys->step)
		refs_add(ctx, to,
			 ref_key(REF_VALUE, load_u64(entry + keys->key)),
			 load_u64(entry + keys->value));
	entry = p;
	for (uint64_t i = 0; refs_want(to, tie) && i < n;
	     i++, entry += keys->step) {
		if (load_u64(entry + keys->value))
			refs_add(ctx, to,
				 ref_tied(tie, ref_index(REF_KEY, first + i)),
				 load_u64(entry + keys->key));
	}
}

void keys_add(struct pyctx *ctx, const struct keys *keys, struct refs *to)
{
	uint64_t tmp[ENTRIES * 3];

	if (!keys->step || keys->step > sizeof(tmp) / ENTRIES)
		return;
	mem_want(ctx->mem, keys->entries, keys->n * keys->step);
	for (uint64_t i = 0; i < keys->n && !to->refused;) {
		uint64_t now = keys->n - i < ENTRIES ? keys->n - i : ENTRIES;
		const void *p = ctx_bytes(ctx, keys->entries + i * keys->step,
					  now * keys->step, tmp);

		if (!p)
			return;
		add_entries(ctx, keys, p, i, now, to);
		i += now;
	}
}

static raddr key_at(struct pyctx *ctx, const struct keys *keys, uint64_t i)
{
	return ctx_u64(ctx, keys->entries + i * keys->step + keys->key);
}

void keys_add_shared(struct pyctx *ctx, const struct keys *keys,
		     struct refs *to)
{
	unsigned before = ctx->faults;

	for (uint64_t i = 0; i < keys->n && ctx->faults == before; i++)
		refs_add(ctx, to, ref_owned(ref_index(REF_KEY, i)),
			 key_at(ctx, keys, i));
}

void keys_add_values(struct pyctx *ctx, const struct keys *keys,
		     enum ref_how how, raddr values, uint64_t n,
		     struct refs *to)
{
	unsigned before = ctx->faults;

	if (!to->named) {
		refs_words(ctx, to, ref_key(how, 0), values, n);
		return;
	}
	/* An array may be longer than the keys that its class gave out. */
	for (uint64_t i = 0; i < n && i < keys->n && ctx->faults == before &&
			     !to->refused; i++)
		refs_add(ctx, to, ref_key(how, key_at(ctx, keys, i)),
			 ctx_u64(ctx, values + i * sizeof(raddr)));
}

uint64_t keys_bytes_for(const struct abi *abi, const struct keys *keys,
			uint64_t used)
{
	uint64_t size = 1 << SMALL_FIRST;

	while (usable(size) < used && size >> MAX_LOG2 == 0)
		size *= 2;
	return abi->keys_dk_indices + size * index_width(size) +
	       usable(size) * keys->step;
}

/* --- by size class ------------------------------------------------------- */

static uint64_t small_bytes(const struct abi *abi, unsigned log2,
			    uint32_t entry)
{
	return abi->keys_dk_indices + (1u << log2) +
	       usable(1u << log2) * entry;
}

static bool fits(const struct abi *abi, uint64_t bytes, uint32_t size_class)
{
	return addr_up(bytes, (uint64_t)abi->n_pool_alignment) == size_class;
}

uint64_t keys_bytes_by_class(const struct abi *abi, uint32_t size_class)
{
	for (unsigned log2 = SMALL_FIRST; log2 <= SMALL_LAST; log2++) {
		uint64_t any = small_bytes(abi, log2, abi->keyentry_sizeof);
		uint64_t str = any;

		if (abi_has(abi->strentry_sizeof))
			str = small_bytes(abi, log2, abi->strentry_sizeof);
		if (fits(abi, str, size_class))
			return str;
		if (fits(abi, any, size_class))
			return any;
	}
	return 0;
}

/* --- arrays of values ---------------------------------------------------- */

static uint64_t up8(uint64_t n)
{
	return (n + 7) & ~7ull;
}

/*
 * The capacity is that of the keys when the array was made; it shrinks by one
 * with each instance until it fits.  The prefix has room for it and two bytes
 * more, and the pool's block for it all: the smallest that is possible, but not
 * less than now.
 */
static uint64_t prefixed_capacity(struct pyctx *ctx, raddr start,
				  uint64_t prefix, uint64_t total)
{
	uint64_t c = total;
	uint32_t block;

	if (up8(c + 2) < prefix)
		c = prefix - 9;
	if (!ctx->size_class)
		return c;
	block = ctx->size_class(ctx->arg, start);
	while (block && up8(c + 2) == prefix) {
		if (fits(ctx->abi, prefix + 8 * c, block))
			return c;
		c++;
	}
	return up8(total + 2) < prefix ? prefix - 9 : total;
}

bool values_block(struct pyctx *ctx, raddr values, uint64_t total,
		  struct pybuf *ret)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	uint64_t n;

	switch (abi->dict_values) {
	case VALUES_ARRAY:
		*ret = (struct pybuf){ values, total * sizeof(raddr) };
		return total <= 1ull << MAX_LOG2;
	case VALUES_PREFIXED:
		n = ctx_u8(ctx, values - 1);
		if (ctx->faults != before || n % 8 || n < 8 ||
		    total + 2 > MAX_PREFIX)
			return false;
		ret->addr = values - n;
		ret->len = n + 8 * prefixed_capacity(ctx, values - n, n, total);
		return true;
	case VALUES_STRUCT:
		n = ctx_u8(ctx, values + abi->values_capacity);
		if (ctx->faults != before ||
		    ctx_u8(ctx, values + abi->values_embedded))
			return false;
		*ret = (struct pybuf){ values, abi->values_values + 8 * n +
					       up8(n) };
		return true;
	}
	return false;
}
