/* SPDX-License-Identifier: MIT */
/*
 * What is in the object is read as the live screen reads it (heap/details);
 * who refers to it says the graph, and they are asked how they call it.
 */
#include "graph/inspection.h"

#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"
#include "graph/paths.h"
#include "graph/reach.h"
#include "graph/subject.h"
#include "heap/details.h"
#include "pyabi/pyrepr.h"

struct inspection {
	const struct graph *g;
	struct inspect *ret;
	struct subject subject;
	struct object object;
	struct roots roots;
	struct names names;
	struct paths paths;
	uint32_t *refcounts;
};

static bool inspection_text(char **ret, const char *text, struct err *err)
{
	*ret = nomem_strdup(text);
	return *ret ? true : err_nomem(err);
}

static uint64_t inspection_size(const void *arg, uint32_t number)
{
	return graph_sizes(arg, number).size;
}

/* --- what it is ---------------------------------------------------------- */

static bool fill_retained(struct inspection *in, struct err *err)
{
	uint32_t *roots = roots_numbers(&in->roots, err);
	struct reach reach = { 0 };
	bool ok = roots && reach_retained(&in->g->links, LINK_COUNTED, roots,
					  in->roots.v.n, in->subject.bits,
					  inspection_size, in->g, &reach, err);

	in->ret->retained = reach.bytes;
	in->ret->retained_objects = reach.nodes;
	free(roots);
	return ok;
}

static bool fill_head(struct inspection *in, struct err *err)
{
	const struct object *object = &in->object;
	const uint32_t number = in->subject.one;
	struct inspect *ret = in->ret;
	char text[PATHS_TEXT];

	ret->address = object->addr;
	ret->size = (int64_t)object->sizes.size;
	ret->allocated = (int64_t)object->sizes.allocated;
	ret->refcount = in->refcounts[number] == GRAPH_IMMORTAL ?
			DUMP_UNKNOWN : (int64_t)in->refcounts[number];
	ret->found = in->roots.found[number];
	ret->frozen = object->gen == GEN_FROZEN;
	ret->generation = object->gen && !ret->frozen ?
			  object->gen - GEN_FIRST : DUMP_UNKNOWN;
	if (!paths_lead(&in->paths, number))
		return true;
	return paths_text(&in->paths, &in->names, number, text, err) &&
	       inspection_text(&ret->path, text, err);
}

/* --- what it refers to --------------------------------------------------- */

/* Takes over what is in @from. */
static bool take_fields(struct inspect *ret, struct details_object *from,
			struct err *err)
{
	for (size_t i = 0; i < from->fields.n; i++) {
		struct details_field *field = &from->fields.v[i];
		struct inspect_ref *row = vec_add(&ret->fields, err);

		if (!row)
			return false;
		*row = (struct inspect_ref){
			.name = field->name, .type = field->type,
			.value = field->value, .address = field->address,
		};
		field->name = field->type = field->value = NULL;
	}
	ret->type = from->type;
	from->type = NULL;
	ret->fields_cut = from->cut;
	ret->torn = from->torn;
	return true;
}

static bool fill_fields(struct inspection *in, struct err *err)
{
	struct pyctx *ctx = &in->names.lk.ctx;
	struct details_object details;
	char text[PYREPR_SIZE];
	bool ok;

	ok = details_look(&details, ctx, in->object.addr, in->ret->values,
			  err) &&
	     take_fields(in->ret, &details, err);
	details_object_fini(&details);
	if (!ok || !in->ret->values)
		return ok;
	pyrepr(ctx, in->object.addr, text, sizeof(text));
	return inspection_text(&in->ret->value, text, err);
}

/* --- who refers to it ---------------------------------------------------- */

static bool refers_to(const struct links *links, uint32_t from, uint32_t to)
{
	for (uint32_t e = links->first[from]; e < links->first[from + 1]; e++) {
		if (links->to[e] & LINK_TIES && link_node(links->to[e]) == to)
			return true;
	}
	return false;
}

/* "app.CACHE" and how it calls it: "[key]". */
static bool name_referrer(struct inspection *in, uint32_t from,
			  struct inspect_ref *row, struct err *err)
{
	char text[PATHS_TEXT + NAME_TEXT], step[NAME_TEXT];
	struct object object;
	struct name name;

	if (!graph_object(in->g, from, &object))
		return true;
	row->address = object.addr;
	if (!pytypes_name(&in->g->heap->cap->types, object.type, err) ||
	    !inspection_text(&row->type, object.type->full, err) ||
	    !paths_text(&in->paths, &in->names, from, text, err))
		return false;
	names_of_step(&in->names, in->paths.parent[from], from,
		      in->subject.one, &name);
	names_dotted(step, &name);
	strcat(text, step);
	return inspection_text(&row->name, text, err);
}

/* Variables of frames, and what else is no object. */
static bool name_root(struct inspection *in, const struct root *root,
		      struct inspect_ref *row, struct err *err)
{
	struct name words[NAME_ROOT_MOST];
	char text[PATHS_TEXT] = "";
	size_t n;

	if (!names_of_root(&in->names, root, words, &n, err))
		return false;
	paths_words(text, words, n);
	return inspection_text(&row->name, text, err);
}

static struct inspect_ref *add_referrer(struct inspect *ret, bool *ok,
					struct err *err)
{
	struct inspect_ref *row = NULL;

	if (ret->n_referrers++ < (int64_t)ret->most) {
		row = vec_add(&ret->referrers, err);
		*ok = row != NULL;
	}
	return row;
}

static bool fill_referrers(struct inspection *in, struct err *err)
{
	const uint32_t number = in->subject.one;
	struct inspect_ref *row;
	bool ok = true;

	for (size_t i = 0; i < in->roots.v.n && ok; i++) {
		const struct root *root = &in->roots.v.v[i];

		if (root->number != number)
			continue;
		row = add_referrer(in->ret, &ok, err);
		ok = ok && (!row || name_root(in, root, row, err));
	}
	for (uint32_t u = 0; u < in->g->links.n && ok; u++) {
		if (!refers_to(&in->g->links, u, number))
			continue;
		row = add_referrer(in->ret, &ok, err);
		ok = ok && (!row || name_referrer(in, u, row, err));
	}
	return ok;
}

/* --- all of it ----------------------------------------------------------- */

static bool inspection_find(struct inspection *in, struct err *err)
{
	return subject_find(&in->subject, in->g, in->ret->what, false, err) &&
	       graph_object(in->g, in->subject.one, &in->object) &&
	       graph_refcounts(in->g, &in->refcounts, err) &&
	       roots_find(&in->roots, in->g, in->refcounts, err) &&
	       names_init(&in->names, in->g, &in->roots, err) &&
	       paths_find(&in->paths, in->g, &in->roots, err);
}

bool inspection_fill(struct inspect *inspect, const struct graph *g,
		     struct err *err)
{
	struct inspection in = { .g = g, .ret = inspect };
	bool ok = inspection_find(&in, err);

	in.names.values = inspect->values;
	ok = ok && fill_head(&in, err) && fill_retained(&in, err) &&
	     fill_fields(&in, err) && fill_referrers(&in, err);
	paths_fini(&in.paths);
	names_fini(&in.names);
	roots_fini(&in.roots);
	subject_fini(&in.subject);
	free(in.refcounts);
	return ok;
}
