/* SPDX-License-Identifier: MIT */
/*
 * From what was copied to plain data.
 *
 * A thread of the kernel may have several thread states, one for each
 * interpreter it is in; the one entered last is the innermost.  Their frames
 * make one stack.
 */
#include <stdlib.h>
#include <string.h>

#include "attach/stop.h"
#include "base/bounds.h"
#include "base/nomem.h"
#include "result/dump.h"
#include "stacks/pylocals.h"
#include "stacks/pystacks.h"
#include "stacks/pytasks.h"

/* --- several thread states of one thread --------------------------------- */

/* A lower anchor is further in. */
static raddr outermost_anchor(const struct pystacks *ps,
			      const struct pystack *stack)
{
	for (size_t i = stack->n; i > 0; i--) {
		raddr at = ps->frames.v[stack->first + i - 1].f.anchor;

		if (at)
			return at;
	}
	return 0;
}

static bool shares_ident(const struct pystacks *ps, size_t i)
{
	const struct pythread *thread = &ps->threads.v.v[i];

	for (size_t k = 0; k < ps->threads.v.n; k++) {
		if (k != i && ps->threads.v.v[k].ident == thread->ident)
			return true;
	}
	return false;
}

static bool is_main(const struct pystacks *ps, size_t i)
{
	return ps->threads.v.v[i].interp == runtime_main_interp(&ps->tr->rt);
}

/*
 * Whose stack of C is @anchor on?  A thread has its descriptor, at ident, at
 * the upper end of its stack; that of the main thread is above all others.
 */
static const struct thread_info *os_by_anchor(const struct pystacks *ps,
					      raddr anchor)
{
	raddr best = UINT64_MAX;
	size_t owner = SIZE_MAX;

	for (size_t i = 0; i < ps->threads.v.n; i++) {
		raddr ident = ps->threads.v.v[i].ident;

		if (ident > anchor && ident < best && is_main(ps, i)) {
			best = ident;
			owner = i;
		}
	}
	if (owner == SIZE_MAX)
		return pystacks_os(ps, ps->tr->target->pid);
	return ps->stacks.v[owner].os;
}

/*
 * Up to 3.12 a thread state of a subinterpreter keeps the number of the thread
 * that made it, whoever runs it.  Frames have been entered on the stack of the
 * one who does.
 */
static void correct_owner(struct pystacks *ps, size_t i)
{
	struct pystack *stack = &ps->stacks.v[i];
	raddr anchor = outermost_anchor(ps, stack);

	if (!stack->n || is_main(ps, i) || !shares_ident(ps, i))
		return;
	if (anchor)
		stack->os = os_by_anchor(ps, anchor);
	else
		stack->problem = "of several interpreters: whose frames are "
				 "above whose is not known";
}

/* --- one frame ----------------------------------------------------------- */

static void place(const struct abi *abi, const struct pystacks_frame *frame,
		  struct stack_frame *ret)
{
	struct code_position pos;

	pos = pycode_position(abi, frame->code, frame->f.lasti);
	ret->line = frame->f.line ? frame->f.line : pos.line;
	ret->column = pos.column;
	ret->end_line = pos.end_line;
	ret->end_column = pos.end_column;
}

/* The name of the class of its self, or NULL. */
static const char *class_of(const struct pystacks *ps,
			    const struct pystacks_frame *frame)
{
	uint32_t n = frame->type ? addrmap_get(&ps->class_of, frame->type) :
				   ADDRMAP_NONE;

	return n != ADDRMAP_NONE ? ps->classes.v[n] : NULL;
}

/* Names may have kilobytes each, and the frames of all threads the same. */
static bool frame_has_room(struct pystacks *ps,
			   const struct pystacks_frame *frame)
{
	const struct pycode *code = frame->code;
	size_t size = sizeof(struct stack_frame);

	if (code)
		size += text_bytes(code->name) + text_bytes(code->file) +
			text_bytes(frame->qualname ? frame->qualname :
						     code->qualname) +
			text_bytes(class_of(ps, frame));
	for (size_t i = 0; i < frame->locals.n; i++)
		size += sizeof(frame->locals.v[i]) +
			text_bytes(frame->locals.v[i].name) +
			text_bytes(frame->locals.v[i].value);
	ps->has_much_text |= size > MAX_LOOK_TEXT - ps->text;
	ps->text += ps->has_much_text ? 0 : size;
	return !ps->has_much_text;
}

/* The locals move. */
bool pystacks_tell(struct pystacks *ps, struct pystacks_frame *frame,
		   struct stack_frame *ret)
{
	const struct pycode *code = frame->code;

	*ret = (struct stack_frame){
		.kind = FRAME_PYTHON, .line = -1, .column = -1,
		.end_line = -1, .end_column = -1,
		.is_entry = frame->f.is_entry, .anchor = frame->f.anchor,
	};
	if (ps->want_locals && !ps->running && !ps->has_much_text)
		pylocals_take(ps, frame);
	if (!frame_has_room(ps, frame))
		return false;
	memcpy(&ret->locals, &frame->locals, sizeof(ret->locals));
	memset(&frame->locals, 0, sizeof(frame->locals));
	if (!code)
		return true;
	ret->function = nomem_strdup(code->name);
	ret->file = nomem_strdup(code->file);
	ret->qualname = nomem_strdup(frame->qualname ? frame->qualname :
						       code->qualname);
	place(&ps->tr->rt.abi, frame, ret);
	ret->self_class = nomem_strdup(class_of(ps, frame));
	return true;
}

/* --- one thread ---------------------------------------------------------- */

struct filling {
	struct pystacks *ps;
	struct stacks *ret;
	struct err *err;
};

static void say_problem(struct stack_thread *thread, const char *what)
{
	if (!thread->problem)
		thread->problem = nomem_strdup(what);
}

static bool add_frames(struct filling *fill, const struct pystack *stack,
		       struct stack_thread *thread)
{
	for (size_t i = 0; i < stack->n; i++) {
		struct stack_frame *slot = vec_add(&thread->frames, fill->err);

		if (!slot)
			return false;
		if (pystacks_tell(fill->ps,
				  &fill->ps->frames.v[stack->first + i], slot))
			continue;
		thread->frames.n--;
		say_problem(thread, "frames are missing: there are too many");
		break;
	}
	if (stack->problem)
		say_problem(thread, stack->problem);
	else if (stack->cut)
		say_problem(thread, "frames could not be read to the end");
	return true;
}

/* The vdso, which is no file. */
static bool is_in_vdso(const struct tracee *tr, raddr pc)
{
	const struct map *map = maps_find(&tr->maps, pc);

	return map && map->path && strcmp(map->path, "[vdso]") == 0;
}

/*
 * One that runs without the GIL may be about to wait for it, or just have got
 * up: then it is in the interpreter, in the C library, or asks for the time.
 */
static bool may_be_waiting(const struct pystacks *ps,
			   const struct thread_registers *regs)
{
	const struct module *mod = modules_find(ps->tr->mods, regs->pc);
	const char *base = mod ? strrchr(mod->path, '/') : NULL;

	if (regs->in_call)
		return false;
	if (!mod)
		return is_in_vdso(ps->tr, regs->pc);
	return mod == ps->tr->rt.module ||
	       (base && (strncmp(base, "/libc", 5) == 0 ||
			 strncmp(base, "/libpthread", 11) == 0));
}

static enum stack_gil gil_of(const struct pystacks *ps,
			     const struct pythread *state,
			     const struct thread_info *os)
{
	const struct pygil *gil = pythreads_gil(&ps->threads, state->gil);
	const struct thread_registers *regs = NULL;
	raddr futex;

	if (state->holds_gil)
		return GIL_HELD;
	if (state->waits >= 0)
		return state->waits ? GIL_WAITING : GIL_NO;
	for (size_t i = 0; os && i < ps->registers.n && !regs; i++) {
		if (ps->registers.v[i].tid == os->tid)
			regs = &ps->registers.v[i].regs;
	}
	if (!gil || !gil->n_locks || !os || !ps->futexes_tell ||
	    (!regs && !os->has_futex))
		return GIL_UNKNOWN;
	futex = regs ? regs->futex : os->futex;
	if (pygil_has_futex(gil, futex))
		return GIL_WAITING;
	return regs && may_be_waiting(ps, regs) ? GIL_UNKNOWN : GIL_NO;
}

/* Of several, the one that says most. */
static enum stack_gil worse(enum stack_gil a, enum stack_gil b)
{
	return a > b ? a : b;
}

static void name_thread(const struct pystacks *ps, struct stack_thread *thread)
{
	for (size_t i = 0; i < ps->named.n; i++) {
		const struct pystacks_named *named = &ps->named.v[i];

		if (named->ident != thread->ident || !thread->ident)
			continue;
		/* Those of the main interpreter come last, and win. */
		free(thread->name);
		thread->name = nomem_strdup(named->name);
		thread->is_daemon = named->daemon;
	}
}

/* Number @i: the innermost comes first, the main interpreter's knows best which
 * thread it is. */
static void take_state(struct filling *fill, size_t i,
		       struct stack_thread *thread)
{
	const struct pythread *state = &fill->ps->threads.v.v[i];
	const struct pystack *stack = &fill->ps->stacks.v[i];
	enum stack_gil gil = gil_of(fill->ps, state, stack->os);

	if (thread->interpreter == DUMP_UNKNOWN) {
		thread->interpreter = state->interpreter;
		thread->gil = gil;
	}
	if (!thread->ident || is_main(fill->ps, i))
		thread->ident = state->ident;
	thread->gil = worse(thread->gil, gil);
	if (stack->collects)
		thread->collecting = stack->collects;
}

/* The stacks of one thread from the innermost out, each state once. */
static bool add_stacks(struct filling *fill, const struct thread_info *os,
		       struct stack_thread *thread)
{
	struct pystacks *ps = fill->ps;
	for (;;) {
		raddr best_at = UINT64_MAX;
		size_t best = SIZE_MAX;

		for (size_t i = 0; i < ps->stacks.n; i++) {
			const struct pystack *s = &ps->stacks.v[i];
			raddr at;

			if (s->os != os || !s->n)
				continue;
			at = outermost_anchor(ps, s);
			if (best == SIZE_MAX || at < best_at) {
				best = i;
				best_at = at;
			}
		}
		if (best == SIZE_MAX)
			return true;
		take_state(fill, best, thread);
		if (!add_frames(fill, &ps->stacks.v[best], thread))
			return false;
		ps->stacks.v[best].n = 0;
	}
}

static struct stack_thread *add_thread(struct filling *fill,
				       const struct thread_info *os)
{
	struct stack_thread *thread = vec_add(&fill->ret->threads, fill->err);

	if (!thread)
		return NULL;
	*thread = (struct stack_thread){
		.tid = DUMP_UNKNOWN, .interpreter = DUMP_UNKNOWN,
		.is_daemon = DUMP_UNKNOWN, .cpu_ms = DUMP_UNKNOWN,
		.state = "unknown", .gil = GIL_NO,
	};
	if (os) {
		thread->tid = os->tid;
		thread->comm = *os->comm ? nomem_strdup(os->comm) : NULL;
		thread->state = thread_state_word(os->state);
		thread->cpu_ms = os->cpu_ms;
	}
	return thread;
}

static bool fill_os_thread(struct filling *fill, const struct thread_info *os)
{
	struct pystacks *ps = fill->ps;
	struct stack_thread *thread = add_thread(fill, os);

	if (!thread || !add_stacks(fill, os, thread))
		return false;
	/* Those that run nothing now. */
	for (size_t i = 0; i < ps->stacks.n; i++) {
		if (ps->stacks.v[i].os == os)
			take_state(fill, i, thread);
	}
	if (ps->came_and_went && !thread->ident)
		say_problem(thread, "threads came and went meanwhile");
	name_thread(ps, thread);
	return true;
}

static bool fill_lost(struct filling *fill, size_t i)
{
	struct pystacks *ps = fill->ps;
	struct stack_thread *thread = add_thread(fill, NULL);

	if (!thread)
		return false;
	take_state(fill, i, thread);
	name_thread(ps, thread);
	if (!add_frames(fill, &ps->stacks.v[i], thread))
		return false;
	say_problem(thread, "no thread of the kernel is known for it");
	return true;
}

bool pystacks_fill(struct pystacks *ps, struct stacks *ret, struct err *err)
{
	struct filling fill = { .ps = ps, .ret = ret, .err = err };
	bool ok = true;

	pages_seal(&ps->pages);
	pages_allow(&ps->pages, PYSTACKS_MS);
	for (size_t i = 0; i < ps->stacks.n; i++)
		correct_owner(ps, i);
	for (size_t i = 0; ok && i < ps->os.v.n; i++)
		ok = fill_os_thread(&fill, &ps->os.v.v[i]);
	for (size_t i = 0; ok && i < ps->stacks.n; i++) {
		if (!ps->stacks.v[i].os && ps->stacks.v[i].n)
			ok = fill_lost(&fill, i);
	}
	if (ok && ps->want_tasks)
		ok = pytasks_fill(ps, ret, err);
	return ok;
}
