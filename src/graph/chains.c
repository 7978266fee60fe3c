/* SPDX-License-Identifier: MIT */
#include "graph/chains.h"

#include <bsd/string.h>

enum { MOST_STEPS = 4 };	/* from one to the next */

/* The types on the way from one to the next, whose type is the last. */
struct pattern {
	const struct pytype *types[MOST_STEPS];
	int n;			/* 0: there is no next */
};

/* Of those that @u dominates and refers to, the one of @type (NULL: any) that
 * retains most; or LINK_NONE. */
static uint32_t step(const struct graph *g, uint32_t u,
		     const struct pytype *type,
		     const struct dominators *doms)
{
	uint32_t found = LINK_NONE;

	for (uint32_t e = g->links.first[u]; e < g->links.first[u + 1]; e++) {
		const uint32_t v = link_node(g->links.to[e]);

		if (dominators_above(doms, v) == u &&
		    (!type || graph_type(g, v) == type) &&
		    (found == LINK_NONE || dominators_retained(doms, v) >
					   dominators_retained(doms, found)))
			found = v;
	}
	return found;
}

static void find_pattern(struct pattern *pattern, struct chain *chain,
			 struct names *names, uint32_t top,
			 const struct dominators *doms)
{
	const struct pytype *type = graph_type(names->g, top);
	uint32_t above = LINK_NONE, u = top;

	for (int i = 0; i < MOST_STEPS; i++) {
		const uint32_t next = step(names->g, u, NULL, doms);
		char text[NAME_TEXT];
		struct name name;

		if (next == LINK_NONE)
			break;
		names_of_step(names, above, u, next, &name);
		names_dotted(text, &name);
		strlcat(chain->by, text, sizeof(chain->by));
		above = u;
		u = next;
		pattern->types[i] = graph_type(names->g, u);
		if (pattern->types[i] == type) {
			pattern->n = i + 1;
			return;
		}
	}
	*chain->by = '\0';
}

void chain_follow(struct chain *chain, struct names *names, uint32_t top,
		  const struct dominators *doms)
{
	struct pattern pattern = { .n = 0 };
	uint32_t u = top;

	*chain = (struct chain){ .more = 0 };
	find_pattern(&pattern, chain, names, top, doms);
	while (pattern.n) {
		for (int i = 0; i < pattern.n && u != LINK_NONE; i++)
			u = step(names->g, u, pattern.types[i], doms);
		if (u == LINK_NONE)
			return;
		chain->more++;
	}
}
