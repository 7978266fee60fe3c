/* SPDX-License-Identifier: MIT */
/*
 * Three steps: which objects the collector would find; what goes with them,
 * when they take their references along; and their cycles, which are the strongly
 * connected components of the links among them.
 *
 * Counts that lie (fewer than the references there are) make an object garbage
 * at most: nothing is subtracted from 0.
 */
#include "graph/garbage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"
#include "base/strset.h"
#include "graph/components.h"

/* --- who is garbage ------------------------------------------------------ */

struct finding {
	const struct graph *g;
	const struct links *links;
	bool with_frozen;
	uint32_t *refs;		/* what is left of counts; 0: outside, too */
	uint32_t *stack, n_stack;
	uint32_t *candidate;	/* a bit each: may be garbage still */
};

static bool is_candidate(const struct finding *f, uint32_t number)
{
	uint8_t gen = graph_is_object(f->g, number) ?
		      graph_generation(f->g, number) : GEN_NONE;

	return gen != GEN_NONE && (gen != GEN_FROZEN || f->with_frozen);
}

static void subtract_refs(struct finding *f, uint32_t u)
{
	for (uint32_t e = f->links->first[u]; e < f->links->first[u + 1]; e++) {
		uint32_t link = f->links->to[e], v = link_node(link);

		if (link & LINK_VISITED && graph_bit(f->candidate, v) &&
		    f->refs[v] && f->refs[v] != GRAPH_IMMORTAL)
			f->refs[v]--;
	}
}

static void finding_keep(struct finding *f, uint32_t number)
{
	if (!graph_bit(f->candidate, number))
		return;
	f->candidate[number / 32] &= ~(1u << number % 32);
	f->stack[f->n_stack++] = number;
}

/* The type `tuple' itself: its base is no tuple. */
static bool is_tuple(const struct pytype *t)
{
	return t->flags & TPF_TUPLE_SUBCLASS && t->base &&
	       !(t->base->flags & TPF_TUPLE_SUBCLASS);
}

/* May @number be tracked, now or later?  Static types never are. */
static bool may_be_tracked(const struct finding *f, uint32_t number)
{
	const struct pytype *t = graph_type(f->g, number);
	uint8_t flags = graph_flags(f->g, number);

	if (is_tuple(t))
		return flags & OBJROW_TRACKED && graph_bit(f->candidate, number);
	return t->gc && !((t->flags & TPF_TYPE_SUBCLASS) &&
			  (flags & OBJROW_STATIC));
}

static bool holds_nothing(const struct finding *f, uint32_t u)
{
	for (uint32_t e = f->links->first[u]; e < f->links->first[u + 1]; e++) {
		if (may_be_tracked(f, link_node(f->links->to[e])))
			return false;
	}
	return true;
}

/*
 * Tuples that hold nothing which could be in a cycle are forgotten by the
 * collector as it goes: by most after garbage was found, but where it collects
 * in increments (3.14.0 .. 3.14.4, whose old generation has two lists) before
 * that, if they are young.  A tuple is older than those it is in, and mostly
 * comes before them: so two rounds will do.
 */
static void forget_tuples(struct finding *f)
{
	for (int round = 0; round < 2; round++) {
		for (uint32_t u = 0; u < f->links->n; u++) {
			if (graph_bit(f->candidate, u) &&
			    graph_generation(f->g, u) == GEN_FIRST &&
			    is_tuple(graph_type(f->g, u)) &&
			    holds_nothing(f, u))
				f->candidate[u / 32] &= ~(1u << u % 32);
		}
	}
}

static bool is_incremental(const struct graph *g)
{
	for (size_t i = 0; i < g->heap->gc.n; i++) {
		const struct gcstate *state = &g->heap->gc.v[i].state;

		for (unsigned k = 0; k < state->n; k++) {
			if (state->gen[k].other_head)
				return true;
		}
	}
	return false;
}

static void finding_run(struct finding *f)
{
	const uint32_t n = f->links->n;

	for (uint32_t u = 0; u < n; u++) {
		if (is_candidate(f, u))
			graph_set(f->candidate, u);
	}
	if (is_incremental(f->g))
		forget_tuples(f);
	for (uint32_t u = 0; u < n; u++) {
		if (graph_bit(f->candidate, u))
			subtract_refs(f, u);
	}
	for (uint32_t u = 0; u < n; u++) {
		if (f->refs[u])
			finding_keep(f, u);
		while (f->n_stack) {
			uint32_t v = f->stack[--f->n_stack];

			for (uint32_t e = f->links->first[v];
			     e < f->links->first[v + 1]; e++) {
				if (f->links->to[e] & LINK_VISITED)
					finding_keep(f, link_node(
							f->links->to[e]));
			}
		}
	}
}

bool garbage_find(const struct graph *g, const uint32_t *refcounts,
		  bool with_frozen, uint32_t **is_garbage, struct err *err)
{
	const uint32_t n = g->links.n;
	struct finding f = { .g = g, .links = &g->links,
			     .with_frozen = with_frozen };
	bool ok;

	f.refs = links_numbers(n, err);
	f.stack = links_numbers(n, err);
	*is_garbage = f.candidate = links_numbers(n / 32 + 1, err);
	ok = f.refs && f.stack && f.candidate;
	if (ok) {
		memcpy(f.refs, refcounts, n * sizeof(*f.refs));
		finding_run(&f);
	}
	free(f.refs);
	free(f.stack);
	return ok;
}

/* --- sums ---------------------------------------------------------------- */

static void sum_add(struct garbage_sum *sum, const struct graph *g,
		    uint32_t number)
{
	sum->objects++;
	sum->bytes += (int64_t)graph_sizes(g, number).size;
}

/* The row of type @t in @rows, made if need be; @at finds it by its name. */
static struct garbage_type *type_row(struct garbage *ret, struct addrmap *at,
				     const struct pytype *t, struct err *err)
{
	raddr key = (raddr)t->full_id + 1;
	uint32_t i = addrmap_get(at, key);
	struct garbage_type *row;

	if (i != ADDRMAP_NONE)
		return &ret->types.v[i];
	if (!addrmap_put(at, key, (uint32_t)ret->types.n, err))
		return NULL;
	row = vec_add(&ret->types, err);
	if (!row)
		return NULL;
	row->type = nomem_strdup(t->full);
	if (row->type)
		return row;
	(void)!err_nomem(err);
	return NULL;
}

static bool list_object(struct garbage *ret, const struct graph *g,
			uint32_t number, const char *type, struct err *err)
{
	struct garbage_object *row = vec_add(&ret->objects, err);
	struct object object;

	if (!row || !graph_object(g, number, &object))
		return false;
	row->address = object.addr;
	row->size = (int64_t)object.sizes.size;
	row->type = type;
	return true;
}

static bool sum_types(struct garbage *ret, const struct graph *g,
		      const uint32_t *members, uint32_t n, struct err *err)
{
	struct pytypes *types = &g->heap->cap->types;
	struct addrmap at = { 0 };
	bool ok = true;

	for (uint32_t i = 0; ok && i < n; i++) {
		const struct pytype *t = graph_type(g, members[i]);
		struct garbage_type *row;

		row = pytypes_name(types, t, err) ?
		      type_row(ret, &at, t, err) : NULL;
		ok = row && (!ret->want_objects ||
			     list_object(ret, g, members[i], row->type, err));
		if (ok)
			sum_add(&row->sum, g, members[i]);
	}
	addrmap_fini(&at);
	return ok;
}

/* What goes when these do: who loses the last reference. */
static bool sum_untracked(struct garbage *ret, const struct graph *g,
			  const uint32_t *refcounts, const uint32_t *members,
			  uint32_t n, const uint32_t *is_garbage,
			  struct err *err)
{
	uint32_t *left = links_numbers(g->links.n, err);
	uint32_t *stack = links_numbers(g->links.n, err), n_stack = n;
	bool ok = left && stack;

	if (ok) {
		memcpy(left, refcounts, g->links.n * sizeof(*left));
		memcpy(stack, members, n * sizeof(*stack));
	}
	while (ok && n_stack) {
		uint32_t u = stack[--n_stack];

		for (uint32_t e = g->links.first[u];
		     e < g->links.first[u + 1]; e++) {
			uint32_t v = link_node(g->links.to[e]);

			if (!(g->links.to[e] & LINK_COUNTED) || !left[v] ||
			    left[v] == GRAPH_IMMORTAL ||
			    graph_bit(is_garbage, v) || --left[v])
				continue;
			sum_add(&ret->untracked, g, v);
			stack[n_stack++] = v;
		}
	}
	free(left);
	free(stack);
	return ok;
}

/* --- cycles -------------------------------------------------------------- */

struct cycles {
	struct garbage *ret;
	const struct graph *g;
	const uint32_t *members;	/* the garbage */
	uint32_t n;
	struct links links;		/* among them */
	uint32_t *component, *order, n_components;
	struct strset keys;		/* the types of groups, as one text */
};

/* The links of the garbage, numbered anew. */
static bool cycles_links(struct cycles *c, const uint32_t *is_garbage,
			 struct err *err)
{
	const struct links *all = &c->g->links;
	uint32_t *number = links_numbers(all->n, err), n_links = 0;
	bool ok = number != NULL;

	for (uint32_t i = 0; ok && i < c->n; i++) {
		number[c->members[i]] = i;
		n_links += all->first[c->members[i] + 1] -
			   all->first[c->members[i]];
	}
	c->links.n = c->n;
	c->links.first = links_numbers(c->n, err);
	c->links.to = links_numbers(n_links, err);
	ok = ok && c->links.first && c->links.to;
	n_links = 0;
	for (uint32_t i = 0; ok && i < c->n; i++) {
		const uint32_t u = c->members[i];

		for (uint32_t e = all->first[u]; e < all->first[u + 1]; e++) {
			uint32_t v = link_node(all->to[e]);

			if (all->to[e] & LINK_VISITED &&
			    graph_bit(is_garbage, v))
				c->links.to[n_links++] = number[v] |
							 LINK_VISITED;
		}
		c->links.first[i + 1] = n_links;
	}
	free(number);
	return ok;
}

static bool is_cycle(const struct cycles *c, uint32_t i, uint32_t n)
{
	uint32_t u = c->order[i];

	for (uint32_t e = c->links.first[u];
	     n == 1 && e < c->links.first[u + 1]; e++) {
		if (link_node(c->links.to[e]) == u)
			return true;
	}
	return n > 1;
}

/* A dict that holds attributes, of which nobody wants to hear. */
static bool is_namespace(const struct cycles *c, uint32_t number)
{
	return number < c->g->n_pooled &&
	       c->g->heap->table.holder[number] != 0;
}

/* Insert a type where it belongs by name.  The last ones fall out. */
static void insert_type(const struct pytype **types, const struct pytype *t,
			bool *more)
{
	int at = 0;

	while (at < GARBAGE_TYPES && types[at] &&
	       strcmp(types[at]->full, t->full) < 0)
		at++;
	if (at < GARBAGE_TYPES && types[at] &&
	    types[at]->full_id == t->full_id)
		return;
	*more |= at == GARBAGE_TYPES || types[GARBAGE_TYPES - 1];
	for (int i = GARBAGE_TYPES - 1; i > at; i--)
		types[i] = types[i - 1];
	if (at < GARBAGE_TYPES)
		types[at] = t;
}

static void cycle_types(const struct cycles *c, uint32_t from, uint32_t n,
			bool with_namespaces, const struct pytype **types,
			bool *more)
{
	for (uint32_t i = from; i < from + n; i++) {
		uint32_t number = c->members[c->order[i]];

		if (with_namespaces || !is_namespace(c, number))
			insert_type(types, graph_type(c->g, number), more);
	}
}

static struct garbage_cycle *cycle_group(struct cycles *c,
					 const struct pytype *const *types,
					 bool more, struct err *err)
{
	char key[GARBAGE_TYPES * 11 + 2];
	struct garbage_cycle *group;
	int used = 1;
	uint32_t id;

	key[0] = more ? '+' : '=';
	for (int i = 0; i < GARBAGE_TYPES && types[i]; i++)
		used += snprintf(key + used, sizeof(key) - (size_t)used, " %u",
				 types[i]->full_id);
	id = strset_add(&c->keys, key, err);
	if (id == STRSET_NONE)
		return NULL;
	if (id < c->ret->cycles.n)
		return &c->ret->cycles.v[id];
	group = vec_add(&c->ret->cycles, err);
	for (int i = 0; group && i < GARBAGE_TYPES && types[i]; i++) {
		group->types[i] = nomem_strdup(types[i]->full);
		if (!group->types[i]) {
			(void)!err_nomem(err);
			return NULL;
		}
	}
	if (group)
		group->more = more;
	return group;
}

/* The component that is order[from] .. order[from + n - 1]. */
static bool cycles_count(struct cycles *c, uint32_t from, uint32_t n,
			 struct err *err)
{
	const struct pytype *types[GARBAGE_TYPES] = { NULL };
	struct garbage_cycle *group;
	bool more = false;

	if (!is_cycle(c, from, n)) {
		sum_add(&c->ret->hanging, c->g, c->members[c->order[from]]);
		return true;
	}
	cycle_types(c, from, n, false, types, &more);
	if (!types[0])
		cycle_types(c, from, n, true, types, &more);
	group = cycle_group(c, types, more, err);
	if (!group)
		return false;
	group->cycles++;
	for (uint32_t i = from; i < from + n; i++)
		sum_add(&group->sum, c->g, c->members[c->order[i]]);
	return true;
}

/* The members, those of a component side by side: a counting sort. */
static bool cycles_order(struct cycles *c, struct err *err)
{
	uint32_t *end;

	c->component = links_numbers(c->n, err);
	c->order = links_numbers(c->n, err);
	if (!c->component || !c->order ||
	    !components_find(&c->links, LINK_VISITED, c->component,
			     &c->n_components, err))
		return false;
	end = links_numbers(c->n_components, err);
	if (!end)
		return false;
	for (uint32_t i = 0; i < c->n; i++)
		end[c->component[i]]++;
	for (uint32_t k = 1; k < c->n_components; k++)
		end[k] += end[k - 1];
	for (uint32_t i = c->n; i-- > 0;)
		c->order[--end[c->component[i]]] = i;
	free(end);
	return true;
}

static bool cycles_fill(struct cycles *c, const uint32_t *is_garbage,
			struct err *err)
{
	if (!cycles_links(c, is_garbage, err) || !cycles_order(c, err))
		return false;
	for (uint32_t i = 0, n; i < c->n; i += n) {
		uint32_t component = c->component[c->order[i]];

		for (n = 1; i + n < c->n &&
			    c->component[c->order[i + n]] == component; n++)
			;
		if (!cycles_count(c, i, n, err))
			return false;
	}
	return true;
}

/* --- all of it ----------------------------------------------------------- */

/* The numbers of those whose bit is set, to be freed. */
static uint32_t *list_members(const struct graph *g, const uint32_t *bits,
			      uint32_t *ret_n, struct err *err)
{
	uint32_t *members, n = 0;

	for (uint32_t i = 0; i <= g->links.n / 32; i++)
		n += (uint32_t)__builtin_popcount(bits[i]);
	members = links_numbers(n, err);
	*ret_n = n;
	n = 0;
	for (uint32_t u = 0; members && u < g->links.n; u++) {
		if (graph_bit(bits, u))
			members[n++] = u;
	}
	return members;
}

static bool fill_found(struct garbage *ret, const struct graph *g,
		       const uint32_t *refcounts, const uint32_t *is_garbage,
		       struct err *err)
{
	struct cycles c = { .ret = ret, .g = g };
	uint32_t *members = list_members(g, is_garbage, &c.n, err);
	bool ok = members != NULL;

	c.members = members;
	for (uint32_t i = 0; ok && i < c.n; i++) {
		unsigned gen = graph_generation(g, members[i]) - GEN_FIRST;

		sum_add(&ret->found, g, members[i]);
		if (gen < GARBAGE_GENERATIONS)
			sum_add(&ret->in_generation[gen], g, members[i]);
	}
	ok = ok && sum_types(ret, g, members, c.n, err) &&
	     sum_untracked(ret, g, refcounts, members, c.n, is_garbage, err) &&
	     cycles_fill(&c, is_garbage, err);
	free(members);
	links_fini(&c.links);
	free(c.component);
	free(c.order);
	strset_fini(&c.keys);
	return ok;
}

/* Were nothing frozen, what more would be found? */
static bool fill_frozen(struct garbage *ret, const struct graph *g,
			const uint32_t *refcounts, const uint32_t *is_garbage,
			struct err *err)
{
	uint32_t *all = NULL;
	int64_t frozen = 0;
	bool ok;

	for (size_t i = 0; i < g->heap->gc.n; i++)
		frozen += g->heap->gc.v[i].frozen;
	if (!frozen)
		return true;
	ok = garbage_find(g, refcounts, true, &all, err);
	for (uint32_t u = 0; ok && u < g->links.n; u++) {
		if (graph_bit(all, u) && !graph_bit(is_garbage, u))
			sum_add(&ret->frozen, g, u);
	}
	free(all);
	return ok;
}

bool garbage_fill(struct garbage *ret, const struct graph *g, struct err *err)
{
	uint32_t *refcounts = NULL, *is_garbage = NULL;
	bool ok;

	ok = graph_refcounts(g, &refcounts, err) &&
	     garbage_find(g, refcounts, false, &is_garbage, err) &&
	     fill_found(ret, g, refcounts, is_garbage, err) &&
	     fill_frozen(ret, g, refcounts, is_garbage, err);
	garbage_sort(ret);
	free(refcounts);
	free(is_garbage);
	return ok;
}
