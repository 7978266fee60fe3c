/* SPDX-License-Identifier: MIT */
/*
 * What to copy beyond the arenas.
 *
 * A word that points into malloc's memory may be a reference to a large object,
 * the link of a GC head (which points at a GC head, not at an object), or the
 * address of a buffer.  The first two are tried in place.  For the third, the
 * block that holds the word is understood and the object in it asked for its
 * buffers: only it knows how long they are.
 *
 * The second time over a copy, what was tried at pages that are the same is as
 * it was.  All else may have changed: who is at the other pages is tried again,
 * their words are followed whoever they belong to, and whose tables they are is
 * asked once more, for those may have grown.  Should something be a type now
 * that was none, whoever was taken for no object may be one: then all is looked
 * at anew.
 */
#include "heap/closure.h"

#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "heap/outside.h"
#include "heap/records.h"
#include "pyabi/blocksource.h"
#include "pyabi/gcstate.h"

enum {
	ASK_AGAIN = 0,		/* not a time */
	LOWEST = 4096,		/* nothing is mapped below */
};

static bool push_refs(void *arg, const raddr *v, size_t n);

void closure_init(struct closure *cl, struct capture *cap)
{
	memset(cl, 0, sizeof(*cl));
	cl->cap = cap;
	cl->ctx = &cap->ctx;
	cl->refs.owned = true;
	cl->refs.take = push_refs;
	cl->refs.arg = cl;
}

static void forget(struct closure *cl)
{
	addrmap_fini(&cl->seen);
	addrmap_fini(&cl->blocks);
	vec_free(&cl->tables);
}

void closure_fini(struct closure *cl)
{
	blockreader_fini(&cl->br);
	forget(cl);
	vec_free(&cl->todo);
	vec_free(&cl->refused);
	refs_fini(&cl->refs);
	free(cl->bufs.v);
}

/* Is what was found at @key, one of @map, by what [start, start + len) holds,
 * of this time or as good? */
static bool is_done(const struct closure *cl, const struct addrmap *map,
		    raddr key, raddr start, uint64_t len)
{
	uint32_t time = addrmap_get(map, key);

	if (time == ADDRMAP_NONE || time == ASK_AGAIN)
		return false;
	return time == cl->time || mirror_is_same(&cl->cap->mirror, start, len);
}

static bool was_tried(const struct closure *cl, raddr addr)
{
	return is_done(cl, &cl->seen, addr, addr, cl->ctx->abi->object_sizeof);
}

static bool is_outside(const struct closure *cl, raddr addr)
{
	const struct places *places = &cl->cap->places;

	return (places_kinds(places, addr) & REGION_ANON) &&
	       places_kind(places, addr) == REGION_ANON;
}

static bool push(struct closure *cl, raddr addr, struct err *err)
{
	raddr *slot;

	if (addr % 8 || !is_outside(cl, addr) || was_tried(cl, addr))
		return true;
	slot = vec_add(&cl->todo, err);
	if (slot)
		*slot = addr;
	return slot != NULL;
}

/* A word that may be a reference or a link between GC heads. */
static bool push_word(struct closure *cl, raddr word, struct err *err)
{
	word &= ~(raddr)LINK_FLAGS;
	return push(cl, word, err) &&
	       push(cl, word + (uint64_t)cl->cap->tr.rt.abi.n_pre_gc, err);
}

static bool push_words(struct closure *cl, const uint8_t *p, uint64_t len,
		       struct err *err)
{
	for (uint64_t off = 0; off + 8 <= len; off += 8) {
		raddr word;

		memcpy(&word, p + off, sizeof(word));
		/* Most are small numbers. */
		if (word >= LOWEST && !push_word(cl, word, err))
			return false;
	}
	return true;
}

/* Many in a row are often the same. */
static bool push_refs(void *arg, const raddr *v, size_t n)
{
	struct closure *cl = arg;
	raddr last = 0;

	for (size_t i = 0; i < n; i++) {
		if (v[i] != last && !push(cl, v[i], cl->err))
			return false;
		last = v[i];
	}
	return true;
}

/* [at, ...) outside is as long as @owner says. */
static bool note_table(struct closure *cl, raddr at, raddr owner,
		       struct err *err)
{
	struct closure_table *table;

	if (!is_outside(cl, at))
		return true;
	table = vec_add(&cl->tables, err);
	if (table)
		*table = (struct closure_table){ at, owner };
	return table != NULL;
}

static bool note_tables(struct closure *cl, const struct pyobj *o,
			struct err *err)
{
	cl->bufs.n = 0;
	obj_buffers(cl->ctx, o, &cl->bufs);
	for (size_t i = 0; i < cl->bufs.n; i++) {
		if (obj_buffers_may_refer(o->type) &&
		    !note_table(cl, cl->bufs.v[i].addr, o->addr, err))
			return false;
	}
	return true;
}

/* Whatever is asked about this object loads what the answer takes: ask all
 * that will be asked later, and note who it knows. */
static bool follow(struct closure *cl, const struct pyobj *o, struct err *err)
{
	if (!capture_may_ask(cl->cap, cl->ctx))
		return true;
	cl->ctx->faults = 0;
	cl->err = err;
	refs_begin(&cl->refs);
	if (!note_tables(cl, o, err))
		return false;
	(void)obj_size(cl->ctx, o);
	obj_refs(cl->ctx, o, &cl->refs);
	if (!refs_end(&cl->refs))
		return false;
	if (o->type->flags & TPF_TYPE_SUBCLASS)
		(void)pytypes_get(cl->ctx->types, o->addr);
	if (o->type->pre && !push_words(cl, o->pre, o->type->pre, err))
		return false;
	if (pytype_is_foreign(o->type) && !push_words(cl, o->p, o->avail, err))
		return false;
	return push(cl, o->type->addr, err);
}

/* Copies what is looked at. */
static const uint8_t *load_bytes(void *arg, raddr start, uint64_t len,
				 struct err *err)
{
	struct mirror *mi = &((struct closure *)arg)->cap->mirror;

	mem_want(&mi->mem, start, len);
	return mirror_load(mi, start, len, err) ?
		mi->mem.ops->peek(&mi->mem, start, len) : NULL;
}

static bool drain(struct closure *cl, struct err *err)
{
	const struct outside outside = {
		.br = &cl->br, .places = &cl->cap->places, .bytes = load_bytes,
		.arg = cl, .ahead = OUTSIDE_AHEAD, .whole = true,
	};
	struct pyobj o;
	uint64_t size;

	while (cl->todo.n && capture_has_time(cl->cap)) {
		raddr addr = cl->todo.v[--cl->todo.n];

		if (!capture_goes_on(cl->cap, err))
			return false;
		if (was_tried(cl, addr))
			continue;
		if (!addrmap_put(&cl->seen, addr, cl->time, err))
			return false;
		switch (outside_look(&outside, addr, &o, &size, err)) {
		case OUTSIDE_FAILED:
			return false;
		case OUTSIDE_NOTHING:
			break;
		case OUTSIDE_OBJECT:
			if (!follow(cl, &o, err))
				return false;
		}
	}
	return true;
}

/* The block of a pool that @at is in, one that points at @to outside: whose is
 * it?  @again: ask even if all of it is the same. */
static bool follow_block(struct closure *cl, raddr at, raddr to, bool again,
			 struct err *err)
{
	const struct blocksource *src = &cl->cap->source;
	struct mem *mem = &cl->cap->mirror.mem;
	raddr block = blocksource_block(src, at);
	raddr base = blocksource_start(src, block);
	struct span span;
	struct pyobj o;
	const uint8_t *p;
	uint32_t size;
	int k;

	p = block ? mem->ops->peek(mem, base, src->cell) : NULL;
	/* Which blocks are in use does not matter here: a torn pool is as
	 * good. */
	if (!p || blocksource_head(src, base, p, &span) != SPAN_USED)
		return true;
	k = span_index(&span, block);
	if (k < 0)
		return true;
	p = span.p + (uint32_t)k * span.block;
	block = span.start + (uint32_t)k * span.block;
	size = span_size(&span, (uint32_t)k);
	if (!span_has(&span, (uint32_t)k, size))
		return true;
	if (again ? addrmap_get(&cl->blocks, block) == cl->time :
		    is_done(cl, &cl->blocks, block, base, src->cell))
		return true;
	if (!addrmap_put(&cl->blocks, block, cl->time, err))
		return false;
	if (!block_object(&cl->br, block, p, size, &o))
		return note_table(cl, to, at, err);
	return follow(cl, &o, err);
}

bool closure_hits(struct closure *cl, size_t first, struct err *err)
{
	const struct scanner *outside = &cl->cap->outside;

	for (size_t i = first; i < outside->hits.n &&
	     capture_has_time(cl->cap); i++) {
		const struct hit *hit = &outside->hits.v[i];

		/* Data segments are copied whole anyway. */
		if (!is_outside(cl, hit->to))
			continue;
		if (hit->at &&
		    places_kind(&cl->cap->places, hit->at) == REGION_ARENA &&
		    !follow_block(cl, hit->at, hit->to, false, err))
			return false;
		if (!push_word(cl, hit->to, err) || !drain(cl, err))
			return false;
	}
	return true;
}

/* Whoever was tried at [p, p + len), the bytes at @at, and looks alive. */
static bool try_again(struct closure *cl, raddr at, const uint8_t *p,
		      uint64_t len, struct err *err)
{
	const struct abi *abi = cl->ctx->abi;

	for (uint64_t off = 0; off + abi->object_sizeof <= len; off += sizeof(raddr)) {
		if (!refcnt_is_alive(abi, load_u64(p + off)) ||
		    !capture_may_be_type(cl->cap, load_u64(
				    p + off + abi->object_ob_type)) ||
		    addrmap_get(&cl->seen, at + off) == ADDRMAP_NONE)
			continue;
		if (!addrmap_put(&cl->seen, at + off, ASK_AGAIN, err) ||
		    !push(cl, at + off, err))
			return false;
	}
	return true;
}

/* A page outside that is not the same.  Who begins in the one before may go on
 * in it. */
static bool follow_page(struct closure *cl, raddr at, struct err *err)
{
	const struct mirror *mi = &cl->cap->mirror;
	const uint8_t *p = mirror_local(mi, at);
	uint64_t before = 0;

	if (places_find(&cl->cap->places, at - MIRROR_PAGE) ==
	    places_find(&cl->cap->places, at) &&
	    mirror_is_same(mi, at - MIRROR_PAGE, MIRROR_PAGE))
		before = MIRROR_PAGE;
	return push_words(cl, p, MIRROR_PAGE, err) &&
	       try_again(cl, at - before, p - before, MIRROR_PAGE + before,
			 err) && drain(cl, err);
}

static bool follow_pages(struct closure *cl, struct err *err)
{
	const struct places *places = &cl->cap->places;

	for (size_t i = 0; i < places->n; i++) {
		const struct mirror_region *r = &cl->cap->mirror.regions.v[i];
		const struct place *place = &places->v[i];

		for (uint64_t w = 0; place->kind == REGION_ANON && w < r->words;
		     w++) {
			uint64_t news = r->known[w] & r->loaded[w] &
					~r->same[w];

			for (; news && capture_has_time(cl->cap);
			     news &= news - 1) {
				uint64_t page = w * 64 + (uint64_t)
					__builtin_ctzll(news);

				if (!follow_page(cl, place->start +
						 page * MIRROR_PAGE, err))
					return false;
			}
		}
	}
	return true;
}

static bool ask_owner(struct closure *cl, const struct closure_table *table,
		      struct err *err)
{
	raddr owner = table->owner;

	if (places_kind(&cl->cap->places, owner) == REGION_ARENA)
		return follow_block(cl, owner, table->at, true, err);
	return addrmap_get(&cl->seen, owner) == cl->time ||
	       (addrmap_put(&cl->seen, owner, ASK_AGAIN, err) &&
		push(cl, owner, err) && drain(cl, err));
}

static bool follow_tables(struct closure *cl, struct err *err)
{
	size_t n = cl->tables.n;

	for (size_t i = 0; i < n && capture_has_time(cl->cap); i++) {
		struct closure_table table = cl->tables.v[i];

		if (!mirror_is_same(&cl->cap->mirror, table.at, sizeof(raddr)) &&
		    !ask_owner(cl, &table, err))
			return false;
	}
	return true;
}

static void note_refused(void *arg, raddr addr)
{
	struct closure *cl = arg;
	raddr *slot;

	if (mirror_is_same(&cl->cap->mirror, addr,
			   (uint64_t)cl->ctx->abi->type_sizeof))
		return;
	slot = vec_add(&cl->refused, cl->err);
	if (slot)
		*slot = addr;
}

bool closure_before(struct closure *cl, struct err *err)
{
	err->code = ERR_NONE;
	cl->err = err;
	cl->refused.n = 0;
	if (cl->cap->typed)
		pytypes_refused(&cl->cap->types, note_refused, cl);
	return !err->code;
}

static bool is_new_type(struct closure *cl)
{
	for (size_t i = 0; i < cl->refused.n; i++) {
		if (pytypes_get(cl->ctx->types, cl->refused.v[i]))
			return true;
	}
	return false;
}

bool closure_begin(struct closure *cl, struct err *err)
{
	bool anew;

	blockreader_fini(&cl->br);
	if (!blockreader_init(&cl->br, cl->ctx, err))
		return false;
	cl->br.may_be_type = capture_may_be_type;
	cl->br.arg = cl->cap;
	cl->br.debug = cl->cap->debug_hooks;
	cl->br.chunks = cl->cap->source.chunks;
	/* Then not all was followed the first time. */
	anew = cl->cap->overstated;
	cl->cap->overstated = false;
	cl->cap->records.n = 0;
	cl->ctx->words = 0;
	cl->todo.n = 0;
	if (++cl->time == 1)
		return true;
	if (!anew && !is_new_type(cl))
		return follow_pages(cl, err) && follow_tables(cl, err);
	forget(cl);
	return closure_hits(cl, 0, err);
}

/* Whatever a record of the interpreter points at.  What is in use of it is of
 * interest later. */
static bool push_record(void *arg, const struct interp_record *record,
			struct err *err)
{
	struct closure *cl = arg;
	struct mirror *mi = &cl->cap->mirror;
	uint64_t len = places_clip(&cl->cap->places, record->at, record->len);
	struct record *keep;
	const uint8_t *p;

	if (!len || !mirror_load(mi, record->at, len, err))
		return !len;
	keep = vec_add(&cl->cap->records, err);
	if (!keep)
		return false;
	*keep = (struct record){ record->used, record->n_used };
	cl->ctx->words += len / 8;
	p = mi->mem.ops->peek(&mi->mem, record->at, len);
	if (p && (!push_words(cl, p, len, err) || !drain(cl, err)))
		return false;
	cl->ctx->faults = 0;	/* those were of candidates */
	return true;
}

static void ignore(void *arg, raddr object)
{
	(void)arg;
	(void)object;
}

/* Reading the collector's state loads it; its lists are followed by hits. */
static void load_collector(struct closure *cl, raddr interp)
{
	struct gcstate gc;
	struct err ignored;

	if (gcstate_read(&gc, &cl->cap->tr.rt, cl->ctx, interp, &ignored) &&
	    gc.garbage)
		(void)ctx_u64(cl->ctx, gc.garbage + cl->ctx->abi->var_ob_size);
	for (unsigned i = 0; i < gc.n && gc.gen[i].head; i++)
		(void)gcstate_walk(cl->ctx, gc.gen[i].head, 1, ignore, NULL);
}

bool closure_state(struct closure *cl, struct err *err)
{
	const struct runtime *rt = &cl->cap->tr.rt;

	if (!records_each(cl->cap, cl->ctx, push_record, cl, err))
		return false;
	for (size_t i = 0; i < rt->interps.n; i++)
		load_collector(cl, rt->interps.v[i]);
	return true;
}
