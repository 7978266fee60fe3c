/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_DOMINATORS_H
#define GRAPH_DOMINATORS_H

#include "graph/links.h"

/**
 * Who keeps whom alive, alone.
 *
 * A node is dominated by those that every way from a root leads through, and
 * its immediate dominator is the last of them: were that one gone, the node
 * would go, too.  What has several roots, or ways that meet nowhere, is
 * dominated by the node behind all roots, whose number is links->n.
 *
 * Time:  that of Lengauer's and Tarjan's algorithm with path compression,
 *        links * log(nodes) at worst, whatever the graph; no recursion.
 * Cost:  while it works 32 bytes a node that is reached, and the links
 *        backward; then 16.
 * Owner: dominators_fini().
 */
struct dominators {
	uint32_t n;		/* nodes */
	uint32_t n_reached;	/* ... from roots */
	uint32_t *idom;		/* by node; LINK_NONE: no root leads there */
	/** Those that are reached, each behind its dominator: the node behind
	 *  all roots, then n_reached more. */
	uint32_t *order;
};

/** Of the links with a bit of @ties; @backward are the same links. */
MUST_CHECK bool dominators_find(struct dominators *ret,
				const struct links *links,
				const struct links *backward, uint32_t ties,
				const uint32_t *roots, size_t n_roots,
				struct err *err);
void dominators_fini(struct dominators *doms);

/**
 * What each node keeps alive alone, itself included: the sum of @size(arg, node)
 * over all that it dominates.  n + 1 sums, to be freed; the last is that of all
 * that is reached.  Nodes that are not have 0.  NULL: out of memory.
 */
uint64_t *dominators_retained(const struct dominators *doms,
			      uint64_t (*size)(const void *arg, uint32_t node),
			      const void *arg, struct err *err);

#endif
