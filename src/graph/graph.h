/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "graph/links.h"
#include "heap/objects.h"

/**
 * All objects of a copied heap and who refers to whom.
 *
 * The number of an object is that of its row in heap->table; those outside the
 * pools follow, as in heap->large.  Both are in the order of addresses: what is
 * equal otherwise is told by number, the same every time.  A number may have no object: its block holds
 * something else.
 *
 * Links come from the readers of types, as all references do; what they are
 * called is asked again for the few that are shown.  A reference that leads to
 * no object of the census has no link, and is counted in @unresolved.  Of an
 * object with OBJROW_INFERRED links are words that look like it.  Links without
 * a tie are none: they fill a row.
 *
 * Cost:  8 bytes an object and 4 a reference.
 * Owner: graph_fini(); the heap must outlive it.
 */
struct graph {
	struct heap *heap;
	const struct pytype **types;	/* by pytype.index */
	uint32_t n_pooled;		/* numbers of blocks in pools */
	struct links links;		/* LINK_VISITED, LINK_COUNTED */
	/** Dicts that do not count what they refer to: of interned strings. */
	VEC(raddr) uncounting;
	uint64_t unresolved;
};

/** After census_take().  ERR_NOMEM, too, where it would take more memory than
 *  we may have; ERR_LIMIT: more objects or references than there are numbers. */
MUST_CHECK bool graph_build(struct graph *g, struct heap *heap,
			    struct err *err);
void graph_fini(struct graph *g);

/** The number of the object at @addr, or LINK_NONE. */
uint32_t graph_number(const struct graph *g, raddr addr);

/** The object of that number; false: there is none. */
bool graph_object(const struct graph *g, uint32_t number, struct object *ret);

/** Its parts, of a number that has an object. */
bool graph_is_object(const struct graph *g, uint32_t number);
const struct pytype *graph_type(const struct graph *g, uint32_t number);
struct object_sizes graph_sizes(const struct graph *g, uint32_t number);
uint8_t graph_generation(const struct graph *g, uint32_t number);
uint8_t graph_flags(const struct graph *g, uint32_t number);

/** The references that others count in each object, by number. */
MUST_CHECK bool graph_counted(const struct graph *g, uint32_t **ret,
			      struct err *err);

/** ob_refcnt of each object, by number, as Python code sees it: at most
 *  GRAPH_MOST; or GRAPH_IMMORTAL. */
#define GRAPH_IMMORTAL UINT32_MAX
#define GRAPH_MOST (UINT32_MAX - 1)
MUST_CHECK bool graph_refcounts(const struct graph *g, uint32_t **ret,
				struct err *err);

/** The same of one object. */
uint32_t graph_refcount(const struct graph *g, uint32_t number);

/** A bit by number. */
static inline bool graph_bit(const uint32_t *bits, uint32_t number)
{
	return bits[number / 32] >> number % 32 & 1;
}

static inline void graph_set(uint32_t *bits, uint32_t number)
{
	bits[number / 32] |= 1u << number % 32;
}

#endif
