/* SPDX-License-Identifier: MIT */
/*
 * Stacks of a tracee that runs on.
 *
 * Who does not hold the GIL cannot touch a Python frame.  The GIL counts how
 * often it changed hands: if it did not from before to after a look at a
 * thread, and another thread was the last to hold it, that thread's frames
 * stood still, and the look is exact.
 *
 * The frames of the thread that does run may change between two of our reads,
 * so that its stack is put together of two that never were one.  It is read
 * again and again until several looks in a row agree, in all frames and in
 * where each but the innermost is.  Each look copies all pages known to be
 * needed at once, within microseconds.  Where no agreement is reached the
 * outermost frames, as many as did not change in many looks, are all that is
 * told.
 *
 * What names the frames is read between two looks that agree.
 *
 * Facts: CPython 3.6 to 3.15, Python/ceval_gil.c (take_gil: switch_number).
 */
#include <string.h>

#include "stacks/pystacks.h"

enum {
	AGREE = 8,		/* looks that must agree */
	MAX_LOOKS = 160,	/* at one thread */
	MAX_ROUNDS = 8,		/* of looks and naming */
	MAX_LISTS = 4,		/* readings of the list of threads */
	MAX_AHEAD = 128,	/* pages copied at once */
};

struct calm {
	struct pystacks *ps;
	const struct pythread *thread;
	struct pychain now, before;
	struct pygil gil;	/* when the looks began */
	struct err *err;
};

/* --- the GIL as a clock -------------------------------------------------- */

/* The members of a GIL that stand together, in one read. */
static bool read_gil(const struct calm *calm, struct pygil *ret)
{
	const struct abi *abi = &calm->ps->tr->rt.abi;
	const struct pygil *known;
	struct mem *live = calm->ps->tr->target->mem;
	struct err ignored;

	known = pythreads_gil(&calm->ps->threads, calm->thread->gil);
	*ret = (struct pygil){ 0 };
	if (!known || !known->has_switches || abi->gil == GIL_STATICS)
		return false;
	ret->has_switches =
		mem_u64(live, known->at + abi->gil_last_holder,
			&ret->last_holder, &ignored) &&
		mem_u64(live, known->at + abi->gil_switch_number,
			&ret->switches, &ignored);
	return ret->has_switches;
}

/* Has the thread had no chance to run Python since calm->gil was read? */
static bool stood_still(const struct calm *calm)
{
	struct pygil now;

	return calm->gil.has_switches &&
	       calm->gil.last_holder != calm->thread->tstate &&
	       read_gil(calm, &now) &&
	       now.switches == calm->gil.switches &&
	       now.last_holder == calm->gil.last_holder;
}

/* --- looks --------------------------------------------------------------- */

static size_t list_pages(const struct calm *calm, raddr *list)
{
	size_t n = 0;

	list[n++] = calm->thread->tstate;
	list[n++] = calm->thread->tstate + calm->ps->tr->rt.abi.tstate_sizeof;
	for (size_t i = 0; i < calm->now.v.n && n + 2 <= MAX_AHEAD; i++) {
		raddr at = calm->now.v.v[i].at;

		if (at / PAGES_SIZE != list[n - 1] / PAGES_SIZE)
			list[n++] = at;
	}
	return n;
}

/* Is the innermost frame still the one that was found on top? */
static bool same_top(const struct calm *calm)
{
	struct pyctx live = { .abi = calm->ps->ctx.abi,
			      .mem = calm->ps->tr->target->mem };

	return pyframe_top(&live, calm->thread->tstate) ==
		       pyframe_top(&calm->ps->ctx, calm->thread->tstate) &&
	       !live.faults;
}

/*
 * A generator that has just yielded has nobody below it.  One that a thread
 * began with has not, either, where there are no shims; who runs such a one is
 * told only while it stands still.
 */
static bool ends_in_generator(struct calm *calm)
{
	const struct pychain *chain = &calm->now;
	const struct pyframe *last;

	if (!chain->v.n)
		return false;
	last = &chain->v.v[chain->v.n - 1];
	return !last->previous && pyframe_generator(&calm->ps->ctx, last);
}

/* A fresh look at the frames; the one before goes to calm->before. */
static bool look(struct calm *calm)
{
	struct pychain spare = calm->before;
	raddr list[MAX_AHEAD];
	size_t n = list_pages(calm, list);

	calm->before = calm->now;
	calm->now = spare;
	pages_clear(&calm->ps->pages);
	if (!pages_load(&calm->ps->pages, list, n, calm->err) ||
	    !pychain_read(calm->ps, calm->thread->tstate, &calm->now,
			  calm->err))
		return false;
	if (!same_top(calm) || ends_in_generator(calm))
		calm->now.cut = true;
	return true;
}

static bool same_frame(const struct pyframe *a, const struct pyframe *b)
{
	return a->at == b->at && a->code == b->code && a->owner == b->owner &&
	       a->is_entry == b->is_entry;
}

/* How many of the outermost frames are the same, and at the same place. */
static size_t common(const struct pychain *a, const struct pychain *b)
{
	size_t n = 0;

	if (a->cut || b->cut)
		return 0;
	while (n < a->v.n && n < b->v.n) {
		const struct pyframe *x = &a->v.v[a->v.n - 1 - n];
		const struct pyframe *y = &b->v.v[b->v.n - 1 - n];

		if (!same_frame(x, y) || x->lasti != y->lasti)
			break;
		n++;
	}
	return n;
}

/* The innermost may have gone on within its code. */
static bool agree(const struct pychain *a, const struct pychain *b)
{
	size_t n = common(a, b);

	if (a->cut || b->cut || a->v.n != b->v.n)
		return false;
	return n == a->v.n ||
	       (n + 1 == a->v.n && same_frame(&a->v.v[0], &b->v.v[0]));
}

/*
 * Look until enough looks agree: *ret_keep is then all frames.  Else it is how
 * many of the outermost did not change in the last half of them.
 */
static bool settle(struct calm *calm, size_t *ret_keep)
{
	size_t least = SIZE_MAX;
	unsigned agreed = 0;

	for (unsigned i = 0; i < MAX_LOOKS; i++) {
		size_t same;

		read_gil(calm, &calm->gil);
		if (!look(calm))
			return false;
		*ret_keep = 0;
		if (calm->ps->pages.is_spent)
			return true;
		*ret_keep = calm->now.v.n;
		if (!calm->now.cut && stood_still(calm))
			return true;
		agreed = i && agree(&calm->now, &calm->before) ? agreed + 1 : 1;
		if (agreed >= AGREE)
			return true;
		same = common(&calm->now, &calm->before);
		if (i >= MAX_LOOKS / 2 && same < least)
			least = same;
	}
	*ret_keep = least;
	return true;
}

/* --- one thread ---------------------------------------------------------- */

/* Are the @keep outermost frames still what they were when they were named? */
static bool confirmed(struct calm *calm, size_t keep, bool *ret)
{
	size_t n;

	*ret = stood_still(calm);
	if (*ret)
		return true;
	if (!look(calm))
		return false;
	n = common(&calm->now, &calm->before);
	*ret = keep == calm->before.v.n ? agree(&calm->now, &calm->before) :
					  n >= keep;
	return true;
}

static const char *what_lacks(const struct calm *calm, size_t keep)
{
	if (keep == calm->now.v.n && !calm->ps->pages.is_spent)
		return NULL;
	return keep ? "its innermost frames changed too fast to be read" :
		      "its frames changed too fast to be read";
}

static bool take_thread(struct calm *calm)
{
	struct pystacks *ps = calm->ps;

	for (unsigned i = 0;; i++) {
		struct pystack *stack;
		bool sure, last;
		size_t keep;

		if (!settle(calm, &keep))
			return false;
		last = i == MAX_ROUNDS || ps->pages.is_spent;
		if (last)
			keep = 0;
		if (!pystacks_add(ps, calm->thread, &calm->now,
				  calm->now.v.n - keep, calm->err))
			return false;
		stack = &ps->stacks.v[ps->stacks.n - 1];
		stack->problem = what_lacks(calm, keep);
		if (!pystacks_describe(ps, stack->first, calm->err) ||
		    !confirmed(calm, keep, &sure))
			return false;
		if (sure || last)
			return true;
		pystacks_drop(ps);
	}
}

/* --- all ----------------------------------------------------------------- */

static bool same_threads(const struct pythreads *a, const struct pythreads *b)
{
	if (a->v.n != b->v.n)
		return false;
	for (size_t i = 0; i < a->v.n; i++) {
		if (a->v.v[i].tstate != b->v.v[i].tstate ||
		    a->v.v[i].ident != b->v.v[i].ident)
			return false;
	}
	return true;
}

static bool list_threads(struct pystacks *ps, struct pythreads *ret,
			 bool *ret_torn, struct err *err)
{
	ret->v.n = ret->gils.n = 0;
	pages_clear(&ps->pages);
	return runtime_interps(&ps->tr->rt, ps->tr->target->mem, err) &&
	       pythreads_read(ret, &ps->tr->rt, &ps->ctx, ret_torn, err);
}

static bool take_all(struct pystacks *ps, struct err *err)
{
	struct calm calm = { .ps = ps, .err = err };
	bool ok = true;

	while (ps->stacks.n)
		pystacks_drop(ps);
	for (size_t i = 0; ok && i < ps->threads.v.n; i++) {
		calm.thread = &ps->threads.v.v[i];
		calm.now.v.n = 0;
		ok = take_thread(&calm);
	}
	vec_free(&calm.now.v);
	vec_free(&calm.before.v);
	return ok;
}

bool pystacks_copy_running(struct pystacks *ps, struct err *err)
{
	struct pythreads after = { 0 };
	bool torn = true, torn_after = true, ok = true;

	ps->running = ps->came_and_went = true;
	pages_allow(&ps->pages, PYSTACKS_MS);
	for (unsigned i = 0; ok && ps->came_and_went && i < MAX_LISTS; i++) {
		ok = list_threads(ps, &ps->threads, &torn, err) &&
		     pystacks_make_types(ps, err) && take_all(ps, err) &&
		     (ps->pages.is_spent ||
		      list_threads(ps, &after, &torn_after, err));
		ps->came_and_went = !ps->pages.is_spent &&
				    (torn || torn_after ||
				     !same_threads(&ps->threads, &after));
	}
	pythreads_fini(&after);
	ps->is_late |= ps->pages.is_spent;
	return ok && (!ps->want_tasks || pytasks_copy_running(ps, err)) &&
	       pystacks_name(ps, err);
}
