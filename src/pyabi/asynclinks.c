/* SPDX-License-Identifier: MIT */
/*
 * Who awaits whom.
 *
 * From 3.14 on a future has a list of those who await it, gather(), wait(),
 * shield() and task groups see to it.  Before, it is found out from two ends: a
 * task says which future it waits for, and a task has callbacks for when it is
 * done.  Those of asyncio's own that set another future have it in a closure
 * (gather, wait, shield) or as an argument (wait_for); that of a task group is
 * a method of the group, which has a parent.  Callbacks of other people are
 * not looked into: what they have is nobody's business, or by chance.
 *
 * Facts: CPython 3.7 to 3.15, Lib/asyncio/tasks.py, taskgroups.py,
 *        Modules/_asynciomodule.c (future_awaited_by_add).
 */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "pyabi/asynctasks.h"
#include "pyabi/attrs.h"
#include "pyabi/dictobj.h"
#include "pyabi/strobj.h"

enum {
	MAX_CALLBACKS = 1 << 12,	/* of one future */
	MAX_CELLS = 32,			/* of one closure */
	MAX_HOPS = 8,			/* from future to future */
	MAX_WORK = 1 << 12,		/* futures looked at for one task */
	NAME_ROOM = 64,
};

/* A future somebody waits for. */
struct wait {
	raddr future;
	raddr task;
};

struct linking {
	struct asynctasks *tasks;
	struct pyctx *ctx;
	struct err *err;
	struct wait *waits;	/* sorted by future */
	size_t n_waits;
	struct asynctask *task;	/* whose awaiters are sought */
	unsigned hops, work;
	bool failed;
};

static bool is_known(const struct linking *l, raddr task)
{
	return task && addrmap_get(&l->tasks->number, task) != ADDRMAP_NONE;
}

static void add(struct linking *l, struct asynctask *task, raddr by)
{
	raddr *slot;

	if (!is_known(l, by) || by == task->address)
		return;
	for (size_t i = 0; i < task->awaited_by.n; i++) {
		if (task->awaited_by.v[i] == by)
			return;
	}
	slot = vec_add(&task->awaited_by, l->err);
	if (slot)
		*slot = by;
	else
		l->failed = true;
}

/* --- who waits for what -------------------------------------------------- */

static int by_future(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	return x->future < y->future ? -1 : x->future > y->future;
}

static bool list_waits(struct linking *l)
{
	struct asynctasks *tasks = l->tasks;

	l->waits = calloc(tasks->v.n + 1, sizeof(*l->waits));
	if (!l->waits)
		return err_nomem(l->err);
	for (size_t i = 0; i < tasks->v.n; i++) {
		const struct asynctask *t = &tasks->v.v[i];

		if (t->waits_for)
			l->waits[l->n_waits++] =
				(struct wait){ t->waits_for, t->address };
	}
	qsort(l->waits, l->n_waits, sizeof(*l->waits), by_future);
	return true;
}

/* All that wait for @future await the task; how many. */
static size_t add_waiters(struct linking *l, raddr future)
{
	size_t low = 0, high = l->n_waits, n = 0;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (l->waits[mid].future < future)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < l->n_waits && l->waits[low].future == future; low++, n++)
		add(l, l->task, l->waits[low].task);
	return n;
}

/* --- callbacks ----------------------------------------------------------- */

static void follow(struct linking *l, raddr future);

/* A future that a callback will set, if it is one. */
static void reach(struct linking *l, raddr object)
{
	bool is_c;

	if (l->work++ > MAX_WORK || !asyncfuture_is(l->ctx, object, &is_c) ||
	    is_known(l, object) || add_waiters(l, object) ||
	    l->hops >= MAX_HOPS)
		return;
	l->hops++;
	follow(l, object);
	l->hops--;
}

/* Is it code of asyncio? */
static bool is_asyncios(struct linking *l, raddr function)
{
	const struct abi *abi = l->ctx->abi;
	char name[NAME_ROOM];
	raddr module;

	if (!asyncobject_is(l->ctx, function, "function"))
		return false;
	module = ctx_u64(l->ctx, function + abi->function_func_module);
	return asyncobject_is(l->ctx, module, "str") &&
	       strobj_text(l->ctx, module, name, sizeof(name)) &&
	       strncmp(name, "asyncio.", 8) == 0;
}

static void reach_tuple(struct linking *l, raddr tuple, bool cells)
{
	const struct abi *abi = l->ctx->abi;
	uint64_t n;

	if (!asyncobject_is(l->ctx, tuple, "tuple"))
		return;
	n = ctx_u64(l->ctx, tuple + abi->var_ob_size);
	for (uint64_t i = 0; i < n && i < MAX_CELLS; i++) {
		raddr one = ctx_u64(l->ctx, tuple + abi->tuple_ob_item + 8 * i);

		if (cells)
			one = asyncobject_is(l->ctx, one, "cell") ?
			      ctx_u64(l->ctx, one + abi->cell_ob_ref) : 0;
		reach(l, one);
	}
}

/* functools.partial is static in some versions, and not in others. */
static bool is_partial(struct linking *l, raddr callback)
{
	raddr type = ctx_u64(l->ctx, callback + l->ctx->abi->object_ob_type);
	raddr name = ctx_u64(l->ctx, type + l->ctx->abi->type_tp_name);
	char text[NAME_ROOM];
	struct err ignored;

	return mem_cstr(l->ctx->mem, name, text, sizeof(text), &ignored) &&
	       strcmp(text, "functools.partial") == 0;
}

static void follow_callback(struct linking *l, raddr callback)
{
	const struct abi *abi = l->ctx->abi;
	struct pyctx *ctx = l->ctx;
	raddr function;

	if (is_asyncios(l, callback)) {
		reach_tuple(l, ctx_u64(ctx, callback +
					    abi->function_func_closure), true);
	} else if (asyncobject_is(ctx, callback, "method")) {
		function = ctx_u64(ctx, callback + abi->method_im_func);
		if (is_asyncios(l, function))
			add(l, l->task,
			    attrs_get(ctx, ctx_u64(ctx, callback +
						       abi->method_im_self),
				     "_parent_task"));
	} else if (is_partial(l, callback)) {
		function = ctx_u64(ctx, callback + abi->partial_fn);
		if (is_asyncios(l, function))
			reach_tuple(l, ctx_u64(ctx, callback +
						    abi->partial_args), false);
	}
}

/* A list of callbacks, each with its context in a tuple. */
static void follow_list(struct linking *l, raddr list)
{
	const struct abi *abi = l->ctx->abi;
	raddr items;
	uint64_t n;

	if (!asyncobject_is(l->ctx, list, "list"))
		return;
	items = ctx_u64(l->ctx, list + abi->list_ob_item);
	n = ctx_u64(l->ctx, list + abi->var_ob_size);
	for (uint64_t i = 0; i < n && i < MAX_CALLBACKS; i++) {
		raddr one = ctx_u64(l->ctx, items + 8 * i);

		if (l->ctx->faults)
			return;
		if (asyncobject_is(l->ctx, one, "tuple"))
			one = ctx_u64(l->ctx, one + abi->tuple_ob_item);
		if (one)
			follow_callback(l, one);
	}
}

static void follow(struct linking *l, raddr future)
{
	const struct abi *abi = l->ctx->abi;
	raddr first = 0;
	bool is_c;

	if (!asyncfuture_is(l->ctx, future, &is_c))
		return;
	if (is_c && abi_has(abi->future_fut_callback0))
		first = ctx_u64(l->ctx, future + abi->future_fut_callback0);
	if (first)
		follow_callback(l, first);
	follow_list(l, asyncfuture_get(l->ctx, future, is_c,
				       abi->future_fut_callbacks,
				       "_callbacks"));
}

/* --- what futures say (3.14 ..) ------------------------------------------ */

static bool add_awaiter(void *arg, raddr by)
{
	struct linking *l = arg;

	add(l, l->task, by);
	return !l->failed;
}

/* None, one, or a set of them; Python's have a set at once. */
static void add_awaiters(struct linking *l)
{
	const struct abi *abi = l->ctx->abi;
	raddr by;

	if (!abi_has(abi->future_fut_awaited_by))
		return;
	by = asyncfuture_get(l->ctx, l->task->address, l->task->is_c,
			     abi->future_fut_awaited_by,
			     "_Future__asyncio_awaited_by");
	if (!by)
		return;
	if (asyncobject_is(l->ctx, by, "set"))
		asyncset_each(l->ctx, by, add_awaiter, l);
	else
		add(l, l->task, by);
}

bool asynctasks_link(struct asynctasks *tasks, struct pyctx *ctx,
		     struct err *err)
{
	struct linking l = { .tasks = tasks, .ctx = ctx, .err = err };

	if (!list_waits(&l))
		return false;
	for (size_t i = 0; i < tasks->v.n && !l.failed; i++) {
		l.task = &tasks->v.v[i];
		l.work = 0;
		ctx->faults = 0;
		add_awaiters(&l);
		add_waiters(&l, l.task->address);
		follow(&l, l.task->address);
		tasks->is_torn |= ctx->faults != 0;
	}
	ctx->faults = 0;
	free(l.waits);
	return !l.failed;
}
