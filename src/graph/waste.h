/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_WASTE_H
#define GRAPH_WASTE_H

#include "graph/graph.h"
#include "result/waste.h"

/**
 * What the program could do without: see enum waste_kind.
 *
 * No byte is told twice: a dict with one entry is not sparse, too, and dicts
 * that are the namespace of something are not looked at by themselves.
 *
 * Cost:  while owners are looked for, 24 bytes an object that wastes, and what
 *        paths cost; @waste->want_equal: 16 a text, and its contents are read.
 */
MUST_CHECK bool waste_fill(struct waste *waste, const struct graph *g,
			   struct err *err);

/* --- its parts ----------------------------------------------------------- */

/** An object that wastes. */
struct wasted {
	uint64_t saved;
	uint32_t number;
	uint32_t objects;	/* it, or those of which it is the only holder */
	uint8_t kind;		/* enum waste_kind */
};

struct waste_hunt {
	const struct graph *g;
	struct waste *waste;
	struct looker lk;
	uint32_t *refcounts;
	VEC(struct wasted) found;
};

/** @bytes is what it takes now, of which @saved are not needed. */
MUST_CHECK bool waste_found(struct waste_hunt *hunt, struct wasted wasted,
			    uint64_t bytes, struct err *err);

/** Is an object of type @t of the exact C type @name, by the row of its
 *  layout? */
bool waste_is_exact(const struct pytype *t, const char *name);

/** str and bytes: all but the largest of those that are equal. */
MUST_CHECK bool waste_equal(struct waste_hunt *hunt, struct err *err);

/** Who has most of what was found. */
MUST_CHECK bool waste_owners(struct waste_hunt *hunt, struct err *err);

#endif
