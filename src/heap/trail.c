/* SPDX-License-Identifier: MIT */
/*
 * Outside the pools nothing says where an object begins, so words are tried.
 *
 * A word may lead to an object, to the GC head in front of one, or to a buffer,
 * whose owner alone knows how long it is.  Whoever looks like an object is one
 * if it is of a size that is no pool's, or is linked: here nobody is doubted and
 * none is taken back.
 */
#include "heap/trail.h"

#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "heap/outside.h"
#include "heap/regions.h"
#include "heap/witness.h"

enum {
	LINK = 1,		/* of an address: by a link only */
	LONG = 4096,		/* steps */
	BEFORE = 64,		/* bytes before an object that are looked at, */
	BEHIND = 1024,		/* ... of its items that are seen at once, */
	MAX_STORE = 1 << 20,	/* ... and at most of it */
	GAP = 2 * ADDR_PAGE,	/* that is read rather than left out */
	STRUCTURE = 64,		/* bytes that are more than a few words */
};

bool trails_init(struct trails *trails, size_t max, struct err *err)
{
	trails->n_dropped = 0;
	pthread_mutex_init(&trails->lock, NULL);
	return seen_init(&trails->seen, max, err);
}

void trails_fini(struct trails *trails)
{
	seen_fini(&trails->seen);
	pthread_mutex_destroy(&trails->lock);
}

void trail_init(struct trail *t, struct trails *trails, struct looker *lk,
		struct window *win)
{
	memset(t, 0, sizeof(*t));
	t->trails = trails;
	t->lk = lk;
	t->win = win;
}

void trail_fini(struct trail *t)
{
	vec_free(&t->wave[0]);
	vec_free(&t->wave[1]);
	free(t->store);
	t->store = NULL;
}

static bool trail_add(struct trail *t, raddr at, uint64_t len)
{
	struct trail_step *step = vec_add(&t->wave[t->next], &t->lk->err);

	if (step)
		*step = (struct trail_step){ at, len };
	return step != NULL;
}

/* Try @addr, which something points at, once.  @link: or LINK, if the word
 * pointed at what may be the GC head in front. */
static bool trail_note(struct trail *t, raddr addr, unsigned link)
{
	const struct places *places = &t->lk->cap->places;
	raddr *recent, key = addr | link;
	enum seen_add seen;

	if (!(places_kinds(places, addr) & REGION_ANON) || addr % 8 ||
	    addr - t->own.at < t->own.len)
		return true;
	recent = &t->recent[(addr >> 4 ^ addr >> 14) % TRAIL_RECENT];
	if (*recent == key || places_kind(places, addr) != REGION_ANON)
		return true;
	*recent = key;
	pthread_mutex_lock(&t->trails->lock);
	seen = seen_add(&t->trails->seen, key);
	t->trails->n_dropped += seen == SEEN_FULL;
	pthread_mutex_unlock(&t->trails->lock);
	return seen != SEEN_NEW || trail_add(t, key, 0);
}

bool trail_words(struct trail *t, const uint8_t *p, uint64_t len)
{
	const struct places *places = &t->lk->cap->places;
	struct witness *w = t->lk->witness;

	for (uint64_t off = 0; off + 8 <= len; off += 8) {
		raddr word = load_u64(p + off) & ~(raddr)LINK_FLAGS;
		unsigned kinds;

		if (word - WITNESS_LOWEST >= 1ull << 47)
			continue;
		kinds = places_kinds(places, word);
		if (kinds & REGION_ARENA)
			witness_refer(w, word);
		if ((kinds & REGION_ANON) && !trail_note(t, word, 0))
			return false;
	}
	return true;
}

static bool take_refs(void *arg, const raddr *v, size_t n)
{
	struct trail *t = arg;

	for (size_t i = 0; i < n; i++) {
		if (!trail_note(t, v[i], 0))
			return false;
	}
	return true;
}

bool trail_refs(struct trail *t, const struct pyobj *o)
{
	struct looker *lk = t->lk;

	if (!capture_may_ask(lk->cap, &lk->ctx))
		return true;
	lk->refs.owned = true;
	lk->refs.take = take_refs;
	lk->refs.arg = t;
	refs_begin(&lk->refs);
	obj_refs(&lk->ctx, o, &lk->refs);
	return refs_end(&lk->refs) && trail_note(t, o->type->addr, 0);
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

/* What cannot be read is stepped over, a page at a time. */
bool trail_read(struct trail *t, raddr at, uint64_t len)
{
	struct looker *lk = t->lk;

	t->own = (struct trail_step){ at, len };
	while (len && capture_may_ask(lk->cap, &lk->ctx) &&
	       capture_goes_on(lk->cap, &lk->err)) {
		uint64_t n = len < WINDOW_SIZE ? len : WINDOW_SIZE;
		const uint8_t *p = lk->ctx.mem->ops->peek(lk->ctx.mem, at, n);

		if (!p) {
			if (!window_move(t->win, at, n, &lk->err))
				return false;
			p = t->win->buf;
			n = t->win->len;
		}
		if (!trail_words(t, p, n))
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

/* What fits in a pool is in one.  But what was made larger and shrank stays
 * where it is, and C code may do without pools (numpy's types, 424 bytes); what
 * is small and seems to be outside is two words that look like a head. */
static bool may_be_outside(const struct abi *abi, const struct pytype *t,
			   uint64_t asked)
{
	/* A structure of C's that is an object is where C has it: moduledef. */
	if (!t->gc && !t->itemsize && t->basicsize >= STRUCTURE &&
	    !pytype_is_foreign(t))
		return true;
	return asked > (uint64_t)abi->n_small_request / 2 ||
	       (t->flags & (TPF_BYTES_SUBCLASS | TPF_STR_SUBCLASS |
			    TPF_TUPLE_SUBCLASS));
}

static bool count_outside(struct trail *t, const struct pyobj *o,
			  uint64_t asked)
{
	struct census *c = &t->lk->part;
	struct tally *tally = census_tally(c, o->type, &t->lk->err);
	struct object_sizes sizes;

	if (!tally)
		return false;
	looker_measure(t->lk, o, 0, &sizes);
	tally_count(c, tally, looker_flags(t->lk, o, GEN_NONE), &sizes);
	witness_link(t->lk->witness, o);
	if (!trail_note(t, o->type->addr, 0))
		return false;
	return !obj_may_refer(o->type) ||
	       (trail_buffers(t) &&
		trail_add(t, o->addr - o->type->pre, asked));
}

static enum outside_found look(struct trail *t, raddr addr,
			       struct pyobj *ret, uint64_t *ret_asked)
{
	struct looker *lk = t->lk;
	const struct outside outside = {
		.br = &lk->br, .places = &lk->cap->places,
		.bytes = read_bytes, .arg = t, .ahead = BEHIND,
	};

	return outside_look(&outside, addr, ret, ret_asked, &lk->err);
}

bool trail_block(struct trail *t, raddr at, uint32_t size)
{
	const struct blockreader *br = &t->lk->br;
	uint64_t asked;
	struct pyobj o;

	for (unsigned i = 0; i < br->n_pre; i++) {
		switch (look(t, at + br->pre[i], &o, &asked)) {
		case OUTSIDE_FAILED:
			return false;
		case OUTSIDE_NOTHING:
			continue;
		case OUTSIDE_OBJECT:
			break;
		}
		if (o.p - o.pre == br->pre[i] && asked <= size &&
		    4 * asked > 3 * (uint64_t)size &&
		    witness_is_count(t->lk->witness, &o))
			return count_outside(t, &o, asked);
	}
	return trail_add(t, at, places_clip(&t->lk->cap->places, at, size));
}

static bool try_object(struct trail *t, raddr addr, bool by_link)
{
	struct looker *lk = t->lk;
	struct pyobj o;
	uint64_t asked;

	switch (look(t, addr, &o, &asked)) {
	case OUTSIDE_FAILED:
		return false;
	case OUTSIDE_NOTHING:
		/* The GC head of the next in a list, maybe. */
		return o.type || by_link ||
		       trail_note(t, addr + (uint64_t)lk->ctx.abi->n_pre_gc,
				  LINK);
	case OUTSIDE_OBJECT:
		break;
	}
	/* A link leads to who has a GC head.  malloc's own lists lead to its
	 * head of a block, which is as long. */
	if (by_link)
		return !o.type->gc || trail_note(t, addr, 0);
	if (!(may_be_outside(lk->ctx.abi, o.type, asked) ||
	      obj_is_linked(&lk->ctx, &o)) ||
	    !witness_is_count(lk->witness, &o))
		return true;
	return count_outside(t, &o, asked);
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

	if (addr_in(from, t->win->start, t->win->len) &&
	    to - t->win->start <= t->win->len)
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

static bool follow_wave(struct trail *t, const struct trail_step *step,
			size_t n)
{
	const struct trail_step *end = step + n;

	for (; step < end; step++) {
		bool by_link = !step->len && (step->at & LINK);

		if (!capture_goes_on(t->lk->cap, &t->lk->err) ||
		    !come_to(t, step, end) ||
		    !(step->len ? trail_read(t, step->at, step->len) :
				  try_object(t, step->at & ~(raddr)LINK,
					     by_link)))
			return false;
	}
	return true;
}

bool trail_follow(struct trail *t)
{
	while (t->wave[t->next].n) {
		unsigned now = t->next;

		t->next ^= 1;
		qsort(t->wave[now].v, t->wave[now].n, sizeof(*t->wave[now].v),
		      by_address);
		if (!follow_wave(t, t->wave[now].v, t->wave[now].n))
			return false;
		t->wave[now].n = 0;
	}
	return true;
}

bool trail_is_long(const struct trail *t)
{
	return t->wave[t->next].n >= LONG;
}
