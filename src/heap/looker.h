/* SPDX-License-Identifier: MIT */
#ifndef HEAP_LOOKER_H
#define HEAP_LOOKER_H

#include "heap/census.h"
#include "heap/onlooker.h"
#include "heap/outside.h"
#include "pyabi/refs.h"

/**
 * The sweep: one thread's look at the blocks of a heap, span by span.
 *
 * Whether the heap was copied from a stopped process or passes by in a window
 * while the process runs, what is in a block is decided here, in one way; the
 * image says what it knows beyond the block's bytes, and what becomes of an
 * object.  See heap/witness.h for what makes one.
 */
struct looker;

/** A block of a span. */
struct spot {
	const struct span *span;
	uint32_t k;		/* index in the span */
	uint64_t i;		/* ... in bitmaps, if the image has some */
	uint32_t number;	/* ... in the table, if it has one */
};

static inline raddr spot_addr(const struct spot *at)
{
	return at->span->start + at->k * at->span->block;
}

static inline const uint8_t *spot_bytes(const struct spot *at)
{
	return at->span->p + at->k * at->span->block;
}

enum look_again { AGAIN_THERE, AGAIN_GONE, AGAIN_FAILED };

struct image {
	/** The list of the collector that the block @at is in; NULL: nobody
	 *  walked them. */
	uint8_t (*gen)(const struct looker *lk, const struct spot *at);
	/** An object was found in a pool, with buffers in lk->bufs: complete its
	 *  @row. */
	bool (*found)(struct looker *lk, const struct spot *at,
		      const struct pyobj *o, struct objrow row,
		      const struct object_sizes *sizes);
	/** A block of malloc's, of @size bytes, whose object, if it has one, is no
	 *  row of a span: not all is at hand, or it is a bare type. */
	bool (*apart)(struct looker *lk, const struct spot *at, uint32_t size);
	/** @o, outside the pools and of @asked bytes, looks like an object, and
	 *  a list or a known reference leads there, or (not @sure) a word.  If it
	 *  is one, and none before, it is measured and counted. */
	enum outside_found (*outside)(struct looker *lk, const struct pyobj *o,
				      uint64_t asked, bool sure);
	/** Memory in use whose words may refer to objects: that of the object
	 *  @o, which was found, or (NULL) of nobody known. */
	bool (*words)(struct looker *lk, const struct pyobj *o,
		      const uint8_t *p, uint64_t len);
	/** What @buf takes of its own; it is marked as somebody's.  0: nothing
	 *  (it is static, was not found, is another's). */
	uint64_t (*buffer)(struct looker *lk, const struct pybuf *buf);
	/** Once more, the object at @addr, in a pool, and its row. */
	enum look_again (*again)(struct looker *lk, raddr addr,
				 struct objrow **ret_row, struct pyobj *ret);
};

struct looker {
	const struct image *image;
	struct trail *trail;		/* who leads outside, or NULL */
	struct capture *cap;
	struct witness *witness;
	struct heap *heap;		/* of a copy; else NULL */
	enum listed unlisted;		/* what it says that one is in no list */
	struct pyctx ctx;
	struct blockreader br;
	struct outside outside;		/* how it looks for one outside */
	struct pybufs bufs;
	bool outward;			/* of a copy: one of them has a word that
					   leads out of the pools */
	struct refs refs;
	struct census part;		/* what this thread counted */
	struct onlooker *onlooker;	/* cap->onlooker, or NULL */
	void *onlooker_part;
	struct err err;
};

/** @ctx is borrowed from @cap, whose memory is @mem. */
MUST_CHECK bool looker_init(struct looker *lk, const struct image *image,
			    struct capture *cap, struct witness *witness,
			    struct mem *mem, struct err *err);
void looker_fini(struct looker *lk);

/** What the chunk of malloc's takes in which what was asked for begins at @addr;
 *  0: none that is known. */
uint64_t looker_chunk(const struct looker *lk, raddr addr);

/** Shallow and allocated size of @o.  @block is the size of the block it is in,
 *  0 outside of pools.  Its buffers are in lk->bufs then.  Sets ctx->faults
 *  anew. */
void looker_measure(struct looker *lk, const struct pyobj *o, uint64_t block,
		    struct object_sizes *ret);

/** What is true of @o, which was measured just now: OBJROW_*.  @gen: the list
 *  that it was found in. */
uint8_t looker_flags(struct looker *lk, const struct pyobj *o, uint8_t gen);

/** All words have been seen: refuse whom nobody speaks for, of the share of
 *  looker @i of @n. */
bool looker_settle(struct looker *lk, unsigned i, unsigned n);

enum { LOOKER_AHEAD = 1024 };	/* bytes that the memory is given notice of */

/** Look at the block @at, which is in use.  False: lk->err is set.  A template:
 *  @image is a constant wherever this is called. */
static inline __attribute__((always_inline)) bool
looker_block(struct looker *lk, const struct image *image,
	     const struct spot *at)
{
	const uint8_t *p = spot_bytes(at);
	const uint32_t size = span_size(at->span, at->k);
	const uint8_t gen = image->gen ? image->gen(lk, at) : GEN_NONE;
	const enum listed listed = gen ? LISTED_YES : lk->unlisted;
	struct object_sizes sizes;
	struct objrow row;
	struct pyobj o;

	if (!span_has(at->span, at->k, size))
		return image->apart(lk, at, size);
	__builtin_prefetch(p + LOOKER_AHEAD);
	if (!block_object(&lk->br, spot_addr(at), p, size, &o)) {
		if (lk->br.chunks && block_is_bare_type(&lk->br, p, size))
			return image->apart(lk, at, size);
		lk->part.lost += listed == LISTED_YES;
		return image->words(lk, NULL, p, size);
	}
	if (!witness_believes(lk->witness, &lk->ctx, &o, listed)) {
		lk->part.unlisted++;
		return image->words(lk, NULL, p, size);
	}
	if (witness_may_doubt(lk->witness, &o, listed))
		witness_doubt(lk->witness, o.addr);
	looker_measure(lk, &o, span_takes(at->span, at->k), &sizes);
	row = (struct objrow){ .type = o.type->index, .gen = gen,
			       .flags = looker_flags(lk, &o, gen) };
	return (!lk->onlooker || lk->onlooker->object(lk, at, &o)) &&
	       image->found(lk, at, &o, row, &sizes) &&
	       (!obj_may_refer(o.type) || image->words(lk, &o, p, size));
}

/** Look at each block in use of the span @at begins. */
static inline __attribute__((always_inline)) bool
looker_span(struct looker *lk, const struct image *image, struct spot at,
	    const uint64_t *live)
{
	const uint32_t n = at.span->n;
	const uint64_t first = at.i;

	for (uint32_t k = 0; k < n; k += 64) {
		for (uint64_t left = live[k / 64]; left; left &= left - 1) {
			at.k = k + (uint32_t)__builtin_ctzll(left);
			at.i = first + at.k;
			if (!looker_block(lk, image, &at))
				return false;
			at.number++;
		}
	}
	return !lk->onlooker || lk->onlooker->span(lk, at.span, live);
}

#endif
