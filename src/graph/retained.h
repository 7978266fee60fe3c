/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_RETAINED_H
#define GRAPH_RETAINED_H

#include "graph/dominators.h"
#include "graph/roots.h"

/** Dominators by counted links. */
MUST_CHECK bool retained_find(struct dominators *ret, const struct graph *g,
			      const struct roots *roots, struct err *err);
/** ... and what each object retains: what goes when its holders do, in bytes as
 *  sys.getsizeof() has them. */
MUST_CHECK bool retained_weigh(struct dominators *doms, const struct graph *g,
			       struct err *err);

/**
 * Of each type in dump->types what its objects retain, and whose objects
 * dominate most of that.  After census_take() and fill_types().
 *
 * Objects that others of their type retain are counted there: a list of links is
 * what its first one retains.  What two objects of a type retain together, and
 * neither alone, is in neither: a type retains at least that much.  Garbage is
 * held by nobody, and retains nothing.
 *
 * Cost:  beside the graph that of dominators, and 8 bytes an inner node of them.
 */
MUST_CHECK bool retained_fill(struct dump *dump, struct heap *heap,
			      struct err *err);

#endif
