/* SPDX-License-Identifier: MIT */
/*
 * From what wastes, up the way that it is held, to who can be told: what a
 * module or a class has by name, or else all instances of a class.
 */
#include <stdlib.h>

#include "base/nomem.h"
#include "graph/paths.h"
#include "graph/waste.h"

enum {
	MOST_STEPS = 16,		/* up to who can be told */
	OF_CLASS = 1 << 30,		/* a code is that of a class */
	KIND_SHIFT = 32,
};

_Static_assert(LINK_NONE < OF_CLASS, "an object's number is no code of a class");

struct group {
	uint32_t code;		/* of whom: a number, or OF_CLASS and an index */
	uint32_t example;	/* what wastes most of it */
	uint64_t most;
	uint64_t objects, saved;
	uint8_t kind;
};

struct grouping {
	struct waste_hunt *hunt;
	struct roots roots;
	struct names names;
	struct paths paths;
	VEC(struct group) v;
	struct addrmap at;	/* by kind and code */
};

static uint32_t owner_of(const struct grouping *gr, uint32_t number)
{
	const struct graph *g = gr->hunt->g;
	uint32_t u = number;

	for (int i = 0; i < MOST_STEPS; i++) {
		uint32_t above = gr->paths.parent[u];
		const struct pytype *t;

		if (above == LINK_NONE || paths_has_names(g, above))
			return u;
		t = graph_type(g, above);
		if (t->python_class)
			return OF_CLASS | t->index;
		u = above;
	}
	return u;
}

static bool group_add(struct grouping *gr, const struct wasted *w,
		      struct err *err)
{
	uint32_t code = w->kind == WASTE_SLOTS ? OF_CLASS | w->number :
						 owner_of(gr, w->number);
	raddr key = ((raddr)w->kind + 1) << KIND_SHIFT | code;
	uint32_t i = addrmap_get(&gr->at, key);
	struct group *group;

	if (i == ADDRMAP_NONE) {
		i = (uint32_t)gr->v.n;
		group = vec_add(&gr->v, err);
		if (!group || !addrmap_put(&gr->at, key, i, err))
			return false;
		group->code = code;
		group->kind = w->kind;
	}
	group = &gr->v.v[i];
	if (w->saved > group->most) {
		group->most = w->saved;
		group->example = w->number;
	}
	group->objects += w->objects;
	group->saved += w->saved;
	return true;
}

static int by_kind_and_saved(const void *a, const void *b)
{
	const struct group *l = a, *r = b;

	if (l->kind != r->kind)
		return l->kind < r->kind ? -1 : 1;
	if (l->saved != r->saved)
		return l->saved < r->saved ? 1 : -1;
	return (l->code > r->code) - (l->code < r->code);
}

static bool tell(struct grouping *gr, const struct group *group,
		 struct err *err)
{
	const struct graph *g = gr->hunt->g;
	struct waste_sum *sum = &gr->hunt->waste->kinds[group->kind];
	const bool of_class = group->code & OF_CLASS;
	const struct pytype *t = of_class ?
				 g->types[group->code & ~(uint32_t)OF_CLASS] :
				 graph_type(g, group->code);
	char text[PATHS_TEXT];
	struct waste_owner *row;

	if (!pytypes_name(&g->heap->cap->types, t, err))
		return false;
	row = vec_add(&sum->owners, err);
	if (!row)
		return false;
	row->objects = (int64_t)group->objects;
	row->saved = (int64_t)group->saved;
	row->of_class = of_class;
	row->type = nomem_strdup(t->full);
	if (!row->type)
		return err_nomem(err);
	if (group->kind == WASTE_SLOTS)
		return true;
	if (!paths_text(&gr->paths, &gr->names,
			of_class ? group->example : group->code, text, err))
		return false;
	row->name = nomem_strdup(text);
	return row->name ? true : err_nomem(err);
}

static bool tell_most(struct grouping *gr, struct err *err)
{
	bool ok = true;

	if (gr->v.n)
		qsort(gr->v.v, gr->v.n, sizeof(*gr->v.v), by_kind_and_saved);
	for (size_t i = 0; ok && i < gr->v.n; i++) {
		const struct group *group = &gr->v.v[i];

		if (gr->hunt->waste->kinds[group->kind].owners.n <
		    gr->hunt->waste->most)
			ok = tell(gr, group, err);
	}
	return ok;
}

bool waste_owners(struct waste_hunt *hunt, struct err *err)
{
	struct grouping gr = { .hunt = hunt };
	bool ok = roots_find(&gr.roots, hunt->g, hunt->refcounts, err) &&
		  names_init(&gr.names, hunt->g, &gr.roots, err) &&
		  paths_find(&gr.paths, hunt->g, &gr.roots, err);

	for (size_t i = 0; ok && i < hunt->found.n; i++)
		ok = group_add(&gr, &hunt->found.v[i], err);
	ok = ok && tell_most(&gr, err);
	vec_free(&gr.v);
	addrmap_fini(&gr.at);
	names_fini(&gr.names);
	paths_fini(&gr.paths);
	roots_fini(&gr.roots);
	return ok;
}
