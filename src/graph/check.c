/* SPDX-License-Identifier: MIT */
#include "graph/check.h"

#include <stdlib.h>

#include "base/nomem.h"
#include "graph/roots.h"

struct tally_of {
	int64_t surplus, excess;
};

static void count_one(struct counts *ret, struct tally_of *of_type,
		      uint32_t refcount, uint32_t found, uint32_t words)
{
	ret->objects++;
	if (found == refcount) {
		ret->exact++;
	} else if (found > refcount) {
		ret->excess++;
		of_type->excess++;
	} else if (refcount - found <= words) {
		ret->by_words++;
	} else {
		ret->surplus++;
		of_type->surplus++;
	}
}

static bool tell_types(struct counts *ret, const struct graph *g,
		       const struct tally_of *of, struct err *err)
{
	struct pytypes *types = &g->heap->cap->types;

	for (uint32_t i = 0; i < types->all.n; i++) {
		struct counts_type *row;

		if (!of[i].surplus && !of[i].excess)
			continue;
		row = pytypes_name(types, types->all.v[i], err) ?
		      vec_add(&ret->types, err) : NULL;
		if (!row)
			return false;
		row->surplus = of[i].surplus;
		row->excess = of[i].excess;
		row->type = nomem_strdup(types->all.v[i]->full);
		if (!row->type) {
			ret->types.n--;
			return err_nomem(err);
		}
	}
	counts_sort(ret);
	return true;
}

bool counts_fill(struct counts *ret, const struct graph *g, struct err *err)
{
	struct tally_of *of = calloc(g->heap->cap->types.all.n + 1,
				     sizeof(*of));
	uint32_t *refcounts = NULL;
	struct roots roots = { .found = NULL };
	bool ok = of ? true : err_nomem(err);

	ok = ok && graph_refcounts(g, &refcounts, err) &&
	     roots_find(&roots, g, refcounts, err);
	for (uint32_t u = 0; ok && u < g->links.n; u++) {
		if (graph_is_object(g, u) &&
		    refcounts[u] != GRAPH_IMMORTAL &&
		    !(graph_flags(g, u) & OBJROW_STATIC))
			count_one(ret, &of[graph_type(g, u)->index],
				  refcounts[u], roots.found[u],
				  roots.words[u]);
	}
	ok = ok && tell_types(ret, g, of, err);
	roots_fini(&roots);
	free(refcounts);
	free(of);
	return ok;
}
