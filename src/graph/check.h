/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_CHECK_H
#define GRAPH_CHECK_H

#include "graph/graph.h"
#include "result/counts.h"

/** The graph's own truth: reference counts add up, but for what is told. */
MUST_CHECK bool counts_fill(struct counts *ret, const struct graph *g,
			    struct err *err);

#endif
