/* SPDX-License-Identifier: MIT */
#include "graph/components.h"

#include <stdlib.h>

/*
 * `low' is the number of a node in the walk, from 1, later the lowest that it
 * leads back to; DONE once its component is known.  `above' is the node from
 * which the walk came.
 */
enum { DONE = UINT32_MAX };

struct walk {
	const struct links *links;
	uint32_t ties;
	uint32_t *of;
	uint32_t *low, *number, *next, *above, *stack;
	uint32_t n_numbers, n_stack, n_found;
};

static void enter(struct walk *w, uint32_t v, uint32_t above)
{
	w->number[v] = w->low[v] = ++w->n_numbers;
	w->next[v] = w->links->first[v];
	w->above[v] = above;
	w->stack[w->n_stack++] = v;
}

/* All that @v leads to was seen. */
static void leave(struct walk *w, uint32_t v)
{
	uint32_t above = w->above[v], u;

	if (w->low[v] == w->number[v]) {
		do {
			u = w->stack[--w->n_stack];
			w->of[u] = w->n_found;
			w->low[u] = DONE;
		} while (u != v);
		w->n_found++;
	} else if (w->low[v] < w->low[above]) {
		w->low[above] = w->low[v];
	}
}

static void walk_from(struct walk *w, uint32_t v)
{
	enter(w, v, LINK_NONE);
	while (v != LINK_NONE) {
		uint32_t link, u;

		if (w->next[v] == w->links->first[v + 1]) {
			leave(w, v);
			v = w->above[v];
			continue;
		}
		link = w->links->to[w->next[v]++];
		u = link_node(link);
		if (!(link & w->ties))
			continue;
		if (!w->number[u]) {
			enter(w, u, v);
			v = u;
		} else if (w->low[u] != DONE && w->number[u] < w->low[v]) {
			w->low[v] = w->number[u];
		}
	}
}

bool components_find(const struct links *links, uint32_t ties, uint32_t *of,
		     uint32_t *ret_n, struct err *err)
{
	struct walk w = { .links = links, .ties = ties, .of = of };
	bool ok;

	w.low = links_numbers(links->n, err);
	w.number = links_numbers(links->n, err);
	w.next = links_numbers(links->n, err);
	w.above = links_numbers(links->n, err);
	w.stack = links_numbers(links->n, err);
	ok = w.low && w.number && w.next && w.above && w.stack;
	for (uint32_t v = 0; ok && v < links->n; v++) {
		if (!w.number[v])
			walk_from(&w, v);
	}
	*ret_n = w.n_found;
	free(w.low);
	free(w.number);
	free(w.next);
	free(w.above);
	free(w.stack);
	return ok;
}
