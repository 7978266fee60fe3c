/* SPDX-License-Identifier: MIT */
/*
 * The collectors of a process: each interpreter has one (up to 3.8 all share
 * one), and dump->gc is all of them together: what can be added is, what is
 * not alike in all of them is unknown, and collecting is who collects.
 */
#include "heap/fill.h"
#include "heap/heap.h"

/* What one interpreter's lists hold; NULL stands for: they were not walked. */
struct walked {
	const int64_t *objects;
	int64_t frozen;
};

static int known_bool(int value)
{
	return value < 0 ? DUMP_UNKNOWN : value != 0;
}

/* What is unknown makes the sum unknown. */
static int64_t sum_known(int64_t a, int64_t b)
{
	return a == DUMP_UNKNOWN || b == DUMP_UNKNOWN ? DUMP_UNKNOWN : a + b;
}

static int any(int a, int b)
{
	if (a == 1 || b == 1)
		return 1;
	return a == DUMP_UNKNOWN || b == DUMP_UNKNOWN ? DUMP_UNKNOWN : 0;
}

static int64_t len_garbage(const struct gcstate *state, struct pyctx *ctx)
{
	int64_t n;

	if (!state->garbage)	/* or it is a file static that is not known */
		return state->enabled < 0 ? DUMP_UNKNOWN : 0;
	ctx->faults = 0;
	n = (int64_t)ctx_u64(ctx, state->garbage + ctx->abi->var_ob_size);
	return ctx->faults || n < 0 ? DUMP_UNKNOWN : n;
}

static bool fill_one(struct dump_gc *gc, const struct gcstate *state,
		     const struct walked *walked, struct pyctx *ctx,
		     struct err *err)
{
	gc->enabled = known_bool(state->enabled);
	gc->collecting = known_bool(state->collecting);
	gc->garbage = len_garbage(state, ctx);
	gc->frozen = walked ? walked->frozen : DUMP_UNKNOWN;
	for (unsigned n = 0; n < state->n; n++) {
		struct dump_generation *g = vec_add(&gc->generations, err);

		if (!g)
			return false;
		g->generation = (int)n;
		g->threshold = state->gen[n].threshold;
		g->count = state->gen[n].count;
		g->objects = walked ? walked->objects[n] : DUMP_UNKNOWN;
		g->collections = state->gen[n].collections;
		g->collected = state->gen[n].collected;
		g->uncollectable = state->gen[n].uncollectable;
	}
	return true;
}

static void add_generation(struct dump_generation *to,
			   const struct dump_generation *g)
{
	if (to->threshold != g->threshold)
		to->threshold = DUMP_UNKNOWN;
	to->count = sum_known(to->count, g->count);
	to->objects = sum_known(to->objects, g->objects);
	to->collections = sum_known(to->collections, g->collections);
	to->collected = sum_known(to->collected, g->collected);
	to->uncollectable = sum_known(to->uncollectable, g->uncollectable);
}

/* @gc and one more. */
static bool add_gc(struct dump_gc *gc, const struct dump_gc *more, bool first,
		   struct err *err)
{
	for (size_t i = 0; i < more->generations.n; i++) {
		const struct dump_generation *g = &more->generations.v[i];
		struct dump_generation *to;

		if (i < gc->generations.n) {
			add_generation(&gc->generations.v[i], g);
			continue;
		}
		to = vec_add(&gc->generations, err);
		if (!to)
			return false;
		*to = *g;
	}
	if (first) {
		gc->enabled = more->enabled;
		gc->collecting = more->collecting;
		gc->garbage = more->garbage;
		gc->frozen = more->frozen;
		return true;
	}
	if (gc->enabled != more->enabled)
		gc->enabled = DUMP_UNKNOWN;
	gc->collecting = any(gc->collecting, more->collecting);
	gc->garbage = sum_known(gc->garbage, more->garbage);
	gc->frozen = sum_known(gc->frozen, more->frozen);
	return true;
}

static int64_t objects_of(const struct dump_gc *gc)
{
	int64_t sum = gc->frozen;

	for (size_t i = 0; i < gc->generations.n; i++)
		sum = sum_known(sum, gc->generations.v[i].objects);
	return sum;
}

static bool add_interp(struct dump *dump, const struct runtime *rt,
		       raddr interp, const struct gcstate *state,
		       const struct walked *walked, struct pyctx *ctx,
		       struct err *err)
{
	const struct abi *abi = &rt->abi;
	bool first = dump->interps.n == 0;
	struct dump_interp *row = vec_add(&dump->interps, err);

	if (!row || !fill_one(&row->gc, state, walked, ctx, err))
		return false;
	ctx->faults = 0;
	row->id = abi_has(abi->interp_id) ?
		  (int64_t)ctx_u64(ctx, interp + abi->interp_id) : 0;
	if (ctx->faults || row->id < 0)
		row->id = DUMP_UNKNOWN;
	row->tracked = objects_of(&row->gc);
	/* One collector that all share is not added to itself. */
	return (!first && abi->gc_place != GC_PLACE_INTERP) ||
	       add_gc(&dump->gc, &row->gc, first, err);
}

bool fill_gc(struct dump *dump, struct heap *heap, struct err *err)
{
	const struct runtime *rt = &heap->cap->tr.rt;
	struct pyctx ctx = heap->cap->ctx;

	/* The main one is the last. */
	for (size_t i = heap->gc.n; i-- > 0;) {
		const struct heap_gc *gc = &heap->gc.v[i];
		const struct walked walked = { gc->objects, gc->frozen };

		if (!add_interp(dump, rt, rt->interps.v[i], &gc->state, &walked,
				&ctx, err))
			return false;
	}
	return true;
}

bool fill_gc_live(struct dump *dump, struct capture *cap, struct err *err)
{
	const struct runtime *rt = &cap->tr.rt;
	struct pyctx ctx = cap->ctx;

	for (size_t i = rt->interps.n; i-- > 0;) {
		struct gcstate state;

		if (!gcstate_read(&state, rt, &ctx, rt->interps.v[i], err)) {
			if (i + 1 == rt->interps.n)
				return false;
			/* It has ended since they were listed, maybe. */
			dump_warn(dump, "the collector of an interpreter "
				  "could not be read: it is in no number");
			continue;
		}
		if (!add_interp(dump, rt, rt->interps.v[i], &state, NULL, &ctx,
				err))
			return false;
	}
	return true;
}
