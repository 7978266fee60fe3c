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
 * Most nodes are leaves: one link leads to them, none from them.  Who dominates
 * a leaf needs no search, and all arrays but one are of the others, the inner
 * nodes, by their order: each is behind its dominator.
 *
 * Time:  that of Lengauer's and Tarjan's algorithm with path compression,
 *        links * log(nodes) at worst, whatever the graph; no recursion.
 * Cost:  4 bytes a node, and while it works 28 an inner one and 4 a link to
 *        those that several lead to; then 8, and 8 with sums.
 * Owner: dominators_fini().
 */
struct dominators {
	uint32_t n;		/* nodes */
	uint32_t n_inner;	/* from 1; 0 is the node behind all roots */
	/** By node: its place in the order; or the node that leads to it, and
	 *  DOMINATORS_LEAF; or 0, no root leads there. */
	uint32_t *place;
	uint32_t *node, *idom;	/* by place: of a place */
	uint64_t *sum;		/* by place, after dominators_weigh() */
	uint64_t (*size)(const void *arg, uint32_t node);
	const void *arg;
};

#define DOMINATORS_LEAF (1u << 31)

/** Of the links with a bit of @ties.  @shared: a bit by node, set at least where
 *  more than one of them leads. */
MUST_CHECK bool dominators_find(struct dominators *ret,
				const struct links *links,
				const uint32_t *shared, uint32_t ties,
				const uint32_t *roots, size_t n_roots,
				struct err *err);
void dominators_fini(struct dominators *doms);

/** The immediate dominator of @node, or n: the node behind all roots;
 *  LINK_NONE: no root leads there. */
uint32_t dominators_above(const struct dominators *doms, uint32_t node);

static inline bool dominators_is_leaf(const struct dominators *doms,
				      uint32_t node)
{
	return doms->place[node] & DOMINATORS_LEAF;
}

/** Sum up @size(arg, node) over all that each dominates, itself included. */
MUST_CHECK bool dominators_weigh(struct dominators *doms,
				 uint64_t (*size)(const void *arg,
						  uint32_t node),
				 const void *arg, struct err *err);

/** That sum: what a node keeps alive alone.  Of n, all that is reached; of what
 *  is not, 0. */
uint64_t dominators_retained(const struct dominators *doms, uint32_t node);

/** Call for each that is reached, behind its dominator, until @fn returns
 *  false, which is returned. */
bool dominators_each(const struct dominators *doms,
		     bool (*fn)(void *arg, uint32_t node), void *arg);

#endif
