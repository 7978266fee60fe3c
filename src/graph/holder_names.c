/* SPDX-License-Identifier: MIT */
#include "graph/holder_names.h"

#include <stdlib.h>

#include "base/nomem.h"
#include "graph/paths.h"

/* --- what is in it ------------------------------------------------------- */

struct counting {
	struct holdings *h;
	const struct graph *g;
	struct err *err;
	bool ok;
};

static bool count_item(void *arg, const struct names_step *step)
{
	struct counting *c = arg;
	const uint8_t how = step->ref.how;

	if (how == REF_VALUE || how == REF_ITEM)
		c->ok = holdings_add(c->h, step->from,
				     graph_type(c->g, step->to),
				     graph_sizes(c->g, step->to).size, c->err);
	return c->ok;
}

bool holder_items(struct holdings *h, struct names *names, uint32_t number,
		  struct err *err)
{
	struct counting c = { .h = h, .g = names->g, .err = err, .ok = true };

	names_each(names, number, count_item, &c);
	holdings_sort(h);
	return c.ok;
}

/* --- what it is called --------------------------------------------------- */

struct naming {
	const struct graph *g;
	struct roots roots;
	struct names names;
	struct paths paths;
};

static bool naming_init(struct naming *n, struct err *err)
{
	uint32_t *refcounts = NULL;
	bool ok = graph_refcounts(n->g, &refcounts, err) &&
		  roots_find(&n->roots, n->g, refcounts, err) &&
		  names_init(&n->names, n->g, &n->roots, err) &&
		  paths_find(&n->paths, n->g, &n->roots, err);

	free(refcounts);
	return ok;
}

static bool tell_held(struct naming *n, struct holder_name *row,
		      uint32_t number, struct err *err)
{
	struct pytypes *types = &n->g->heap->cap->types;
	struct holdings h = { .at = { .n = 0 } };
	bool ok = holder_items(&h, &n->names, number, err);

	if (ok && h.v.n) {
		ok = pytypes_name(types, h.v.v[0].type, err);
		row->held = ok ? nomem_strdup(h.v.v[0].type->full) : NULL;
		row->n_held = h.v.v[0].count;
	}
	holdings_fini(&h);
	return ok;
}

static bool tell_name(struct naming *n, struct holder_name *row,
		      struct err *err)
{
	const uint32_t number = graph_number(n->g, row->address);
	char text[PATHS_TEXT];

	if (number == LINK_NONE ||
	    graph_type(n->g, number)->addr != row->type)
		return true;
	if (!paths_text(&n->paths, &n->names, number, text, err))
		return false;
	row->name = nomem_strdup(text);
	return row->name ? tell_held(n, row, number, err) : err_nomem(err);
}

bool holder_names_fill(struct holder_names *names, const struct graph *g,
		       struct err *err)
{
	struct naming n = { .g = g };
	bool ok = naming_init(&n, err);

	for (size_t i = 0; ok && i < names->v.n; i++)
		ok = tell_name(&n, &names->v.v[i], err);
	names_fini(&n.names);
	paths_fini(&n.paths);
	roots_fini(&n.roots);
	return ok;
}
