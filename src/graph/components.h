/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_COMPONENTS_H
#define GRAPH_COMPONENTS_H

#include "graph/links.h"

/**
 * Strongly connected components: nodes each of which leads to each other.
 *
 * By Tarjan's algorithm, over the links with a bit of @ties, without recursion.
 * @of, links->n numbers that are there already, gets the component of each
 * node, 0 .. *@ret_n - 1: what a component leads to has a lower number.
 */
MUST_CHECK bool components_find(const struct links *links, uint32_t ties,
				uint32_t *of, uint32_t *ret_n,
				struct err *err);

#endif
