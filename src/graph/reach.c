/* SPDX-License-Identifier: MIT */
#include "graph/reach.h"

#include <stdlib.h>
#include <string.h>

struct flood {
	const struct links *links;
	uint32_t ties;
	uint32_t *seen;		/* bits */
	uint32_t *stack, n;
};

static bool flood_has(const struct flood *f, uint32_t node)
{
	return f->seen[node / 32] >> node % 32 & 1;
}

static void flood_add(struct flood *f, uint32_t node)
{
	if (flood_has(f, node))
		return;
	f->seen[node / 32] |= 1u << node % 32;
	f->stack[f->n++] = node;
}

static void flood_from(struct flood *f, uint32_t u)
{
	for (uint32_t e = f->links->first[u]; e < f->links->first[u + 1]; e++) {
		if (f->links->to[e] & f->ties)
			flood_add(f, link_node(f->links->to[e]));
	}
}

bool reach_retained(const struct links *links, uint32_t ties,
		    const uint32_t *roots, size_t n_roots, const uint32_t *set,
		    uint64_t (*size)(const void *arg, uint32_t node),
		    const void *arg, struct reach *ret, struct err *err)
{
	const size_t words = links->n / 32 + 1;
	struct flood f = { .links = links, .ties = ties };

	*ret = (struct reach){ 0 };
	f.seen = links_numbers(words, err);
	f.stack = f.seen ? links_numbers(links->n, err) : NULL;
	if (!f.stack) {
		free(f.seen);
		return false;
	}
	/* The set is seen already, and so not gone through. */
	memcpy(f.seen, set, words * sizeof(*set));
	for (size_t i = 0; i < n_roots; i++)
		flood_add(&f, roots[i]);
	while (f.n)
		flood_from(&f, f.stack[--f.n]);
	/* Whatever it leads to that was not seen goes with it. */
	for (uint32_t u = 0; u < links->n; u++) {
		if (set[u / 32] >> u % 32 & 1)
			f.stack[f.n++] = u;
	}
	while (f.n) {
		uint32_t u = f.stack[--f.n];

		ret->nodes++;
		ret->bytes += (int64_t)size(arg, u);
		flood_from(&f, u);
	}
	free(f.seen);
	free(f.stack);
	return true;
}
