/* SPDX-License-Identifier: MIT */
/*
 * Measuring, and settling who is no object: the same for a copy and for a
 * process that runs.  Lengths that lie are not believed beyond what memory
 * there is.
 */
#include "heap/looker.h"

#include <stdlib.h>
#include <string.h>

enum { MALLOC_UNIT = 16 };	/* what malloc rounds to */

static const uint8_t *bytes_at_hand(void *arg, raddr start, uint64_t len,
				    struct err *err)
{
	struct mem *mem = arg;

	(void)err;
	return mem->ops->peek(mem, start, len);
}

bool looker_init(struct looker *lk, const struct image *image,
		 struct capture *cap, struct witness *witness,
		 struct mem *mem, struct err *err)
{
	memset(lk, 0, sizeof(*lk));
	lk->image = image;
	lk->cap = cap;
	lk->witness = witness;
	lk->ctx = cap->ctx;
	lk->ctx.mem = mem;
	if (!blockreader_init(&lk->br, &lk->ctx, err))
		return false;
	lk->br.may_be_type = capture_may_be_type;
	lk->br.arg = cap;
	lk->br.debug = cap->debug_hooks;
	lk->br.chunks = cap->source.chunks;
	lk->unlisted = LISTED_UNTOLD;
	lk->outside = (struct outside){
		.br = &lk->br, .places = &cap->places,
		.bytes = bytes_at_hand, .arg = mem,
		.ahead = OUTSIDE_AHEAD, .whole = true,
	};
	lk->onlooker = cap->onlooker;
	if (!lk->onlooker || lk->onlooker->join(lk->onlooker, lk))
		return true;
	*err = lk->err;
	return false;
}

void looker_fini(struct looker *lk)
{
	blockreader_fini(&lk->br);
	free(lk->bufs.v);
	refs_fini(&lk->refs);
	census_fini(&lk->part);
}

/* No object is larger than all the memory there is: its lengths lie. */
static void refuse_absurd(struct looker *lk, uint64_t *size, uint64_t instead)
{
	if (*size <= lk->cap->most_bytes)
		return;
	lk->ctx.faults++;
	*size = instead;
}

/* What malloc takes for it; where it is the source of all, with its head. */
static uint64_t of_malloc(const struct looker *lk, uint64_t asked)
{
	return addr_up(asked + (lk->br.chunks ? CHUNK_OWN : 0), MALLOC_UNIT);
}

/* A granule seldom has places of several kinds. */
static bool is_from_malloc(const struct looker *lk, raddr addr)
{
	unsigned kinds = places_kinds(&lk->cap->places, addr);

	return kinds == REGION_ANON ||
	       ((kinds & REGION_ANON) &&
		places_kind(&lk->cap->places, addr) == REGION_ANON);
}

uint64_t looker_chunk(const struct looker *lk, raddr addr)
{
	const struct capture *cap = lk->cap;

	return !cap->source.chunks ? 0 :
		chunkmap_takes(&cap->chunks, &cap->source,
			       addr - block_lead(&lk->br));
}

void looker_measure(struct looker *lk, const struct pyobj *o, uint64_t block,
		    struct object_sizes *ret)
{
	uint64_t at_least = 0, asked;

	lk->ctx.faults = 0;
	lk->bufs.n = 0;
	ret->size = obj_size(&lk->ctx, o);
	ret->allocated = block ? block :
			 looker_chunk(lk, o->addr - (uint64_t)(o->p - o->pre));
	if (!ret->allocated) {
		asked = obj_block_size(&lk->ctx, o, &at_least);
		ret->allocated = of_malloc(lk, asked ? asked : at_least);
	}
	obj_buffers(&lk->ctx, o, &lk->bufs);
	for (size_t i = 0; i < lk->bufs.n; i++) {
		const struct pybuf *buf = &lk->bufs.v[i];

		ret->allocated += is_from_malloc(lk, buf->addr) ?
			of_malloc(lk, buf->len) :
			lk->image->buffer(lk, buf);
	}
	refuse_absurd(lk, &ret->size, (uint64_t)o->type->basicsize);
	refuse_absurd(lk, &ret->allocated, block);
}

uint8_t looker_flags(struct looker *lk, const struct pyobj *o, uint8_t gen)
{
	uint8_t flags = OBJROW_IS_OBJECT;

	if (lk->ctx.faults)
		flags |= OBJROW_FAULTY;
	if (gen || obj_is_tracked(lk->ctx.abi, o))
		flags |= OBJROW_TRACKED;
	if (!obj_knows_refs(&lk->ctx, o))
		flags |= OBJROW_INFERRED;
	return flags;
}

/* Somebody refers to @addr, and nobody has the block it is in as a buffer, if
 * that is known without its bytes: only what lies near does one have. */
static bool is_held(const struct looker *lk, raddr addr)
{
	const struct blocksource *src = &lk->cap->source;
	raddr block;

	if (!src->chunks || !witness_is_referred(lk->witness, addr))
		return false;
	block = blocksource_block(src, addr);
	return block && !witness_is_claimed(lk->witness,
					    block + block_lead(&lk->br));
}

bool looker_settle(struct looker *lk, unsigned i, unsigned n)
{
	struct witness *w = lk->witness;
	uint64_t place = w->n * i / n, end = w->n * (i + 1) / n;
	struct objrow *row;
	struct pyobj o;
	raddr addr;

	while ((addr = witness_next(w, &place, end))) {
		if (!capture_goes_on(lk->cap, &lk->err))
			return false;
		if (is_held(lk, addr))
			continue;
		switch (lk->image->again(lk, addr, &row, &o)) {
		case AGAIN_FAILED:
			return false;
		case AGAIN_GONE:
			continue;
		case AGAIN_THERE:
			break;
		}
		switch (witness_verdict(w, &lk->ctx, &o)) {
		case VERDICT_HELD:
			continue;
		case VERDICT_ALONE:
			lk->part.alone += witness_is_mortal(w, &o);
			continue;
		case VERDICT_REFUSED:
			break;
		}
		lk->part.unheld++;
		objrow_refuse(row);
		if (lk->onlooker && !lk->onlooker->refused(lk, &o))
			return false;
	}
	return true;
}
