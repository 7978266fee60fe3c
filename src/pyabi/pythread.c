/* SPDX-License-Identifier: MIT */
#include "pyabi/pythread.h"

#include <pthread.h>
#include <string.h>

#include "base/bounds.h"
#include "pyabi/attrs.h"
#include "pyabi/dictobj.h"
#include "pyabi/strobj.h"

/* Read from a running tracee, whose threads come and go: a word that cannot
 * be read ends a list and nothing else. */

/* --- the GIL ------------------------------------------------------------- */

static void add_lock(struct pygil *gil, raddr at, uint64_t len)
{
	if (!at)
		return;
	gil->locks[gil->n_locks].at = at;
	gil->locks[gil->n_locks++].len = len;
}

/* 3.6: file statics, of which a stripped program shows only who holds it. */
static struct pygil statics_gil(const struct runtime *rt, struct pyctx *ctx)
{
	static const struct {
		const char *name;
		uint64_t len;
	} locks[PYGIL_LOCKS] = {
		{ "gil_cond", sizeof(pthread_cond_t) },
		{ "gil_mutex", sizeof(pthread_mutex_t) },
		{ "switch_cond", sizeof(pthread_cond_t) },
		{ "switch_mutex", sizeof(pthread_mutex_t) },
	};
	raddr current = runtime_symbol(rt, "_PyThreadState_Current");
	raddr switches = runtime_symbol(rt, "gil_switch_number");
	raddr last = runtime_symbol(rt, "gil_last_holder");
	struct pygil gil = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(locks); i++)
		add_lock(&gil, runtime_symbol(rt, locks[i].name),
			 locks[i].len);
	/* Of some alone, who waits for another would wait for none. */
	if (gil.n_locks < ARRAY_SIZE(locks))
		gil.n_locks = 0;
	gil.at = gil.n_locks ? gil.locks[0].at : current;
	gil.holder = current ? ctx_u64(ctx, current) : 0;
	gil.last_holder = last ? ctx_u64(ctx, last) : gil.holder;
	gil.has_switches = switches && last;
	if (gil.has_switches)
		gil.switches = ctx_u64(ctx, switches);
	return gil;
}

static struct pygil struct_gil(const struct abi *abi, struct pyctx *ctx,
			       raddr at)
{
	struct pygil gil = { .at = at };

	if (!at)
		return gil;
	if (abi->gil_sizeof)
		add_lock(&gil, at, abi->gil_sizeof);
	gil.last_holder = ctx_u64(ctx, at + abi->gil_last_holder);
	if (ctx_u32(ctx, at + abi->gil_locked) == 1)
		gil.holder = gil.last_holder;
	gil.switches = ctx_u64(ctx, at + abi->gil_switch_number);
	gil.has_switches = true;
	return gil;
}

static struct pygil gil_of(const struct runtime *rt, struct pyctx *ctx,
			   raddr interp)
{
	const struct abi *abi = &rt->abi;

	switch (abi->gil) {
	case GIL_STATICS:
		return statics_gil(rt, ctx);
	case GIL_RUNTIME:
		return struct_gil(abi, ctx, rt->runtime + abi->runtime_gil);
	case GIL_INTERP:
		break;
	}
	return struct_gil(abi, ctx, ctx_u64(ctx, interp +
					    abi->interp_ceval_gil));
}

const struct pygil *pythreads_gil(const struct pythreads *threads, raddr at)
{
	for (size_t i = 0; i < threads->gils.n; i++) {
		if (threads->gils.v[i].at == at)
			return &threads->gils.v[i];
	}
	return NULL;
}

bool pygil_has_futex(const struct pygil *gil, raddr futex)
{
	for (size_t i = 0; i < gil->n_locks; i++) {
		if (addr_in(futex, gil->locks[i].at, gil->locks[i].len))
			return true;
	}
	return false;
}

static bool add_gil(struct pythreads *threads, const struct pygil *gil,
		    struct err *err)
{
	struct pygil *slot;

	if (pythreads_gil(threads, gil->at))
		return true;
	slot = vec_add(&threads->gils, err);
	if (slot)
		*slot = *gil;
	return slot != NULL;
}

/* --- the collector ------------------------------------------------------- */

static raddr collector_of(const struct runtime *rt, raddr interp)
{
	switch (rt->abi.gc_place) {
	case GC_PLACE_STATICS:
		return 0;
	case GC_PLACE_RUNTIME:
		return rt->runtime + rt->abi.runtime_gc;
	case GC_PLACE_INTERP:
		break;
	}
	return interp + rt->abi.interp_gc;
}

/* 0, 1, or -1: not known. */
static int is_collecting(const struct runtime *rt, struct pyctx *ctx,
			 raddr interp)
{
	raddr at = collector_of(rt, interp);

	at = at ? at + rt->abi.gc_collecting :
		  runtime_symbol(rt, "collecting");
	return at ? ctx_u32(ctx, at) != 0 : -1;
}

/* Who collects is not written down, but where there is only one. */
static void say_who_collects(const struct runtime *rt, struct pyctx *ctx,
			     raddr interp, struct pythreads *threads,
			     size_t first)
{
	int collects = is_collecting(rt, ctx, interp);
	raddr frame = 0;

	if (collects == 1 && abi_has(rt->abi.gc_frame))
		frame = ctx_u64(ctx, collector_of(rt, interp) +
				     rt->abi.gc_frame);
	if (collects == 1 && threads->v.n > first + 1)
		collects = -1;
	for (size_t i = first; i < threads->v.n; i++) {
		threads->v.v[i].collects = collects;
		threads->v.v[i].collects_above = frame;
	}
}

/* --- thread states ------------------------------------------------------- */

static void read_thread(const struct abi *abi, struct pyctx *ctx, raddr at,
			struct pythread *ret)
{
	ret->tstate = at;
	ret->ident = ctx_u64(ctx, at + abi->tstate_thread_id);
	ret->native_id = -1;
	if (abi_has(abi->tstate_native_thread_id))
		ret->native_id = (int64_t)ctx_u64(ctx, at +
					abi->tstate_native_thread_id);
	ret->waits = -1;
	if (abi_has(abi->tstate_gil_requested))
		ret->waits = ctx_u32(ctx, at + abi->tstate_gil_requested) != 0;
}

static bool add_threads(struct pythreads *threads, const struct runtime *rt,
			struct pyctx *ctx, raddr interp, bool *ret_torn,
			struct err *err)
{
	const struct abi *abi = &rt->abi;
	struct pygil gil = gil_of(rt, ctx, interp);
	int64_t id = abi_has(abi->interp_id) ?
		     (int64_t)ctx_u64(ctx, interp + abi->interp_id) : 0;
	raddr at = ctx_u64(ctx, interp + abi->interp_tstate_head);
	size_t first = threads->v.n;

	if (!add_gil(threads, &gil, err))
		return false;
	for (; at && !ctx->faults;
	     at = ctx_u64(ctx, at + abi->tstate_next)) {
		struct pythread *thread;

		if (ctx_u64(ctx, at + abi->tstate_interp) != interp ||
		    ctx->faults) {
			*ret_torn = true;
			break;
		}
		if (threads->v.n >= MAX_THREAD_STATES)
			return err_set(err, ERR_LIMIT,
				       "more than %d thread states",
				       MAX_THREAD_STATES);
		thread = vec_add(&threads->v, err);
		if (!thread)
			return false;
		read_thread(abi, ctx, at, thread);
		thread->interp = interp;
		thread->interpreter = id;
		thread->gil = gil.at;
		thread->holds_gil = gil.holder && at == gil.holder;
	}
	*ret_torn |= ctx->faults != 0;
	say_who_collects(rt, ctx, interp, threads, first);
	return true;
}

bool pythreads_read(struct pythreads *ret, const struct runtime *rt,
		    struct pyctx *ctx, bool *ret_torn, struct err *err)
{
	*ret_torn = false;
	for (size_t i = 0; i < rt->interps.n; i++) {
		ctx->faults = 0;
		if (!add_threads(ret, rt, ctx, rt->interps.v[i], ret_torn,
				 err))
			return false;
	}
	return true;
}

void pythreads_fini(struct pythreads *threads)
{
	vec_free(&threads->v);
	vec_free(&threads->gils);
}

/* --- names --------------------------------------------------------------- */

struct pynames pynames_find(const struct runtime *rt, struct pyctx *ctx,
			    raddr interp)
{
	struct pynames names = { .interp = interp };
	raddr module, dict;

	module = dictobj_get(ctx, ctx_u64(ctx, interp +
					  rt->abi.interp_modules),
			     "threading");
	if (!module)
		return names;
	dict = ctx_u64(ctx, module + rt->abi.module_md_dict);
	names.active = dictobj_get(ctx, dict, "_active");
	names.limbo = dictobj_get(ctx, dict, "_limbo");
	return names;
}

struct naming {
	struct pyctx *ctx;
	bool has_ident;		/* keys are numbers, not threads */
	void (*fn)(void *arg, raddr ident, const char *name, int daemon);
	void *arg;
};

/* A positive int of up to three digits of 30 bits: an address. */
static raddr small_number(struct pyctx *ctx, raddr object)
{
	const struct abi *abi = ctx->abi;
	uint64_t digits, value = 0;

	if (abi->int_shape == INT_LV_TAG)
		digits = ctx_u64(ctx, object + abi->int_lv_tag) >> 3;
	else
		digits = ctx_u64(ctx, object + abi->var_ob_size);
	if (digits > 3)
		return 0;
	for (uint64_t i = 0; i < digits; i++)
		value |= (uint64_t)ctx_u32(ctx, object + abi->int_ob_digit +
						4 * i) << (30 * i);
	return value;
}

/* True is an int with a digit; False has none, or a 0. */
static int is_true(struct pyctx *ctx, raddr object)
{
	return object ? small_number(ctx, object) != 0 : -1;
}

static bool name_thread(void *arg, raddr key, raddr thread)
{
	struct naming *naming = arg;
	struct pyctx *ctx = naming->ctx;
	unsigned before = ctx->faults;
	char name[MAX_TYPE_NAME];
	raddr text, ident;
	int daemon;

	text = attrs_get(ctx, thread, "_name");
	if (text && !strobj_text(ctx, text, name, sizeof(name)))
		text = 0;
	daemon = is_true(ctx, attrs_get(ctx, thread, "_daemonic"));
	ident = naming->has_ident ? small_number(ctx, key) : 0;
	ctx->faults = before;
	naming->fn(naming->arg, ident, text ? name : NULL, daemon);
	return true;
}

void pynames_each(const struct pynames *names, struct pyctx *ctx,
		  void (*fn)(void *arg, raddr ident, const char *name,
			     int daemon),
		  void *arg)
{
	struct naming naming = {
		.ctx = ctx, .has_ident = true, .fn = fn, .arg = arg,
	};

	if (names->active)
		dictobj_each(ctx, names->active, name_thread, &naming);
	naming.has_ident = false;
	if (names->limbo)
		dictobj_each(ctx, names->limbo, name_thread, &naming);
}
