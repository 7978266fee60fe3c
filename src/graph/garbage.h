/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_GARBAGE_H
#define GRAPH_GARBAGE_H

#include "graph/graph.h"
#include "result/garbage.h"

/**
 * What gc.collect() would find now.
 *
 * As the collector does it: of each tracked object's count the references of
 * other tracked objects are taken off; who has a count left is held from
 * outside, and so is whom that leads to.  The rest is garbage.  What
 * finalizers and callbacks of weak references would still have to say is not
 * foreseen.  The permanent generation is outside.
 *
 * Facts: CPython 3.6 to 3.15, Modules/gcmodule.c, Python/gc.c
 *        (deduce_unreachable).
 *
 * Cost:  16 bytes an object, and 30 an object of the garbage.
 */
MUST_CHECK bool garbage_fill(struct garbage *ret, const struct graph *g,
			     struct err *err);

/** The analysis alone.  @is_garbage, a bit by number, is to be freed.
 *  @with_frozen: as if nothing was frozen. */
MUST_CHECK bool garbage_find(const struct graph *g, const uint32_t *refcounts,
			     bool with_frozen, uint32_t **is_garbage,
			     struct err *err);

#endif
