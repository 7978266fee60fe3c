/* SPDX-License-Identifier: MIT */
/*
 * What to copy beyond the arenas.
 *
 * A word that points into malloc's memory may be a reference to a large object,
 * the link of a GC head (which points at a GC head, not at an object), or the
 * address of a buffer.  The first two are tried in place.  For the third, the
 * block that holds the word is understood and the object in it asked for its
 * buffers: only it knows how long they are.
 */
#include "heap/closure.h"

#include <stdlib.h>
#include <string.h>

#include "heap/outside.h"
#include "heap/records.h"
#include "pyabi/blocksource.h"
#include "pyabi/gcstate.h"

static bool push_refs(void *arg, const raddr *v, size_t n);

bool closure_init(struct closure *cl, struct capture *cap, struct err *err)
{
	memset(cl, 0, sizeof(*cl));
	cl->cap = cap;
	cl->ctx = &cap->ctx;
	if (!blockreader_init(&cl->br, cl->ctx, err))
		return false;
	cl->br.may_be_type = capture_may_be_type;
	cl->br.arg = &cap->places;
	cl->br.debug = cap->debug_hooks;
	cl->refs.owned = true;
	cl->refs.take = push_refs;
	cl->refs.arg = cl;
	return true;
}

void closure_fini(struct closure *cl)
{
	blockreader_fini(&cl->br);
	addrmap_fini(&cl->seen);
	addrmap_fini(&cl->blocks);
	vec_free(&cl->todo);
	refs_fini(&cl->refs);
	free(cl->bufs.v);
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

	if (addr % 8 || !is_outside(cl, addr) ||
	    addrmap_get(&cl->seen, addr) != ADDRMAP_NONE)
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
		if (!push_word(cl, word, err))
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

/* Whatever is asked about this object loads what the answer takes: ask all
 * that will be asked later, and note who it knows. */
static bool follow(struct closure *cl, const struct pyobj *o, struct err *err)
{
	if (!capture_may_ask(cl->cap, cl->ctx))
		return true;
	cl->ctx->faults = 0;
	cl->err = err;
	cl->bufs.n = 0;
	refs_begin(&cl->refs);
	obj_buffers(cl->ctx, o, &cl->bufs);
	(void)obj_size(cl->ctx, o);
	obj_refs(cl->ctx, o, &cl->refs);
	if (!refs_end(&cl->refs))
		return false;
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

		if (addrmap_get(&cl->seen, addr) != ADDRMAP_NONE)
			continue;
		if (!addrmap_put(&cl->seen, addr, 1, err))
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

/* The block of a pool that holds a hit: whose is it? */
static bool follow_block(struct closure *cl, raddr at, struct err *err)
{
	const struct abi *abi = cl->ctx->abi;
	struct mem *mem = &cl->cap->mirror.mem;
	uint64_t cell = (uint64_t)abi->n_pool_size;
	raddr base = addr_down(at, cell), block;
	struct span span;
	struct pyobj o;
	const uint8_t *p;
	int k;

	p = mem->ops->peek(mem, base, cell);
	/* Which blocks are in use does not matter here: a torn pool is as
	 * good. */
	if (!p || blocksource_head(abi, base, p, &span) != SPAN_USED)
		return true;
	k = span_index(&span, at);
	if (k < 0)
		return true;
	p = span.p + (uint32_t)k * span.block;
	block = span.start + (uint32_t)k * span.block;
	if (addrmap_get(&cl->blocks, block) != ADDRMAP_NONE)
		return true;
	if (!addrmap_put(&cl->blocks, block, 1, err))
		return false;
	if (!block_object(&cl->br, block, p, span.block, &o))
		return true;
	return follow(cl, &o, err);
}

bool closure_hits(struct closure *cl, const struct hit *hits, size_t n,
		  struct err *err)
{
	for (size_t i = 0; i < n && capture_has_time(cl->cap); i++) {
		/* Data segments are copied whole anyway. */
		if (!is_outside(cl, hits[i].to))
			continue;
		if (hits[i].at &&
		    places_kind(&cl->cap->places, hits[i].at) == REGION_ARENA &&
		    !follow_block(cl, hits[i].at, err))
			return false;
		if (!push_word(cl, hits[i].to, err) || !drain(cl, err))
			return false;
	}
	return true;
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
