/* SPDX-License-Identifier: MIT */
/*
 * What is retained by type: down the tree of dominators, an object counts where
 * none of its own type is above it.
 */
#include "graph/retained.h"

#include <stdlib.h>

#include "base/nomem.h"
#include "base/strset.h"

enum { NO_ROW = UINT32_MAX, ROW_SHIFT = 32 };

static uint64_t size_of(const void *arg, uint32_t number)
{
	return graph_sizes(arg, number).size;
}

bool retained_find(struct dominators *ret, const struct graph *g,
		   const struct roots *roots, struct err *err)
{
	uint32_t *numbers = roots_numbers(roots, err);
	bool ok = numbers &&
		  dominators_find(ret, &g->links, roots->shared, LINK_COUNTED,
				  numbers, roots->v.n, err);

	free(numbers);
	return ok;
}

bool retained_weigh(struct dominators *doms, const struct graph *g,
		    struct err *err)
{
	return dominators_weigh(doms, size_of, g, err);
}

/* What objects of one row are dominated by, by the row of that. */
struct share {
	uint32_t of, by;	/* NO_ROW: nobody alone */
	uint64_t bytes;
};

struct walk {
	const struct graph *g;
	struct dump *dump;
	struct dominators doms;
	uint32_t *row;		/* of dump->types, by type */
	uint32_t *above;	/* by row: objects on the way from the root */
	/** By place: the first that is not walked yet of the inner nodes that it
	 *  dominates, and the next that has the same dominator; 0: none. */
	uint32_t *below, *next;
	VEC(struct share) shares;
	struct addrmap at;
};

static uint32_t row_of(const struct walk *w, uint32_t number)
{
	if (number == w->doms.n ||
	    graph_flags(w->g, number) & OBJROW_STATIC)
		return NO_ROW;
	return w->row[graph_type(w->g, number)->index];
}

/* Types of one name share a row, and each row has another name. */
static bool find_rows(struct walk *w, struct err *err)
{
	const struct pytypes *types = &w->g->heap->cap->types;
	struct strset names = { .slot = NULL };
	uint32_t n = 0;

	w->row = links_numbers(types->all.n, err);
	w->above = links_numbers(w->dump->types.n, err);
	for (size_t i = 0; i < w->dump->types.n && n != STRSET_NONE; i++)
		n = strset_add(&names, w->dump->types.v[i].type, err);
	for (size_t i = 0; w->row && i < types->all.n && n != STRSET_NONE;
	     i++) {
		const char *name = types->all.v[i]->full;

		w->row[i] = NO_ROW;
		if (!name)
			continue;
		n = strset_add(&names, name, err);
		if (n < w->dump->types.n)
			w->row[i] = n;
	}
	strset_fini(&names);
	return w->row && w->above && n != STRSET_NONE;
}

static bool build_tree(struct walk *w, struct err *err)
{
	const struct dominators *doms = &w->doms;

	w->below = links_numbers(doms->n_inner, err);
	w->next = links_numbers(doms->n_inner, err);
	if (!w->below || !w->next)
		return false;
	for (uint32_t i = doms->n_inner; i > 0; i--) {
		w->next[i] = w->below[doms->idom[i]];
		w->below[doms->idom[i]] = i;
	}
	return true;
}

static bool add_share(struct walk *w, uint32_t of, uint32_t by, uint64_t bytes,
		      struct err *err)
{
	raddr key = (raddr)(of + 1) << ROW_SHIFT | by;
	uint32_t i = addrmap_get(&w->at, key);
	struct share *share;

	if (i == ADDRMAP_NONE) {
		i = (uint32_t)w->shares.n;
		share = vec_add(&w->shares, err);
		if (!share || !addrmap_put(&w->at, key, i, err))
			return false;
		share->of = of;
		share->by = by;
	}
	w->shares.v[i].bytes += bytes;
	return true;
}

static bool enter(struct walk *w, uint32_t v, struct err *err)
{
	uint32_t row = row_of(w, v);
	uint64_t bytes;

	if (row == NO_ROW || w->above[row]++)
		return true;
	bytes = dominators_retained(&w->doms, v);
	w->dump->types.v[row].retained += (int64_t)bytes;
	return add_share(w, row, row_of(w, dominators_above(&w->doms, v)),
			 bytes, err);
}

static void leave(struct walk *w, uint32_t v)
{
	uint32_t row = row_of(w, v);

	if (row != NO_ROW)
		w->above[row]--;
}

/* Its leaves are among those that it refers to. */
static bool enter_leaves(struct walk *w, uint32_t u, struct err *err)
{
	const struct links *links = &w->g->links;

	for (uint32_t e = links->first[u]; e < links->first[u + 1]; e++) {
		const uint32_t v = link_node(links->to[e]);

		if (!(links->to[e] & LINK_COUNTED) ||
		    !dominators_is_leaf(&w->doms, v))
			continue;
		if (!enter(w, v, err))
			return false;
		leave(w, v);
	}
	return true;
}

/* Depth first; the tree is as deep as there are objects. */
static bool walk_tree(struct walk *w, struct err *err)
{
	uint32_t at = 0;

	for (;;) {
		const uint32_t i = w->below[at];

		if (i) {
			w->below[at] = w->next[i];
			if (!enter(w, w->doms.node[i], err) ||
			    !enter_leaves(w, w->doms.node[i], err))
				return false;
			at = i;
		} else if (!at) {
			return true;
		} else {
			leave(w, w->doms.node[at]);
			at = w->doms.idom[at];
		}
	}
}

static bool tell_shares(struct walk *w, struct err *err)
{
	const size_t n = w->dump->types.n;
	uint64_t *most = calloc(n + 1, sizeof(*most));
	bool ok = most != NULL;

	for (size_t i = 0; ok && i < w->shares.n; i++) {
		const struct share *share = &w->shares.v[i];
		struct dump_type *type = &w->dump->types.v[share->of];

		if (share->bytes <= most[share->of])
			continue;
		most[share->of] = share->bytes;
		free(type->dominated_by);
		type->dominated_by = NULL;
		if (share->by == NO_ROW)
			continue;
		type->dominated_by =
			nomem_strdup(w->dump->types.v[share->by].type);
		ok = type->dominated_by != NULL;
	}
	free(most);
	return ok || err_nomem(err);
}

static bool retained_of_graph(struct walk *w, struct err *err)
{
	struct roots roots = { .found = NULL };
	uint32_t *refcounts = NULL;
	bool ok = graph_refcounts(w->g, &refcounts, err) &&
		  roots_find(&roots, w->g, refcounts, err);

	free(refcounts);
	roots_forget(&roots);
	ok = ok && retained_find(&w->doms, w->g, &roots, err) &&
	     retained_weigh(&w->doms, w->g, err);
	roots_fini(&roots);
	return ok && find_rows(w, err) && build_tree(w, err) &&
	       walk_tree(w, err) && tell_shares(w, err);
}

bool retained_fill(struct dump *dump, struct heap *heap, struct err *err)
{
	struct graph g = { 0 };
	struct walk w = { .g = &g, .dump = dump };
	bool ok = graph_build(&g, heap, err) && retained_of_graph(&w, err);

	dump->has_retained = ok;
	dominators_fini(&w.doms);
	free(w.row);
	free(w.above);
	free(w.below);
	free(w.next);
	vec_free(&w.shares);
	addrmap_fini(&w.at);
	graph_fini(&g);
	return ok;
}
