/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_CHAINS_H
#define GRAPH_CHAINS_H

#include "graph/dominators.h"
#include "graph/names.h"

/**
 * Where objects of a type hold one another, each the next: a list of links, lists
 * in lists.  Its first one retains all of them.
 *
 * The next is found from each as from the first: directly, or by objects of the
 * same types in between (a dict of attributes), all of which it dominates.
 */
struct chain {
	int64_t more;		/* objects behind the first */
	/** How each holds the next: ".next", "[1]"; "": it is no chain. */
	char by[NAME_TEXT];
};

/** That which begins at @top; @doms with sums. */
void chain_follow(struct chain *chain, struct names *names, uint32_t top,
		  const struct dominators *doms);

#endif
