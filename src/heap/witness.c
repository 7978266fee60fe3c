/* SPDX-License-Identifier: MIT */
/*
 * Bits by address, a run of them for each granule that has arenas, so that
 * marking one takes no look at the pool it is in: every word of the heap is
 * asked, most of them for nothing.
 *
 * Facts: CPython Objects/obmalloc.c (a block begins at a multiple of
 *        ALIGNMENT, and so does the object in it; a pool at one of its size).
 */
#include "heap/witness.h"

#include <stdlib.h>
#include <string.h>

#include "heap/zeros.h"
#include "pyabi/block.h"
#include "pyabi/pytype.h"

enum { GRANULE_SHIFT = PLACES_GRANULE_SHIFT };

/* Number the granules of [start, end). */
static bool add_granules(struct witness *w, raddr start, raddr end,
			 struct err *err)
{
	raddr at = addr_down(start, 1ull << GRANULE_SHIFT);

	for (; at < end; at += 1ull << GRANULE_SHIFT) {
		raddr *granule;

		/* Two regions may share one. */
		if (w->granules.n && w->granules.v[w->granules.n - 1] == at)
			continue;
		granule = vec_add(&w->granules, err);
		if (!granule)
			return false;
		*granule = at;
	}
	return true;
}

static bool make_index(struct witness *w, struct err *err)
{
	size_t n = w->granules.n;

	if (!n)
		return true;
	w->low = w->granules.v[0];
	w->span = w->granules.v[n - 1] - w->low + (1ull << GRANULE_SHIFT);
	w->n_index = (w->span >> 32) + 1;
	w->index = calloc(w->n_index, sizeof(*w->index));
	if (!w->index)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		uint64_t off = w->granules.v[i] - w->low;
		uint32_t **leaf = &w->index[off >> 32];

		if (!*leaf)
			*leaf = calloc(1u << (32 - GRANULE_SHIFT),
				       sizeof(**leaf));
		if (!*leaf)
			return err_nomem(err);
		(*leaf)[(uint32_t)off >> GRANULE_SHIFT] = (uint32_t)i + 1;
	}
	return true;
}

bool witness_init(struct witness *w, const struct places *places,
		  const struct abi *abi, struct err *err)
{
	uint64_t words;

	memset(w, 0, sizeof(*w));
	w->places = places;
	w->abi = abi;
	w->shift = (unsigned)__builtin_ctzll((uint64_t)abi->n_pool_alignment);
	for (size_t i = 0; i < places->n; i++) {
		const struct place *r = &places->v[i];

		if (r->kind == REGION_ARENA &&
		    !add_granules(w, r->start, r->start + r->len, err))
			return false;
	}
	if (!make_index(w, err))
		return false;
	w->n = (uint64_t)w->granules.n << (GRANULE_SHIFT - w->shift);
	words = w->n / 64 + 1;
	w->referred = zeros_new(words, sizeof(uint64_t));
	w->doubted = zeros_new(words, sizeof(uint64_t));
	w->claimed = zeros_new(words, sizeof(uint64_t));
	return w->referred && w->doubted && w->claimed ? true : err_nomem(err);
}

void witness_fini(struct witness *w)
{
	for (size_t i = 0; w->index && i < w->n_index; i++)
		free(w->index[i]);
	free(w->index);
	vec_free(&w->granules);
	free(w->referred);
	free(w->doubted);
	free(w->claimed);
	memset(w, 0, sizeof(*w));
}

static bool is_marked(const struct witness *w, const uint64_t *bits, raddr addr)
{
	uint64_t place;

	return witness_place(w, addr, &place) &&
	       bits[place / 64] >> (place % 64) & 1;
}

void witness_link(struct witness *w, const struct pyobj *o)
{
	const struct abi *abi = w->abi;
	raddr next;

	if (!obj_is_tracked(abi, o))
		return;
	next = load_u64(o->p - abi->n_pre_gc + abi->gc_head_gc_next);
	witness_mark(w, w->referred,
		     (next & ~(raddr)LINK_FLAGS) + (uint64_t)abi->n_pre_gc);
}

void witness_words(struct witness *w, const uint8_t *p, uint64_t len)
{
	for (uint64_t off = 0; off + 8 <= len; off += 8)
		witness_mark(w, w->referred, load_u64(p + off) & ~(raddr)LINK_FLAGS);
}

void witness_doubt(struct witness *w, raddr addr)
{
	witness_mark(w, w->doubted, addr);
}

uint32_t witness_rank(const struct witness *w, raddr from, raddr addr)
{
	uint64_t at, end;
	uint32_t n = 0;

	if (!witness_place(w, from, &at) || !witness_place(w, addr, &end))
		return 0;
	for (; at < end; at = addr_down(at, 64) + 64) {
		uint64_t bits = w->doubted[at / 64] & ~0ull << at % 64;

		if (end - addr_down(at, 64) < 64)
			bits &= ~(~0ull << end % 64);
		n += (uint32_t)__builtin_popcountll(bits);
	}
	return n;
}

void witness_claim(struct witness *w, raddr addr)
{
	witness_mark(w, w->claimed, addr);
}

bool witness_is_referred(const struct witness *w, raddr addr)
{
	return is_marked(w, w->referred, addr);
}

bool witness_is_claimed(const struct witness *w, raddr addr)
{
	return is_marked(w, w->claimed, addr);
}

/* The claims that begin @bytes before each place of word @n.  None is carried
 * from one granule to another: a pool begins with its header. */
static uint64_t claims_before(const struct witness *w, uint64_t n,
			      int64_t bytes)
{
	unsigned k = (unsigned)(bytes >> w->shift);
	uint64_t before = n ? w->claimed[n - 1] : 0;

	return k ? w->claimed[n] << k | before >> (64 - k) : w->claimed[n];
}

/* An object stands at the start of a block, or behind a GC head, or behind two
 * words more. */
static uint64_t may_be_claimed(const struct witness *w, uint64_t n)
{
	const struct abi *abi = w->abi;
	uint64_t bits = claims_before(w, n, 0) |
			claims_before(w, n, abi->n_pre_gc);

	if (abi->preheader != PREHEADER_NONE)
		bits |= claims_before(w, n, abi->n_pre_gc + abi->n_pre_managed);
	return bits;
}

raddr witness_next(const struct witness *w, uint64_t *place, uint64_t end)
{
	const unsigned per = GRANULE_SHIFT - w->shift;

	for (uint64_t n = *place; n < end; n = addr_down(n, 64) + 64) {
		uint64_t left = w->doubted[n / 64] & ~0ull << (n % 64);

		if (left)
			left &= ~w->referred[n / 64] |
				may_be_claimed(w, n / 64);
		if (!left)
			continue;
		n = addr_down(n, 64) + (uint64_t)__builtin_ctzll(left);
		if (n >= end)
			break;
		*place = n + 1;
		return w->granules.v[n >> per] +
		       ((n & ((1ull << per) - 1)) << w->shift);
	}
	*place = end;
	return 0;
}

bool witness_is_pointer(const struct witness *w, const struct pyobj *o)
{
	uint64_t count = load_u64(o->p + w->abi->object_ob_refcnt);

	return places_kinds(w->places, count) &&
	       !refcnt_is_immortal(w->abi, count);
}

bool witness_is_mortal(const struct witness *w, const struct pyobj *o)
{
	return !refcnt_is_immortal(w->abi,
				   load_u64(o->p + w->abi->object_ob_refcnt));
}

bool witness_self(const struct witness *w, const struct pyobj *o)
{
	uint64_t count = load_u64(o->p + w->abi->object_ob_refcnt);

	return (count == 1 || refcnt_is_immortal(w->abi, count)) && !o->loose &&
	       (o->type->basicsize > w->abi->object_sizeof ||
		o->type->itemsize);
}

enum verdict witness_verdict(const struct witness *w, struct pyctx *ctx,
			     const struct pyobj *o)
{
	raddr block = o->addr - (uint64_t)(o->p - o->pre);

	if (obj_is_tracked(w->abi, o))
		return obj_is_linked(ctx, o) ? VERDICT_HELD : VERDICT_REFUSED;
	if (witness_is_claimed(w, block))
		return VERDICT_REFUSED;
	if (witness_is_referred(w, o->addr))
		return VERDICT_HELD;
	return witness_self(w, o) ? VERDICT_ALONE : VERDICT_REFUSED;
}

enum {
	STATIC_COUNT = 999999999,	/* where 3.11 begins, if static; */
	STATIC_LESS = 10000,		/* ... let go more often than taken, */
	STATIC_MORE = 1000000,		/* ... and taken, by few */
};

/* What its count says of an object in a data segment: immortal where there is
 * such a mark, else high where it is so from the start (3.11). */
static bool is_static_count(const struct abi *abi, uint64_t refcnt)
{
	switch (abi->refcnt) {
	case REFCNT_HIGH_STATIC:
		return refcnt - (STATIC_COUNT - STATIC_LESS) <
		       STATIC_LESS + STATIC_MORE;
	case REFCNT_IMMORTAL32:
		return refcnt == UINT32_MAX;
	case REFCNT_SPLIT:
		return (int32_t)refcnt < 0 &&
		       (refcnt >> 48 || refcnt == UINT32_MAX);
	default:
		return false;
	}
}

/*
 * A table of pointers in a C structure may hold one to anything and one to a
 * type, side by side.  In programs that are linked to a fixed address the first
 * is small enough for a count, and in 3.11 it may even be a high one.  But
 * nothing that a linker lays out can name a type that is made at run time; and
 * what malloc gave was never referenced as often as an address is large.
 * Types are checked when they are read.
 */
bool witness_is_sure(const struct witness *w, struct pyctx *ctx,
		     const struct pyobj *o, bool is_static)
{
	uint64_t refcnt;

	if (o->type->flags & TPF_TYPE_SUBCLASS)
		return pytypes_get(ctx->types, o->addr) != NULL;
	refcnt = load_u64(o->p + w->abi->object_ob_refcnt);
	if (!is_static)
		return !places_kinds(w->places, refcnt);
	return !(o->type->flags & TPF_HEAPTYPE) &&
	       is_static_count(w->abi, refcnt);
}

enum { STRUCTURE = 64 };	/* bytes that are more than a few words */

bool witness_is_outside(const struct witness *w, struct pyctx *ctx,
			const struct pyobj *o, uint64_t asked)
{
	const struct pytype *t = o->type;

	/* A structure of C's that is an object is where C has it: moduledef. */
	if (!t->gc && !t->itemsize && t->basicsize >= STRUCTURE &&
	    !pytype_is_foreign(t))
		return true;
	return asked > (uint64_t)w->abi->n_small_request / 2 ||
	       (t->flags & (TPF_BYTES_SUBCLASS | TPF_STR_SUBCLASS |
			    TPF_TUPLE_SUBCLASS)) ||
	       obj_is_linked(ctx, o);
}
