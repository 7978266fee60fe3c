/* SPDX-License-Identifier: MIT */
/*
 * Dominators by Lengauer and Tarjan (1979), the simple version: path
 * compression without balancing.
 *
 * All work is done in numbers of a depth-first walk, 1 for the first node behind
 * 0, which stands for what is behind all roots.  A number that is as large as
 * d->linked or larger was done, and is in the forest, whose links upward take
 * the place of the parents that nobody needs any more.  While a node waits in
 * the bucket of its semi-dominator, `idom' is the next one there.
 */
#include "graph/dominators.h"

#include <stdlib.h>
#include <string.h>

struct search {
	const struct links *links, *backward;
	uint32_t ties;
	uint32_t n;		/* numbers given, that of the root too */
	uint32_t *number;	/* by node; 0: not reached */
	uint32_t *is_root;	/* a bit by node */
	uint32_t *node;		/* by number, as all that follow */
	uint32_t *parent;
	uint32_t *semi;
	uint32_t *label;
	uint32_t *bucket;
	uint32_t *idom;
	uint32_t *stack;
	uint32_t linked;
};

static void search_fini(struct search *d)
{
	free(d->number);
	free(d->is_root);
	free(d->node);
	free(d->parent);
	free(d->semi);
	free(d->label);
	free(d->bucket);
	free(d->idom);
	free(d->stack);
}

static bool search_init(struct search *d, const uint32_t *roots,
			size_t n_roots, struct err *err)
{
	const size_t n = d->links->n;

	d->number = links_numbers(n + 1, err);
	d->is_root = links_numbers(n / 32 + 1, err);
	d->node = links_numbers(n + 1, err);
	d->parent = links_numbers(n + 1, err);
	d->semi = links_numbers(n + 1, err);
	if (!d->number || !d->is_root || !d->node || !d->parent || !d->semi)
		return false;
	d->node[0] = d->links->n;
	d->n = 1;
	for (size_t i = 0; i < n_roots; i++)
		d->is_root[roots[i] / 32] |= 1u << roots[i] % 32;
	return true;
}

static void number_node(struct search *d, uint32_t v, uint32_t parent)
{
	d->number[v] = d->n;
	d->node[d->n] = v;
	d->parent[d->n] = parent;
	/* Until semi-dominators are looked for: the next link to follow. */
	d->semi[d->n] = d->links->first[v];
	d->n++;
}

/* Depth first, from @root: who is not numbered yet. */
static void walk_from(struct search *d, uint32_t root)
{
	uint32_t at = d->n;

	if (d->number[root])
		return;
	number_node(d, root, 0);
	while (at) {
		const uint32_t end = d->links->first[d->node[at] + 1];
		uint32_t e = d->semi[at];

		while (e < end && (!(d->links->to[e] & d->ties) ||
				   d->number[link_node(d->links->to[e])]))
			e++;
		d->semi[at] = e;
		if (e == end) {
			at = d->parent[at];
			continue;
		}
		number_node(d, link_node(d->links->to[e]), at);
		at = d->n - 1;
	}
}

/* Of those above @v in the forest, and @v, the one with the least semi-dominator;
 * the way there is made short. */
static uint32_t eval(struct search *d, uint32_t v)
{
	uint32_t n = 0, at = v;

	if (v < d->linked)
		return v;
	for (; d->parent[at] >= d->linked; at = d->parent[at])
		d->stack[n++] = at;
	while (n) {
		uint32_t below = d->stack[--n], above = d->parent[below];

		if (d->semi[d->label[above]] < d->semi[d->label[below]])
			d->label[below] = d->label[above];
		d->parent[below] = d->parent[above];
	}
	return d->label[v];
}

static void find_semi(struct search *d, uint32_t w)
{
	const uint32_t v = d->node[w];
	uint32_t semi = d->parent[w];

	if (d->is_root[v / 32] >> v % 32 & 1)
		semi = 0;
	for (uint32_t e = d->backward->first[v];
	     semi && e < d->backward->first[v + 1]; e++) {
		uint32_t from = d->number[link_node(d->backward->to[e])];
		uint32_t least;

		if (!from || !(d->backward->to[e] & d->ties))
			continue;
		least = d->semi[eval(d, from)];
		if (least < semi)
			semi = least;
	}
	d->semi[w] = semi;
}

/* Of those that wait for @w: their dominators, or somebody who has the same. */
static void empty_bucket(struct search *d, uint32_t w)
{
	uint32_t v = d->bucket[w];

	while (v) {
		uint32_t next = d->idom[v], least = eval(d, v);

		d->idom[v] = d->semi[least] < d->semi[v] ? least : w;
		v = next;
	}
	d->bucket[w] = 0;
}

static void find_dominators(struct search *d)
{
	for (uint32_t w = 0; w < d->n; w++)
		d->semi[w] = d->label[w] = w;
	d->linked = d->n;
	for (uint32_t w = d->n - 1; w > 0; w--) {
		uint32_t parent = d->parent[w];

		find_semi(d, w);
		d->idom[w] = d->bucket[d->semi[w]];
		d->bucket[d->semi[w]] = w;
		d->linked = w;
		empty_bucket(d, parent);
	}
	for (uint32_t w = 1; w < d->n; w++) {
		if (d->idom[w] != d->semi[w])
			d->idom[w] = d->idom[d->idom[w]];
	}
}

/* The arrays by number become those by node. */
static void hand_over(struct search *d, struct dominators *ret)
{
	for (uint32_t v = 0; v < d->links->n; v++)
		d->number[v] = d->number[v] ?
			       d->node[d->idom[d->number[v]]] : LINK_NONE;
	ret->n = d->links->n;
	ret->n_reached = d->n - 1;
	ret->idom = d->number;
	ret->order = d->node;
	d->number = d->node = NULL;
}

bool dominators_find(struct dominators *ret, const struct links *links,
		     const struct links *backward, uint32_t ties,
		     const uint32_t *roots, size_t n_roots, struct err *err)
{
	struct search d = { .links = links, .backward = backward,
			    .ties = ties };
	bool ok;

	memset(ret, 0, sizeof(*ret));
	ok = search_init(&d, roots, n_roots, err);
	for (size_t i = 0; ok && i < n_roots; i++)
		walk_from(&d, roots[i]);
	if (ok) {
		d.label = links_numbers(d.n, err);
		d.bucket = links_numbers(d.n, err);
		d.idom = links_numbers(d.n, err);
		d.stack = links_numbers(d.n, err);
		ok = d.label && d.bucket && d.idom && d.stack;
	}
	if (ok) {
		find_dominators(&d);
		hand_over(&d, ret);
	}
	search_fini(&d);
	return ok;
}

void dominators_fini(struct dominators *doms)
{
	free(doms->idom);
	free(doms->order);
	memset(doms, 0, sizeof(*doms));
}

uint64_t *dominators_retained(const struct dominators *doms,
			      uint64_t (*size)(const void *arg, uint32_t node),
			      const void *arg, struct err *err)
{
	uint64_t *sum = calloc((size_t)doms->n + 1, sizeof(*sum));

	if (!sum) {
		(void)!err_nomem(err);
		return NULL;
	}
	for (uint32_t i = doms->n_reached; i > 0; i--) {
		uint32_t v = doms->order[i];

		sum[v] += size(arg, v);
		sum[doms->idom[v]] += sum[v];
	}
	return sum;
}
