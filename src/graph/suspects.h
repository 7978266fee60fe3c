/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_SUSPECTS_H
#define GRAPH_SUSPECTS_H

#include "graph/graph.h"
#include "result/why.h"

/**
 * Where memory accumulates: down the tree of dominators from where many things
 * hang side by side (modules, classes, frames that run), as long as one of those
 * below keeps most of what is kept above, to where it fans out.
 *
 * What nobody retains alone is told under the one on the way to it, as shared;
 * what only C code holds, by type; cyclic garbage as a whole.  Less than a
 * hundredth of all is not told of.
 *
 * Cost:  some 60 bytes an object at its peak, beside the graph.
 */
MUST_CHECK bool suspects_fill(struct why *why, const struct graph *g,
			      struct err *err);

#endif
