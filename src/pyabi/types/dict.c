/* SPDX-License-Identifier: MIT */
/*
 * dict and its kin: defaultdict, OrderedDict, frozendict; their views.
 *
 * A dict has a table of its own, or shares one with its class and has its
 * values in an array ("split").  Keys are visited only where a table may hold
 * any type: str cannot be part of a cycle.
 *
 * An OrderedDict also has a node for each key, in a list of its own, and an
 * array with the node of each slot of the table.  Nodes are not in that order
 * anywhere else, so the list is walked; its links must agree both ways.
 *
 * Facts: CPython 3.6 to 3.15, Objects/dictobject.c (_PyDict_SizeOf,
 *        dict_traverse), Objects/odictobject.c (odict_sizeof, odict_traverse).
 */
#include "pyabi/types/dict.h"

#include "pyabi/types/keys.h"
#include "pyabi/types/rows.h"

/* --- dict ---------------------------------------------------------------- */

static raddr keys_of(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, ctx->abi->dict_ma_keys);
}

static raddr values_of(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, ctx->abi->dict_ma_values);
}

static uint32_t size_class(struct pyctx *ctx, raddr addr)
{
	return ctx->size_class ? ctx->size_class(ctx->arg, addr) : 0;
}

/* The table, if it is this dict's alone.  Small ones of dicts that are not
 * split need no look: their block tells, and nobody else has them. */
static uint64_t own_keys_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	raddr addr = keys_of(ctx, o);
	struct keys keys;
	uint64_t bytes;

	if (!values_of(ctx, o)) {
		bytes = keys_bytes_by_class(ctx->abi, size_class(ctx, addr));
		if (bytes)
			return bytes;
	}
	return keys_read(ctx, addr, &keys) && keys.sole ? keys.bytes : 0;
}

static uint64_t split_size(struct pyctx *ctx, const struct pyobj *o)
{
	struct keys keys;

	if (!keys_read(ctx, keys_of(ctx, o), &keys))
		return 0;
	return keys.total * sizeof(raddr) + (keys.sole ? keys.bytes : 0);
}

uint64_t dict_size(struct pyctx *ctx, const struct pyobj *o)
{
	if (values_of(ctx, o))
		return base_size(o) + split_size(ctx, o);
	return base_size(o) + own_keys_bytes(ctx, o);
}

void dict_buffers(struct pyctx *ctx, const struct pyobj *o,
		  struct pybufs *ret)
{
	raddr values = values_of(ctx, o);
	unsigned before = ctx->faults;
	struct keys keys;
	struct pybuf buf;

	bufs_add(ctx, ret, keys_of(ctx, o), own_keys_bytes(ctx, o));
	if (values && keys_read(ctx, keys_of(ctx, o), &keys) &&
	    values_block(ctx, values, keys.total, &buf) &&
	    ctx->faults == before)
		bufs_add(ctx, ret, buf.addr, buf.len);
}

/* Does somebody else visit the values?  See instance.c. */
static bool is_view(struct pyctx *ctx, raddr values)
{
	const struct abi *abi = ctx->abi;

	return abi_has(abi->values_embedded) &&
	       abi->inline_visit == INLINE_VISIT_VALUES &&
	       ctx_u8(ctx, values + abi->values_embedded);
}

static void split_refs(struct pyctx *ctx, const struct pyobj *o,
		       const struct keys *keys, struct refs *to)
{
	raddr values = values_of(ctx, o);

	if (!is_view(ctx, values)) {
		if (abi_has(ctx->abi->values_values))
			values += ctx->abi->values_values;
		keys_add_values(ctx, keys, REF_VALUE, values, keys->n, to);
	}
	/* The keys are the class's, unless it is gone. */
	if (keys->sole)
		keys_add_shared(ctx, keys, to);
}

void dict_refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	struct keys keys;

	if (!keys_read(ctx, keys_of(ctx, o), &keys))
		return;
	if (values_of(ctx, o))
		split_refs(ctx, o, &keys, to);
	else
		keys_add(ctx, &keys, to);
}

/* A table without entries may be that of all empty dicts, and is not asked. */
static void dict_fill(struct pyctx *ctx, const struct pyobj *o,
		      struct pyfill *ret)
{
	struct keys keys;
	uint64_t copy;

	ret->used = obj_u64(ctx, o, ctx->abi->dict_ma_used);
	if (!ret->used || values_of(ctx, o) ||
	    !keys_read(ctx, keys_of(ctx, o), &keys) || ret->used > keys.n)
		return;
	ret->room = keys.total;
	copy = keys_bytes_for(ctx->abi, &keys, ret->used);
	ret->spare = keys.bytes > copy ? keys.bytes - copy : 0;
}

bool dict_plausible(struct pyctx *ctx, const struct pyobj *o)
{
	raddr keys = keys_of(ctx, o), values = values_of(ctx, o);

	return is_length(obj_u64(ctx, o, ctx->abi->dict_ma_used)) && keys &&
	       keys % sizeof(raddr) == 0 && values % sizeof(raddr) == 0;
}

/* --- OrderedDict --------------------------------------------------------- */

static raddr odict_first(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, ctx->abi->odict_od_first);
}

static uint64_t odict_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	uint64_t size = dict_size(ctx, o);

	size += sizeof(raddr) *
		obj_u64(ctx, o, abi->odict_od_fast_nodes_size);
	if (odict_first(ctx, o))
		size += abi->odictnode_sizeof *
			obj_u64(ctx, o, abi->dict_ma_used);
	return size;
}

/* Call for each node; links that do not agree are a fault and the end. */
static void each_node(struct pyctx *ctx, const struct pyobj *o,
		      struct refs *keys, struct pybufs *nodes)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	uint64_t i = 0;
	raddr prev = 0, node = odict_first(ctx, o);

	while (node) {
		/* The first has no previous one: so no circle comes home. */
		if (ctx_u64(ctx, node + abi->odictnode_prev) != prev)
			ctx->faults++;
		if (ctx->faults != before || (keys && keys->refused))
			return;
		if (keys)
			refs_add(ctx, keys, ref_index(REF_KEY, i++),
				 ctx_u64(ctx, node + abi->odictnode_key));
		if (nodes)
			bufs_add(ctx, nodes, node, abi->odictnode_sizeof);
		prev = node;
		node = ctx_u64(ctx, node + abi->odictnode_next);
	}
}

static void odict_buffers(struct pyctx *ctx, const struct pyobj *o,
			  struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;

	dict_buffers(ctx, o, ret);
	bufs_add(ctx, ret, obj_u64(ctx, o, abi->odict_od_fast_nodes),
		 sizeof(raddr) *
			 obj_u64(ctx, o, abi->odict_od_fast_nodes_size));
	each_node(ctx, o, NULL, ret);
}

static void odict_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	/* 3.6 also visits its weak references, which it does not own. */
	each_node(ctx, o, to, NULL);
	dict_refs(ctx, o, to);
}

const struct layout dict_rows[] = {
	{ .name = "dict", .basicsize = AT(dict_sizeof),
	  .length = AT(dict_ma_used), .size = dict_size,
	  .buffers = dict_buffers, .fill = dict_fill, .refs = dict_refs,
	  .plausible = dict_plausible },
	{ .name = "frozendict", .basicsize = AT(frozendict_sizeof),
	  .size = dict_size, .buffers = dict_buffers, .refs = dict_refs,
	  .plausible = dict_plausible },
	{ .name = "collections.defaultdict",
	  .basicsize = AT(defaultdict_sizeof),
	  .visit = { AT(defaultdict_default_factory) },
	  .length = AT(dict_ma_used), .size = dict_size,
	  .buffers = dict_buffers, .fill = dict_fill, .refs = dict_refs,
	  .plausible = dict_plausible },
	{ .name = "collections.OrderedDict", .basicsize = AT(odict_sizeof),
	  .visit = { AT(odict_od_inst_dict) },
	  .length = AT(dict_ma_used), .size = odict_size,
	  .buffers = odict_buffers, .refs = odict_refs,
	  .plausible = dict_plausible },
	{ .name = "dict_keys|dict_values|dict_items|odict_keys|odict_values"
		  "|odict_items",
	  .basicsize = AT(dictview_sizeof),
	  .visit = { AT(dictview_dv_dict) } },
	{ 0 }
};
