/* SPDX-License-Identifier: MIT */
/*
 * Facts: CPython 3.6 to 3.15, Objects/bytesobject.c, Python/thread_pthread.h
 *        (PyThread_allocate_lock).
 */
#include "pyabi/types/blocks.h"

enum { CHUNK = 256 };

bool is_unique(struct pyctx *ctx, raddr a)
{
	const struct abi *abi = ctx->abi;

	if (!a)
		return false;
	/* Only the lower half counts references, where there are two. */
	if (abi->refcnt == REFCNT_PLAIN || abi->refcnt == REFCNT_HIGH_STATIC)
		return ctx_u64(ctx, a + abi->object_ob_refcnt) == 1;
	return ctx_u32(ctx, a + abi->object_ob_refcnt) == 1;
}

uint64_t ob_size_at(struct pyctx *ctx, raddr a)
{
	uint64_t n = a ? ctx_u64(ctx, a + ctx->abi->var_ob_size) : 0;

	if (n >> 47 == 0)
		return n;
	ctx->faults++;
	return 0;
}

uint64_t bytes_getsizeof(struct pyctx *ctx, raddr a)
{
	return ctx->abi->bytes_ob_sval + ob_size_at(ctx, a) + 1;
}

uint64_t text_bytes(struct pyctx *ctx, raddr a, uint64_t max)
{
	char buf[CHUNK];

	for (uint64_t i = 0; a && i < max; i += CHUNK) {
		struct err ignored;
		int64_t got = mem_read_some(ctx->mem, a + i, buf, CHUNK,
					    &ignored);
		const char *end;

		if (got <= 0)
			break;
		end = memchr(buf, '\0', (size_t)got);
		if (end)
			return i + (uint64_t)(end - buf) + 1;
		if (got < CHUNK)
			break;
	}
	ctx->faults += a != 0;
	return 0;
}

void excitem_refs(struct pyctx *ctx, const struct pyobj *o, uint32_t off,
		  struct refs *to)
{
	const struct abi *abi = ctx->abi;

	if (!abi_has(off))
		return;
	refs_add(ctx, to, ref_field("exc_value"),
		 obj_u64(ctx, o, off + abi->excitem_exc_value));
	if (!abi_has(abi->excitem_exc_type))
		return;
	refs_add(ctx, to, ref_field("exc_type"),
		 obj_u64(ctx, o, off + abi->excitem_exc_type));
	refs_add(ctx, to, ref_field("exc_traceback"),
		 obj_u64(ctx, o, off + abi->excitem_exc_traceback));
}

void lock_buffer(struct pyctx *ctx, raddr lock, struct pybufs *ret)
{
	if (lock % sizeof(raddr) == 0)
		bufs_add(ctx, ret, lock, (uint64_t)ctx->abi->n_thread_lock);
}
