/* SPDX-License-Identifier: MIT */
/*
 * Types.
 *
 * A class and a type made from a spec are on the heap (HEAPTYPE), with the
 * definitions of their members behind them; other types are in the data segment
 * and the collector does not know them.  From 3.12 on the dict, subclasses and
 * weak references of built-in types are in the interpreter's state, not here.
 *
 * Facts: CPython 3.6 to 3.15, Objects/typeobject.c (type_traverse,
 *        type___sizeof__, type_new_alloc, PyType_FromMetaclass).
 */
#include "pyabi/types/type.h"

#include "pyabi/types/blocks.h"
#include "pyabi/types/keys.h"
#include "pyabi/types/rows.h"

enum {
	MAX_DOC = 1 << 20,	/* bytes of a docstring */
	MAX_NAME = 1 << 12,
};

static uint64_t flags(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, ctx->abi->type_tp_flags);
}

static bool on_heap(struct pyctx *ctx, const struct pyobj *o)
{
	return flags(ctx, o) & TPF_HEAPTYPE;
}

/* The keys that its instances share. */
static bool shared_keys(struct pyctx *ctx, const struct pyobj *o,
			struct keys *ret, raddr *ret_addr)
{
	if (!on_heap(ctx, o))
		return false;
	*ret_addr = obj_u64(ctx, o, ctx->abi->heaptype_ht_cached_keys);
	return *ret_addr && keys_read(ctx, *ret_addr, ret);
}

uint64_t type_size(struct pyctx *ctx, const struct pyobj *o)
{
	struct keys keys;
	raddr addr;

	if (!on_heap(ctx, o))
		return ctx->abi->type_sizeof;
	if (!shared_keys(ctx, o, &keys, &addr))
		return ctx->abi->heaptype_sizeof;
	return ctx->abi->heaptype_sizeof + keys.bytes;
}

/* As PyType_GenericAlloc(): a member more than there are. */
uint64_t type_block(struct pyctx *ctx, const struct pyobj *o,
		    uint64_t *at_least)
{
	uint64_t n = ob_size(ctx, o);

	(void)at_least;
	if (!on_heap(ctx, o))
		return ctx->abi->type_sizeof;
	if (!is_length(n)) {
		ctx->faults++;
		return 0;
	}
	return base_size(o) + (n + 1) * (uint64_t)o->type->itemsize;
}

void type_buffers(struct pyctx *ctx, const struct pyobj *o,
		  struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;
	struct keys keys;
	raddr addr;

	if (!on_heap(ctx, o))
		return;
	if (shared_keys(ctx, o, &keys, &addr))
		bufs_add(ctx, ret, addr, keys.bytes);
	addr = obj_u64(ctx, o, abi->type_tp_doc);
	if (addr)
		bufs_add(ctx, ret, addr, text_bytes(ctx, addr, MAX_DOC));
	addr = field(ctx, o, abi->heaptype__ht_tpname);
	if (addr)
		bufs_add(ctx, ret, addr, text_bytes(ctx, addr, MAX_NAME));
}

void type_refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	const struct abi *abi = ctx->abi;
	struct keys keys;
	raddr addr;

	refs_add(ctx, to, ref_index(REF_BASE, 0),
		 obj_u64(ctx, o, abi->type_tp_base));
	if (!(flags(ctx, o) & TPF_STATIC_BUILTIN) ||
	    abi->static_types == STATIC_TYPES_OWN) {
		refs_field(ctx, to, o, AT(type_tp_dict));
		refs_owned_field(ctx, to, o, AT(type_tp_subclasses));
	}
	if (!on_heap(ctx, o))
		return;
	refs_field(ctx, to, o, AT(heaptype_ht_module));
	refs_owned_field(ctx, to, o, AT(heaptype_ht_name));
	refs_owned_field(ctx, to, o, AT(heaptype_ht_qualname));
	refs_owned_field(ctx, to, o, AT(heaptype_ht_slots));
	if (refs_want(to, REF_COUNTED) && shared_keys(ctx, o, &keys, &addr))
		keys_add_shared(ctx, &keys, to);
}

const struct layout type_rows[] = {
	{ .name = "object", .basicsize = AT(object_sizeof) },
	{ .name = "type", .basicsize = AT(heaptype_sizeof),
	  .visit = { TYPE_FIELDS }, .size = type_size, .block = type_block,
	  .buffers = type_buffers, .refs = type_refs },
	{ 0 }
};
