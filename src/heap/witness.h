/* SPDX-License-Identifier: MIT */
#ifndef HEAP_WITNESS_H
#define HEAP_WITNESS_H

#include "base/load.h"
#include "base/vec.h"
#include "heap/regions.h"
#include "pyabi/abi.h"
#include "pyabi/object.h"

/**
 * What is an object.
 *
 * A heap is blocks, and nothing in a block says what it is: an object, the table
 * of a dict, a structure of C's, or what stood there before, for memory that was
 * given back keeps its words until somebody writes over them.  So witnesses are
 * called.  In this order, each may end the matter:
 *
 *   count      the first word can be a count of references   against
 *   type       the second leads to a type, and the types
 *              of types to `type`                            against
 *   fit        there is room for it where it lies, at the
 *              distance that its type implies                against
 *   bytes      lengths, states: consistent with its type     against
 *   list       it is in a list of the collector              for, beyond doubt
 *   number     its count is no address, after all            against
 *   links      it says it is in a list: its neighbours
 *              there lead back to it                         either way
 *   claim      a living object has it as its buffer          against
 *   reference  a word of a block in use leads to it (but for
 *              those of what cannot refer to others: text,
 *              numbers), of a data segment, of what the
 *              interpreters keep of themselves and their
 *              threads, or of an object outside the pools    for
 *   itself     its count is 1, or for ever, and there is
 *              more of it than count and type, which fits,
 *              and is in a block of just its size: it may be
 *              held where nobody looks, by a function of C
 *              on its stack, by a leak                       for, else against
 *
 * The first four are asked where an object's bytes are read, block_object() for
 * what is in a pool and outside_look() for the rest.  `list', `number' and what
 * links show at once are asked as blocks pass by: witness_believes().  The rest
 * when all words have been seen: witness_verdict().
 *
 * An image says whom it can call.  Who copied a stopped process has walked the
 * lists, so they are whole unless a collection was under way, and has a bit for
 * each block for claims.  Of a running one no list is walked: links have to do, and
 * everybody is doubted.  Outside the pools a list or a reference from who is
 * known is enough, and a mere word is not: witness_is_sure().  A new kind of heap
 * adds a witness here.
 *
 * Words are taken as they stand: one may be stale, as in what a list keeps in
 * reserve.  And a C structure whose first word is 1 may pass for what was there
 * before.
 *
 * A place is where an object or a buffer may begin: a bit each for `referred
 * to', for `doubted until then', and for `is somebody's buffer', which who knows
 * all blocks need not ask.  Cost: 3 bits for 16 bytes of arenas.
 *
 * Threads: any number may mark at the same time.
 */
enum { WITNESS_LOWEST = 4096 };	/* nothing is mapped below */

struct witness {
	const struct places *places;
	const struct abi *abi;
	VEC(raddr) granules;	/* those that have arenas, ascending */
	raddr low;		/* the first; */
	uint64_t span;		/* ... bytes to the end of the last */
	uint32_t **index;	/* number of a granule + 1, by distance from
				   low: upper half, then granule */
	size_t n_index;
	unsigned shift;		/* a place has 1 << shift bytes */
	uint64_t n;		/* places */
	uint64_t *referred, *doubted, *claimed;
};

/** @places knows the arenas, and is to outlive @w. */
MUST_CHECK bool witness_init(struct witness *w, const struct places *places,
			     const struct abi *abi, struct err *err);
void witness_fini(struct witness *w);

/** The place at @addr; false: there is none.  Every word of a heap is asked. */
static inline bool witness_place(const struct witness *w, raddr addr,
				 uint64_t *ret)
{
	uint64_t off = addr - w->low;
	const uint32_t *leaf;
	uint32_t granule;

	if (off >= w->span || addr & ((1ull << w->shift) - 1))
		return false;
	leaf = w->index[off >> 32];
	granule = leaf ? leaf[(uint32_t)off >> PLACES_GRANULE_SHIFT] : 0;
	if (!granule)
		return false;
	*ret = ((uint64_t)(granule - 1) << PLACES_GRANULE_SHIFT |
		(off & ((1ull << PLACES_GRANULE_SHIFT) - 1))) >> w->shift;
	return true;
}

static inline void witness_mark(const struct witness *w, uint64_t *bits,
				raddr addr)
{
	uint64_t place, bit;

	if (!witness_place(w, addr, &place))
		return;
	bit = 1ull << (place % 64);
	if (!(__atomic_load_n(&bits[place / 64], __ATOMIC_RELAXED) & bit))
		__atomic_fetch_or(&bits[place / 64], bit, __ATOMIC_RELAXED);
}

/** Somebody refers to what may be an object at @addr, if in an arena. */
static inline void witness_refer(struct witness *w, raddr addr)
{
	witness_mark(w, w->referred, addr);
}

/** So does the collector's list to the one after @o, if @o is in it. */
void witness_link(struct witness *w, const struct pyobj *o);

/** So do the words among the @len bytes @p, flags of links and of references on
 *  stacks aside. */
void witness_words(struct witness *w, const uint8_t *p, uint64_t len);

/** The object at @addr, in an arena, is one only if somebody refers to it. */
void witness_doubt(struct witness *w, raddr addr);

/** How many were doubted from @from up to before @addr, in one cell. */
uint32_t witness_rank(const struct witness *w, raddr from, raddr addr);

/** A buffer of somebody's begins at @addr. */
void witness_claim(struct witness *w, raddr addr);

/** Whom nobody referred to, or who may stand in somebody's buffer: the first at
 *  or after @place, which is set to behind it; 0: there is none before @end. */
raddr witness_next(const struct witness *w, uint64_t *place, uint64_t end);

bool witness_is_referred(const struct witness *w, raddr addr);
bool witness_is_claimed(const struct witness *w, raddr addr);

/** Is it a pointer into what is mapped? */
bool witness_is_pointer(const struct witness *w, const struct pyobj *o);

/** Is the count of @o one?  In programs that are linked to a fixed address, a
 *  pointer is small enough for it. */
static inline bool witness_is_count(const struct witness *w,
				    const struct pyobj *o)
{
	uint64_t count = load_u64(o->p + w->abi->object_ob_refcnt);

	return count < WITNESS_LOWEST || !witness_is_pointer(w, o);
}

/** What the collector's lists say of a block. */
enum listed {
	LISTED_NO,	/* it is in none, and they are whole */
	LISTED_YES,
	LISTED_MAYBE,	/* it was not found in one, and they are short */
	LISTED_UNTOLD,	/* nobody walked them: links have to do */
};

/**
 * May @o, in a pool, be an object, by what is known at once?
 *
 * What says it is tracked must be in a list, unless a collector was at work and
 * lists are short.  An interpreter that ends leaves some behind in a list that
 * nobody has any more: its neighbours there will do.
 */
static inline bool witness_believes(const struct witness *w, struct pyctx *ctx,
				    const struct pyobj *o, enum listed listed)
{
	const struct abi *abi = w->abi;

	if (listed == LISTED_YES)
		return true;
	if (!witness_is_count(w, o))
		return false;
	if (listed == LISTED_MAYBE || !obj_is_tracked(abi, o))
		return true;
	if (listed == LISTED_NO)
		return obj_is_linked(ctx, o);
	return places_kinds(w->places, load_u64(o->p - abi->n_pre_gc +
						abi->gc_head_gc_next)) != 0;
}

/** ... and has somebody else to speak for it? */
static inline bool witness_may_doubt(const struct witness *w,
				     const struct pyobj *o, enum listed listed)
{
	return listed == LISTED_UNTOLD ||
	       (listed != LISTED_YES && !obj_is_tracked(w->abi, o));
}

/** All words have been seen: what becomes of @o, which was doubted? */
enum verdict {
	VERDICT_HELD,
	VERDICT_ALONE,		/* it speaks for itself, for want of another */
	VERDICT_REFUSED,
};
enum verdict witness_verdict(const struct witness *w, struct pyctx *ctx,
			     const struct pyobj *o);

/** Is @o, found outside the pools by a mere word, an object beyond doubt?
 *  @is_static: it lies in a data segment. */
bool witness_is_sure(const struct witness *w, struct pyctx *ctx,
		     const struct pyobj *o, bool is_static);

/**
 * Is @o, of @asked bytes and found outside the pools by a word, there for a
 * reason?
 *
 * What fits in a pool is in one.  But what was made larger and shrank stays
 * where it is, and C code may do without pools (numpy's types, 424 bytes); what
 * is small, in no list, and seems to be outside is two words that look like a
 * head.
 */
bool witness_is_outside(const struct witness *w, struct pyctx *ctx,
			const struct pyobj *o, uint64_t asked);

/** Does @o speak for itself, for want of another? */
bool witness_self(const struct witness *w, const struct pyobj *o);

/** More objects that speak for themselves alone than ordinary programs have:
 *  that is told.  Those that live for ever do not count; numpy and pandas keep
 *  some 200. */
enum { WITNESS_MANY_ALONE = 1000 };
bool witness_is_mortal(const struct witness *w, const struct pyobj *o);

#endif
