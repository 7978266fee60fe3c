/* SPDX-License-Identifier: MIT */
#ifndef PYABI_BLOCK_H
#define PYABI_BLOCK_H

#include "pyabi/object.h"
#include "pyabi/pool.h"
#include "pyabi/pytype.h"

/**
 * What is in an allocated block: an object, or something else.
 *
 * A block holds an object if, at the distance that the type itself implies
 * (0, a GC head, a GC head and two words), there stands a count of references
 * that can be one and a pointer to a type, and if an object of that type and
 * length has room in the block.  Where it would have been given a smaller one,
 * it is "loose".  A buffer can look like an object (a list of types, say), and
 * so can what an object left behind: see who claims it and who refers to it
 * before believing what is in no list of the collector.
 *
 * Threads: each its own struct blockreader.
 */
struct blockreader {
	struct pyctx *ctx;
	/** May a word like this be the address of a type?  Cheap. */
	bool (*may_be_type)(void *arg, raddr word);
	void *arg;
	/** Blocks carry the debug hooks' marks around what was asked for. */
	bool debug;
	bool chunks;		/* they are malloc's, not pymalloc's */
	struct block_cached {
		raddr addr;
		const struct pytype *type;
	} *cache;
	uint32_t pre[3];	/* the distances that occur */
	unsigned n_pre;
};

MUST_CHECK bool blockreader_init(struct blockreader *br, struct pyctx *ctx,
				 struct err *err);
void blockreader_fini(struct blockreader *br);

/** As pytypes_get(), from memory if it was asked before; NULL at once if no
 *  type may be at @addr. */
const struct pytype *blockreader_type(struct blockreader *br, raddr addr);

enum {
	REFCNT_MAX_FLAGS = 0xff,	/* ob_flags: 4 bits are taken in 3.15 */
	REFCNT_MOST_BITS = 36,	/* of a count: words for so many take 512 GiB;
				   five letters are more */
	REFCNT_CARRY_BITS = 40,
};

/** Is this the first word of an object that is never given back (3.12+)? */
static inline bool refcnt_is_immortal(const struct abi *abi, uint64_t refcnt)
{
	return (abi->refcnt == REFCNT_IMMORTAL32 ||
		abi->refcnt == REFCNT_SPLIT) && (int32_t)refcnt < 0;
}

/** Can it be that of a living object? */
static inline bool refcnt_is_alive(const struct abi *abi, uint64_t refcnt)
{
	switch (abi->refcnt) {
	case REFCNT_PLAIN:
	case REFCNT_HIGH_STATIC:
		return refcnt - 1 < 1ull << REFCNT_MOST_BITS;
	case REFCNT_IMMORTAL32:
		/* Old binaries may carry into the upper half. */
		return (uint32_t)refcnt &&
		       refcnt >> (refcnt_is_immortal(abi, refcnt) ?
				  REFCNT_CARRY_BITS : REFCNT_MOST_BITS) == 0;
	case REFCNT_SPLIT:
		/* 16 bits of overflow are never used, 16 are flags. */
		return (uint32_t)refcnt && !(refcnt >> 32 & 0xffff) &&
		       refcnt >> 48 <= REFCNT_MAX_FLAGS;
	default:
		return false;
	}
}

/**
 * Is there an object in the block of @size bytes at @addr, whose bytes are @p?
 * If so, it is @ret.
 */
bool block_object(struct blockreader *br, raddr addr, const uint8_t *p,
		  uint32_t size, struct pyobj *ret);

/** The same if no more is at hand than the first @seen bytes: does what must be
 *  true of an object hold of what they show? */
bool block_seems_object(struct blockreader *br, raddr addr, const uint8_t *p,
			uint32_t seen, uint32_t size, struct pyobj *ret);

/** Is what its owner asked for a type without a collector's head, as C code makes
 *  them?  It is to be looked at as what lies outside of blocks is. */
bool block_is_bare_type(struct blockreader *br, const uint8_t *p,
			uint32_t size);

/** Does the block at @p carry the marks of a debug hook? */
bool block_has_marks(const struct abi *abi, const uint8_t *p, uint32_t size);

enum { BLOCK_DEBUG_LEAD = 16 };		/* bytes of the hooks' marks */

/** Bytes from the start of a block to what its owner asked for. */
static inline uint32_t block_lead(const struct blockreader *br)
{
	return br->debug ? BLOCK_DEBUG_LEAD : 0;
}

#endif
