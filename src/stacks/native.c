/* SPDX-License-Identifier: MIT */
#include "stacks/native.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/budget.h"
#include "attach/code.h"
#include "attach/headroom.h"
#include "attach/stackcopy.h"
#include "attach/symbols.h"
#include "attach/unwind.h"
#include "base/nomem.h"
#include "base/path.h"
#include "pyabi/tracee.h"
#include "result/dump.h"
#include "stacks/interleave.h"

struct native {
	struct tracee *tr;
	struct code code;
	struct stackcopy copy;
	struct unwinder *unwinder;
	struct symbols *symbols;

	/* Of the look. */
	struct budget budget;
	uint64_t room;		/* bytes that its frames may still take */
	bool no_room;
};

enum { ROOM = 64 << 20 };

/* -- Before and while the tracee stands ----------------------------------- */

struct native *native_of(struct tracee *tr, struct err *err)
{
	struct native *nat = tr->native;

	if (nat)
		return nat;
	if (!headroom_ask(HEADROOM_NATIVE, "a look at native frames", err))
		return NULL;
	nat = calloc(1, sizeof(*nat));
	if (!nat) {
		err_nomem(err);
		return NULL;
	}
	tr->native = nat;	/* to be freed with it, whatever happens */
	tr->native_free = native_free;
	nat->tr = tr;
	if (!code_init(&nat->code, tr->target, tr->target->mem, err))
		goto fail;
	nat->unwinder = unwinder_new(&nat->code, err);
	nat->symbols = nat->unwinder ? symbols_new(&nat->code, err) : NULL;
	if (nat->symbols)
		return nat;
fail:
	native_free(nat);
	tr->native = NULL;
	return NULL;
}

void native_free(struct native *nat)
{
	if (!nat)
		return;
	symbols_free(nat->symbols);
	unwinder_free(nat->unwinder);
	stackcopy_fini(&nat->copy);
	code_fini(&nat->code);
	free(nat);
}

bool native_prepare(struct native *nat, size_t n_threads, struct err *err)
{
	struct maps maps = {0};

	if (!target_maps(nat->tr->target, &maps, err))
		return false;
	return code_update(&nat->code, &maps, err) &&
	       stackcopy_prepare(&nat->copy, n_threads, err);
}

bool native_copy(struct native *nat, const struct stop *stop, struct err *err)
{
	return stackcopy_take(&nat->copy, stop, code_maps(&nat->code),
			      nat->tr->target, err);
}

/* -- One thread ----------------------------------------------------------- */

struct stack {
	struct stack_thread *thread;
	const struct stackcopy_thread *copy;
	struct unwind_stack c;
};

/* The instruction that calls, not the one behind it. */
static raddr place_of(const struct unwind_frame *frame)
{
	return frame->is_exact ? frame->pc : frame->pc - 1;
}

static bool unwind(struct native *nat, struct stack *stack, struct err *err)
{
	if (!unwind_thread(nat->unwinder, stack->copy, &stack->c, err))
		return false;
	for (size_t i = 0; i < stack->c.frames.n; i++) {
		if (!symbols_want(nat->symbols,
				  place_of(&stack->c.frames.v[i]), err))
			return false;
	}
	return true;
}

/* Does @name say so, whatever a compiler hung on (".cold", ".lto_priv.0")? */
static bool is_called(const char *name, const char *what)
{
	size_t len = strlen(what);

	return strncmp(name, what, len) == 0 &&
	       (name[len] == '\0' || name[len] == '.');
}

static void describe_c(struct native *nat, const struct unwind_frame *frame,
		       struct interleave_c *ret)
{
	static const char handler[] = "_TAIL_CALL_";	/* 3.14, clang */
	const struct symbol *sym = symbols_get(nat->symbols, place_of(frame));

	*ret = (struct interleave_c){ .sp = frame->sp };
	if (!sym || !sym->is_named)
		return;
	ret->is_named = true;
	ret->is_eval = is_called(sym->function, "_PyEval_EvalFrameDefault");
	ret->is_handler = strncmp(sym->function, handler,
				  sizeof(handler) - 1) == 0;
}

static struct interleave_c *describe_all_c(struct native *nat,
					   const struct unwind_stack *c)
{
	struct interleave_c *ret = calloc(c->frames.n + 1, sizeof(*ret));

	for (size_t i = 0; ret && i < c->frames.n; i++)
		describe_c(nat, &c->frames.v[i], &ret[i]);
	return ret;
}

static struct interleave_python *
describe_python(const struct stack_thread *thread)
{
	struct interleave_python *ret = calloc(thread->frames.n + 1,
					       sizeof(*ret));

	for (size_t i = 0; ret && i < thread->frames.n; i++) {
		ret[i].is_entry = thread->frames.v[i].is_entry;
		ret[i].anchor = thread->frames.v[i].anchor;
	}
	return ret;
}

/* -- What is missing, in words -------------------------------------------- */

static void PRINTF_LIKE(2, 3) add_problem(struct stack_thread *thread,
					  const char *fmt, ...)
{
	char text[300], *both = NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (asprintf(&both, "%s%s%s", thread->problem ? thread->problem : "",
		     thread->problem ? "; " : "", text) < 0)
		return;
	free(thread->problem);
	thread->problem = both;
}

/* The file that has code at @pc, or what stands for it. */
static const char *file_at(struct native *nat, raddr pc)
{
	const struct code_file *file = code_find(&nat->code, pc);

	return file ? path_base(file->path) : "code of no file";
}

static void explain_end(struct native *nat, const struct stack *stack)
{
	struct stack_thread *thread = stack->thread;
	const struct unwind_stack *c = &stack->c;
	raddr last = c->frames.n ? c->frames.v[c->frames.n - 1].pc : 0;

	switch (c->end) {
	case UNWIND_WHOLE:
		break;
	case UNWIND_NOTHING:
		add_problem(thread, "frames of C are missing: its registers "
			    "could not be read");
		break;
	case UNWIND_CUT:
		add_problem(thread, "frames of C end after %zu: no more than "
			    "%" PRIu64 " bytes of the stack were copied",
			    c->frames.n, stack->copy->len);
		break;
	case UNWIND_LOST:
		add_problem(thread, "frames of C end after %zu, at %" PRIraddr
			    " (%s): its unwind tables are missing or make no "
			    "sense", c->frames.n, last, file_at(nat, last));
		break;
	case UNWIND_LIMIT:
		add_problem(thread, "frames of C end after %zu: they are too "
			    "many, or take too long", c->frames.n);
		break;
	}
}

static void explain(struct native *nat, const struct stack *stack,
		    const struct interleave *il)
{
	struct stack_thread *thread = stack->thread;
	const struct unwind_stack *c = &stack->c;

	explain_end(nat, stack);
	if (c->n_guessed > 0)
		add_problem(thread, "frames of C may be missing at %" PRIraddr
			    " (%s), which has no unwind tables",
			    c->guessed_at, file_at(nat, c->guessed_at));
	if (il->apart && c->frames.n > 0)
		add_problem(thread, "%zu evaluations in C do not match %zu "
			    "calls of Python: frames of C first, then those of "
			    "Python", il->n_evals, il->n_groups);
	else if (il->n_unplaced > 0 && c->end == UNWIND_WHOLE)
		add_problem(thread, "%zu of %zu calls of Python were not found "
			    "among the frames of C", il->n_unplaced,
			    il->n_groups);
}

/* -- The merged frames ---------------------------------------------------- */

struct frames {
	struct stack_frame *v;
	size_t n, room;
};

static struct stack_frame *add_frame(struct frames *to, struct err *err)
{
	struct stack_frame *frame = vec_add(to, err);

	if (frame)
		*frame = (struct stack_frame){
			.kind = FRAME_NATIVE,
			.line = DUMP_UNKNOWN, .column = DUMP_UNKNOWN,
			.end_line = DUMP_UNKNOWN, .end_column = DUMP_UNKNOWN,
		};
	return frame;
}

/* Names may have kilobytes each, and frames be hundreds of thousands. */
static bool native_has_room(struct native *nat, const struct symbol *sym,
			    const struct symbol_line *line)
{
	size_t size = sizeof(struct stack_frame) + text_bytes(sym->module) +
		      text_bytes(line && line->function ? line->function
							: sym->function) +
		      (line ? text_bytes(line->file) : 0);

	nat->no_room |= size > nat->room;
	nat->room -= nat->no_room ? 0 : size;
	return !nat->no_room;
}

/* Where there is no more room, nothing. */
static bool add_native(struct native *nat, struct frames *to,
		       const struct symbol *sym, raddr pc,
		       const struct symbol_line *line, bool is_inlined,
		       struct err *err)
{
	struct stack_frame *frame;

	if (!native_has_room(nat, sym, line))
		return true;
	frame = add_frame(to, err);
	if (!frame)
		return false;
	frame->address = pc;
	frame->is_inlined = is_inlined;
	frame->module = nomem_strdup(sym->module);
	frame->function = nomem_strdup(line && line->function ? line->function
							      : sym->function);
	if (!line)
		return true;
	frame->file = nomem_strdup(line->file);
	frame->line = line->line;
	/* Compilers count columns from 1. */
	frame->column = line->column > 0 ? line->column - 1 : DUMP_UNKNOWN;
	return true;
}

static bool add_c(struct native *nat, struct frames *to,
		  const struct unwind_frame *c, struct err *err)
{
	struct symbol *sym = symbols_get(nat->symbols, place_of(c));
	const struct symbol none = {0};
	size_t n;

	if (!sym)
		return add_native(nat, to, &none, c->pc, NULL, false, err);
	n = sym->lines.n;
	if (n == 0)
		return add_native(nat, to, sym, c->pc, NULL, false, err);
	for (size_t i = 0; i < n; i++) {
		if (!add_native(nat, to, sym, c->pc, &sym->lines.v[i],
				i + 1 < n, err))
			return false;
	}
	return true;
}

/* The Python frames move over, each once; else they stay where they are. */
static bool fill(struct native *nat, const struct stack *stack,
		 const struct interleave *il, struct frames *to,
		 struct err *err)
{
	struct stack_thread *thread = stack->thread;

	for (size_t i = 0; i < il->items.n; i++) {
		const struct interleave_item *item = &il->items.v[i];

		if (!item->is_python) {
			if (!add_c(nat, to, &stack->c.frames.v[item->number],
				   err))
				return false;
			continue;
		}
		if (!add_frame(to, err))
			return false;
		to->v[to->n - 1] = thread->frames.v[item->number];
		memset(&thread->frames.v[item->number], 0,
		       sizeof(thread->frames.v[0]));
	}
	return true;
}

static bool merge(struct native *nat, struct stack *stack, struct err *err)
{
	struct stack_thread *thread = stack->thread;
	auto_free struct interleave_c *c = describe_all_c(nat, &stack->c);
	auto_free struct interleave_python *python = describe_python(thread);
	struct interleave il = {0};
	struct frames frames = {0};
	bool fine;

	if (!c || !python)
		return err_nomem(err);
	fine = interleave(c, stack->c.frames.n, python, thread->frames.n,
			  stack->c.end == UNWIND_WHOLE, &il, err) &&
	       fill(nat, stack, &il, &frames, err);
	if (fine)
		explain(nat, stack, &il);
	for (size_t i = 0; i < thread->frames.n; i++)
		stack_frame_fini(&thread->frames.v[i]);
	vec_free(&thread->frames);
	thread->frames.v = frames.v;
	thread->frames.n = frames.n;
	thread->frames.room = frames.room;
	interleave_fini(&il);
	return fine;
}

/* All are unwound before any is named: a file's symbols are read once. */
static bool merge_all(struct native *nat, struct stack *stack, size_t n,
		      struct err *err)
{
	budget_begin(&nat->budget);
	nat->room = ROOM;
	nat->no_room = false;
	unwinder_begin(nat->unwinder);
	for (size_t i = 0; i < n; i++) {
		if (stack[i].copy && !unwind(nat, &stack[i], err))
			return false;
	}
	if (!symbols_resolve(nat->symbols, &nat->budget, err) ||
	    !symbols_describe(nat->symbols, &nat->budget, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (stack[i].copy && !merge(nat, &stack[i], err))
			return false;
	}
	return true;
}

bool native_merge(struct native *nat, struct stacks *stacks, struct err *err)
{
	size_t n = stacks->threads.n, next = 0;
	struct stack *stack = calloc(n + 1, sizeof(*stack));
	bool fine;

	if (!stack)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		struct stack_thread *thread = &stacks->threads.v[i];

		stack[i].thread = thread;
		stack[i].copy = stackcopy_find(&nat->copy, (pid_t)thread->tid,
					       &next);
		if (!stack[i].copy)
			add_problem(thread, "frames of C are missing: it was "
				    "not stopped");
	}
	fine = merge_all(nat, stack, n, err);
	for (size_t i = 0; i < n; i++)
		unwind_stack_fini(&stack[i].c);
	free(stack);
	return fine;
}

void native_warn(const struct native *nat, struct dump *dump)
{
	const char *why, *file;
	size_t i = 0, n = dump->warnings.n;

	if (nat->budget.no_time)
		dump_warn(dump, "names or lines of C are missing: to find them "
			  "takes more than %d ms", BUDGET_MS);
	if (nat->budget.no_bytes)
		dump_warn(dump, "names or lines of C are missing: to find them "
			  "more than %d MiB must be read",
			  BUDGET_BYTES >> 20);
	if (nat->no_room)
		dump_warn(dump, "frames of C are missing: they take more than "
			  "%d MiB", ROOM >> 20);
	while ((why = symbols_fault(nat->symbols, &i, &file)))
		dump_warn(dump, "lines of %s are missing: %s", file, why);
	if (dump->warnings.n > n)
		dump->complete = 0;
}
