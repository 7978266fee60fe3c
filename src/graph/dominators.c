/* SPDX-License-Identifier: MIT */
/*
 * Dominators by Lengauer and Tarjan (1979), the simple version: path
 * compression without balancing.
 *
 * All work is done in numbers of a depth-first walk, 1 for the first node behind
 * 0, which stands for what is behind all roots.  A number that is as large as
 * d->linked or larger was done, and is in the forest, whose links upward take
 * the place of the parents that nobody needs any more.  While a node waits in
 * the bucket of its semi-dominator, `idom' is the next one there, and the first
 * stands where the label of that will be: it is in the forest no sooner than its
 * bucket is empty.
 */
#include "graph/dominators.h"

#include <stdlib.h>
#include <string.h>

struct search {
	const struct links *links;
	const uint32_t *shared;	/* a bit by node: several lead there */
	uint32_t ties;
	uint32_t n;		/* numbers given, that of the root too */
	uint32_t room;		/* for numbers */
	uint32_t *number;	/* by node, as dominators.place */
	uint32_t *is_root;	/* a bit by node */
	uint32_t *node;		/* by number, as all that follow */
	uint32_t *parent;
	uint32_t *semi;
	uint32_t *label;	/* not done: its bucket */
	uint32_t *idom;
	uint32_t *stack;
	uint32_t linked;
	/** Those that lead to nodes that several lead to: rows by number. */
	struct links backward;
};

static void search_fini(struct search *d)
{
	free(d->number);
	free(d->is_root);
	free(d->node);
	free(d->parent);
	free(d->semi);
	free(d->label);
	free(d->idom);
	free(d->stack);
	links_fini(&d->backward);
}

static bool has_bit(const uint32_t *bits, uint32_t node)
{
	return bits[node / 32] >> node % 32 & 1;
}

/* --- the walk ------------------------------------------------------------ */

/* If it turns out to be reached, and is no root. */
static bool would_be_leaf(const struct search *d, uint32_t v)
{
	return d->links->first[v] == d->links->first[v + 1] &&
	       !has_bit(d->shared, v);
}

static bool search_init(struct search *d, const uint32_t *roots,
			size_t n_roots, struct err *err)
{
	const size_t n = d->links->n;

	d->number = links_numbers(n + 1, err);
	d->is_root = links_numbers(n / 32 + 1, err);
	if (!d->number || !d->is_root)
		return false;
	for (size_t i = 0; i < n_roots; i++)
		d->is_root[roots[i] / 32] |= 1u << roots[i] % 32;
	d->room = 1;
	for (uint32_t v = 0; v < n; v++)
		d->room += has_bit(d->is_root, v) || !would_be_leaf(d, v);
	d->node = links_numbers(d->room, err);
	d->parent = links_numbers(d->room, err);
	d->semi = links_numbers(d->room, err);
	if (!d->node || !d->parent || !d->semi)
		return false;
	d->node[0] = d->links->n;
	d->n = 1;
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

/* On along the links of @at: the first that leads to an inner node which has no
 * number yet; false: there is none. */
static bool next_step(struct search *d, uint32_t at, uint32_t *ret)
{
	const uint32_t u = d->node[at], end = d->links->first[u + 1];

	while (d->semi[at] < end) {
		const uint32_t link = d->links->to[d->semi[at]++];
		const uint32_t v = link_node(link);

		if (!(link & d->ties) || d->number[v])
			continue;
		*ret = v;
		if (has_bit(d->is_root, v) || !would_be_leaf(d, v))
			return true;
		d->number[v] = u | DOMINATORS_LEAF;
	}
	return false;
}

/* Depth first, from @root: who is not numbered yet. */
static void walk_from(struct search *d, uint32_t root)
{
	uint32_t at = d->n, v;

	if (d->number[root])
		return;
	number_node(d, root, 0);
	while (at) {
		if (!next_step(d, at, &v)) {
			at = d->parent[at];
			continue;
		}
		number_node(d, v, at);
		at = d->n - 1;
	}
}

/* --- backward ------------------------------------------------------------ */

/* The number of the node that @link leads to, if it takes more than one look to
 * know its dominator; or 0. */
static uint32_t number_of_shared(const struct search *d, uint32_t link)
{
	const uint32_t v = link_node(link);

	return link & d->ties && has_bit(d->shared, v) &&
	       !has_bit(d->is_root, v) ? d->number[v] : 0;
}

/* As in links_reverse(): a counting sort. */
static bool find_backward(struct search *d, struct err *err)
{
	const struct links *links = d->links;
	uint32_t *first, sum = 0;

	d->backward.n = d->n;
	d->backward.first = first = links_numbers(d->n, err);
	if (!first)
		return false;
	for (uint32_t w = 1; w < d->n; w++) {
		const uint32_t u = d->node[w];

		for (uint32_t e = links->first[u]; e < links->first[u + 1]; e++)
			first[number_of_shared(d, links->to[e])]++;
	}
	first[0] = 0;
	for (uint32_t w = 0; w < d->n; w++)
		first[w] = sum += first[w];
	first[d->n] = sum;
	d->backward.to = links_numbers(sum, err);
	for (uint32_t w = d->n - 1; d->backward.to && w > 0; w--) {
		const uint32_t u = d->node[w];

		for (uint32_t e = links->first[u]; e < links->first[u + 1];
		     e++) {
			uint32_t to = number_of_shared(d, links->to[e]);

			if (to)
				d->backward.to[--first[to]] = w;
		}
	}
	return d->backward.to != NULL;
}

/* --- dominators ---------------------------------------------------------- */

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
	uint32_t semi = d->parent[w];

	if (has_bit(d->is_root, d->node[w]))
		semi = 0;
	for (uint32_t e = d->backward.first[w];
	     semi && e < d->backward.first[w + 1]; e++) {
		uint32_t least = d->semi[eval(d, d->backward.to[e])];

		if (least < semi)
			semi = least;
	}
	d->semi[w] = semi;
}

/* Of those that wait for @w: their dominators, or somebody who has the same. */
static void empty_bucket(struct search *d, uint32_t w)
{
	uint32_t v = d->label[w];

	while (v) {
		uint32_t next = d->idom[v], least = eval(d, v);

		d->idom[v] = d->semi[least] < d->semi[v] ? least : w;
		v = next;
	}
	d->label[w] = 0;
}

static void find_dominators(struct search *d)
{
	for (uint32_t w = 0; w < d->n; w++)
		d->semi[w] = w;
	d->linked = d->n;
	for (uint32_t w = d->n - 1; w > 0; w--) {
		uint32_t parent = d->parent[w];

		find_semi(d, w);
		d->idom[w] = d->label[d->semi[w]];
		d->label[d->semi[w]] = w;
		d->label[w] = w;
		d->linked = w;
		empty_bucket(d, parent);
	}
	for (uint32_t w = 1; w < d->n; w++) {
		if (d->idom[w] != d->semi[w])
			d->idom[w] = d->idom[d->idom[w]];
	}
}

static void hand_over(struct search *d, struct dominators *ret)
{
	ret->n = d->links->n;
	ret->n_inner = d->n - 1;
	ret->place = d->number;
	ret->node = d->node;
	ret->idom = d->idom;
	d->number = d->node = d->idom = NULL;
}

bool dominators_find(struct dominators *ret, const struct links *links,
		     const uint32_t *shared, uint32_t ties,
		     const uint32_t *roots, size_t n_roots, struct err *err)
{
	struct search d = { .links = links, .shared = shared, .ties = ties };
	bool ok;

	memset(ret, 0, sizeof(*ret));
	ok = search_init(&d, roots, n_roots, err);
	for (size_t i = 0; ok && i < n_roots; i++)
		walk_from(&d, roots[i]);
	ok = ok && find_backward(&d, err);
	if (ok) {
		d.label = links_numbers(d.n, err);
		d.idom = links_numbers(d.n, err);
		d.stack = links_numbers(d.n, err);
		ok = d.label && d.idom && d.stack;
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
	free(doms->place);
	free(doms->node);
	free(doms->idom);
	free(doms->sum);
	memset(doms, 0, sizeof(*doms));
}

/* --- what was found ------------------------------------------------------ */

uint32_t dominators_above(const struct dominators *doms, uint32_t node)
{
	const uint32_t place = doms->place[node];

	if (!place)
		return LINK_NONE;
	return place & DOMINATORS_LEAF ? link_node(place) :
	       doms->node[doms->idom[place]];
}

bool dominators_weigh(struct dominators *doms,
		      uint64_t (*size)(const void *arg, uint32_t node),
		      const void *arg, struct err *err)
{
	doms->sum = calloc((size_t)doms->n_inner + 1, sizeof(*doms->sum));
	doms->size = size;
	doms->arg = arg;
	if (!doms->sum)
		return err_nomem(err);
	for (uint32_t v = 0; v < doms->n; v++) {
		const uint32_t place = doms->place[v];

		if (place)
			doms->sum[place & DOMINATORS_LEAF ?
				  doms->place[link_node(place)] : place] +=
				size(arg, v);
	}
	for (uint32_t i = doms->n_inner; i > 0; i--)
		doms->sum[doms->idom[i]] += doms->sum[i];
	return true;
}

uint64_t dominators_retained(const struct dominators *doms, uint32_t node)
{
	const uint32_t place = node == doms->n ? 0 : doms->place[node];

	if (node != doms->n && !place)
		return 0;
	return place & DOMINATORS_LEAF ? doms->size(doms->arg, node) :
					 doms->sum[place];
}

bool dominators_each(const struct dominators *doms,
		     bool (*fn)(void *arg, uint32_t node), void *arg)
{
	for (uint32_t i = 1; i <= doms->n_inner; i++) {
		if (!fn(arg, doms->node[i]))
			return false;
	}
	for (uint32_t v = 0; v < doms->n; v++) {
		if (dominators_is_leaf(doms, v) && !fn(arg, v))
			return false;
	}
	return true;
}
