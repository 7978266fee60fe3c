/* SPDX-License-Identifier: MIT */
#include "graph/thread_locals.h"

#include <string.h>

#include "pyabi/dictobj.h"
#include "pyabi/layout.h"
#include "pyabi/pytype.h"

void thread_locals_fini(struct thread_locals *locals)
{
	addrmap_fini(&locals->thread);
}

static bool is_of(struct pyctx *ctx, raddr object, const char *layout)
{
	const struct pytype *t = object ? pytypes_get(ctx->types,
			ctx_u64(ctx, object + ctx->abi->object_ob_type)) : NULL;

	return t && t->layout &&
	       strncmp(t->layout->name, layout, strlen(layout)) == 0;
}

/* What a thread has to say that a dict is its own; 0: @key is no such. */
static raddr dummy_of(struct pyctx *ctx, raddr key)
{
	const struct abi *abi = ctx->abi;

	if (!abi_has(abi->tstate_threading_local_key))
		key = is_of(ctx, key, "weakref|") ?
		      ctx_u64(ctx, key + abi->weakref_wr_object) : 0;
	return is_of(ctx, key, "_thread._localdummy") ? key : 0;
}

bool thread_locals_key(struct pyctx *ctx, raddr key)
{
	return dummy_of(ctx, key) != 0;
}

static bool first_key(void *arg, raddr key, raddr value)
{
	raddr *ret = arg;

	(void)value;
	*ret = key;
	return false;
}

bool thread_locals_are(struct pyctx *ctx, raddr dict)
{
	raddr key = 0;

	dictobj_each(ctx, dict, first_key, &key);
	return key && thread_locals_key(ctx, key);
}

/* --- threads ------------------------------------------------------------- */

struct filling {
	struct thread_locals *locals;
	uint32_t thread;
	struct err ignored;
};

/* Without memory a thread has no name. */
static bool note_dummy(void *arg, raddr key, raddr value)
{
	struct filling *f = arg;

	(void)key;
	return addrmap_put(&f->locals->thread, value, f->thread, &f->ignored);
}

static void fill(struct thread_locals *locals, struct pyctx *ctx,
		 const struct roots *roots)
{
	const struct abi *abi = ctx->abi;
	struct filling f = { .locals = locals };

	for (; f.thread < roots->threads.n; f.thread++) {
		raddr tstate = roots->threads.v[f.thread].tstate, at;

		if (abi_has(abi->tstate_threading_local_key)) {
			at = ctx_u64(ctx, tstate +
					  abi->tstate_threading_local_key);
			if (at)
				(void)note_dummy(&f, 0, at);
			continue;
		}
		at = ctx_u64(ctx, tstate + abi->tstate_dict);
		if (at)
			dictobj_each(ctx, at, note_dummy, &f);
	}
}

const char *thread_locals_thread(struct thread_locals *locals,
				 struct pyctx *ctx, const struct roots *roots,
				 raddr key)
{
	const raddr dummy = dummy_of(ctx, key);
	uint32_t i;

	if (!locals->is_filled)
		fill(locals, ctx, roots);
	locals->is_filled = true;
	i = dummy ? addrmap_get(&locals->thread, dummy) : ADDRMAP_NONE;
	return i == ADDRMAP_NONE ? NULL : roots->threads.v[i].name;
}
