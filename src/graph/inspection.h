/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_INSPECTION_H
#define GRAPH_INSPECTION_H

#include "graph/graph.h"
#include "result/inspect.h"

/** Look at the object inspect->what and fill @inspect, which says what is asked
 *  for.  ERR_USAGE: there is no such object. */
MUST_CHECK bool inspection_fill(struct inspect *inspect, const struct graph *g,
				struct err *err);

#endif
