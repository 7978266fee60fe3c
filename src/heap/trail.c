/* SPDX-License-Identifier: MIT */
/*
 * Outside the pools nothing says where an object begins, so words are tried.
 *
 * A word may lead to an object, to the GC head in front of one, or to a buffer,
 * whose owner alone knows how long it is.  What has to speak for an object the
 * image says (looker.h).  Of a copy references are followed, for what they lead
 * to was copied; of a process that runs, where that takes many small reads, all
 * words.
 */
#include "heap/trail.h"

#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "heap/outside.h"
#include "heap/regions.h"
#include "heap/witness.h"
#include "pyabi/layout.h"

enum {
	BEFORE = 64,		/* bytes before an object that are looked at, */
	BEHIND = 1024,		/* ... of its items that are seen at once, */
	LARGE = 1 << 16,	/* bytes of a table that leads to many */
	MAX_STORE = 1 << 20,	/* ... and at most of it */
	GAP = 2 * ADDR_PAGE,	/* that is read rather than left out */
};

static bool trail_add(struct trail *t, raddr at, uint64_t len)
{
	struct trail_step *step = vec_add(&t->wave[t->next], &t->lk->err);

	if (step)
		*step = (struct trail_step){ at, len };
	return step != NULL;
}

bool trail_try(struct trail *t, raddr addr, unsigned tags)
{
	return seen_shared_add(t->seen, addr, tags) != SEEN_NEW ||
	       trail_add(t, addr | tags, 0);
}

/* What is not one may look like an object, and points anywhere; a data segment
 * has what the linker put there. */
static bool is_beyond_doubt(const struct trail *t, raddr addr, unsigned kinds)
{
	return !t->win && (t->certain || !(kinds & REGION_ANON) ||
			   places_kind(&t->lk->cap->places, addr) !=
			   REGION_ANON);
}

static inline raddr *recent_of(struct trail *t, raddr addr)
{
	return &t->recent[(addr >> 4 ^ addr >> 14) % TRAIL_RECENT];
}

/* @kinds: of the granule of @addr. */
static bool trail_outside(struct trail *t, raddr addr, unsigned kinds,
			  unsigned tag)
{
	raddr *recent;

	if (addr % 8 || addr - t->own.at < t->own.len)
		return true;
	if (tag == TRAIL_SURE)
		tag = is_beyond_doubt(t, addr, kinds) ?
			TRAIL_WORD | TRAIL_SURE : TRAIL_WORD;
	recent = recent_of(t, addr);
	if (*recent == (addr | tag) ||
	    !(places_kind(&t->lk->cap->places, addr) & t->kinds))
		return true;
	*recent = addr | tag;
	return trail_try(t, addr, tag);
}

bool trail_note(struct trail *t, raddr addr, unsigned tag)
{
	const unsigned kinds = places_kinds(&t->lk->cap->places, addr);

	if (kinds & REGION_ARENA)
		witness_refer(t->lk->witness, addr);
	return !(kinds & t->kinds) || trail_outside(t, addr, kinds, tag);
}

bool trail_words(struct trail *t, const uint8_t *p, uint64_t len)
{
	for (uint64_t off = 0; off + 8 <= len; off += 8) {
		raddr word = load_u64(p + off) & ~(raddr)LINK_FLAGS;

		if (word - WITNESS_LOWEST < 1ull << 47 &&
		    !trail_note(t, word, TRAIL_WORD))
			return false;
	}
	return true;
}

static bool take_refs(void *arg, const raddr *v, size_t n)
{
	struct trail *t = arg;
	raddr last = 0;		/* many in a row are often the same */

	for (size_t i = 0; i < n; i++) {
		if (v[i] != last &&
		    !trail_note(t, v[i], t->knows ? TRAIL_SURE : TRAIL_WORD))
			return false;
		last = v[i];
	}
	return true;
}

/* Mark whom the words @p refer to in pools; does one of them lead outside, and was
 * not noted just before? */
static bool leads_out(struct trail *t, const uint8_t *p, uint64_t len)
{
	const struct places *places = &t->lk->cap->places;
	bool out = false;

	for (uint64_t off = 0; off + 8 <= len; off += 8) {
		const raddr word = load_u64(p + off) & ~(raddr)LINK_FLAGS;
		const unsigned kinds = places_kinds(places, word);

		if (kinds & REGION_ARENA)
			witness_refer(t->lk->witness, word);
		out |= kinds & t->kinds &&
		       *recent_of(t, word) != (word | TRAIL_WORD);
	}
	return out;
}

/* Code has fields that are never set, frames a stack above what is on it: what was
 * there before leads to texts that nobody refers to. */
static bool is_told(struct trail *t, const struct pyobj *o)
{
	return !t->lk->bufs.n && obj_knows_refs(&t->lk->ctx, o);
}

bool trail_object(struct trail *t, const struct pyobj *o, const uint8_t *p,
		  uint64_t len)
{
	return !leads_out(t, p, len) ||
	       (is_told(t, o) ? trail_refs(t, o) : trail_words(t, p, len));
}

bool trail_refs(struct trail *t, const struct pyobj *o)
{
	struct looker *lk = t->lk;

	if (!capture_may_ask(lk->cap, &lk->ctx))
		return true;
	/* What is inferred may be a lock beside bytes that nobody ever set. */
	t->knows = obj_knows_refs(&lk->ctx, o) &&
		   o->type->layout->opaque == OPAQUE_NOT;
	refs_begin(&lk->refs);
	obj_refs(&lk->ctx, o, &lk->refs);
	return refs_end(&lk->refs) &&
	       (!pytype_is_foreign(o->type) ||
		trail_words(t, o->p, o->avail)) &&
	       trail_note(t, o->type->addr, TRAIL_SURE);
}

bool trail_buffers(struct trail *t)
{
	const struct places *places = &t->lk->cap->places;
	const struct pybufs *bufs = &t->lk->bufs;

	for (size_t i = 0; i < bufs->n; i++) {
		raddr at = bufs->v[i].addr;
		uint64_t len = places_clip(places, at, bufs->v[i].len);

		if (len && places_kind(places, at) == REGION_ANON &&
		    !trail_add(t, at, len))
			return false;
	}
	return true;
}

/* At most @len bytes at @at, and how many those are; 0: they cannot be read.
 * False: the tracee is gone. */
static bool trail_piece(struct trail *t, raddr at, uint64_t *len,
			const uint8_t **ret)
{
	struct mem *mem = t->lk->ctx.mem;
	const uint64_t most = t->win ? (uint64_t)WINDOW_SIZE :
				       ADDR_PAGE - at % ADDR_PAGE;

	if (*len > most)
		*len = most;
	*ret = mem->ops->peek(mem, at, *len);
	if (*ret)
		return true;
	if (t->win && !window_move(t->win, at, *len, &t->lk->err))
		return false;
	*len = t->win ? t->win->len : 0;
	*ret = t->win ? t->win->buf : NULL;
	return true;
}

/* What cannot be read is stepped over, a page at a time. */
bool trail_read(struct trail *t, raddr at, uint64_t len)
{
	struct looker *lk = t->lk;

	t->own = (struct trail_step){ at, len };
	while (len && capture_may_ask(lk->cap, &lk->ctx) &&
	       capture_goes_on(lk->cap, &lk->err)) {
		const uint8_t *p;
		uint64_t n = len;

		if (!trail_piece(t, at, &n, &p) || !trail_words(t, p, n))
			return false;
		if (n == 0)
			n = addr_up(at + 1, ADDR_PAGE) - at;
		if (n > len)
			n = len;
		lk->ctx.words += n / 8;
		at += n;
		len -= n;
	}
	t->own.len = 0;
	return !lk->err.code;
}

static const uint8_t *read_bytes(void *arg, raddr start, uint64_t len,
				 struct err *err)
{
	struct trail *t = arg;
	uint8_t *grown;

	if (len > MAX_STORE)
		return NULL;
	if (len > t->room) {
		grown = realloc(t->store, len);
		if (!grown) {
			err_nomem(err);
			return NULL;
		}
		t->store = grown;
		t->room = len;
	}
	return ctx_bytes(&t->lk->ctx, start, len, t->store);
}

void trail_init(struct trail *t, struct seen_shared *seen, struct looker *lk,
		struct window *win)
{
	memset(t, 0, sizeof(*t));
	t->seen = seen;
	t->lk = lk;
	t->win = win;
	lk->trail = t;
	t->kinds = REGION_ANON | (win ? 0 : REGION_STATIC);
	lk->refs.owned = true;
	lk->refs.take = take_refs;
	lk->refs.arg = t;
	if (!win)
		return;
	lk->outside.bytes = read_bytes;
	lk->outside.arg = t;
	lk->outside.ahead = BEHIND;
	lk->outside.whole = false;
}

void trail_fini(struct trail *t)
{
	vec_free(&t->wave[0]);
	vec_free(&t->wave[1]);
	free(t->store);
}

/* Whom @o leads to, which is an object. */
static bool follow_object(struct trail *t, const struct pyobj *o,
			  uint64_t asked)
{
	t->certain = true;
	if (!t->win || (!o->type->gc && is_told(t, o)))
		return trail_refs(t, o);
	return trail_note(t, o->type->addr, TRAIL_WORD) &&
	       (!obj_buffers_may_refer(o->type) || trail_buffers(t)) &&
	       (!obj_may_refer(o->type) ||
		trail_add(t, o->addr - o->type->pre, asked));
}

/* Is @o one, as the image has it?  Then it is followed. */
static enum outside_found take_object(struct trail *t, const struct pyobj *o,
				      uint64_t asked, bool sure)
{
	struct looker *lk = t->lk;
	enum outside_found found = lk->image->outside(lk, o, asked, sure);

	if (found == OUTSIDE_OBJECT &&
	    ((lk->onlooker && !lk->onlooker->object(lk, NULL, o)) ||
	     !follow_object(t, o, asked)))
		return OUTSIDE_FAILED;
	return found;
}

bool trail_block(struct trail *t, raddr at, uint32_t size)
{
	const struct blockreader *br = &t->lk->br;
	enum outside_found found;
	uint64_t asked;
	struct pyobj o;

	for (unsigned i = 0; i < br->n_pre; i++) {
		found = outside_look(&t->lk->outside, at + br->pre[i], &o,
				     &asked, &t->lk->err);
		if (found == OUTSIDE_OBJECT)
			found = o.p - o.pre == br->pre[i] && asked <= size &&
				4 * asked > 3 * (uint64_t)size ?
				take_object(t, &o, asked, true) :
				OUTSIDE_NOTHING;
		if (found != OUTSIDE_NOTHING)
			return found == OUTSIDE_OBJECT;
	}
	return trail_add(t, at, places_clip(&t->lk->cap->places, at, size));
}

static bool try_object(struct trail *t, raddr addr, unsigned tags)
{
	struct looker *lk = t->lk;
	struct mem *mem = lk->ctx.mem;
	const raddr linked = addr + (uint64_t)lk->ctx.abi->n_pre_gc;
	struct pyobj o;
	uint64_t asked;

	switch (outside_look(&lk->outside, addr, &o, &asked, &lk->err)) {
	case OUTSIDE_FAILED:
		return false;
	case OUTSIDE_NOTHING:
		lk->part.faults += tags & TRAIL_SURE &&
			!mem->ops->peek(mem, addr, lk->ctx.abi->object_sizeof);
		/* The GC head of the next in a list, maybe: at once, while what
		 * is there is at hand. */
		return !t->win || o.type || tags & TRAIL_LINK ||
		       places_kind(&lk->cap->places, linked) != REGION_ANON ||
		       seen_shared_add(t->seen, linked, TRAIL_LINK) != SEEN_NEW ||
		       try_object(t, linked, TRAIL_LINK);
	case OUTSIDE_OBJECT:
		break;
	}
	/* A link leads to who has a GC head.  malloc's own lists lead to its
	 * head of a block, which is as long. */
	if (tags & TRAIL_LINK &&
	    !(o.type->gc &&
	      seen_shared_add(t->seen, addr, TRAIL_WORD) == SEEN_NEW))
		return true;
	return take_object(t, &o, asked, tags & TRAIL_SURE) != OUTSIDE_FAILED;
}

/* The pages that @step takes, as far as it is known. */
static raddr step_start(const struct trail_step *step)
{
	return addr_down(step->len ? step->at : step->at - BEFORE, ADDR_PAGE);
}

static raddr step_end(const struct trail_step *step)
{
	return addr_up(step->at + (step->len ? step->len : BEHIND), ADDR_PAGE);
}

/* Move the window to @step, and over as many of those up to @end as are near. */
static bool come_to(struct trail *t, const struct trail_step *step,
		    const struct trail_step *end)
{
	raddr from = step_start(step), to = step_end(step);

	if (!t->win || (addr_in(from, t->win->start, t->win->len) &&
			to - t->win->start <= t->win->len))
		return true;
	while (++step < end && step_start(step) <= to + GAP &&
	       step_end(step) - from <= WINDOW_SIZE) {
		if (step_end(step) > to)
			to = step_end(step);
	}
	return window_move(t->win, from, to - from, &t->lk->err);
}

static int by_address(const void *a, const void *b)
{
	const struct trail_step *l = a, *r = b;

	return (l->at > r->at) - (l->at < r->at);
}

/* What is at hand is in no order. */
static void sort_wave(struct trail *t, unsigned which)
{
	if (t->win && t->wave[which].n)
		qsort(t->wave[which].v, t->wave[which].n,
		      sizeof(*t->wave[which].v), by_address);
}

static bool follow_wave(struct trail *t, const struct trail_step *step,
			size_t n)
{
	const struct trail_step *end = step + n;

	for (; step < end; step++) {
		const unsigned tags = step->len ? 0 : step->at & SEEN_TAGS;

		if (!capture_goes_on(t->lk->cap, &t->lk->err) ||
		    !come_to(t, step, end) ||
		    !(step->len ? trail_read(t, step->at, step->len) :
				  try_object(t, step->at - tags, tags)))
			return false;
	}
	return true;
}

bool trail_tables(struct trail *t)
{
	for (size_t i = 0; i < t->wave[t->next].n;) {
		struct trail_step *step = &t->wave[t->next].v[i];
		const struct trail_step table = *step;

		if (table.len < LARGE) {
			i++;
			continue;
		}
		*step = t->wave[t->next].v[--t->wave[t->next].n];
		if (!trail_read(t, table.at, table.len))
			return false;
	}
	return true;
}

bool trail_follow(struct trail *t)
{
	while (t->wave[t->next].n) {
		unsigned now = t->next;

		if (!trail_tables(t))
			return false;
		t->next ^= 1;
		sort_wave(t, now);
		if (!follow_wave(t, t->wave[now].v, t->wave[now].n))
			return false;
		t->wave[now].n = 0;
	}
	return true;
}

/* Steps of @from are @to's, until @left are left. */
static bool hand_over(struct trail *from, struct trail *to, size_t left)
{
	while (from->wave[from->next].n > left) {
		const struct trail_step step = from->wave[from->next].
			v[--from->wave[from->next].n];

		if (!trail_add(to, step.at, step.len))
			return false;
	}
	return true;
}

bool trails_deal(struct trail *const *t, size_t n, size_t among)
{
	size_t total;

	for (size_t i = 1; i < n; i++) {
		if (!hand_over(t[i], t[0], 0))
			return false;
	}
	total = t[0]->wave[t[0]->next].n;
	sort_wave(t[0], t[0]->next);
	for (size_t i = among - 1; i > 0; i--) {
		if (!hand_over(t[0], t[i], total * i / among))
			return false;
	}
	return true;
}
