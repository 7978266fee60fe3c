/* SPDX-License-Identifier: MIT */
/*
 * What a thread ran at an instant, by what it left on its C stack.
 *
 * The loop of the evaluation function has the address of the next instruction in
 * a local variable, which it needs after whatever it calls: so it is in one of
 * the registers that functions keep for who calls them, which unwinding brings
 * back, or in the loop's own frame.  There may be others, of instructions that
 * ran before, or left by functions that were called there before.
 *
 * Where the variable is depends on where the loop calls from alone.  Where there
 * is one line only, and its frame is there as well, that is how we learn it; and
 * then it tells which of several it is, and that it is none that we know.  All
 * else is a guess, and where the tables end before that frame, or it has no name,
 * so is any word of the copy that looks like an instruction.
 *
 * Facts: CPython 3.6 to 3.15, Python/ceval.c: next_instr is past the instruction
 *        that runs (and, as of 3.13, past its caches), never at the first; it
 *        has a pointer to the Python frame, too.
 */
#include "grow/ran.h"

#include <string.h>

#include "attach/stackcopy.h"
#include "base/ranges.h"

enum {
	UNIT = 2,			/* bytes of an instruction */
	MAX_INSTRUCTION = 11 * UNIT,	/* ... with its caches */
	MAX_BYTECODE = 1 << 24,
	MAX_PLACES = 1 << 16,
	/* What it keeps for who called it, at the upper end of its frame, may be
	 * the next instruction of an outer one; and the return address. */
	KEPT_BYTES = 8 * (UNWIND_KEPT + 1),
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

static const struct ran_code *code_at(const struct ran *ran, raddr at)
{
	size_t i = ranges_from(&ran->codes, at);

	return i < ran->codes.n && at > ran->codes.v[i].start ?
		       &ran->codes.v[i] : NULL;
}

/* Of what overlaps, the newest is there. */
bool ran_learn(struct ran *ran, raddr code, struct err *err)
{
	struct ran_code new = { .at = code };
	struct ran_code *v;
	uint64_t len;
	size_t i, k;

	if (!bytecode_of(&ran->ps->ctx, code, &new.start, &len))
		return true;
	new.end = new.start + len;
	i = ranges_from(&ran->codes, new.start);
	if (i < ran->codes.n && ran->codes.v[i].start == new.start &&
	    ran->codes.v[i].end == new.end) {
		ran->codes.v[i].at = code;
		return true;
	}
	for (k = i; k < ran->codes.n && ran->codes.v[k].start < new.end; k++)
		;
	if (k == i && !vec_add(&ran->codes, err))
		return false;
	v = ran->codes.v;
	if (k == i)
		memmove(v + i + 1, v + i, (ran->codes.n - 1 - i) * sizeof(*v));
	else
		memmove(v + i + 1, v + k, (ran->codes.n - k) * sizeof(*v));
	ran->codes.n -= k > i ? k - i - 1 : 0;
	v[i] = new;
	return true;
}

/* --- what the copy says -------------------------------------------------- */

struct seeing {
	struct ran *ran;
	const struct fault *fault;
	const struct pychain *chain;
	/** What looks like the next instruction, each once, and where. */
	struct seen {
		const struct ran_code *code;
		raddr next;
		struct ran_place place;
	} v[RAN_SEEN];
	size_t n;
	/** The frame of the evaluation function; 0: not reached. */
	raddr pc, sp, end;
	uint64_t kept[UNWIND_KEPT];
};

static uint64_t word_at(const struct fault *fault, uint64_t off)
{
	uint64_t word;

	memcpy(&word, fault->stack + off, sizeof(word));
	return word;
}

static void saw(struct seeing *see, raddr word, uint64_t place)
{
	const struct ran_code *code = code_at(see->ran, word);
	size_t i = 0;

	if (!code || (word - code->start) % UNIT)
		return;
	while (i < see->n && see->v[i].next != word)
		i++;
	if (i == RAN_SEEN)
		return;
	if (i == see->n)
		see->v[see->n++] = (struct seen){ .code = code, .next = word };
	if (place < RAN_PLACES)
		see->v[i].place.mask[place / 64] |= 1ull << place % 64;
}

static void saw_on_stack(struct seeing *see, raddr from, raddr to,
			 uint64_t place)
{
	const raddr sp = see->fault->regs.v[regs_sp];

	for (raddr at = from; at < to && at - sp + 8 <= see->fault->stack_len;
	     at += 8)
		saw(see, word_at(see->fault, at - sp), place++);
}

static bool see_frame(void *arg, const struct unwind_frame *frame,
		      const uint64_t kept[UNWIND_KEPT])
{
	struct seeing *see = arg;

	if (see->pc) {
		see->end = frame->sp - KEPT_BYTES;
		return false;
	}
	if (!evalcode_has(&see->ran->eval, frame->pc))
		return true;
	see->pc = frame->pc;
	see->sp = frame->sp;
	memcpy(see->kept, kept, sizeof(see->kept));
	return true;
}

/* --- which of it is right ------------------------------------------------ */

static bool has_word(const struct seeing *see, raddr word)
{
	const raddr sp = see->fault->regs.v[regs_sp];

	for (int i = 0; i < UNWIND_KEPT; i++) {
		if (see->kept[i] == word)
			return true;
	}
	for (raddr at = see->sp; at < see->end &&
	     at - sp + 8 <= see->fault->stack_len; at += 8) {
		if (word_at(see->fault, at - sp) == word)
			return true;
	}
	return false;
}

/* Is number @i of the chain a frame of this call of the evaluation function, by
 * what the first one of it has there? */
static bool is_of_call(const struct seeing *see, size_t i)
{
	const struct pychain *chain = see->chain;

	if (!has_word(see, chain->v.v[i].at))
		return false;
	while (i < chain->v.n && !chain->v.v[i].is_entry)
		i++;
	return i == chain->v.n || !chain->v.v[i].anchor ||
	       addr_in(chain->v.v[i].anchor, see->sp, see->end - see->sp);
}

static bool runs_code(const struct seeing *see, raddr code)
{
	for (size_t i = 0; i < see->chain->v.n && i < RAN_SEEN; i++) {
		if (see->chain->v.v[i].code == code && is_of_call(see, i))
			return true;
	}
	return false;
}

static int32_t line_of(struct ran *ran, const struct seen *seen)
{
	const struct pycode *code = pycodes_get(&ran->ps->codes, &ran->ps->ctx,
						seen->code->at);

	return code ? (int32_t)pycode_position(ran->ps->ctx.abi, code, (int64_t)
			(seen->next - seen->code->start) - UNIT).line : -1;
}

static bool same_line(struct ran *ran, const struct seen *a,
		      const struct seen *b)
{
	return a == b || (a->code == b->code &&
			  line_of(ran, a) == line_of(ran, b));
}

/* The one that all agree with, of those in @places (NULL: anywhere). */
static const struct seen *agreed(struct seeing *see,
				 const struct ran_place *places,
				 bool *ret_some)
{
	const struct seen *found = NULL;

	*ret_some = false;
	for (size_t i = 0; i < see->n; i++) {
		const struct seen *seen = &see->v[i];
		bool is_in = !places;

		for (int k = 0; places && k < RAN_MASK; k++)
			is_in |= (seen->place.mask[k] & places->mask[k]) != 0;
		if (!is_in)
			continue;
		*ret_some = true;
		if (found && !same_line(see->ran, found, seen))
			return NULL;
		found = seen;
	}
	return found;
}

/* The one that the innermost frame is at now, if it is. */
static const struct seen *at_hand(const struct seeing *see)
{
	const struct pyframe *frame = see->chain->v.v;
	const struct seen *found = NULL;
	int64_t least = MAX_INSTRUCTION + 1;

	for (size_t i = 0; see->chain->v.n && i < see->n; i++) {
		const struct seen *seen = &see->v[i];
		int64_t past = (int64_t)(seen->next - seen->code->start) -
			       frame->lasti;

		if (seen->code->at == frame->code && past > 0 && past < least) {
			found = seen;
			least = past;
		}
	}
	return found;
}

/* Of several: what runs still, else one of who has returned, for it is late and
 * what outer frames left is there all the time; else the first. */
static const struct seen *likely(const struct seeing *see)
{
	const struct seen *now = at_hand(see);

	for (size_t i = 0; !now && i < see->n; i++) {
		if (pychain_find(see->chain, see->v[i].code->at) ==
		    see->chain->v.n)
			now = &see->v[i];
	}
	return now ? now : see->n ? &see->v[0] : NULL;
}

static struct ran_place *place_of(struct ran *ran, raddr pc)
{
	uint32_t n = addrmap_get(&ran->place_of, pc);

	return n == ADDRMAP_NONE ? NULL : &ran->places.v[n];
}

/* There is one word, in certain places: where it is always is among them. */
static bool place_learn(struct ran *ran, raddr pc,
			const struct ran_place *place, struct err *err)
{
	struct ran_place *known = place_of(ran, pc);
	bool some = false;

	if (!known) {
		if (ran->places.n >= MAX_PLACES)
			return true;
		known = vec_add(&ran->places, err);
		if (!known)
			return false;
		*known = *place;
		return addrmap_put(&ran->place_of, pc,
				   (uint32_t)ran->places.n - 1, err);
	}
	for (int k = 0; k < RAN_MASK; k++)
		some |= (known->mask[k] & place->mask[k]) != 0;
	for (int k = 0; some && k < RAN_MASK; k++)
		known->mask[k] &= place->mask[k];
	return true;
}

/* In the frame of the evaluation function.  NULL, and no guess: what ran is none
 * that is known. */
static bool choose(struct seeing *see, const struct seen **ret,
		   bool *ret_is_guess, struct err *err)
{
	const struct ran_place *places;
	bool some;

	*ret = agreed(see, NULL, &some);
	if (*ret && see->n == 1 && runs_code(see, (*ret)->code->at) &&
	    !place_learn(see->ran, see->pc, &(*ret)->place, err))
		return false;
	places = place_of(see->ran, see->pc);
	*ret_is_guess = false;
	if (places) {
		*ret = agreed(see, places, &some);
		if (*ret || !some)
			return true;
	} else if (*ret && runs_code(see, (*ret)->code->at)) {
		return true;
	}
	*ret_is_guess = true;
	*ret = likely(see);
	return true;
}

static bool see_stack(struct ran *ran, struct seeing *see, struct err *err)
{
	const struct fault *fault = see->fault;
	const raddr sp = fault->regs.v[regs_sp];
	const struct stackcopy_thread copy = {
		.tid = fault->tid, .has_regs = fault->has_regs,
		.regs = fault->regs, .start = sp, .len = fault->stack_len,
		.bytes = fault->stack, .cut = true,
	};

	unwinder_begin(ran->unwinder);
	if (!unwind_each(ran->unwinder, &copy, &ran->c, see_frame, see, err))
		return false;
	for (uint64_t i = 0; see->end && i < UNWIND_KEPT; i++)
		saw(see, see->kept[i], i);
	if (see->end)
		saw_on_stack(see, see->sp, see->end, UNWIND_KEPT);
	else if (fault->has_regs)
		saw_on_stack(see, sp, sp + fault->stack_len, RAN_PLACES);
	return true;
}

bool ran_see(struct ran *ran, const struct fault *fault,
	     const struct pychain *chain, struct ran_seen *ret,
	     struct err *err)
{
	struct seeing see = { .ran = ran, .fault = fault, .chain = chain };
	const struct seen *seen;

	*ret = (struct ran_seen){ 0 };
	if (!see_stack(ran, &see, err))
		return false;
	ret->evaluates = see.pc != 0;
	ret->is_guess = true;
	seen = likely(&see);
	if (see.end && !choose(&see, &seen, &ret->is_guess, err))
		return false;
	if (!seen)
		return true;
	ret->code = seen->code->at;
	ret->start = seen->code->start;
	ret->next = seen->next;
	return true;
}

/* --- all ----------------------------------------------------------------- */

bool ran_init(struct ran *ran, struct pystacks *ps, struct err *err)
{
	struct tracee *tr = ps->tr;
	struct maps maps = { 0 };

	*ran = (struct ran){ .ps = ps };
	if (!code_init(&ran->c_code, tr->target, tr->target->mem, err) ||
	    !target_maps(tr->target, &maps, err) ||
	    !code_update(&ran->c_code, &maps, err) ||
	    !evalcode_find(&ran->eval, tr->rt.module, &ran->c_code, err))
		return false;
	ran->unwinder = unwinder_new(&ran->c_code, err);
	return ran->unwinder != NULL;
}

void ran_fini(struct ran *ran)
{
	vec_free(&ran->codes);
	vec_free(&ran->places);
	addrmap_fini(&ran->place_of);
	unwind_stack_fini(&ran->c);
	unwinder_free(ran->unwinder);
	evalcode_fini(&ran->eval);
	code_fini(&ran->c_code);
}
