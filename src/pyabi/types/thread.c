/* SPDX-License-Identifier: MIT */
/*
 * Locks, thread-local data, queues.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_threadmodule.c, Modules/_queuemodule.c.
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/rows.h"

static void lock_buffers(struct pyctx *ctx, const struct pyobj *o,
			 struct pybufs *ret)
{
	lock_buffer(ctx, field(ctx, o, ctx->abi->lock_lock_lock), ret);
}

static void rlock_buffers(struct pyctx *ctx, const struct pyobj *o,
			  struct pybufs *ret)
{
	lock_buffer(ctx, field(ctx, o, ctx->abi->rlock_rlock_lock), ret);
}

/* --- SimpleQueue --------------------------------------------------------- */

static uint64_t ring_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->simplequeue_ring_cap);

	if (is_length(n))
		return n * sizeof(raddr);
	ctx->faults++;
	return 0;
}

static uint64_t queue_size(struct pyctx *ctx, const struct pyobj *o)
{
	if (ctx->abi->simplequeue != SIMPLEQUEUE_RING_SIZED)
		return base_size(o);
	return base_size(o) + ring_bytes(ctx, o);
}

static void queue_buffers(struct pyctx *ctx, const struct pyobj *o,
			  struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;

	lock_buffer(ctx, field(ctx, o, abi->simplequeue_lock), ret);
	if (abi->simplequeue != SIMPLEQUEUE_LIST)
		bufs_add(ctx, ret, obj_u64(ctx, o, abi->simplequeue_ring_items),
			 ring_bytes(ctx, o));
}

/* From ring_get on, and round to the start. */
static void queue_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	const struct abi *abi = ctx->abi;
	uint64_t n, get, room, first;
	raddr items;

	if (abi->simplequeue == SIMPLEQUEUE_LIST)
		return;
	items = obj_u64(ctx, o, abi->simplequeue_ring_items);
	room = ring_bytes(ctx, o) / sizeof(raddr);
	n = obj_u64(ctx, o, abi->simplequeue_ring_n);
	get = obj_u64(ctx, o, abi->simplequeue_ring_get);
	if (n > room || (n && get >= room)) {
		ctx->faults++;
		return;
	}
	first = n < room - get ? n : room - get;
	refs_words(ctx, to, ref_index(REF_ITEM, 0),
		   items + get * sizeof(raddr), first);
	refs_words(ctx, to, ref_index(REF_ITEM, first), items, n - first);
}

const struct layout thread_rows[] = {
	{ .name = "_thread.lock", .basicsize = AT(lock_sizeof),
	  .buffers = lock_buffers },
	{ .name = "_thread.RLock", .basicsize = AT(rlock_sizeof),
	  .buffers = rlock_buffers },
	{ .name = "_thread._local", .basicsize = AT(local_sizeof),
	  .visit = { AT(local_args), AT(local_kw), AT(local_dummies),
		     AT(local_localdicts), AT(local_thread_watchdogs) },
	  .own = { AT(local_key), AT(local_wr_callback) } },
	{ .name = "_thread._localdummy", .basicsize = AT(localdummy_sizeof) },
	{ .name = "_thread._ThreadHandle",
	  .basicsize = AT(threadhandle_sizeof) },
	{ .name = "_queue.SimpleQueue", .basicsize = AT(simplequeue_sizeof),
	  .visit = { AT(simplequeue_lst) }, .size = queue_size,
	  .buffers = queue_buffers, .refs = queue_refs },
	{ .name = "_multiprocessing.SemLock", .opaque = OPAQUE_VISITS },
	{ 0 }
};
