/* SPDX-License-Identifier: MIT */
/*
 * The stack of an instant: what ran then, by ran.h, and who called it, by frames
 * that are read now.
 */
#include "grow/instant.h"

#include "base/clock.h"

enum {
	UNIT = 2,			/* bytes of an instruction */
	FIRST_WAIT_MS = 10, SURE_WAIT_MS = 500, LAST_WAIT_MS = 2000,
};

/* --- threads ------------------------------------------------------------- */

static struct instant_thread *thread_of(struct instant *in, pid_t tid)
{
	for (size_t i = 0; i < in->threads.n; i++) {
		if (in->threads.v[i].tid == tid)
			return &in->threads.v[i];
	}
	return NULL;
}

static struct instant_thread *thread_add(struct instant *in, pid_t tid,
					 struct err *err)
{
	struct instant_thread *thread = thread_of(in, tid);

	if (!thread)
		thread = vec_add(&in->threads, err);
	if (thread)
		thread->tid = tid;
	return thread;
}

/* Which state is whose.  Of several, the main interpreter's, which comes last. */
static bool list_threads(struct instant *in, struct err *err)
{
	struct pystacks *ps = &in->ps;
	bool torn;

	pages_clear(&ps->pages);
	ps->os.v.n = 0;
	ps->threads.v.n = ps->threads.gils.n = 0;
	if (!runtime_interps(&in->tr->rt, in->tr->target->mem, err) ||
	    !target_threads(in->tr->target, false, &ps->os, err) ||
	    !pythreads_read(&ps->threads, &in->tr->rt, &ps->ctx, &torn, err))
		return false;
	for (size_t i = 0; i < in->threads.n; i++)
		in->threads.v[i].holds_gil = false;
	for (size_t i = 0; i < ps->threads.v.n; i++) {
		const struct pythread *state = &ps->threads.v.v[i];
		const struct thread_info *os = pystacks_owner(ps, state);
		struct instant_thread *thread;

		if (!os)
			continue;
		thread = thread_add(in, os->tid, err);
		if (!thread)
			return false;
		thread->tstate = state->tstate;
		thread->holds_gil = state->holds_gil;
	}
	return true;
}

/* One that is new may have no state yet: it is asked for again and again, ever
 * more seldom, but soon if its C stack has the evaluation function. */
static struct instant_thread *thread_find(struct instant *in, pid_t tid,
					  bool evaluates, struct err *err)
{
	struct instant_thread *thread = thread_add(in, tid, err);
	uint64_t now;

	if (!thread || thread->tstate)
		return thread;
	now = clock_now_ns();
	if (evaluates)
		thread->waits_ms = 0;
	if (now < thread->asked_ns + thread->waits_ms * 1000000ull)
		return thread;
	if (!list_threads(in, err) && err->code != ERR_GONE)
		return NULL;
	thread = thread_of(in, tid);
	thread->waits_ms = !thread->waits_ms ? FIRST_WAIT_MS :
			   thread->waits_ms < LAST_WAIT_MS ?
				   2 * thread->waits_ms : LAST_WAIT_MS;
	thread->asked_ns = now;
	return thread;
}

/* --- frames -------------------------------------------------------------- */

/* The frames as they are now, and their bytecode. */
static bool read_chain(struct instant *in, struct instant_thread *thread,
		       struct err *err)
{
	struct pystacks *ps = &in->ps;
	struct pychain *chain = &thread->chain;

	if (thread->pass == in->pass)
		return true;
	thread->pass = in->pass;
	if (!pychain_read(ps, thread->tstate, chain, err))
		return false;
	for (size_t i = 0; i < chain->v.n && i < INSTANT_FRAMES; i++) {
		const struct pycode *code;

		code = pycodes_get_again(&ps->codes, &ps->ctx,
					 chain->v.v[i].code);
		if (!code) {
			chain->cut = true;
			chain->v.n = i;
		} else if (!ran_learn(&in->ran, code->addr, err)) {
			return false;
		}
	}
	return true;
}

/* --- names --------------------------------------------------------------- */

/* As it is now; of what is there no more, as it was. */
static const struct pycode *code_named(struct instant *in, raddr at)
{
	const struct pycode *code = pycodes_get_again(&in->ps.codes,
						      &in->ps.ctx, at);

	return code ? code : pycodes_get(&in->ps.codes, &in->ps.ctx, at);
}

/* A frame by its code and the instruction at @lasti; STRSET_NONE: @err. */
static uint32_t name_frame(struct instant *in, raddr at, int64_t lasti,
			   int32_t line, struct err *err)
{
	const struct pycode *code = code_named(in, at);
	struct growth_frame frame = { .line = -1 };

	frame.file = growth_text(in->g, code ? code->file : NULL, err);
	frame.function = growth_text(in->g, !code ? NULL : code->qualname ?
				     code->qualname : code->name, err);
	if (frame.file == STRSET_NONE || frame.function == STRSET_NONE)
		return STRSET_NONE;
	if (code)
		frame.line = line ? line : (int32_t)pycode_position(
			in->ps.ctx.abi, code, lasti).line;
	return growth_add_frame(in->g, &frame, err);
}

/* Append the frames of @chain from number @from on, without those that have not
 * begun. */
static bool name_callers(struct instant *in, const struct pychain *chain,
			 size_t from, uint32_t *frames, size_t *n,
			 struct err *err)
{
	for (size_t i = from; i < chain->v.n && *n < INSTANT_FRAMES; i++) {
		const struct pyframe *f = &chain->v.v[i];
		const struct pycode *code;

		code = pycodes_get_again(&in->ps.codes, &in->ps.ctx, f->code);
		if (!code || pyframe_is_hidden(f, code))
			continue;
		frames[*n] = name_frame(in, f->code, f->lasti, f->line, err);
		if (frames[(*n)++] == STRSET_NONE)
			return false;
	}
	return true;
}

/* --- all ----------------------------------------------------------------- */

bool instant_init(struct instant *in, struct tracee *tr, struct growth *g,
		  struct err *err)
{
	*in = (struct instant){ .tr = tr, .g = g, .pass = 1 };
	pystacks_init(&in->ps, tr);
	in->ps.running = true;
	return ran_init(&in->ran, &in->ps, err) &&
	       pystacks_make_types(&in->ps, err) && list_threads(in, err);
}

void instant_fini(struct instant *in)
{
	if (!in->tr)
		return;
	for (size_t i = 0; i < in->threads.n; i++)
		vec_free(&in->threads.v[i].chain.v);
	vec_free(&in->threads);
	ran_fini(&in->ran);
	pystacks_fini(&in->ps);
}

bool instant_learn(struct instant *in, raddr code, struct err *err)
{
	return ran_learn(&in->ran, code, err);
}

void instant_pass(struct instant *in)
{
	in->pass++;
	pages_clear(&in->ps.pages);
}

/* What ran, and who called it, as far as that is read. */
static uint32_t name_stack(struct instant *in, const struct ran_seen *seen,
			   const struct pychain *chain, pid_t tid,
			   struct err *err)
{
	uint32_t frames[INSTANT_FRAMES];
	enum growth_how how = seen->is_guess ? GROWTH_GUESSED : GROWTH_LINE;
	size_t from, n = 0;

	if (!seen->code)
		return growth_stack(in->g, GROWTH_LATE, tid, NULL, 0, err);
	from = pychain_find(chain, seen->code);
	if (from++ == chain->v.n && how == GROWTH_LINE)
		how = GROWTH_MOVED;
	frames[n++] = name_frame(in, seen->code, (int64_t)
				 (seen->next - seen->start) - UNIT, 0, err);
	if (frames[0] == STRSET_NONE ||
	    !name_callers(in, chain, from, frames, &n, err))
		return STRSET_NONE;
	return growth_stack(in->g, how, tid, frames, n, err);
}

/* Its C stack, which was seen to its end, says so, or that it has had no state
 * for a while.  One that came and went in between may have had one. */
static bool has_no_python(const struct instant *in,
			  const struct instant_thread *thread)
{
	return in->ran.c.end == UNWIND_WHOLE ||
	       thread->waits_ms > SURE_WAIT_MS;
}

/* @thread may have had no state until now. */
static bool see_thread(struct instant *in, const struct fault *fault,
		       struct instant_thread *thread, struct ran_seen *ret,
		       const struct pychain **ret_chain, struct err *err)
{
	static const struct pychain no_chain;

	*ret_chain = thread->tstate ? &thread->chain : &no_chain;
	return (!thread->tstate || read_chain(in, thread, err)) &&
	       ran_see(&in->ran, fault, *ret_chain, ret, err);
}

uint32_t instant_stack(struct instant *in, const struct fault *fault,
		       struct err *err)
{
	const struct pychain *chain;
	struct ran_seen seen;
	struct instant_thread *thread = thread_find(in, fault->tid, false,
						    err);

	if (!thread || !see_thread(in, fault, thread, &seen, &chain, err))
		return STRSET_NONE;
	if (!thread->tstate && (seen.code || seen.evaluates)) {
		thread = thread_find(in, fault->tid, true, err);
		if (!thread ||
		    (thread->tstate &&
		     !see_thread(in, fault, thread, &seen, &chain, err)))
			return STRSET_NONE;
	} else if (!thread->tstate) {
		return growth_stack(in->g, has_no_python(in, thread) ?
				    GROWTH_NOT_PYTHON : GROWTH_LATE,
				    fault->tid, NULL, 0, err);
	}
	return name_stack(in, &seen, chain, fault->tid, err);
}

uint32_t instant_running(struct instant *in, struct err *err)
{
	uint32_t frames[INSTANT_FRAMES];
	size_t n = 0;

	instant_pass(in);
	if (!list_threads(in, err))
		return STRSET_NONE;
	for (size_t i = 0; i < in->threads.n; i++) {
		struct instant_thread *thread = &in->threads.v[i];

		if (!thread->holds_gil)
			continue;
		if (!read_chain(in, thread, err))
			return STRSET_NONE;
		if (thread->chain.cut || !thread->chain.v.n)
			break;
		return name_callers(in, &thread->chain, 0, frames, &n, err) ?
			       growth_stack(in->g, GROWTH_LINE, thread->tid,
					    frames, n, err) : STRSET_NONE;
	}
	return growth_stack(in->g, GROWTH_LATE, in->tr->target->pid, NULL, 0,
			    err);
}
