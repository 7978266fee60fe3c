/* SPDX-License-Identifier: MIT */
/*
 * The collector's state and lists.
 *
 * A generation is a ring of PyGC_Head {gc_next, gc_prev} anchored in the state;
 * each object starts right behind its head.  The low bits of the links are
 * flags during a collection (3.8 on): masked off.  During a collection gc_prev
 * holds a count instead, so there only gc_next is followed.
 *
 * Where the rings are, in order of trust: the pointer generation0, which points
 * at the first ring whatever the compiler made of the struct (Debian packs it
 * 4 bytes tighter in 3.13); else the offsets.
 *
 * Facts: CPython Modules/gcmodule.c, Python/gc.c, pycore_gc.h.
 */
#include "pyabi/gcstate.h"

#include <string.h>

struct place {
	raddr state;		/* a _gc_runtime_state, or 0 */
	raddr gen0;		/* &generations[0].head */
};

static bool locate(const struct runtime *rt, struct pyctx *ctx, raddr interp,
		   struct place *ret)
{
	const struct abi *abi = &rt->abi;
	raddr pointer = 0;

	memset(ret, 0, sizeof(*ret));
	switch (abi->gc_place) {
	case GC_PLACE_STATICS:
		pointer = runtime_symbol(rt, "_PyGC_generation0");
		break;
	case GC_PLACE_RUNTIME:
		ret->state = rt->runtime + abi->runtime_gc;
		break;
	case GC_PLACE_INTERP:
		ret->state = interp + abi->interp_gc;
		break;
	}
	if (ret->state && abi_has(abi->gc_generation0))
		pointer = ret->state + abi->gc_generation0;
	if (pointer)
		ret->gen0 = ctx_u64(ctx, pointer);
	return pointer ? ret->gen0 && !ctx->faults : ret->state != 0;
}

static raddr variable(const struct runtime *rt, const struct place *place,
		      uint32_t field, const char *symbol)
{
	if (place->state)
		return abi_has(field) ? place->state + field : 0;
	return runtime_symbol(rt, symbol);
}

static int64_t int_at(struct pyctx *ctx, raddr at)
{
	return at ? (int32_t)ctx_u32(ctx, at) : -1;
}

static void read_stats(const struct runtime *rt, struct pyctx *ctx, raddr at,
		       struct gcstate_generation *gen)
{
	const struct abi *abi = &rt->abi;

	gen->collections = (int64_t)ctx_u64(ctx, at + abi->gcstats_collections);
	gen->collected = (int64_t)ctx_u64(ctx, at + abi->gcstats_collected);
	gen->uncollectable =
		(int64_t)ctx_u64(ctx, at + abi->gcstats_uncollectable);
}

/* 3.15 keeps the last collections of each generation in a ring. */
static raddr ring_entry(const struct abi *abi, struct pyctx *ctx, raddr rings,
			unsigned n)
{
	raddr ring, index_at;
	uint8_t index;
	uint32_t count;

	if (n == 0) {
		ring = rings + abi->gcring_young;
		index_at = rings + abi->gcring_young_index;
		count = abi->gcring_young_count;
	} else {
		ring = rings + abi->gcring_old + (n - 1) * abi->gcring_old_sizeof;
		index_at = ring + abi->gcring_old_index;
		count = abi->gcring_old_count;
	}
	index = ctx_u8(ctx, index_at);
	return index < count ? ring + index * abi->gcstats_sizeof : 0;
}

static void read_all_stats(const struct runtime *rt, struct pyctx *ctx,
			   const struct place *place, struct gcstate *gc)
{
	const struct abi *abi = &rt->abi;
	raddr at = variable(rt, place, abi->gc_generation_stats,
			    "generation_stats");

	for (unsigned n = 0; n < gc->n; n++) {
		struct gcstate_generation *gen = &gc->gen[n];
		raddr entry = at + n * abi->gcstats_sizeof;

		gen->collections = gen->collected = gen->uncollectable = -1;
		if (!at)
			continue;
		if (abi->gc_stats == GC_STATS_RINGS)
			entry = ring_entry(abi, ctx, ctx_u64(ctx, at), n);
		if (entry)
			read_stats(rt, ctx, entry, gen);
	}
}

static void read_generation(const struct abi *abi, struct pyctx *ctx, raddr at,
			    struct gcstate_generation *gen)
{
	gen->head = at + abi->gcgen_head;
	gen->threshold = int_at(ctx, at + abi->gcgen_threshold);
	gen->count = int_at(ctx, at + abi->gcgen_count);
}

/*
 * An incremental collector has a young space and two old ones.  As the gc
 * module tells it, generation 1 has a threshold and a count but no objects;
 * those of both old spaces are generation 2, which has no threshold.
 */
static void read_spaces(const struct abi *abi, struct pyctx *ctx, raddr state,
			struct gcstate *gc)
{
	uint32_t visited = ctx_u32(ctx, state + abi->gc_visited_space) & 1;
	struct gcstate_generation old[2];

	read_generation(abi, ctx, state + abi->gc_young, &gc->gen[0]);
	for (uint32_t i = 0; i < 2; i++)
		read_generation(abi, ctx, state + abi->gc_old +
				i * abi->gcgen_sizeof, &old[i]);
	gc->gen[1].threshold = old[0].threshold;
	gc->gen[1].count = old[visited].count;
	gc->gen[2].count = old[1 - visited].count;
	gc->gen[2].head = old[0].head;
	gc->gen[2].other_head = old[1].head;
}

bool gcstate_read(struct gcstate *ret, const struct runtime *rt,
		  struct pyctx *ctx, raddr interp, struct err *err)
{
	const struct abi *abi = &rt->abi;
	struct place place;
	raddr garbage;

	memset(ret, 0, sizeof(*ret));
	ctx->faults = 0;
	if (!locate(rt, ctx, interp, &place))
		return err_at(err, ERR_BADDATA, interp,
			      "no collector in interpreter at %" PRIraddr,
			      interp);
	ret->n = GC_GENERATIONS_MAX;
	if (abi->gc == GC_INCREMENTAL) {
		read_spaces(abi, ctx, place.state, ret);
	} else {
		raddr first = place.gen0 - abi->gcgen_head;

		if (!place.gen0)
			first = place.state + abi->gc_generations;
		for (unsigned n = 0; n < ret->n; n++)
			read_generation(abi, ctx, first + n * abi->gcgen_sizeof,
					&ret->gen[n]);
	}
	ret->enabled = (int)int_at(ctx, variable(rt, &place, abi->gc_enabled,
						 "enabled"));
	ret->collecting = (int)int_at(ctx, variable(rt, &place,
						    abi->gc_collecting,
						    "collecting"));
	garbage = variable(rt, &place, abi->gc_garbage, "garbage");
	ret->garbage = garbage ? ctx_u64(ctx, garbage) : 0;
	if (place.state && abi_has(abi->gc_permanent_generation))
		ret->permanent = place.state + abi->gc_permanent_generation +
				 abi->gcgen_head;
	read_all_stats(rt, ctx, &place, ret);
	if (ctx->faults)
		return err_at(err, ERR_BADDATA, place.state,
			      "cannot read the collector's state");
	return true;
}

bool gcstate_walk(struct pyctx *ctx, raddr head, uint64_t limit,
		  void (*fn)(void *arg, raddr object), void *arg)
{
	const struct abi *abi = ctx->abi;
	raddr at, milestone = 0;

	ctx->faults = 0;
	at = ctx_u64(ctx, head + abi->gc_head_gc_next) & ~(raddr)LINK_FLAGS;
	for (uint64_t i = 0; at != head; i++) {
		if (!at || ctx->faults || i >= limit || at == milestone)
			return false;
		/* A circle that the head is not in comes by here again. */
		if ((i & (i + 1)) == 0)
			milestone = at;
		fn(arg, at + (uint64_t)abi->n_pre_gc);
		at = ctx_u64(ctx, at + abi->gc_head_gc_next) &
		     ~(raddr)LINK_FLAGS;
	}
	return !ctx->faults;
}
