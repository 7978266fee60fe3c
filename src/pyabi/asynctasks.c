/* SPDX-License-Identifier: MIT */
#include "pyabi/asynctasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "pyabi/attrs.h"
#include "pyabi/dictobj.h"
#include "pyabi/layout.h"
#include "pyabi/pytype.h"
#include "pyabi/strobj.h"

enum {
	MAX_SET = 1 << 22,	/* places of a set's table */
	INT_DIGIT_BITS = 30,
	INT_TAG_SHIFT = 3,
	MAX_CHAIN_OF_AWAITS = 1 << 12,
	DEBUG_WORDS = 13,	/* of .AsyncioDebug */
	MAX_STATE = 1 << 12,	/* bytes of a module's state */
};

/* --- objects ------------------------------------------------------------- */

static const struct pytype *type_of(struct pyctx *ctx, raddr object)
{
	unsigned before = ctx->faults;
	raddr type = ctx_u64(ctx, object + ctx->abi->object_ob_type);

	return ctx->faults == before ? pytypes_get(ctx->types, type) : NULL;
}

static bool derives(const struct pytype *t, const char *name)
{
	for (int i = 0; t && i < MAX_TYPE_DEPTH; i++, t = t->base) {
		if (t->layout && strcmp(t->layout->name, name) == 0)
			return true;
	}
	return false;
}

bool asyncobject_is(struct pyctx *ctx, raddr object, const char *type)
{
	const struct pytype *t = object ? type_of(ctx, object) : NULL;
	struct err ignored;

	return t && !(t->flags & TPF_HEAPTYPE) &&
	       (t->full || pytypes_name(ctx->types, t, &ignored)) &&
	       strcmp(t->full, type) == 0;
}

raddr asyncfuture_get(struct pyctx *ctx, raddr future, bool is_c,
		      uint32_t offset, const char *name)
{
	raddr found;

	if (is_c)
		found = abi_has(offset) ? ctx_u64(ctx, future + offset) : 0;
	else
		found = attrs_get(ctx, future, name);
	return asyncobject_is(ctx, found, "NoneType") ? 0 : found;
}

bool asyncfuture_is(struct pyctx *ctx, raddr object, bool *ret_is_c)
{
	const struct pytype *t = object ? type_of(ctx, object) : NULL;

	*ret_is_c = derives(t, "_asyncio.Future") ||
		    derives(t, "_asyncio.Task");
	return *ret_is_c || (t && (t->flags & TPF_HEAPTYPE) &&
			     attrs_get(ctx, object, "_loop") &&
			     attrs_get(ctx, object, "_callbacks"));
}

static bool is_task(struct pyctx *ctx, raddr object, bool *ret_is_c)
{
	const struct pytype *t = object ? type_of(ctx, object) : NULL;

	*ret_is_c = derives(t, "_asyncio.Task");
	return *ret_is_c || (t && (t->flags & TPF_HEAPTYPE) &&
			     attrs_get(ctx, object, "_loop") &&
			     attrs_get(ctx, object, "_coro"));
}

/* A small int that is not negative; 0 else. */
static uint64_t int_value(struct pyctx *ctx, raddr object)
{
	const struct abi *abi = ctx->abi;
	uint64_t n, value = 0;

	if (!asyncobject_is(ctx, object, "int"))
		return 0;
	n = ctx_u64(ctx, object + (abi->int_shape == INT_LV_TAG ?
				   abi->int_lv_tag : abi->var_ob_size));
	if (abi->int_shape == INT_LV_TAG)
		n >>= INT_TAG_SHIFT;
	if (n > 3)
		return 0;
	while (n--)
		value = value << INT_DIGIT_BITS |
			ctx_u32(ctx, object + abi->int_ob_digit + 4 * n);
	return value;
}

/* --- where the lists are ------------------------------------------------- */

/* Order: size, name, awaited_by, is_task, awaited_by_is_set, coro, node of a
 * task; size, head of an interpreter; size, loop, task, head of a thread. */
enum { DEBUG_TASK_SIZE = 0, DEBUG_TASK_CORO = 5, DEBUG_TASK_NODE = 6,
       DEBUG_INTERP_HEAD = 8, DEBUG_RUNNING_TASK = 11, DEBUG_TSTATE_HEAD = 12 };

static bool is_asyncio(const struct module *mod)
{
	const char *base = strrchr(mod->path, '/');

	return base && strncmp(base, "/_asyncio.", 10) == 0;
}

static bool read_debug(struct module *mod, struct mem *mem,
		       uint64_t word[DEBUG_WORDS])
{
	struct err ignored;
	uint64_t size;
	raddr at;

	return module_section(mod, ".AsyncioDebug", &at, &size) &&
	       size >= DEBUG_WORDS * sizeof(*word) &&
	       mem_read(mem, at, word, DEBUG_WORDS * sizeof(*word), &ignored);
}

/* The process knows best, unless it speaks of another kind of task. */
static void take_debug(struct asyncplaces *places, const struct abi *abi,
		       const uint64_t word[DEBUG_WORDS])
{
	if (word[DEBUG_TASK_SIZE] != abi->task_sizeof ||
	    word[DEBUG_TASK_CORO] != abi->task_task_coro ||
	    word[DEBUG_TASK_NODE] >= ABI_MAX_OFFSET ||
	    word[DEBUG_INTERP_HEAD] >= ABI_MAX_OFFSET ||
	    word[DEBUG_RUNNING_TASK] >= ABI_MAX_OFFSET ||
	    word[DEBUG_TSTATE_HEAD] >= ABI_MAX_OFFSET) {
		places->differs = true;
		return;
	}
	places->task_node = (uint32_t)word[DEBUG_TASK_NODE];
	places->interp_head = (uint32_t)word[DEBUG_INTERP_HEAD];
	places->running_task = (uint32_t)word[DEBUG_RUNNING_TASK];
	places->tstate_head = (uint32_t)word[DEBUG_TSTATE_HEAD];
}

static void find_lists(struct asyncplaces *ret, const struct runtime *rt,
		       struct modules *mods, struct mem *mem)
{
	const struct abi *abi = &rt->abi;
	uint64_t word[DEBUG_WORDS];

	*ret = (struct asyncplaces){
		.interp_head = abi->interp_asyncio_tasks_head,
		.tstate_head = abi->tstateimpl_asyncio_tasks_head,
		.running_task = abi->tstateimpl_asyncio_running_task,
		.task_node = abi->task_task_node,
	};
	if (!abi_has(ret->tstate_head))
		return;
	for (size_t i = 0; i < mods->n; i++) {
		if (is_asyncio(&mods->v[i]) &&
		    read_debug(&mods->v[i], mem, word)) {
			take_debug(ret, abi, word);
			return;
		}
	}
	if (rt->module && read_debug(rt->module, mem, word))
		take_debug(ret, abi, word);
}

/* From 3.14 on _asyncio has a set of its own for tasks of other projects, which
 * is nowhere but in its state. */
static raddr find_hidden_set(struct pyctx *ctx, raddr module)
{
	const struct abi *abi = ctx->abi;
	raddr state = ctx_u64(ctx, module + abi->module_md_state);
	raddr def = abi_has(abi->module_md_def) ?
		    ctx_u64(ctx, module + abi->module_md_def) : 0;
	uint64_t size = abi_has(abi->module_md_state_size) ?
			ctx_u64(ctx, module + abi->module_md_state_size) :
			ctx_u64(ctx, def + abi->moduledef_m_size);

	for (uint64_t i = 0; state && i + 8 <= size && i < MAX_STATE; i += 8) {
		raddr object = ctx_u64(ctx, state + i);
		const struct pytype *t;
		struct err ignored;

		t = object && object % 8 == 0 ? type_of(ctx, object) : NULL;
		ctx->faults = 0;
		if (t && (t->flags & TPF_HEAPTYPE) &&
		    pytypes_name(ctx->types, t, &ignored) &&
		    strcmp(t->full, "_weakrefset.WeakSet") == 0)
			return object;
	}
	return 0;
}

/* Those of one module. */
static bool find_sets(struct asyncplaces *ret, raddr interp, raddr module,
		      struct pyctx *ctx, struct err *err)
{
	static const char *const names[] = {
		"_all_tasks",				/* .. 3.11 */
		"_scheduled_tasks", "_eager_tasks",	/* 3.12 .. */
	};
	struct asyncsets *slot = vec_add(&ret->sets, err);
	raddr dict;

	if (!slot)
		return false;
	dict = ctx_u64(ctx, module + ctx->abi->module_md_dict);
	slot->interp = interp;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		slot->set[i] = dictobj_get(ctx, dict, names[i]);
	slot->current = dictobj_get(ctx, dict, "_current_tasks");
	if (abi_has(ret->tstate_head) && !slot->set[0] && !slot->set[1])
		slot->set[0] = find_hidden_set(ctx, module);
	return true;
}

static bool find_modules(struct asyncplaces *ret, raddr interp,
			 struct pyctx *ctx, struct err *err)
{
	static const char *const names[] = { "asyncio.tasks", "_asyncio" };
	raddr modules = ctx_u64(ctx, interp + ctx->abi->interp_modules);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		raddr module = dictobj_get(ctx, modules, names[i]);

		if (module && !find_sets(ret, interp, module, ctx, err))
			return false;
	}
	return true;
}

bool asyncplaces_find(struct asyncplaces *ret, const struct runtime *rt,
		      struct modules *mods, struct pyctx *ctx, struct err *err)
{
	find_lists(ret, rt, mods, ctx->mem);
	for (size_t i = 0; i < rt->interps.n; i++) {
		if (!find_modules(ret, rt->interps.v[i], ctx, err))
			return false;
	}
	return true;
}

void asyncplaces_fini(struct asyncplaces *places)
{
	vec_free(&places->sets);
}

/* --- one task ------------------------------------------------------------ */

static bool is_done(struct pyctx *ctx, raddr at, bool is_c)
{
	raddr state;

	if (is_c)
		return ctx_u32(ctx, at + ctx->abi->future_fut_state) != 0;
	/* The class says that it is pending, until the instance knows better. */
	state = attrs_get(ctx, at, "_state");
	return state && !strobj_is(ctx, state, "PENDING");
}

static void read_task(struct pyctx *ctx, struct asynctask *task)
{
	const struct abi *abi = ctx->abi;
	raddr at = task->address;

	task->loop = asyncfuture_get(ctx, at, task->is_c,
				     abi->future_fut_loop, "_loop");
	task->coro = asyncfuture_get(ctx, at, task->is_c,
				     abi->task_task_coro, "_coro");
	task->name = asyncfuture_get(ctx, at, task->is_c,
				     abi->task_task_name, "_name");
	task->waits_for = asyncfuture_get(ctx, at, task->is_c,
					  abi->task_task_fut_waiter,
					  "_fut_waiter");
}

bool asynctask_at(struct pyctx *ctx, raddr at, struct asynctask *ret)
{
	*ret = (struct asynctask){ .address = at };
	if (!is_task(ctx, at, &ret->is_c))
		return false;
	read_task(ctx, ret);
	return true;
}

const char *asynctask_state(struct pyctx *ctx, const struct asynctask *task)
{
	static const char *const words[] = {
		"pending", "cancelled", "finished",	/* enum fut_state */
	};
	uint32_t state;

	if (!is_done(ctx, task->address, task->is_c))
		return words[0];
	if (!task->is_c)
		return words[strobj_is(ctx, attrs_get(ctx, task->address,
						      "_state"),
				       "CANCELLED") ? 1 : 2];
	state = ctx_u32(ctx, task->address + ctx->abi->future_fut_state);
	return state < ARRAY_SIZE(words) ? words[state] : "?";
}

/* --- all of them --------------------------------------------------------- */

struct reading {
	struct asynctasks *ret;
	const struct asyncplaces *places;
	const struct pythreads *threads;
	struct pyctx *ctx;
	struct err *err;
	bool failed;
};

/* True: go on. */
static bool add(struct reading *r, raddr at)
{
	struct asynctasks *tasks = r->ret;
	struct asynctask task = { .address = at };

	if (addrmap_get(&tasks->number, at) != ADDRMAP_NONE)
		return true;
	r->ctx->faults = 0;
	if (!is_task(r->ctx, at, &task.is_c)) {
		tasks->is_torn = true;
		return true;
	}
	if (!is_done(r->ctx, at, task.is_c)) {
		struct asynctask *slot = tasks->v.n < MAX_TASKS ?
			vec_add(&tasks->v, r->err) : NULL;

		if (!slot || !addrmap_put(&tasks->number, at,
					  (uint32_t)tasks->v.n - 1, r->err)) {
			r->failed = tasks->v.n < MAX_TASKS;
			tasks->is_torn = true;
			return false;
		}
		read_task(r->ctx, &task);
		*slot = task;
	}
	tasks->is_torn |= r->ctx->faults != 0;
	return true;
}

static bool add_key(void *arg, raddr key)
{
	return add(arg, key);
}

/* A key of a WeakSet's set: dead ones refer to None. */
static bool add_weak(void *arg, raddr key)
{
	struct reading *r = arg;
	raddr at = ctx_u64(r->ctx, key + r->ctx->abi->weakref_wr_object);

	return !at || asyncobject_is(r->ctx, at, "NoneType") || add(r, at);
}

bool asyncset_each(struct pyctx *ctx, raddr set,
		   bool (*fn)(void *arg, raddr key), void *arg)
{
	const struct abi *abi = ctx->abi;
	uint64_t n = ctx_u64(ctx, set + abi->set_mask) + 1;
	uint64_t live = ctx_u64(ctx, set + abi->set_used), seen = 0;
	raddr table = ctx_u64(ctx, set + abi->set_table);
	unsigned before = ctx->faults;

	for (uint64_t i = 0; i < n && i < MAX_SET && seen < live; i++) {
		raddr at = table + i * abi->setentry_sizeof;
		raddr key = ctx_u64(ctx, at + abi->setentry_key);
		uint64_t hash = ctx_u64(ctx, at + abi->setentry_hash);

		if (ctx->faults != before)
			return false;
		/* A deleted entry has the hash -1, which no object has. */
		if (!key || hash == UINT64_MAX)
			continue;
		seen++;
		if (!fn(arg, key))
			return true;
		ctx->faults = before;
	}
	return ctx->faults == before && seen == live;
}

/* What is in @set, a set or a WeakSet. */
static void add_set(struct reading *r, raddr set)
{
	bool weak;

	if (!set || r->failed)
		return;
	weak = !asyncobject_is(r->ctx, set, "set");
	if (weak)
		set = attrs_get(r->ctx, set, "data");
	r->ctx->faults = 0;
	if (!asyncobject_is(r->ctx, set, "set") ||
	    !asyncset_each(r->ctx, set, weak ? add_weak : add_key, r))
		r->ret->is_torn = true;
}

/* The ring of nodes that begins at @head, which is in no task. */
static void add_ring(struct reading *r, raddr head)
{
	raddr last = head, node = ctx_u64(r->ctx, head);

	/* Not made yet: nobody imported asyncio in that thread. */
	if (!node)
		return;
	for (unsigned i = 0; node != head && !r->failed; i++) {
		r->ctx->faults = 0;
		if (i >= MAX_TASKS || ctx_u64(r->ctx, node + 8) != last ||
		    r->ctx->faults) {
			r->ret->is_torn = true;
			return;
		}
		last = node;
		if (!add(r, node - r->places->task_node))
			return;
		node = ctx_u64(r->ctx, last);
	}
}

static void add_rings(struct reading *r, raddr interp)
{
	const struct asyncplaces *places = r->places;

	if (!abi_has(places->tstate_head) || !abi_has(places->interp_head))
		return;
	if (places->differs) {
		r->ret->is_torn = true;
		return;
	}
	add_ring(r, interp + places->interp_head);
	for (size_t i = 0; i < r->threads->v.n; i++) {
		if (r->threads->v.v[i].interp == interp)
			add_ring(r, r->threads->v.v[i].tstate +
				    places->tstate_head);
	}
}

/* --- which run ----------------------------------------------------------- */

static void mark(struct reading *r, raddr at, raddr ident)
{
	uint32_t i = at ? addrmap_get(&r->ret->number, at) : ADDRMAP_NONE;

	if (i == ADDRMAP_NONE)
		return;
	r->ret->v.v[i].runs = true;
	r->ret->v.v[i].ident = ident;
}

/* An item of _current_tasks: the task that runs in a loop (.. 3.13). */
static bool mark_current(void *arg, raddr loop, raddr task)
{
	struct reading *r = arg;
	struct pyctx ctx = *r->ctx;

	mark(r, task, int_value(&ctx, attrs_get(&ctx, loop, "_thread_id")));
	return true;
}

static void mark_running(struct reading *r, raddr interp)
{
	const struct pythreads *threads = r->threads;

	if (!abi_has(r->places->running_task) || r->places->differs)
		return;
	for (size_t i = 0; i < threads->v.n; i++) {
		if (threads->v.v[i].interp == interp)
			mark(r, ctx_u64(r->ctx, threads->v.v[i].tstate +
						r->places->running_task),
			     threads->v.v[i].ident);
	}
}

/* 3.6 has a set in no module: it cannot be found. */
static void read_sets(struct reading *r, const struct asyncsets *sets)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(sets->set); i++) {
		any |= sets->set[i] != 0;
		add_set(r, sets->set[i]);
	}
	r->ret->is_torn |= !any && !abi_has(r->places->tstate_head);
}

/* Up to 3.13 by loop, then by thread. */
static void mark_all_running(struct reading *r, const struct runtime *rt)
{
	for (size_t i = 0; i < rt->interps.n; i++)
		mark_running(r, rt->interps.v[i]);
	if (abi_has(r->places->running_task))
		return;
	for (size_t i = 0; i < r->places->sets.n; i++) {
		if (r->places->sets.v[i].current)
			dictobj_each(r->ctx, r->places->sets.v[i].current,
				     mark_current, r);
	}
}

bool asynctasks_read(struct asynctasks *ret, const struct asyncplaces *places,
		     const struct runtime *rt, const struct pythreads *threads,
		     struct pyctx *ctx, struct err *err)
{
	struct reading r = { .ret = ret, .places = places, .threads = threads,
			     .ctx = ctx, .err = err };

	for (size_t i = 0; i < places->sets.n && !r.failed; i++)
		read_sets(&r, &places->sets.v[i]);
	for (size_t i = 0; i < rt->interps.n && !r.failed; i++)
		add_rings(&r, rt->interps.v[i]);
	mark_all_running(&r, rt);
	ctx->faults = 0;
	return !r.failed;
}

void asynctasks_fini(struct asynctasks *tasks)
{
	for (size_t i = 0; i < tasks->v.n; i++)
		vec_free(&tasks->v.v[i].awaited_by);
	vec_free(&tasks->v);
	addrmap_fini(&tasks->number);
}

/* --- what a task is called, and runs ------------------------------------- */

bool asynctask_name(struct pyctx *ctx, const struct asynctask *task, char *buf,
		    size_t size)
{
	const struct pytype *t = task->name ? type_of(ctx, task->name) : NULL;

	if (!t)
		return false;
	if (t->flags & TPF_STR_SUBCLASS)
		return strobj_text(ctx, task->name, buf, size);
	/* A number until somebody asks (3.12 ..). */
	if (!(t->flags & TPF_LONG_SUBCLASS))
		return false;
	snprintf(buf, size, "Task-%llu",
		 (unsigned long long)int_value(ctx, task->name));
	return true;
}

/* What looks like a generator, by the names of the static types. */
static bool is_generator(struct pyctx *ctx, raddr object)
{
	return asyncobject_is(ctx, object, "coroutine") ||
	       asyncobject_is(ctx, object, "generator") ||
	       asyncobject_is(ctx, object, "async_generator");
}

bool asynctask_is_on_a_stack(struct pyctx *ctx, const struct asynctask *task)
{
	return task->runs && is_generator(ctx, task->coro) &&
	       pygen_state(ctx, task->coro) == PYGEN_RUNNING;
}

bool asynctask_coroutine(struct pyctx *ctx, const struct asynctask *task,
			 char *buf, size_t size)
{
	const struct pytype *t = task->coro ? type_of(ctx, task->coro) : NULL;
	struct err ignored;
	raddr name;

	if (!t)
		return false;
	if (is_generator(ctx, task->coro)) {
		name = pygen_qualname(ctx, task->coro);
		return name && strobj_text(ctx, name, buf, size);
	}
	if (!t->full && !pytypes_name(ctx->types, t, &ignored))
		return false;
	snprintf(buf, size, "%s", t->full);
	return true;
}

/* What stands between a coroutine and what it really awaits, and where it has
 * that. */
static raddr unwrap(struct pyctx *ctx, raddr object)
{
	const struct abi *abi = ctx->abi;
	const struct {
		const char *type;
		uint32_t at;
	} wrappers[] = {
		{ "coroutine_wrapper", abi->corowrapper_cw_coroutine },
		{ "async_generator_asend", abi->asend_ags_gen },
		{ "async_generator_athrow", abi->athrow_agt_gen },
		{ "anext_awaitable", abi->anext_wrapped },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++) {
		if (abi_has(wrappers[i].at) &&
		    asyncobject_is(ctx, object, wrappers[i].type))
			return ctx_u64(ctx, object + wrappers[i].at);
	}
	return object;
}

bool asynctask_frames(struct pyctx *ctx, const struct asynctask *task,
		      bool (*fn)(void *arg, const struct pyframe *frame),
		      void *arg)
{
	raddr object = task->coro;
	unsigned before = ctx->faults;
	struct pyframe frame;

	for (unsigned i = 0; object && i < MAX_CHAIN_OF_AWAITS; i++) {
		raddr inner = unwrap(ctx, object);

		if (inner != object) {
			object = inner;
			continue;
		}
		if (!is_generator(ctx, object))
			return ctx->faults == before;
		if (pygen_state(ctx, object) == PYGEN_FINISHED)
			return true;
		if (!pygen_frame(ctx, object, &frame))
			return false;
		if (!fn(arg, &frame))
			return true;
		object = pygen_awaits(ctx, object);
	}
	return !object && ctx->faults == before;
}
