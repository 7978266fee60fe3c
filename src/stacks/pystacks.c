/* SPDX-License-Identifier: MIT */
#include "stacks/pystacks.h"

#include <stdlib.h>
#include <string.h>

#include "attach/stop.h"
#include "base/bounds.h"
#include "base/nomem.h"
#include "pyabi/strobj.h"
#include "result/dump.h"
#include "stacks/pylocals.h"
#include "stacks/pytasks.h"

enum {
	PAGES_A_THREAD = 4,	/* what a thread's look costs, about */
	PAGES_AT_LEAST = 64,
	MAX_STACK_AHEAD = 8,	/* pages of frames copied unseen */
};

void pystacks_init(struct pystacks *ps, struct tracee *tr)
{
	*ps = (struct pystacks){ .tr = tr };
	pages_init(&ps->pages, tr->target->mem);
	ps->ctx.abi = &tr->rt.abi;
	ps->ctx.mem = &ps->pages.mem;
}

void pystacks_forget(struct pystacks *ps, size_t first)
{
	while (ps->frames.n > first) {
		struct pystacks_frame *frame = &ps->frames.v[--ps->frames.n];

		free(frame->qualname);
		for (size_t k = 0; k < frame->locals.n; k++) {
			free(frame->locals.v[k].name);
			free(frame->locals.v[k].value);
		}
		vec_free(&frame->locals);
	}
}

void pystacks_drop(struct pystacks *ps)
{
	if (ps->stacks.n)
		pystacks_forget(ps, ps->stacks.v[--ps->stacks.n].first);
}

void pystacks_fini(struct pystacks *ps)
{
	pytasks_fini(&ps->tasks);
	pystacks_forget(ps, 0);
	for (size_t i = 0; i < ps->named.n; i++)
		free(ps->named.v[i].name);
	for (size_t i = 0; i < ps->classes.n; i++)
		free(ps->classes.v[i]);
	vec_free(&ps->frames);
	vec_free(&ps->stacks);
	vec_free(&ps->names);
	vec_free(&ps->named);
	vec_free(&ps->classes);
	vec_free(&ps->registers);
	addrmap_fini(&ps->class_of);
	if (ps->typed)
		pytypes_fini(&ps->types);
	qualnames_fini(&ps->qualnames);
	pycodes_fini(&ps->codes);
	pythreads_fini(&ps->threads);
	threads_fini(&ps->os);
	pages_fini(&ps->pages);
}

bool pystacks_make_types(struct pystacks *ps, struct err *err)
{
	if (ps->typed)
		pytypes_fini(&ps->types);
	ps->typed = false;
	ps->ctx.types = &ps->types;
	if (!pytypes_init(&ps->types, &ps->ctx, ps->tr->rt.type_type, err))
		return false;
	ps->typed = true;
	return true;
}

/* --- before -------------------------------------------------------------- */

/* Other C libraries wait for a condition on words of the waiter's stack. */
static bool has_glibc(const struct modules *mods)
{
	for (size_t i = 0; i < mods->n; i++) {
		const char *base = strrchr(mods->v[i].path, '/');

		if (base && strncmp(base, "/ld-musl", 8) == 0)
			return false;
	}
	return true;
}

static bool has_names(const struct pystacks *ps, raddr interp)
{
	for (size_t i = 0; i < ps->names.n; i++) {
		if (ps->names.v[i].interp == interp)
			return true;
	}
	return false;
}

/* Those that are not known yet. */
static bool find_names(struct pystacks *ps, struct err *err)
{
	const struct runtime *rt = &ps->tr->rt;

	for (size_t i = 0; i < rt->interps.n; i++) {
		struct pynames names, *slot;

		if (has_names(ps, rt->interps.v[i]))
			continue;
		names = pynames_find(rt, &ps->ctx, rt->interps.v[i]);
		if (!names.active)
			continue;
		slot = vec_add(&ps->names, err);
		if (!slot)
			return false;
		*slot = names;
	}
	return true;
}

bool pystacks_prepare(struct pystacks *ps, bool with_futex, struct err *err)
{
	bool torn;

	if (!pystacks_make_types(ps, err) ||
	    !runtime_interps(&ps->tr->rt, ps->tr->target->mem, err) ||
	    !target_threads(ps->tr->target, with_futex, &ps->os, err))
		return false;
	ps->futexes_tell = has_glibc(ps->tr->mods);
	ps->ctx.faults = 0;
	/* Also has the symbols that 3.6 needs looked up. */
	if (!find_names(ps, err) ||
	    !pythreads_read(&ps->threads, &ps->tr->rt, &ps->ctx, &torn, err))
		return false;
	if (ps->want_tasks && !pytasks_prepare(ps, err))
		return false;
	ps->threads.v.n = ps->threads.gils.n = 0;
	pages_clear(&ps->pages);
	return pages_reserve(&ps->pages, PAGES_AT_LEAST +
			     PAGES_A_THREAD * ps->os.v.n, err);
}

/* --- the copy ------------------------------------------------------------ */

/* The upper end of each thread's stack of frames is where it looks first. */
static bool load_ahead(struct pystacks *ps, struct err *err)
{
	const struct abi *abi = &ps->tr->rt.abi;
	VEC(raddr) list = { 0 };
	bool ok = true;

	if (!abi_has(abi->tstate_datastack_top))
		return true;
	for (size_t i = 0; ok && i < ps->threads.v.n; i++) {
		raddr tstate = ps->threads.v.v[i].tstate;
		raddr chunk, top;

		chunk = ctx_u64(&ps->ctx, tstate +
					  abi->tstate_datastack_chunk);
		top = ctx_u64(&ps->ctx, tstate + abi->tstate_datastack_top);
		for (int k = 0; k < MAX_STACK_AHEAD && chunk && top > chunk;
		     k++) {
			raddr *slot = vec_add(&list, err);

			ok = slot != NULL;
			if (!ok || !addr_in(top - 1, chunk, 1ull << 30))
				break;
			*slot = top - 1;
			top = addr_down(top - 1, PAGES_SIZE);
		}
	}
	ok = ok && pages_load(&ps->pages, list.v, list.n, err);
	vec_free(&list);
	return ok;
}

struct walk {
	struct pychain *chain;
	struct pystacks *ps;
	struct err *err;
	bool failed;
};

/* Threads that lie may share a ring of frames: each has as many as are read. */
bool pystacks_has_room(struct pystacks *ps, size_t more)
{
	ps->has_many_frames |= ps->frames.n + more >= MAX_LOOK_FRAMES;
	return ps->frames.n + more < MAX_LOOK_FRAMES;
}

static bool keep_frame(void *arg, const struct pyframe *frame)
{
	struct walk *walk = arg;
	struct pyframe *slot;

	walk->chain->cut = !pystacks_has_room(walk->ps, walk->chain->v.n);
	if (walk->chain->cut)
		return false;
	slot = vec_add(&walk->chain->v, walk->err);
	if (slot)
		*slot = *frame;
	walk->failed = !slot;
	return slot != NULL;
}

bool pychain_read(struct pystacks *ps, raddr tstate, struct pychain *ret,
		  struct err *err)
{
	struct walk walk = { .chain = ret, .ps = ps, .err = err };

	ret->v.n = 0;
	ret->cut = false;
	ps->ctx.faults = 0;
	ret->cut |= !pyframe_walk(&ps->ctx, tstate, keep_frame, &walk);
	return !walk.failed;
}

static bool add_frame(struct pystacks *ps, struct pystack *stack,
		      const struct pyframe *frame, struct err *err)
{
	struct pystacks_frame *slot;
	const struct pycode *code;

	code = ps->running ?
	       pycodes_get_again(&ps->codes, &ps->ctx, frame->code) :
	       pycodes_get(&ps->codes, &ps->ctx, frame->code);
	if (pyframe_is_hidden(frame, code))
		return true;
	slot = vec_add(&ps->frames, err);
	if (!slot)
		return false;
	slot->f = *frame;
	slot->code = code;
	stack->n++;
	return true;
}

static int collects(const struct pythread *thread, const struct pychain *chain)
{
	if (thread->collects >= 0 || !thread->collects_above)
		return thread->collects;
	for (size_t i = 0; i < chain->v.n; i++) {
		if (chain->v.v[i].at == thread->collects_above)
			return 1;
	}
	return 0;
}

bool pystacks_add(struct pystacks *ps, const struct pythread *thread,
		  const struct pychain *chain, size_t from, struct err *err)
{
	struct pystack *stack = vec_add(&ps->stacks, err);

	if (!stack)
		return false;
	stack->first = ps->frames.n;
	stack->cut = chain->cut;
	stack->collects = collects(thread, chain);
	stack->os = pystacks_owner(ps, thread);
	for (size_t i = from; i < chain->v.n; i++) {
		if (!add_frame(ps, stack, &chain->v.v[i], err))
			return false;
	}
	return true;
}

static bool take_registers(struct pystacks *ps, const struct stop *stop,
			   struct err *err)
{
	for (size_t i = 0; stop && i < stop->n; i++) {
		pid_t tid = stop_tid(stop, i);
		struct thread_registers regs;
		struct pystacks_registers *slot;

		if (!tid || !thread_registers(ps->tr->target, tid, &regs))
			continue;
		slot = vec_add(&ps->registers, err);
		if (!slot)
			return false;
		*slot = (struct pystacks_registers){ tid, regs };
	}
	return true;
}

/* --- classes of self ----------------------------------------------------- */

static bool has_self(const struct pystacks_frame *frame)
{
	return frame->code && frame->code->first_arg;
}

static raddr class_of(struct pyctx *ctx, const struct pystacks_frame *frame)
{
	const struct abi *abi = ctx->abi;
	raddr self = pyframe_first_argument(ctx, &frame->f);
	raddr type = self ? ctx_u64(ctx, self + abi->object_ob_type) : 0;

	if (!type || frame->code->first_arg == 's')
		return type;
	/* cls is a class itself, or else called so for nothing. */
	return ctx_u64(ctx, type + abi->type_tp_flags) & TPF_TYPE_SUBCLASS ?
	       self : 0;
}

static char *class_name(struct pyctx *ctx, raddr type)
{
	const struct abi *abi = ctx->abi;
	uint64_t flags = ctx_u64(ctx, type + abi->type_tp_flags);
	char buf[MAX_TYPE_NAME];
	const char *dot;
	struct err ignored;
	raddr name;

	if (flags & TPF_HEAPTYPE) {
		name = ctx_u64(ctx, type + abi->heaptype_ht_qualname);
		return strobj_text(ctx, name, buf, sizeof(buf)) ?
		       nomem_strdup(buf) : NULL;
	}
	name = ctx_u64(ctx, type + abi->type_tp_name);
	if (!mem_cstr(ctx->mem, name, buf, sizeof(buf), &ignored))
		return NULL;
	dot = strrchr(buf, '.');
	return nomem_strdup(dot ? dot + 1 : buf);
}

static bool take_class(struct pystacks *ps, struct pystacks_frame *frame,
		       struct err *err)
{
	raddr type = class_of(&ps->ctx, frame);
	char **slot;

	if (!type || ps->ctx.faults)
		return true;
	frame->type = type;
	if (addrmap_get(&ps->class_of, type) != ADDRMAP_NONE)
		return true;
	slot = vec_add(&ps->classes, err);
	if (!slot)
		return false;
	*slot = class_name(&ps->ctx, type);
	return addrmap_put(&ps->class_of, type, (uint32_t)ps->classes.n - 1,
			   err);
}

/* Their first slots lie among the frames; what these point at, all at once. */
static bool load_selves(struct pystacks *ps, size_t first, struct err *err)
{
	VEC(raddr) list = { 0 };
	bool ok = true;

	for (size_t i = first; ok && i < ps->frames.n; i++) {
		raddr *slot;
		raddr self;

		if (!has_self(&ps->frames.v[i]))
			continue;
		self = pyframe_slot(&ps->ctx, ps->frames.v[i].f.locals, NULL,
				    NULL);
		slot = self ? vec_add(&list, err) : NULL;
		ok = slot || !self;
		if (slot)
			*slot = self;
	}
	ok = ok && pages_load(&ps->pages, list.v, list.n, err);
	vec_free(&list);
	return ok;
}

static bool take_classes(struct pystacks *ps, size_t first, struct err *err)
{
	if (!load_selves(ps, first, err))
		return false;
	for (size_t i = first; i < ps->frames.n; i++) {
		ps->ctx.faults = 0;
		if (has_self(&ps->frames.v[i]) &&
		    !take_class(ps, &ps->frames.v[i], err))
			return false;
	}
	return true;
}

/* --- names --------------------------------------------------------------- */

struct naming {
	struct pystacks *ps;
	struct err *err;
	bool failed;
};

static void take_name(void *arg, raddr ident, const char *name, int daemon)
{
	struct naming *naming = arg;
	struct pystacks_named *slot;

	if (!ident || naming->failed)
		return;
	slot = vec_add(&naming->ps->named, naming->err);
	if (!slot) {
		naming->failed = true;
		return;
	}
	slot->ident = ident;
	slot->name = nomem_strdup(name);
	slot->daemon = daemon;
}

bool pystacks_name(struct pystacks *ps, struct err *err)
{
	struct naming naming = { .ps = ps, .err = err };

	/* It may have been imported since, or overlooked in a changing dict. */
	if (!find_names(ps, err))
		return false;
	for (size_t i = 0; i < ps->names.n; i++)
		pynames_each(&ps->names.v[i], &ps->ctx, take_name, &naming);
	return !naming.failed;
}

/* Up to 3.10 a generator knows its qualified name, its code does not. */
static void take_generators(struct pystacks *ps, size_t first)
{
	const uint32_t any = CODE_GENERATOR | CODE_COROUTINE |
			     CODE_ITERABLE_COROUTINE | CODE_ASYNC_GENERATOR;
	struct pyctx *ctx = &ps->ctx;
	char buf[MAX_CODE_NAME];

	for (size_t i = first; i < ps->frames.n; i++) {
		struct pystacks_frame *frame = &ps->frames.v[i];
		raddr gen, name;

		if (!frame->code || frame->code->qualname ||
		    !(frame->code->flags & any))
			continue;
		ctx->faults = 0;
		gen = pyframe_generator(ctx, &frame->f);
		name = gen ? pygen_qualname(ctx, gen) : 0;
		if (name && strobj_text(ctx, name, buf, sizeof(buf)))
			frame->qualname = nomem_strdup(buf);
	}
}

/* Nor do functions' codes up to then; in their classes, they are found. */
static void take_qualnames(struct pystacks *ps, size_t first)
{
	if (abi_has(ps->ctx.abi->code_co_qualname))
		return;
	for (size_t i = first; i < ps->frames.n; i++) {
		struct pystacks_frame *frame = &ps->frames.v[i];

		if (!frame->code || frame->code->qualname || frame->qualname)
			continue;
		frame->qualname = nomem_strdup(
			qualnames_get(&ps->qualnames, &ps->ctx, frame));
	}
}

bool pystacks_describe(struct pystacks *ps, size_t first, struct err *err)
{
	take_generators(ps, first);
	for (size_t i = first; ps->want_locals && i < ps->frames.n; i++) {
		if (ps->running)
			pylocals_take(ps, &ps->frames.v[i]);
		else
			pylocals_touch(ps, &ps->frames.v[i]);
	}
	if (!take_classes(ps, first, err))
		return false;
	take_qualnames(ps, first);
	return true;
}

static bool take_stacks(struct pystacks *ps, struct err *err)
{
	struct pychain chain = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < ps->threads.v.n; i++) {
		const struct pythread *thread = &ps->threads.v.v[i];

		ok = pychain_read(ps, thread->tstate, &chain, err) &&
		     pystacks_add(ps, thread, &chain, 0, err);
	}
	vec_free(&chain.v);
	return ok && pystacks_describe(ps, 0, err);
}

bool pystacks_copy(struct pystacks *ps, const struct stop *stop,
		   struct err *err)
{
	bool torn;

	pages_allow(&ps->pages, PYSTACKS_HELD_MS);
	if (!pystacks_make_types(ps, err) ||
	    !runtime_interps(&ps->tr->rt, &ps->pages.mem, err) ||
	    !pythreads_read(&ps->threads, &ps->tr->rt, &ps->ctx, &torn, err) ||
	    !take_registers(ps, stop, err) || !load_ahead(ps, err) ||
	    !take_stacks(ps, err) ||
	    (ps->want_tasks && !pytasks_copy(ps, err)) ||
	    !pystacks_name(ps, err))
		return false;
	ps->is_late |= ps->pages.is_spent;
	return true;
}

void pystacks_warn(const struct pystacks *ps, struct dump *dump)
{
	size_t n = dump->warnings.n;

	if (ps->is_late || ps->pages.is_spent)
		dump_warn(dump, "stacks are not whole: to read them takes more "
			  "than %d ms", ps->running ? PYSTACKS_MS
						    : PYSTACKS_HELD_MS);
	if (ps->has_many_frames)
		dump_warn(dump, "stacks are not whole: there are more than %d "
			  "frames", MAX_LOOK_FRAMES);
	if (ps->pages.is_full)
		dump_warn(dump, "stacks are not whole: to read them more than "
			  "%d MiB must be copied",
			  MAX_COPIED_PAGES * PAGES_SIZE >> 20);
	if (ps->has_much_text || ps->codes.is_full)
		dump_warn(dump, "stacks are not whole: names and values in "
			  "them have more than %d MiB", MAX_LOOK_TEXT >> 20);
	if (dump->warnings.n > n)
		dump->complete = 0;
}
