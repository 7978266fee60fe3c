/* SPDX-License-Identifier: MIT */
#ifndef GROW_SETTLED_H
#define GROW_SETTLED_H

#include "attach/maps.h"
#include "attach/pagetable.h"
#include "result/growth.h"

/**
 * Which stack each page that came is of: that of the last fault there.
 *
 * Not each fault is told, and one fault may bring many pages (huge ones, those
 * of a file around it), or none: realloc() moves those of a large list that goes
 * on growing (mremap).  So a page without a fault goes to the nearest below it,
 * or else above, in the same block of memory as an object of Python has it, and
 * what is in no large one in the same mapping and the same 2 MiB.
 *
 *	settled_find(&s, &faults, &before, &now, &maps, &g, &err);
 *	settled_join(&s, at, at + len, &g, &err);	for each block
 *	settled_done(&s, &maps, &g, &err);
 */
struct settled_fault {
	raddr page;
	uint64_t time_ns;
	uint32_t stack, weight;
};

struct settled_faults {
	VEC(struct settled_fault) v;
};

/** A run of pages that came, all of one stack. */
struct settled_piece {
	raddr start, end;
	uint32_t stack;
};

struct settled {
	VEC(struct settled_piece) pieces;	/* sorted; those told */
	/** What came and has no fault, sorted: of nobody yet. */
	VEC(struct settled_rest {
		raddr start;
		raddr end;
	}) rest;
	VEC(struct settled_piece) found;	/* of the rest, not sorted */
};

enum { SETTLED_LARGE = 64 << 10 };	/* bytes of a block, at least */

/**
 * Find the pieces that faults tell, and fill in of @g what came, went and
 * stayed.  @faults are sorted, and of those of one page the last is left.
 */
MUST_CHECK bool settled_find(struct settled *ret,
			     struct settled_faults *faults,
			     const struct pagetable *before,
			     const struct pagetable *now, struct growth *g,
			     struct err *err);

/** What of the rest is in the block [start, end) of memory goes to the faults in
 *  it; if there are none, to nobody.  Smaller ones than SETTLED_LARGE are passed
 *  over. */
MUST_CHECK bool settled_join(struct settled *settled, raddr start, raddr end,
			     struct growth *g, struct err *err);

/** What is left of the rest goes to faults near it; all pieces are there. */
MUST_CHECK bool settled_done(struct settled *settled, const struct maps *maps,
			     struct growth *g, struct err *err);

void settled_fini(struct settled *settled);

/** The number of the first piece that ends above @at; pieces.n if none. */
size_t settled_from(const struct settled *settled, raddr at);

#endif
