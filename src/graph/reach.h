/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_REACH_H
#define GRAPH_REACH_H

#include "graph/links.h"

/**
 * What would go if all nodes of a set went: the set, and those that no way from
 * a root leads to but through it.  Of what no root leads to at all, that is what
 * the set leads to.
 *
 * Right for sets, of which the sum of what each retains is too little: two may
 * hold what neither retains alone.  Of one node it is what dominators say.
 *
 * Cost:  4 bytes a node and a bit.
 */
struct reach {
	int64_t nodes, bytes;
};

/** @set: a bit by number, n / 32 + 1 words.  Of the links with a bit of
 *  @ties. */
MUST_CHECK bool reach_retained(const struct links *links, uint32_t ties,
			       const uint32_t *roots, size_t n_roots,
			       const uint32_t *set,
			       uint64_t (*size)(const void *arg, uint32_t node),
			       const void *arg, struct reach *ret,
			       struct err *err);

#endif
