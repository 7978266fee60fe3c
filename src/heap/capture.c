/* SPDX-License-Identifier: MIT */
#include "heap/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/facts.h"
#include "attach/rest.h"
#include "heap/bulk.h"
#include "heap/closure.h"
#include "heap/regions.h"
#include "heap/scan.h"
#include "pyabi/dictobj.h"
#include "pyabi/mallocheaps.h"

enum {
	SHARED_WORDS = 8,	/* how often a word may be looked at: the keys
				   of dicts, say, are shared */
	SPARE_WORDS = 1 << 20,
	MAX_CHUNKS = 1 << 28,	/* of malloc */
	MAX_TRIES = 16,		/* looks at what changes while we look */
};

/* Does a chunk begin @before bytes before @type that has room for one? */
static bool is_in_chunk(const struct capture *cap, raddr type, uint64_t before)
{
	return chunkmap_takes(&cap->chunks, &cap->source, type - before) >=
	       before + (uint64_t)cap->ctx.abi->type_sizeof + CHUNK_OWN;
}

/* A type has a collector's head, unless C code made it.  In programs that are
 * linked to a fixed address links to small objects pass for a count and a type. */
static bool begins_block(const struct capture *cap, raddr type)
{
	const uint64_t lead = cap->debug_hooks ? BLOCK_DEBUG_LEAD : 0;
	const uint64_t head = (uint64_t)cap->ctx.abi->n_pre_gc;

	return is_in_chunk(cap, type, lead + head) ||
	       is_in_chunk(cap, type, lead);
}

bool capture_may_be_type(void *arg, raddr word)
{
	const struct capture *cap = arg;
	const struct places *places = &cap->places;
	unsigned kinds = places_kinds(places, word);

	if (word % 8 || !kinds)
		return false;
	if (!(kinds & REGION_ARENA) ||
	    places_kind(places, word) != REGION_ARENA)
		return kinds & (REGION_STATIC | REGION_ANON);
	/* They are too large for pools. */
	return capture_is_of_malloc(cap) && begins_block(cap, word);
}

static bool may_hold(const void *places, raddr addr)
{
	return places_kinds(places, addr) != 0;
}

bool capture_may_ask(struct capture *cap, const struct pyctx *ctx)
{
	if (ctx->words <= cap->most_words)
		return true;
	__atomic_store_n(&cap->overstated, true, __ATOMIC_RELAXED);
	return false;
}

/* @ret_swap: what of it is in swap. */
static bool bound_claims(struct capture *cap, int64_t *ret_swap,
			 struct err *err)
{
	struct process_memory m;
	int64_t bytes;

	if (!target_memory(cap->tr.target, false, &m, err))
		return false;
	bytes = m.rss < 0 ? m.vms : m.rss + (m.swap > 0 ? m.swap : 0);
	cap->most_words = (uint64_t)(bytes > 0 ? bytes : 0) / 8 * SHARED_WORDS +
			  SPARE_WORDS;
	*ret_swap = m.swap;
	cap->most_bytes = m.vms > 0 ? (uint64_t)m.vms : UINT64_MAX / 2;
	return true;
}

static bool same_maps(const struct maps *a, const struct maps *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].start != b->v[i].start ||
		    a->v[i].end != b->v[i].end ||
		    a->v[i].inode != b->v[i].inode ||
		    a->v[i].write != b->v[i].write)
			return false;
	}
	return true;
}

/* Read the maps again; what stands in cap->now is up to date then. */
static bool update_maps(struct capture *cap, bool *ret_changed,
			struct err *err)
{
	struct maps maps = { 0 };

	if (!target_maps(cap->tr.target, &maps, err))
		return false;
	*ret_changed = !same_maps(&maps, cap->now.maps);
	if (!*ret_changed) {
		maps_free(&maps);
		return true;
	}
	target_know(cap->tr.target, NULL);
	modules_free(cap->mods_later);
	maps_free(&cap->maps_later);
	cap->maps_later = maps;
	cap->mods_later = modules_new(&cap->maps_later, cap->tr.target,
				      cap->tr.target->mem, err);
	cap->now.maps = &cap->maps_later;
	cap->now.mods = cap->mods_later;
	target_know(cap->tr.target, cap->mods_later);
	return cap->mods_later != NULL;
}

/* Fill @ret, the way that worked for @before, if any did. */
static bool look_for(struct capture *cap, struct arenas *ret,
		     const struct arenas *before, struct err *err)
{
	const struct runtime *rt = &cap->tr.rt;
	struct mem *mem = cap->tr.target->mem;
	bool ok;

	if (before->v.n && before->source != ARENAS_OF_MALLOC)
		return arenas_again(ret, before, rt, cap->now.maps, mem, err);
	if (!before->v.n) {
		ok = arenas_find(ret, rt, cap->now.maps, mem, err);
		if (ok || err->code != ERR_VERSION)
			return ok;
		arenas_fini(ret);
	}
	return mallocheaps_find(ret, &cap->gm, rt, cap->now.mods, mem, err);
}

static bool look_for_arenas(struct capture *cap, struct err *err)
{
	struct arenas before = cap->arenas;
	bool ok;

	memset(&cap->arenas, 0, sizeof(cap->arenas));
	ok = look_for(cap, &cap->arenas, &before, err);
	arenas_fini(&before);
	return ok;
}

/* The tracee runs: arenas may be younger than the maps.  A few that are in
 * transition do not matter yet. */
static bool find_arenas(struct capture *cap, struct err *err)
{
	bool ok = false, changed;

	for (int i = 0; i < MAX_TRIES; i++) {
		ok = look_for_arenas(cap, err);
		if (ok ? !cap->arenas.n_bad : err->code != ERR_BADDATA)
			return ok;
		if (!update_maps(cap, &changed, err))
			return false;
	}
	return ok;
}

static bool begin(struct capture *cap, struct err *err)
{
	cap->now.maps = &cap->tr.maps;
	cap->now.mods = cap->tr.mods;
	return (bound_claims(cap, &cap->swap, err) && find_arenas(cap, err)) ||
	       tracee_explain(&cap->tr, err);
}

bool capture_open(struct capture *cap, const struct target_spec *spec,
		  const char *offsets_path, struct err *err)
{
	memset(cap, 0, sizeof(*cap));
	return tracee_open(&cap->tr, spec, offsets_path, err) &&
	       begin(cap, err);
}

bool capture_of(struct capture *cap, struct target *target, struct err *err)
{
	memset(cap, 0, sizeof(*cap));
	return tracee_understand(&cap->tr, target, NULL, err) &&
	       begin(cap, err);
}

void capture_forget(struct capture *cap)
{
	if (cap->typed)
		pytypes_fini(&cap->types);
	scanner_fini(&cap->outside);
	vec_free(&cap->records);
	if (cap->mirrored)
		mirror_fini(&cap->mirror);
	chunkmap_fini(&cap->chunks);
	blocksource_fini(&cap->source);
	places_fini(&cap->places);
	window_fini(&cap->watch);
	cap->typed = cap->mirrored = cap->overstated = cap->cut_short = false;
	cap->pause_ms = 0;
	cap->n_unstopped = 0;
	*cap->unstopped = '\0';
}

bool capture_again(struct capture *cap, struct err *err)
{
	bool changed;

	capture_forget(cap);
	return (target_same(cap->tr.target, err) &&
		runtime_interps(&cap->tr.rt, cap->tr.target->mem, err) &&
		update_maps(cap, &changed, err) && bound_claims(cap, &cap->swap, err) &&
		find_arenas(cap, err)) || tracee_explain(&cap->tr, err);
}

void capture_close(struct capture *cap)
{
	capture_forget(cap);
	glibc_fini(&cap->gm);
	arenas_fini(&cap->arenas);
	if (cap->tr.target)
		target_know(cap->tr.target, NULL);
	modules_free(cap->mods_later);
	maps_free(&cap->maps_later);
	tracee_close(&cap->tr);
}

static bool find_places(struct capture *cap, struct err *err)
{
	const bool chunks = capture_is_of_malloc(cap);

	chunkmap_fini(&cap->chunks);
	blocksource_fini(&cap->source);
	places_fini(&cap->places);
	target_know(cap->tr.target, cap->now.mods);
	return places_init(&cap->places, err) &&
	       regions_add(&cap->places, cap->now.maps, cap->now.mods,
			   &cap->arenas, err) &&
	       blocksource_init(&cap->source, &cap->tr.rt.abi, &cap->places,
				REGION_ARENA, chunks ? &cap->chunks : NULL,
				err);
}

static bool make_mirror(struct capture *cap, struct err *err)
{
	if (cap->mirrored)
		mirror_fini(&cap->mirror);
	cap->mirrored = false;
	if (!find_places(cap, err))
		return false;
	cap->mirrored = true;
	if (!mirror_init(&cap->mirror, cap->tr.target->mem, &cap->places,
			 REGION_ARENA | REGION_STATIC, err))
		return false;
	cap->mirror.limit = cap->room.memory;
	return true;
}

static bool same_arenas(const struct arenas *a, const struct arenas *b)
{
	if (a->v.n != b->v.n)
		return false;
	for (size_t i = 0; i < a->v.n; i++) {
		if (a->v.v[i].start != b->v.v[i].start ||
		    a->v.v[i].limit != b->v.v[i].limit)
			return false;
	}
	return true;
}

/* A mirror of the address space as it is now, with what the old one had. */
static bool remake_mirror(struct capture *cap, struct err *err)
{
	struct places places = cap->places;
	struct mirror old = cap->mirror;
	bool ok;

	old.places = &places;
	memset(&cap->places, 0, sizeof(cap->places));
	cap->mirrored = false;
	ok = make_mirror(cap, err);
	if (ok)
		mirror_adopt(&cap->mirror, &old, REGION_ANON | REGION_STATIC);
	mirror_fini(&old);
	places_fini(&places);
	return ok;
}

/* The tracee ran on since capture_open(): look again where it may matter. */
static bool refresh(struct capture *cap, struct err *err)
{
	struct arenas arenas;
	int64_t swap;
	bool changed;

	target_look(cap->tr.target);
	if (!runtime_interps(&cap->tr.rt, cap->tr.target->mem, err) ||
	    !update_maps(cap, &changed, err) ||
	    !bound_claims(cap, &swap, err))
		return false;
	memset(&arenas, 0, sizeof(arenas));
	if (!look_for(cap, &arenas, &cap->arenas, err)) {
		arenas_fini(&arenas);
		return false;
	}
	changed |= !same_arenas(&arenas, &cap->arenas);
	arenas_fini(&cap->arenas);
	cap->arenas = arenas;
	if (changed)
		return remake_mirror(cap, err);
	mirror_again(&cap->mirror);
	return true;
}

/* Python classes are told by the functions of one that is always there. */
static void know_classes(struct capture *cap)
{
	struct pyctx *ctx = &cap->ctx;
	const struct abi *abi = &cap->tr.rt.abi;
	raddr interp = runtime_main_interp(&cap->tr.rt);
	raddr modules, module, type, dealloc, traverse;

	ctx->faults = 0;
	modules = ctx_u64(ctx, interp + abi->interp_modules);
	module = dictobj_get(ctx, modules, "_frozen_importlib");
	if (!module)
		return;
	type = dictobj_get(ctx, ctx_u64(ctx, module + abi->module_md_dict),
			   "BuiltinImporter");
	if (!type)
		return;
	ctx->faults = 0;
	dealloc = ctx_u64(ctx, type + abi->type_tp_dealloc);
	traverse = ctx_u64(ctx, type + abi->type_tp_traverse);
	if (!ctx->faults)
		pytypes_know_classes(&cap->types, dealloc, traverse);
}

static bool make_types(struct capture *cap, struct mem *mem, struct err *err)
{
	cap->ctx.abi = &cap->tr.rt.abi;
	cap->ctx.mem = mem;
	cap->ctx.types = &cap->types;
	cap->ctx.may_hold = may_hold;
	cap->ctx.places = &cap->places;
	if (!pytypes_init(&cap->types, &cap->ctx, cap->tr.rt.type_type, err))
		return false;
	cap->typed = true;
	know_classes(cap);
	return true;
}

/* The debug hooks mark every block; look at a few. */
static void find_debug_hooks(struct capture *cap)
{
	const struct abi *abi = &cap->tr.rt.abi;
	uint8_t bytes[CELL_MAX_BYTES];
	size_t marked = 0, plain = 0;
	struct err ignored;

	if (capture_is_of_malloc(cap)) {
		cap->debug_hooks = mallocheaps_has_marks(&cap->tr.rt,
							 cap->ctx.mem);
		return;
	}
	for (size_t i = 0; i < cap->arenas.v.n && marked + plain < 64; i++) {
		const struct arena *a = &cap->arenas.v.v[i];

		if (a->end != a->start &&
		    mem_read(cap->ctx.mem, a->start, bytes,
			     (size_t)abi->n_pool_size, &ignored))
			blocksource_count_marks(&cap->source, a->start, bytes,
						&marked, &plain);
	}
	cap->debug_hooks = marked > plain;
}

const char *capture_allocator(const struct capture *cap)
{
	if (capture_is_of_malloc(cap))
		return cap->debug_hooks ? "malloc_debug" : "malloc";
	return cap->debug_hooks ? "pymalloc_debug" : "pymalloc";
}

uint64_t capture_doubts(const struct capture *cap)
{
	uint64_t n = 0;

	for (size_t i = 0; i < cap->gm.arenas.n; i++)
		n += cap->gm.arenas.v[i].doubt != NULL;
	return capture_is_of_malloc(cap) ? n : 0;
}

/* Where malloc's blocks are, if it is the source of @mem's. */
static bool map_chunks(struct capture *cap, struct mem *mem, bool running,
		       struct err *err)
{
	static const struct maps none;
	const struct glibc_read_options opt = {
		.maps = &none, .most = MAX_CHUNKS, .running = running,
	};

	if (!capture_is_of_malloc(cap))
		return true;
	if (!glibc_read(&cap->gm, mem, &opt, err))
		return false;
	glibc_settle(&cap->gm);
	return chunkmap_make(&cap->chunks, &cap->source, &cap->gm, err);
}

/* One copy, made twice: while the tracee runs, and while it stands; or once, if
 * nobody in it ran meanwhile. */
struct copy {
	struct capture *cap;
	struct closure cl;
	bool complete;		/* the first time, and it may do */
	struct rest asleep;	/* since before it was begun; n = 0: unknown */
};

static bool copy_heap(struct copy *copy, struct err *err)
{
	struct capture *cap = copy->cap;
	size_t first;

	if (!bulk_load(cap, copy->cl.time > 0, &first, err) ||
	    !map_chunks(cap, &cap->mirror.mem, cap->runs_on, err) ||
	    !closure_before(&copy->cl, err))
		return false;
	if (cap->typed)
		pytypes_fini(&cap->types);
	cap->typed = false;
	if (!make_types(cap, &cap->mirror.mem, err))
		return false;
	find_debug_hooks(cap);
	return closure_begin(&copy->cl, err) &&
	       closure_hits(&copy->cl, first, err) &&
	       closure_state(&copy->cl, err) &&
	       (!cap->beyond || cap->beyond(cap->beyond_arg, err));
}

/*
 * The first time, all is new; the second time, only what changed meanwhile is
 * looked for.  Nothing depends on the first: what it saw may be half written,
 * or make no sense.
 */
static bool rehearse(struct copy *copy, struct err *err)
{
	struct capture *cap = copy->cap;
	bool ok = copy_heap(copy, err);

	copy->complete = ok && !cap->overstated;
	if (ok || (err->code != ERR_BADDATA && err->code != ERR_FAULT))
		return ok;
	err->code = ERR_NONE;
	return make_mirror(cap, err);
}

/* Does nobody run?  Then what was found before that is looked for again: it is
 * part of the copy. */
static bool begin_asleep(struct copy *copy, struct err *err)
{
	struct capture *cap = copy->cap;

	if (!target_rest(cap->tr.target, false, &copy->asleep)) {
		copy->asleep.n = 0;
		return true;
	}
	if (refresh(cap, err))
		return true;
	copy->asleep.n = 0;	/* somebody did */
	if (err->code != ERR_BADDATA && err->code != ERR_FAULT)
		return false;
	err->code = ERR_NONE;
	return cap->mirrored || make_mirror(cap, err);
}

/* Did nobody run since?  @held: but for @most, to stop. */
static bool slept(const struct copy *copy, bool held, int64_t most)
{
	struct rest now = { 0 };
	bool same = copy->complete && copy->asleep.n &&
		    target_rest(copy->cap->tr.target, held, &now) &&
		    rest_is_same(&copy->asleep, &now, most);

	vec_free(&now);
	return same;
}

static bool copy_ahead(struct copy *copy, struct err *err)
{
	bool ok = begin_asleep(copy, err) && rehearse(copy, err);

	if (ok)
		copy->complete = slept(copy, false, 0);
	return ok;
}

static bool copy_again(struct copy *copy, struct err *err)
{
	struct capture *cap = copy->cap;

	return (!cap->tr.target->runs || refresh(cap, err)) &&
	       copy_heap(copy, err);
}

static bool copy_stopped(void *arg, const struct stop *stop, struct err *err)
{
	struct copy *copy = arg;
	struct capture *cap = copy->cap;
	bool ok;

	clock_gettime(CLOCK_REALTIME, &cap->when);
	if (cap->max_pause_ms)
		cap->pause_end_ns = clock_now_ns() +
				    (uint64_t)cap->max_pause_ms * 1000000;
	ok = (!cap->at_stop || cap->at_stop(cap->at_stop_arg, stop, err)) &&
	     (slept(copy, true, 1) || copy_again(copy, err));
	if (cap->cut_short)
		mirror_keep_all(&cap->mirror);
	mirror_seal(&cap->mirror);
	cap->pause_end_ns = 0;
	return ok || target_failed(cap->tr.target, err);
}

static bool stop_and_copy(struct copy *copy, struct err *err)
{
	struct capture *cap = copy->cap;
	struct stop stop;

	if (!target_hold(cap->tr.target, &stop, copy_stopped, copy, err))
		return false;
	cap->pause_ms = stop.pause_ms;
	cap->n_unstopped = stop.n_unstopped;
	snprintf(cap->unstopped, sizeof(cap->unstopped), "%s", stop.reason);
	return true;
}

/* There is no stop, but what would be read in one is. */
static bool see_running(struct capture *cap, struct err *err)
{
	const struct stop nobody = { .pid = cap->tr.target->pid };

	clock_gettime(CLOCK_REALTIME, &cap->when);
	return !cap->at_stop || cap->at_stop(cap->at_stop_arg, &nobody, err);
}

/* Once, and from the start again if it was half written, or gone since the maps
 * were read. */
static bool copy_running(struct copy *copy, struct err *err)
{
	struct capture *cap = copy->cap;
	bool ok;

	if (!see_running(cap, err))
		return false;
	ok = copy_heap(copy, err);
	for (int i = 0; !ok && i < MAX_TRIES && (err->code == ERR_BADDATA ||
	     err->code == ERR_FAULT); i++) {
		err->code = ERR_NONE;
		closure_fini(&copy->cl);
		closure_init(&copy->cl, cap);
		ok = refresh(cap, err) && make_mirror(cap, err) &&
		     copy_heap(copy, err);
	}
	mirror_seal(&cap->mirror);
	return ok;
}

/* What of it is to be copied: what was mapped is here. */
static uint64_t left_to_copy(struct capture *cap, raddr start, uint64_t len)
{
	struct mem *mem = &cap->mirror.mem;

	return mem->ops->peek(mem, start, len) ? 0 : len;
}

/* For arenas and data segments, that is; the tables that describe a copy take
 * less than a quarter of it. */
static bool has_room(struct capture *cap, struct err *err)
{
	const struct places *places = &cap->places;
	uint64_t need = 0;

	for (size_t i = 0; i < cap->arenas.v.n; i++) {
		const struct arena *a = &cap->arenas.v.v[i];

		need += left_to_copy(cap, a->start, a->end - a->start);
	}
	for (size_t i = 0; i < places->n; i++) {
		const struct place *place = &places->v[i];

		if (place->kind == REGION_STATIC)
			need += left_to_copy(cap, place->start, place->len);
	}
	return headroom_check(&cap->room, need + need / 4 + HEADROOM_COPY,
			      "a copy of its heap", err);
}

bool capture_copy(struct capture *cap, struct err *err)
{
	struct copy copy = { .cap = cap };
	bool ok;

	closure_init(&copy.cl, cap);
	headroom_read(&cap->room);
	ok = make_mirror(cap, err) && has_room(cap, err);
	if (cap->runs_on && cap->tr.target->runs)
		ok = ok && copy_running(&copy, err);
	else
		ok = ok && (!cap->tr.target->runs || copy_ahead(&copy, err)) &&
		     stop_and_copy(&copy, err);
	closure_fini(&copy.cl);
	vec_free(&copy.asleep);
	return ok;
}

bool capture_watch(struct capture *cap, struct err *err)
{
	if (!window_init(&cap->watch, cap->tr.target->mem, err) ||
	    !find_places(cap, err) ||
	    !map_chunks(cap, cap->tr.target->mem, true, err))
		return false;
	if (!make_types(cap, &cap->watch.mem, err))
		return false;
	find_debug_hooks(cap);
	return see_running(cap, err);
}
