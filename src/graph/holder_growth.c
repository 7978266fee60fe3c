/* SPDX-License-Identifier: MIT */
/*
 * Looks are compared by addresses (result/holders, graph/survivors); the graph
 * of the last one says who that is, and whose.
 */
#include "graph/holder_growth.h"

#include <stdlib.h>

#include "base/nomem.h"
#include "graph/holder_names.h"
#include "graph/holdings.h"
#include "graph/paths.h"
#include "graph/retained.h"
#include "heap/lengths.h"

enum { NOT_ASKED = LINK_NONE - 1 };

struct telling {
	struct holder_growth *growth;
	const struct graph *g;
	struct roots roots;
	struct names names;
	struct paths paths;
	uint32_t *grows;	/* a bit by number: it rose in each look */
	uint32_t *owner;	/* by number: who is told to hold it */
	struct holdings held;	/* by the number of who holds */
};

/* --- a look -------------------------------------------------------------- */

static double seconds_between(const struct timespec *from,
			      const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

bool holder_growth_look(struct holder_growth *growth,
			struct survivors *survivors, const struct graph *g,
			const struct dump *dump, struct err *err)
{
	struct containers seen = { .known = false };
	struct growth_look *look = vec_add(&growth->looks, err);
	bool ok;

	if (!look)
		return false;
	look->time = dump->time;
	look->seconds = seconds_between(&growth->looks.v[0].time, &look->time);
	look->pause_ms = dump->pause_ms;
	look->objects = dump->objects;
	look->bytes = dump->bytes;
	ok = lengths_find(&seen, g->heap, err) &&
	     holders_look(&growth->holders, &seen, look->seconds, err) &&
	     survivors_look(survivors, g->heap, err);
	containers_fini(&seen);
	return ok;
}

/* --- who is it ----------------------------------------------------------- */

static bool tell_holder(struct telling *t, uint32_t number,
			struct growth_holder *row, struct err *err)
{
	struct pytypes *types = &t->g->heap->cap->types;
	char text[PATHS_TEXT];
	struct object object;

	if (number == LINK_NONE || !graph_object(t->g, number, &object))
		return true;
	if (!pytypes_name(types, object.type, err) ||
	    !paths_text(&t->paths, &t->names, number, text, err))
		return false;
	row->address = object.addr;
	row->name = nomem_strdup(text);
	row->type = nomem_strdup(object.type->full);
	return row->name && row->type ? true : err_nomem(err);
}

/* --- containers ---------------------------------------------------------- */

static bool tell_container(struct telling *t, const struct holder *holder,
			   uint32_t number, const struct dominators *doms,
			   struct err *err)
{
	struct growth_holder *row =
		growth_holders_add(&t->growth->containers, err);
	bool ok;

	if (!row || !tell_holder(t, number, row, err))
		return false;
	row->length = holder->length;
	row->more = holder_more(holder);
	row->rate = holder_rate(&t->growth->holders, holder);
	row->retained = (int64_t)dominators_retained(doms, number);
	ok = holder_items(&t->held, &t->names, number, err) &&
	     holdings_tell(t->held.v.v, t->held.v.n,
			   &t->g->heap->cap->types, &row->held, err);
	holdings_fini(&t->held);
	return ok;
}

static bool tell_containers(struct telling *t, struct err *err)
{
	struct holder_growth *growth = t->growth;
	struct dominators doms = { 0 };
	const struct holder **rank = NULL;
	size_t n = 0;
	bool ok = holders_rank(&growth->holders, &rank, &n, err) &&
		  retained_find(&doms, t->g, &t->roots, err) &&
		  retained_weigh(&doms, t->g, err);

	for (size_t i = 0; ok && i < n; i++) {
		uint32_t number;

		if (!holder_rose_always(&growth->holders, rank[i]))
			continue;
		number = graph_number(t->g, rank[i]->address);
		if (number == LINK_NONE)
			continue;
		graph_set(t->grows, number);
		if ((size_t)growth->containers.all++ < growth->most)
			ok = tell_container(t, rank[i], number, &doms, err);
	}
	dominators_fini(&doms);
	free(rank);
	return ok;
}

/* --- survivors ----------------------------------------------------------- */

/* Is that one told to hold itself, and what is below it; or if not, is there
 * somebody above it? */
static bool is_owner(const struct telling *t, uint32_t number)
{
	const uint32_t above = t->paths.parent[number];

	return graph_bit(t->grows, number) || above == LINK_NONE ||
	       paths_has_names(t->g, above);
}

static uint32_t owner_of(struct telling *t, uint32_t number)
{
	uint32_t u = number, owner;

	while (t->owner[u] == NOT_ASKED && !is_owner(t, u))
		u = t->paths.parent[u];
	owner = t->owner[u] != NOT_ASKED ? t->owner[u] : u;
	if (!paths_lead(&t->paths, owner))
		owner = LINK_NONE;
	for (u = number; t->owner[u] == NOT_ASKED;
	     u = t->paths.parent[u]) {
		t->owner[u] = owner;
		if (is_owner(t, u))
			break;
	}
	return owner;
}

static bool count_survivor(void *arg, const struct object *object,
			   struct err *err)
{
	struct telling *t = arg;
	uint32_t number = graph_number(t->g, object->addr);

	if (number == LINK_NONE)
		return true;
	t->growth->survivors++;
	t->growth->survivor_bytes += (int64_t)object->sizes.size;
	return holdings_add(&t->held, owner_of(t, number), object->type,
			    object->sizes.size, err);
}

/* Those of one owner among the sorted. */
struct part {
	size_t first, n;
	int64_t objects, bytes;
};

static int by_bytes(const void *a, const void *b)
{
	const struct part *l = a, *r = b;

	if (l->bytes != r->bytes)
		return l->bytes < r->bytes ? 1 : -1;
	return (l->first > r->first) - (l->first < r->first);
}

static struct part *find_parts(const struct telling *t, size_t *ret_n,
			       struct err *err)
{
	struct part *parts = calloc(t->held.v.n + 1, sizeof(*parts));
	size_t n = 0;

	if (!parts)
		err_nomem(err);
	for (size_t i = 0; parts && i < t->held.v.n; i++) {
		const struct holding *held = &t->held.v.v[i];

		if (!i || held->holder != held[-1].holder)
			parts[n++].first = i;
		parts[n - 1].n++;
		parts[n - 1].objects += held->count;
		parts[n - 1].bytes += held->bytes;
	}
	if (n)
		qsort(parts, n, sizeof(*parts), by_bytes);
	*ret_n = n;
	return parts;
}

static bool tell_owners(struct telling *t, struct err *err)
{
	struct growth_holders *owners = &t->growth->owners;
	struct part *parts;
	size_t n;
	bool ok;

	holdings_sort(&t->held);
	parts = find_parts(t, &n, err);
	ok = parts != NULL;
	owners->all = (int64_t)n;
	for (size_t i = 0; ok && i < n && i < t->growth->most; i++) {
		const struct holding *held = &t->held.v.v[parts[i].first];
		struct growth_holder *row = growth_holders_add(owners, err);

		ok = row && tell_holder(t, held->holder, row, err) &&
		     holdings_tell(held, parts[i].n,
				   &t->g->heap->cap->types, &row->held, err);
		if (row) {
			row->objects = parts[i].objects;
			row->bytes = parts[i].bytes;
		}
	}
	free(parts);
	return ok;
}

/* --- all of it ----------------------------------------------------------- */

static bool telling_init(struct telling *t, struct err *err)
{
	const uint32_t n = t->g->links.n;
	uint32_t *refcounts = NULL;
	bool ok;

	t->grows = links_numbers(n / 32 + 1, err);
	t->owner = links_numbers(n, err);
	ok = t->grows && t->owner && graph_refcounts(t->g, &refcounts, err) &&
	     roots_find(&t->roots, t->g, refcounts, err) &&
	     names_init(&t->names, t->g, &t->roots, err) &&
	     paths_find(&t->paths, t->g, &t->roots, err);
	free(refcounts);
	for (uint32_t u = 0; ok && u < n; u++)
		t->owner[u] = NOT_ASKED;
	return ok;
}

bool holder_growth_tell(struct holder_growth *growth,
			const struct survivors *survivors,
			const struct graph *g, struct err *err)
{
	struct telling t = { .growth = growth, .g = g };
	bool ok = telling_init(&t, err) && tell_containers(&t, err) &&
		  survivors_each(survivors, g->heap, count_survivor, &t,
				 err) &&
		  tell_owners(&t, err);

	holdings_fini(&t.held);
	names_fini(&t.names);
	paths_fini(&t.paths);
	roots_fini(&t.roots);
	free(t.grows);
	free(t.owner);
	return ok;
}
