/* SPDX-License-Identifier: MIT */
#ifndef HEAP_CENSUS_H
#define HEAP_CENSUS_H

#include "heap/heap.h"
#include "pyabi/refs.h"
#include "result/dump.h"

/**
 * Who is in the heap: every object found, measured and counted by type.
 *
 * Each block in use is looked at once, in a few threads.  A block that looks
 * like an object counts as one unless the collector's lists say otherwise (a
 * tracked object must be in one), another object owns it as a buffer, or nobody
 * speaks for it: see heap/witness.h.
 * Objects outside the pools are those that the lists or a living object refer
 * to.  The capture has noted which words point out of the pools; an object is
 * asked for its references only if it or a buffer of its has such a word.
 * Where that leaves an object outside without anyone who refers to it, and not
 * all words that point at it were noted, every object is asked.
 *
 * What was found stands in a row of heap->table each, and, outside the pools, of
 * heap->large; once it is settled who is an object, they are grouped.
 *
 * Sets heap->object and heap->claimed.
 */
struct tally {
	int64_t count, bytes, allocated, static_count, static_bytes;
	int64_t inferred;	/* of count: what they refer to is */
};

enum { DICTS_OF_MODULES, DICTS_OF_TYPES, DICTS_N };

struct census {
	struct heap *heap;
	VEC(struct tally) by_type;	/* by pytype.index */
	/** Dicts that are namespaces, by the type of who has them; those of
	 *  modules and types, whatever their types, apart. */
	VEC(struct tally) dicts_of;
	struct tally dicts[DICTS_N];
	struct tally total;
	int64_t buffers;	/* blocks that objects own */
	int64_t in_use;		/* blocks of pools */
	int64_t pooled;		/* objects in pools */
	uint64_t faults;	/* objects that could not be read whole */
	uint64_t lost;		/* in a list, but no object to be seen */
	uint64_t alone;		/* counted, though only they speak for
				   themselves */
	/* Blocks of pools that look like objects and are none: */
	uint64_t unlisted;	/* tracked, but in no list; their count a
				   pointer */
	uint64_t unheld;	/* nobody speaks for them: see witness.h */
};

MUST_CHECK bool census_take(struct census *census, struct heap *heap,
			    struct err *err);
void census_fini(struct census *census);

void tally_count(struct tally *tally, const struct object_sizes *sizes);

/** Where objects of @t are counted; NULL: no memory. */
struct tally *census_tally(struct census *census, const struct pytype *t,
			   struct err *err);

/** Add what one part counted; then, once, add up the totals. */
MUST_CHECK bool census_add(struct census *census, const struct census *part,
			   struct err *err);
void census_sum(struct census *census);

/** One thread's means to look at objects of the heap. */
struct looker {
	struct heap *heap;
	struct pyctx ctx;
	struct blockreader br;
	struct pybufs bufs;
	struct refs refs;
	/** Set by looker_measure(): a buffer it claimed points out of the
	 *  pools. */
	bool outward;
};

MUST_CHECK bool looker_init(struct looker *lk, struct heap *heap,
			    struct err *err);
void looker_fini(struct looker *lk);

/** Was the head of what may be an object at @addr copied? */
bool looker_is_loaded(struct looker *lk, raddr addr);

/** The object outside the pools at @addr, if there is one alive. */
bool looker_large(struct looker *lk, raddr addr, struct pyobj *ret);

/** Bytes from the start of a block to a dict in it. */
uint32_t looker_lead(const struct looker *lk);

bool looker_is_module(const struct looker *lk, const struct pyobj *o);

/** The dict that holds the names of @o: of a type, a module, an instance; 0:
 *  none, or not as an object. */
raddr looker_namespace(struct looker *lk, const struct pyobj *o);

/** Is @o, found outside the pools by a mere word, an object beyond doubt?  Two
 *  words of a C structure can look like the head of one.  @is_static: it lies
 *  in a data segment. */
bool looker_is_credible(struct looker *lk, const struct pyobj *o,
			bool is_static);

/** Shallow and allocated size of @o.  @block is the size of the block it is in,
 *  0 outside of pools; @claim marks its buffers in heap->claimed. */
void looker_measure(struct looker *lk, const struct pyobj *o, uint32_t block,
		    bool claim, struct object_sizes *ret);

#endif
