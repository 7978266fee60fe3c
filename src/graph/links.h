/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_LINKS_H
#define GRAPH_LINKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/**
 * Who refers to whom, by number: compressed rows.
 *
 * Those of node u are to[first[u]] .. to[first[u + 1] - 1], with multiplicity;
 * each is the number of a node, and two bits that say what it is (see enum
 * ref_tie).  No analysis here knows where they came from.
 *
 * Cost:  4 bytes a node and 4 a link.
 * Owner: links_fini().
 */
#define LINK_VISITED (1u << 30)	/* the collector sees it */
#define LINK_COUNTED (1u << 31)	/* it is in the reference count */
#define LINK_TIES (LINK_VISITED | LINK_COUNTED)
#define LINK_NODE (LINK_VISITED - 1)
#define LINK_NONE LINK_NODE	/* no node */

struct links {
	uint32_t n;		/* nodes, fewer than LINK_NONE */
	uint32_t *first;	/* n + 1 */
	uint32_t *to;
};

static inline uint32_t link_node(uint32_t link)
{
	return link & LINK_NODE;
}

/** Make @ret the links backward of those with a bit of @ties; their bits are
 *  kept.  Each row is in ascending order. */
MUST_CHECK bool links_reverse(const struct links *links, uint32_t ties,
			      struct links *ret, struct err *err);
void links_fini(struct links *links);

/** From now on large arrays go back to the system when they are freed. */
void links_begin(void);

/** @n numbers of 32 bits, zeros; NULL: out of memory. */
uint32_t *links_numbers(size_t n, struct err *err);

#endif
