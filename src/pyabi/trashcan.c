/* SPDX-License-Identifier: MIT */
/*
 * The list is linked where a dead object has room: in its GC head, as the link
 * backward (.. 3.13) or forward (3.14 ..); the lowest bits are flags.  It is in
 * no list of the collector any more: the other link is 0.
 *
 * Facts: CPython 3.6 to 3.15, Objects/object.c
 *        (_PyTrash_thread_deposit_object).
 */
#include "pyabi/trashcan.h"

#include "base/bounds.h"
#include "pyabi/pytype.h"

enum { STORE = 1024 };		/* bytes of an object that are seen */

static raddr trashcan_first(struct pyctx *ctx, raddr tstate)
{
	const struct abi *abi = ctx->abi;

	if (abi_has(abi->tstate_delete_later))
		return ctx_u64(ctx, tstate + abi->tstate_delete_later);
	if (abi_has(abi->tstate_trash_delete_later))
		return ctx_u64(ctx, tstate + abi->tstate_trash_delete_later);
	return 0;
}

static raddr trashcan_next(struct pyctx *ctx, raddr at)
{
	const struct abi *abi = ctx->abi;
	const raddr head = at - (uint64_t)abi->n_pre_gc;
	const raddr next = ctx_u64(ctx, head + abi->gc_head_gc_next);
	const raddr prev = ctx_u64(ctx, head + abi->gc_head_gc_prev);

	return (next ? next : prev) & ~(raddr)LINK_FLAGS;
}

void trashcan_each(struct pyctx *ctx, raddr tstate,
		   bool (*fn)(void *arg, const struct pyobj *o), void *arg)
{
	raddr at = trashcan_first(ctx, tstate);
	uint8_t store[STORE];

	for (int i = 0; at && at % sizeof(raddr) == 0 && i < MAX_CHAIN; i++) {
		const struct pytype *t;
		struct pyobj o;

		ctx->faults = 0;
		t = pytypes_get(ctx->types,
				ctx_u64(ctx, at + ctx->abi->object_ob_type));
		if (!t || !t->gc ||
		    !obj_at(ctx, at, t, store, sizeof(store), &o) ||
		    !fn(arg, &o))
			return;
		at = trashcan_next(ctx, at);
	}
}
