/* SPDX-License-Identifier: MIT */
#ifndef HEAP_SCAN_H
#define HEAP_SCAN_H

#include "base/vec.h"
#include "heap/regions.h"
#include "pyabi/blocksource.h"

/**
 * A word at @at that may point at something in memory from malloc or in a data
 * segment.  at 0: more words point there than were noted.
 */
struct hit {
	raddr at, to;
};

/**
 * Looks at words for what lies outside the arenas, and notes where they are.
 * One a thread.
 *
 * Many point at the same few things (every instance at its class): a small
 * cache keeps each from being noted more than a few times in a row.  The words
 * of what looks like a living object are noted more often: where malloc uses
 * an address again and again, dead blocks still point at it, and only the one
 * that lives knows how large the table there is.
 */
enum { SCAN_CACHE = 4096, SCAN_REPEATS = 3, SCAN_OWNERS = 16 };

struct scanner {
	const struct blocksource *source;
	const struct places *places;
	const struct abi *abi;
	VEC(struct hit) hits;
	struct scanner_seen {
		raddr to;
		uint32_t n;		/* noted, whatever they are in */
		uint32_t owners;	/* noted in what looks like an object */
		bool may_be_table;	/* from malloc: owners are of interest */
		bool more;		/* one was not noted */
		bool full;		/* nor will any other be */
	} *seen;
};

MUST_CHECK bool scanner_init(struct scanner *s, const struct blocksource *source,
			     struct err *err);
void scanner_fini(struct scanner *s);

/** Look at the @len bytes @p, a copy of those at @at: whole cells of the source,
 *  in an arena. */
MUST_CHECK bool scanner_scan(struct scanner *s, raddr at, const uint8_t *p,
			     uint64_t len, struct err *err);

/** Add to @s what @from, of the same places, has found. */
MUST_CHECK bool scanner_add(struct scanner *s, const struct scanner *from,
			    struct err *err);

#endif
