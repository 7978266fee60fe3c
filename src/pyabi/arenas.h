/* SPDX-License-Identifier: MIT */
#ifndef PYABI_ARENAS_H
#define PYABI_ARENAS_H

#include "base/vec.h"
#include "pyabi/runtime.h"

/**
 * Where pymalloc's pools are.
 *
 * The interpreters' own tables say so where they can be found: in the
 * interpreter state from 3.12 on, by symbol before, and in a stripped program
 * by looking through its data for a pointer to such a table.  Where all fails,
 * the pools themselves are looked for: arenas_scan().
 */
struct arena {
	raddr start, end;	/* pools that were ever used, whole */
	raddr limit;		/* of the arena; start of it rounded up */
};

enum arenas_source {
	ARENAS_FROM_TABLE,	/* the interpreter's, by state or symbol */
	ARENAS_FROM_SEARCH,	/* the interpreter's, found in its data */
	ARENAS_FROM_SCAN,	/* no table: pools by their headers */
	ARENAS_OF_MALLOC,	/* no pools: malloc's heaps (mallocheaps.h) */
};

struct arenas {
	VEC(struct arena) v;	/* sorted, no overlaps */
	enum arenas_source source;
	/** Blocks that pymalloc passed on to malloc, which
	 *  sys.getallocatedblocks() counts too; -1: the counter is a file
	 *  static that cannot be found. */
	int64_t raw_blocks;
	/** Instead, in 3.6: all blocks, those in pools too; else 0. */
	int64_t all_blocks;
	/** Entries of tables that made no sense: arenas that came or went while
	 *  we looked. */
	uint32_t n_bad;
	VEC(raddr) tables;
	raddr variable;		/* ARENAS_FROM_SEARCH: that points there */
};

/** ERR_VERSION: no arena at all, it uses another allocator. */
MUST_CHECK bool arenas_find(struct arenas *ret, const struct runtime *rt,
			    const struct maps *maps, struct mem *mem,
			    struct err *err);

/** Look again, the way that worked for @before. */
MUST_CHECK bool arenas_again(struct arenas *ret, const struct arenas *before,
			     const struct runtime *rt, const struct maps *maps,
			     struct mem *mem, struct err *err);

/** The third way, for tracees without tables and to check the others. */
MUST_CHECK bool arenas_scan(struct arenas *ret, const struct runtime *rt,
			    const struct maps *maps, struct mem *mem,
			    struct err *err);

void arenas_fini(struct arenas *arenas);

/** What they take together: arenas are of one size. */
static inline int64_t arenas_bytes(const struct arenas *arenas,
				   const struct abi *abi)
{
	return (int64_t)arenas->v.n * abi->n_arena_size;
}

#endif
