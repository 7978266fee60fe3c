/* SPDX-License-Identifier: MIT */
#include "heap/records.h"

#include <string.h>

#include "base/addrmap.h"
#include "base/bounds.h"

enum {
	MAX_STATE = 1 << 20,	/* bytes of an interpreter's state */
	MAX_CHUNK = 1 << 24,	/* bytes of a thread's stack chunk */
};

struct walk {
	struct capture *cap;
	struct pyctx *ctx;
	records_fn *fn;
	void *arg;
	struct addrmap seen;
	struct err *err;
};

/* Was it told before?  Then the list it is in runs in a circle. */
static bool is_told(const struct walk *w, raddr at)
{
	return addrmap_get(&w->seen, at) != ADDRMAP_NONE;
}

static bool tell(struct walk *w, raddr at, uint64_t len, raddr used,
		 uint64_t n_used)
{
	const struct interp_record record = { at, len, used, n_used };

	return addrmap_put(&w->seen, at, 1, w->err) &&
	       w->fn(w->arg, &record, w->err);
}

/* Of the newest chunk, the thread's state says how far it is in use; of those
 * before, they themselves. */
static bool stack(struct walk *w, raddr thread)
{
	const struct abi *abi = w->ctx->abi;
	struct pyctx *ctx = w->ctx;
	raddr chunk, top;

	if (!abi_has(abi->tstate_datastack_chunk))
		return true;
	chunk = ctx_u64(ctx, thread + abi->tstate_datastack_chunk);
	top = ctx_u64(ctx, thread + abi->tstate_datastack_top);
	while (chunk && !is_told(w, chunk)) {
		uint64_t size = ctx_u64(ctx, chunk + abi->stackchunk_size);
		raddr data = chunk + abi->stackchunk_data;

		if (ctx->faults || size > MAX_CHUNK ||
		    !capture_may_ask(w->cap, ctx))
			return true;
		if (!tell(w, chunk, size, data,
			  top - data < size ? top - data : 0))
			return false;
		chunk = ctx_u64(ctx, chunk + abi->stackchunk_previous);
		if (!chunk)
			break;
		top = chunk + abi->stackchunk_data +
		      8 * ctx_u64(ctx, chunk + abi->stackchunk_top);
	}
	return true;
}

static bool threads(struct walk *w, raddr interp)
{
	const struct abi *abi = w->ctx->abi;
	raddr at = ctx_u64(w->ctx, interp + abi->interp_tstate_head);

	for (int i = 0; at && i < MAX_THREADS && !w->ctx->faults &&
	     !is_told(w, at); i++) {
		if (!tell(w, at, abi->tstate_sizeof, at, abi->tstate_sizeof) ||
		    !stack(w, at))
			return false;
		w->ctx->faults = 0;	/* of one thread's stack */
		at = ctx_u64(w->ctx, at + abi->tstate_next);
	}
	return true;
}

bool records_each(struct capture *cap, struct pyctx *ctx, records_fn *fn,
		  void *arg, struct err *err)
{
	struct walk w = { .cap = cap, .ctx = ctx, .fn = fn, .arg = arg,
			  .err = err };
	const struct runtime *rt = &cap->tr.rt;
	uint64_t len = rt->abi.interp_sizeof;
	bool ok = true;

	if (len > MAX_STATE)
		len = MAX_STATE;
	for (size_t i = 0; ok && i < rt->interps.n; i++) {
		raddr interp = rt->interps.v[i];

		ctx->faults = 0;
		ok = tell(&w, interp, len, interp, len) && threads(&w, interp);
	}
	addrmap_fini(&w.seen);
	return ok;
}
