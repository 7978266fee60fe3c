/* SPDX-License-Identifier: MIT */
/*
 * What a thread ran at an instant, by what it left on its C stack.
 *
 * The loop of the evaluation function has the address of the next instruction in
 * a local variable, which it needs after whatever it calls: so it is in one of
 * the registers that functions keep for who calls them, which unwinding brings
 * back, or in the loop's own frame.  Who is called from there has no reason to
 * have such an address in one of these.
 *
 * Where the tables end before that frame, the first word of the copy will do
 * that looks like one; it may be what an old call left.
 *
 * Facts: CPython 3.6 to 3.15, Python/ceval.c: next_instr is past the instruction
 *        that runs (and, as of 3.13, past its caches), never at the first.
 *        _PyEval_EvalFrameDefault is exported; from 3.14 on its instructions may
 *        be functions of their own, called from there.
 */
#include "grow/instant.h"

#include <stdlib.h>
#include <string.h>

#include "attach/stackcopy.h"
#include "base/clock.h"

enum {
	UNIT = 2,			/* bytes of an instruction */
	MAX_BYTECODE = 1 << 24,
	/* What it keeps for who called it, at the upper end of its frame, may be
	 * the next instruction of an outer one; and the return address. */
	KEPT_BYTES = 8 * (UNWIND_KEPT + 1),
	FIRST_WAIT_MS = 10, SURE_WAIT_MS = 500, LAST_WAIT_MS = 2000,
};

/* --- bytecode ------------------------------------------------------------ */

/* Where the instructions of a code object are; false: not readable. */
static bool bytecode_of(struct pyctx *ctx, raddr code, raddr *ret_start,
			uint64_t *ret_len)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	raddr bytes;
	bool ok;

	if (abi_has(abi->code_co_code_adaptive)) {
		*ret_start = code + abi->code_co_code_adaptive;
		*ret_len = ctx_u64(ctx, code + abi->var_ob_size) * UNIT;
	} else {
		bytes = ctx_u64(ctx, code + abi->code_co_code);
		*ret_start = bytes + abi->bytes_ob_sval;
		*ret_len = ctx_u64(ctx, bytes + abi->var_ob_size);
	}
	ok = ctx->faults == before && *ret_len && *ret_len <= MAX_BYTECODE;
	ctx->faults = before;
	return ok;
}

/* The number of the first whose end is above @at. */
static size_t code_from(const struct instant *in, raddr at)
{
	size_t low = 0, high = in->codes.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (in->codes.v[mid].end > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static const struct instant_code *code_at(const struct instant *in, raddr at)
{
	size_t i = code_from(in, at);

	return i < in->codes.n && at > in->codes.v[i].start ?
		       &in->codes.v[i] : NULL;
}

/* Of what overlaps, the newest is there. */
static bool code_learn(struct instant *in, raddr code, struct err *err)
{
	struct instant_code new = { .at = code };
	struct instant_code *v;
	uint64_t len;
	size_t i, k;

	if (!bytecode_of(&in->ps.ctx, code, &new.start, &len))
		return true;
	new.end = new.start + len;
	i = code_from(in, new.start);
	if (i < in->codes.n && in->codes.v[i].start == new.start &&
	    in->codes.v[i].end == new.end) {
		in->codes.v[i].at = code;
		return true;
	}
	for (k = i; k < in->codes.n && in->codes.v[k].start < new.end; k++)
		;
	if (k == i && !vec_add(&in->codes, err))
		return false;
	v = in->codes.v;
	if (k == i)
		memmove(v + i + 1, v + i, (in->codes.n - 1 - i) * sizeof(*v));
	else
		memmove(v + i + 1, v + k, (in->codes.n - k) * sizeof(*v));
	in->codes.n -= k > i ? k - i - 1 : 0;
	v[i] = new;
	return true;
}

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
		} else if (!code_learn(in, code->addr, err)) {
			return false;
		}
	}
	return true;
}

static uint64_t word_at(const struct fault *fault, uint64_t off)
{
	uint64_t word;

	memcpy(&word, fault->stack + off, sizeof(word));
	return word;
}

/* --- what the copy says -------------------------------------------------- */

struct seeing {
	const struct instant *in;
	const struct fault *fault;
	const struct pychain *chain;
	const struct instant_code *ran;
	raddr next;
	bool in_eval;		/* the frame before was its */
	raddr eval_sp;
};

static bool saw(struct seeing *see, raddr word)
{
	const struct instant_code *code = code_at(see->in, word);

	if (!code || (word - code->start) % UNIT)
		return false;
	see->ran = code;
	see->next = word;
	return true;
}

/* Of several in [from, to) of the stack, one of who runs still. */
static bool saw_on_stack(struct seeing *see, raddr from, raddr to)
{
	const raddr sp = see->fault->regs.v[regs_sp];
	const struct instant_code *first = NULL;
	raddr first_next = 0;

	for (raddr at = from; at < to && at - sp + 8 <= see->fault->stack_len;
	     at += 8) {
		if (!saw(see, word_at(see->fault, at - sp)))
			continue;
		if (see->chain->v.n &&
		    see->chain->v.v[0].code == see->ran->at)
			return true;
		if (!first) {
			first = see->ran;
			first_next = see->next;
		}
	}
	see->ran = first;
	see->next = first_next;
	return first != NULL;
}

static bool see_frame(void *arg, const struct unwind_frame *frame,
		      const uint64_t kept[UNWIND_KEPT])
{
	struct seeing *see = arg;

	if (see->in_eval) {
		saw_on_stack(see, see->eval_sp, frame->sp - KEPT_BYTES);
		return false;
	}
	for (int i = 0; i < UNWIND_KEPT; i++) {
		if (saw(see, kept[i]))
			return false;
	}
	see->in_eval = addr_in(frame->pc, see->in->eval, see->in->eval_end -
							 see->in->eval);
	see->eval_sp = frame->sp;
	return true;
}

/* The bytecode that ran, and the next instruction; NULL: none is known. */
static bool see_what_ran(struct instant *in, struct seeing *see,
			 struct err *err)
{
	const struct fault *fault = see->fault;
	const raddr sp = fault->regs.v[regs_sp];
	const struct stackcopy_thread copy = {
		.tid = fault->tid, .has_regs = fault->has_regs,
		.regs = fault->regs, .start = sp, .len = fault->stack_len,
		.bytes = fault->stack, .cut = true,
	};

	unwinder_begin(in->unwinder);
	if (!unwind_each(in->unwinder, &copy, &in->c, see_frame, see, err))
		return false;
	if (!see->ran && !see->in_eval && fault->has_regs)
		saw_on_stack(see, sp, sp + fault->stack_len);
	return true;
}

/* Does the copy have the address @at? */
static bool has_word(const struct fault *fault, raddr at)
{
	for (int i = 0; i < UNWIND_KEPT; i++) {
		if (fault->regs.v[unwind_kept[i]] == at)
			return true;
	}
	for (uint64_t off = 0; off + 8 <= fault->stack_len; off += 8) {
		if (word_at(fault, off) == at)
			return true;
	}
	return false;
}

/* --- names --------------------------------------------------------------- */

/* As it is now; of what is there no more, as it was. */
static const struct pycode *code_named(struct instant *in, raddr at)
{
	const struct pycode *code = pycodes_get_again(&in->ps.codes,
						      &in->ps.ctx, at);

	return code ? code : pycodes_get(&in->ps.codes, &in->ps.ctx, at);
}

/* A frame by its code and the instruction at @lasti; INTERN_NONE: @err. */
static uint32_t name_frame(struct instant *in, raddr at, int64_t lasti,
			   int32_t line, struct err *err)
{
	const struct pycode *code = code_named(in, at);
	struct growth_frame frame = { .line = -1 };

	frame.file = growth_text(in->g, code ? code->file : NULL, err);
	frame.function = growth_text(in->g, !code ? NULL : code->qualname ?
				     code->qualname : code->name, err);
	if (frame.file == INTERN_NONE || frame.function == INTERN_NONE)
		return INTERN_NONE;
	if (code)
		frame.line = line ? line : (int32_t)pycode_position(
			in->ps.ctx.abi, code, lasti).line;
	return intern_put(&in->g->frames, &frame, sizeof(frame), err);
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
		if (frames[(*n)++] == INTERN_NONE)
			return false;
	}
	return true;
}

/* --- all ----------------------------------------------------------------- */

/* Where the evaluation function is; it may be without a name. */
static void find_eval(struct instant *in)
{
	uint64_t size;
	raddr at;

	if (module_symbol(in->tr->rt.module, "_PyEval_EvalFrameDefault", &at,
			  &size)) {
		in->eval = at;
		in->eval_end = at + size;
	}
}

static bool begin_unwinding(struct instant *in, struct err *err)
{
	struct target *target = in->tr->target;
	struct maps maps = { 0 };

	if (!code_init(&in->c_code, target, target->mem, err) ||
	    !target_maps(target, &maps, err) ||
	    !code_update(&in->c_code, &maps, err))
		return false;
	in->unwinder = unwinder_new(&in->c_code, err);
	return in->unwinder != NULL;
}

bool instant_init(struct instant *in, struct tracee *tr, struct growth *g,
		  struct err *err)
{
	*in = (struct instant){ .tr = tr, .g = g, .pass = 1 };
	pystacks_init(&in->ps, tr);
	in->ps.running = true;
	find_eval(in);
	return begin_unwinding(in, err) &&
	       pystacks_make_types(&in->ps, err) && list_threads(in, err);
}

void instant_fini(struct instant *in)
{
	if (!in->tr)
		return;
	for (size_t i = 0; i < in->threads.n; i++)
		vec_free(&in->threads.v[i].chain.v);
	vec_free(&in->threads);
	vec_free(&in->codes);
	unwind_stack_fini(&in->c);
	unwinder_free(in->unwinder);
	code_fini(&in->c_code);
	pystacks_fini(&in->ps);
}

bool instant_learn(struct instant *in, raddr code, struct err *err)
{
	return code_learn(in, code, err);
}

void instant_pass(struct instant *in)
{
	in->pass++;
	pages_clear(&in->ps.pages);
}

/* Which frame of the chain ran, or all of them. */
static size_t find_in_chain(const struct pychain *chain, raddr code)
{
	size_t i = 0;

	while (i < chain->v.n && chain->v.v[i].code != code)
		i++;
	return i;
}

/* What ran, and who called it, as far as that is read. */
static uint32_t name_stack(struct instant *in, const struct seeing *see,
			   pid_t tid, struct err *err)
{
	uint32_t frames[INSTANT_FRAMES];
	enum growth_how how = GROWTH_LINE;
	size_t from = 0, n = 0;

	if (see->ran) {
		from = find_in_chain(see->chain, see->ran->at);
		if (from++ == see->chain->v.n)
			how = GROWTH_MOVED;
		frames[n++] = name_frame(in, see->ran->at, (int64_t)
					 (see->next - see->ran->start) - UNIT,
					 0, err);
		if (frames[0] == INTERN_NONE)
			return INTERN_NONE;
	} else if (!see->chain->v.n ||
		   !has_word(see->fault, see->chain->v.v[0].at)) {
		how = GROWTH_LATE;
	}
	if (how == GROWTH_LINE &&
	    !name_callers(in, see->chain, from, frames, &n, err))
		return INTERN_NONE;
	return growth_stack(in->g, how, tid, frames, n, err);
}

/* Its C stack, which was seen to its end, says so, or that it has had no state
 * for a while.  One that came and went in between may have had one. */
static bool has_no_python(const struct instant *in,
			  const struct instant_thread *thread)
{
	return in->c.end == UNWIND_WHOLE || thread->waits_ms > SURE_WAIT_MS;
}

uint32_t instant_stack(struct instant *in, const struct fault *fault,
		       struct err *err)
{
	static const struct pychain no_chain;
	struct seeing see = { .in = in, .fault = fault, .chain = &no_chain };
	struct instant_thread *thread = thread_find(in, fault->tid, false,
							    err);

	if (!thread || (thread->tstate && !read_chain(in, thread, err)))
		return INTERN_NONE;
	if (thread->tstate)
		see.chain = &thread->chain;
	if (!see_what_ran(in, &see, err))
		return INTERN_NONE;
	if (!thread->tstate && (see.ran || see.in_eval)) {
		thread = thread_find(in, fault->tid, true, err);
		if (!thread || (thread->tstate &&
				!read_chain(in, thread, err)))
			return INTERN_NONE;
		see.chain = thread->tstate ? &thread->chain : &no_chain;
		if (!see.ran && !see_what_ran(in, &see, err))
			return INTERN_NONE;
	} else if (!thread->tstate) {
		return growth_stack(in->g, has_no_python(in, thread) ?
				    GROWTH_NOT_PYTHON : GROWTH_LATE,
				    fault->tid, NULL, 0, err);
	}
	return name_stack(in, &see, fault->tid, err);
}

uint32_t instant_running(struct instant *in, struct err *err)
{
	uint32_t frames[INSTANT_FRAMES];
	size_t n = 0;

	instant_pass(in);
	if (!list_threads(in, err))
		return INTERN_NONE;
	for (size_t i = 0; i < in->threads.n; i++) {
		struct instant_thread *thread = &in->threads.v[i];

		if (!thread->holds_gil)
			continue;
		if (!read_chain(in, thread, err))
			return INTERN_NONE;
		if (thread->chain.cut || !thread->chain.v.n)
			break;
		return name_callers(in, &thread->chain, 0, frames, &n, err) ?
			       growth_stack(in->g, GROWTH_LINE, thread->tid,
					    frames, n, err) : INTERN_NONE;
	}
	return growth_stack(in->g, GROWTH_LATE, in->tr->target->pid, NULL, 0,
			    err);
}
