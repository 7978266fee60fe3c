/* SPDX-License-Identifier: MIT */
/*
 * One step after the other, each in all threads or in the first, and after each
 * it is asked whether there is a next.  What ends one thread is the end of all
 * where nothing may be missing; of a process that runs it ends what this thread
 * would have read.
 */
#include "heap/sweep.h"

#include <stdio.h>
#include <stdlib.h>

#include "heap/records.h"
#include "heap/regions.h"

static bool cut(struct sweep *s, raddr at, raddr end, bool cells,
		struct err *err)
{
	const uint64_t most = cells ? s->most : (uint64_t)WINDOW_SIZE;

	while (at < end) {
		struct sweep_piece *piece = vec_add(&s->pieces, err);
		uint64_t len = end - at < most ? end - at : most;

		if (!piece)
			return false;
		*piece = (struct sweep_piece){ at, len, cells };
		at += len;
	}
	return true;
}

static bool cut_all(struct sweep *s, struct err *err)
{
	const struct arenas *arenas = &s->cap->arenas;
	const struct places *places = &s->cap->places;

	for (size_t i = 0; i < arenas->v.n; i++) {
		if (!cut(s, arenas->v.v[i].start, arenas->v.v[i].end, true,
			 err))
			return false;
	}
	for (size_t i = 0; i < places->n; i++) {
		const struct place *r = &places->v[i];

		if (r->kind == REGION_STATIC &&
		    !cut(s, r->start, r->start + r->len, false, err))
			return false;
	}
	return true;
}

static bool sweep_begin(struct sweep *s, struct err *err)
{
	for (unsigned i = 0; i < s->width; i++) {
		struct sweeper *w = calloc(1, s->ops->size);

		if (!w)
			return err_nomem(err);
		s->sweeper[i] = w;
		w->sweep = s;
		w->number = i;
		if (!s->ops->init(w, err))
			return false;
	}
	return true;
}

/* What ended a thread: is that the end of all? */
static bool is_fatal(const struct sweep *s, const struct err *end)
{
	struct err ignored;

	return !s->partial || end->code == ERR_GONE ||
	       end->code == ERR_NOMEM || !capture_goes_on(s->cap, &ignored);
}

static bool sweep_goes_on(struct sweep *s, struct err *err)
{
	for (unsigned i = 0; i < s->width; i++) {
		const struct err *end = &s->sweeper[i]->lk.err;

		if (!end->code)
			continue;
		if (is_fatal(s, end)) {
			*err = *end;
			return false;
		}
		if (!*s->cut_short)
			snprintf(s->cut_short, sizeof(s->cut_short), "%s",
				 end->text);
	}
	return true;
}

static void take_step(void *arg, unsigned i)
{
	struct sweep *s = arg;

	if (!s->step(s->sweeper[i]))
		return;		/* why is in its lk.err */
}

/* In the first @width threads. */
static bool sweep_step(struct sweep *s, bool (*step)(struct sweeper *w),
		       unsigned width, struct err *err)
{
	s->step = step;
	if (step)
		parallel_run(width, take_step, s);
	return sweep_goes_on(s, err);
}

static bool sweep_pieces(struct sweeper *w)
{
	struct sweep *s = w->sweep;
	size_t n;

	while ((n = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED)) <
	       s->pieces.n) {
		const struct sweep_piece *p = &s->pieces.v[n];

		if (w->number == 0 && s->progress)
			s->progress(s->progress_arg, "counting", n,
				    s->pieces.n);
		if (!capture_goes_on(s->cap, &w->lk.err) ||
		    !(p->cells ? s->ops->cells(w, p->start, p->start + p->len) :
				 trail_read(&w->trail, p->start, p->len)))
			return false;
	}
	return !s->ops->late || s->ops->late(w);
}

static bool note_record(void *arg, const struct interp_record *record,
			struct err *err)
{
	struct sweeper *w = arg;

	(void)err;		/* it is in w->lk.err */
	return trail_read(&w->trail, record->used, record->n_used);
}

static unsigned followers(const struct sweep *s)
{
	return s->ops->alone ? 1 : s->width;
}

/* What nobody but a running function holds, too: it may be the largest of all. */
static bool note_roots(struct sweeper *w)
{
	struct trail *trails[PARALLEL_MAX];
	struct sweep *s = w->sweep;

	for (unsigned i = 0; i < s->width; i++)
		trails[i] = &s->sweeper[i]->trail;
	return w->lk.err.code ||
	       (records_each(s->cap, &w->lk.ctx, note_record, w, &w->lk.err) &&
		(!s->ops->roots || s->ops->roots(w)) &&
		trails_deal(trails, s->width, followers(s)));
}

static bool follow(struct sweeper *w)
{
	return w->lk.err.code || trail_follow(&w->trail);
}

static bool settle(struct sweeper *w)
{
	return w->lk.err.code ||
	       looker_settle(&w->lk, w->number, w->sweep->width);
}

bool sweep_run(struct sweep *s, size_t max_seen, struct census *census,
	       struct err *err)
{
	if (!seen_shared_init(&s->seen, max_seen, err) || !cut_all(s, err) ||
	    !sweep_begin(s, err) ||
	    !sweep_step(s, sweep_pieces, s->width, err) ||
	    !sweep_step(s, note_roots, 1, err) ||
	    !sweep_step(s, follow, followers(s), err) ||
	    !sweep_step(s, settle, s->width, err) ||
	    !sweep_step(s, s->ops->missing, 1, err) ||
	    !sweep_step(s, s->ops->group, s->width, err))
		return false;
	for (unsigned i = 0; i < s->width; i++) {
		if (!census_add(census, &s->sweeper[i]->lk.part, err))
			return false;
	}
	census_sum(census);
	return true;
}

void sweep_fini(struct sweep *s)
{
	for (unsigned i = 0; i < s->width && s->sweeper[i]; i++) {
		looker_fini(&s->sweeper[i]->lk);
		trail_fini(&s->sweeper[i]->trail);
		if (s->ops->fini)
			s->ops->fini(s->sweeper[i]);
		free(s->sweeper[i]);
	}
	vec_free(&s->pieces);
	seen_shared_fini(&s->seen);
}
