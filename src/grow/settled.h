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
 * of a file around it).  So a page that no fault tells of goes to the nearest
 * one below it, or else above, in the same mapping and the same 2 MiB.
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
	VEC(struct settled_piece) pieces;	/* sorted */
};

/**
 * Find the pieces, and fill in of @g what came, went and stayed.  @faults are
 * sorted, and of those of one page the last is left.
 */
MUST_CHECK bool settled_find(struct settled *ret,
			     struct settled_faults *faults,
			     const struct pagetable *before,
			     const struct pagetable *now,
			     const struct maps *maps, struct growth *g,
			     struct err *err);
void settled_fini(struct settled *settled);

/** The number of the first piece that ends above @at; pieces.n if none. */
size_t settled_from(const struct settled *settled, raddr at);

#endif
