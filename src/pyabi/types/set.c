/* SPDX-License-Identifier: MIT */
/*
 * set and frozenset.
 *
 * A table of eight is in the object.  A deleted entry holds a marker and the
 * hash -1, which no object has.
 *
 * Facts: CPython 3.6 to 3.15, Objects/setobject.c (set_next, set___sizeof__,
 *        set_merge).
 */
#include "pyabi/types/rows.h"

enum {
	MAX_MASK_BITS = 40,
	ENTRIES = 64,		/* read at once */
	ENTRY_ROOM = 16,
	SMALL_SLOTS = 8,	/* of the table in the object */
	MOST_IN_SMALL = 4,	/* ...that a copy puts there */
};

static uint64_t slots(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->set_mask) + 1;

	if (n && !(n & (n - 1)) && n >> MAX_MASK_BITS == 0)
		return n;
	ctx->faults++;
	return 0;
}

/* The table, or 0 if it is in the object. */
static raddr separate(struct pyctx *ctx, const struct pyobj *o)
{
	raddr table = obj_u64(ctx, o, ctx->abi->set_table);

	return table == o->addr + ctx->abi->set_smalltable ? 0 : table;
}

static uint64_t size(struct pyctx *ctx, const struct pyobj *o)
{
	if (!separate(ctx, o))
		return base_size(o);
	return base_size(o) + ctx->abi->setentry_sizeof * slots(ctx, o);
}

static void buffers(struct pyctx *ctx, const struct pyobj *o,
		    struct pybufs *ret)
{
	bufs_add(ctx, ret, separate(ctx, o),
		 ctx->abi->setentry_sizeof * slots(ctx, o));
}

/* What set(s) would make of its @used entries: set_merge(). */
static uint64_t slots_of_copy(uint64_t used)
{
	uint64_t n = SMALL_SLOTS;

	while (used > MOST_IN_SMALL && n <= used * 2 && n >> MAX_MASK_BITS == 0)
		n *= 2;
	return n;
}

static void fill(struct pyctx *ctx, const struct pyobj *o, struct pyfill *ret)
{
	uint64_t copy;

	ret->used = obj_u64(ctx, o, ctx->abi->set_used);
	ret->room = slots(ctx, o);
	copy = slots_of_copy(ret->used);
	if (separate(ctx, o) && copy < ret->room)
		ret->spare = ctx->abi->setentry_sizeof *
			     (ret->room - (copy > SMALL_SLOTS ? copy : 0));
}

static void add_entries(struct pyctx *ctx, const uint8_t *p, uint64_t n,
			uint64_t first, struct refs *to)
{
	const struct abi *abi = ctx->abi;

	for (uint64_t i = 0; i < n; i++, p += abi->setentry_sizeof) {
		raddr key;
		int64_t hash;

		memcpy(&key, p + abi->setentry_key, sizeof(key));
		memcpy(&hash, p + abi->setentry_hash, sizeof(hash));
		if (hash != -1)
			refs_add(ctx, to, ref_index(REF_ITEM, first + i), key);
	}
}

static void refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	uint8_t tmp[ENTRIES * ENTRY_ROOM];
	uint64_t step = ctx->abi->setentry_sizeof, n = slots(ctx, o);
	uint64_t small = ctx->abi->set_smalltable;
	raddr table = separate(ctx, o);

	if (step > ENTRY_ROOM)
		return;
	if (!table && small + n * step <= o->avail) {
		add_entries(ctx, o->p + small, n, 0, to);
		return;
	}
	if (!table)
		table = o->addr + small;
	mem_want(ctx->mem, table, n * step);
	for (uint64_t i = 0; i < n && !to->refused;) {
		uint64_t now = n - i < ENTRIES ? n - i : ENTRIES;
		const void *p = ctx_bytes(ctx, table + i * step, now * step,
					  tmp);

		if (!p)
			return;
		add_entries(ctx, p, now, i, to);
		i += now;
	}
}

static bool plausible(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	uint64_t mask = obj_u64(ctx, o, abi->set_mask);
	uint64_t fill = obj_u64(ctx, o, abi->set_fill);
	raddr table = obj_u64(ctx, o, abi->set_table);

	return !(mask & (mask + 1)) && mask >> MAX_MASK_BITS == 0 &&
	       fill <= mask && obj_u64(ctx, o, abi->set_used) <= fill &&
	       table && table % sizeof(raddr) == 0;
}

const struct layout set_rows[] = {
	{ .name = "set|frozenset", .basicsize = AT(set_sizeof), .size = size,
	  .length = AT(set_used), .buffers = buffers, .fill = fill,
	  .refs = refs,
	  .plausible = plausible },
	{ 0 }
};
