/* SPDX-License-Identifier: MIT */
#include "graph/suspects.h"

#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"
#include "graph/chains.h"
#include "graph/garbage.h"
#include "graph/holdings.h"
#include "graph/paths.h"
#include "graph/retained.h"

enum {
	LEAST_PART = 100,	/* of all that a suspect holds */
	MOST_STEPS = 24,	/* from who holds to what fans out */
};

struct candidate {
	uint32_t number;	/* of the object; outside: index of the type */
	enum why_kind kind;
	bool is_chain;		/* it never fans out */
	uint64_t retained;
};

struct survey {
	const struct graph *g;
	struct why *why;
	struct roots roots;
	struct names names;
	struct paths paths;
	struct dominators doms;
	uint64_t least;
	/** By place among the inner nodes of dominators: */
	uint32_t *best;		/* who keeps most of what it keeps */
	uint32_t *fans;		/* bits: many things hang on it side by side */
	uint64_t *shared;	/* what hangs on it, but it does not retain */
	uint64_t *outside;	/* by type */
	VEC(struct candidate) found;
	struct err *err;
	struct addrmap which;	/* node + 1, and kind, to found */
};

static void survey_fini(struct survey *s)
{
	names_fini(&s->names);
	roots_fini(&s->roots);
	paths_fini(&s->paths);
	dominators_fini(&s->doms);
	free(s->best);
	free(s->fans);
	free(s->shared);
	free(s->outside);
	vec_free(&s->found);
	addrmap_fini(&s->which);
}

static bool survey_init(struct survey *s)
{
	struct err *err = s->err;
	uint32_t *refcounts = NULL;
	bool ok = graph_refcounts(s->g, &refcounts, err) &&
		  roots_find(&s->roots, s->g, refcounts, err);
	size_t n;

	free(refcounts);
	roots_forget(&s->roots);
	if (!ok || !names_init(&s->names, s->g, &s->roots, err) ||
	    !retained_find(&s->doms, s->g, &s->roots, err) ||
	    !paths_find(&s->paths, s->g, &s->roots, err) ||
	    !retained_weigh(&s->doms, s->g, err))
		return false;
	n = s->doms.n_inner;
	s->best = links_numbers(n, err);
	s->fans = links_numbers(n / 32 + 1, err);
	s->shared = calloc(n + 1, sizeof(*s->shared));
	s->outside = calloc(s->g->heap->cap->types.all.n + 1,
			    sizeof(*s->outside));
	s->why->reached = (int64_t)dominators_retained(&s->doms, s->doms.n);
	s->least = (uint64_t)s->why->reached / LEAST_PART + 1;
	return s->best && s->fans && s->shared && s->outside ? true :
	       err_nomem(err);
}

static uint64_t retained_by(const struct survey *s, uint32_t number)
{
	return dominators_retained(&s->doms, number);
}

static bool find_best(void *arg, uint32_t v)
{
	struct survey *s = arg;
	uint32_t u = dominators_above(&s->doms, v), *best;

	if (u == s->doms.n)
		return true;
	best = &s->best[s->doms.place[u]];
	/* What it keeps may be object 0: so one more is noted. */
	if (!*best || retained_by(s, v) > retained_by(s, *best - 1))
		*best = v + 1;
	return true;
}

static uint32_t best_of(const struct survey *s, uint32_t number)
{
	const uint32_t best = dominators_is_leaf(&s->doms, number) ? 0 :
			      s->best[s->doms.place[number]];

	return best ? best - 1 : LINK_NONE;
}

static void set_fan(struct survey *s, uint32_t number)
{
	if (!dominators_is_leaf(&s->doms, number))
		graph_set(s->fans, s->doms.place[number]);
}

static bool add_candidate(struct survey *s, uint32_t number,
			  enum why_kind kind, uint64_t retained)
{
	struct candidate *slot = vec_add(&s->found, s->err);

	if (slot)
		*slot = (struct candidate){ .number = number, .kind = kind,
					     .retained = retained };
	return slot != NULL;
}

static bool add_chain(struct survey *s, uint32_t top)
{
	if (!add_candidate(s, top, WHY_HOLDER, retained_by(s, top)))
		return false;
	s->found.v[s->found.n - 1].is_chain = true;
	return true;
}

static const struct root *root_of(const struct survey *s, uint32_t number)
{
	uint32_t i = paths_root(&s->paths, number);

	return i == LINK_NONE ? NULL : &s->roots.v.v[i];
}

/* Frames that run hold what has nothing to do with each other, as modules do. */
static bool is_fan(const struct survey *s, uint32_t number)
{
	const struct root *root = root_of(s, number);

	return paths_has_names(s->g, number) ||
	       (root && root->kind == ROOT_FRAME);
}

/*
 * Down from @top, which keeps much, to where that fans out.  A list of links
 * never does: it is told where it begins.
 */
static bool descend(struct survey *s, uint32_t top)
{
	const uint64_t enough = retained_by(s, top) / 2;
	uint32_t u = top;

	for (int steps = 0; !is_fan(s, u); steps++) {
		uint32_t next = best_of(s, u);

		if (steps == MOST_STEPS)
			return add_chain(s, top);
		if (next == LINK_NONE || retained_by(s, next) < enough)
			return add_candidate(s, u, WHY_HOLDER,
					     retained_by(s, u));
		u = next;
	}
	set_fan(s, u);
	return true;
}

/* The way to @v leads through somebody else than who dominates it, without a
 * name: it may share it. */
static bool has_sharer(const struct survey *s, uint32_t v, uint32_t *ret)
{
	*ret = s->paths.parent[v];
	return *ret != LINK_NONE && *ret != dominators_above(&s->doms, v);
}

/* Too little to be told of by itself; maybe together with others. */
static void gather(struct survey *s, uint32_t v)
{
	const struct root *root = root_of(s, v);
	uint32_t above;

	if (root && root->kind == ROOT_OUTSIDE)
		s->outside[graph_type(s->g, v)->index] += retained_by(s, v);
	else if (has_sharer(s, v, &above) && !paths_has_names(s->g, above))
		s->shared[s->doms.place[above]] += retained_by(s, v);
}

static bool hangs_on_fan(const struct survey *s, uint32_t v)
{
	uint32_t u = dominators_above(&s->doms, v);

	return u == s->doms.n || graph_bit(s->fans, s->doms.place[u]);
}

static bool look_at(void *arg, uint32_t v)
{
	struct survey *s = arg;

	if (!hangs_on_fan(s, v))
		return true;
	if (retained_by(s, v) >= s->least)
		return descend(s, v);
	gather(s, v);
	return true;
}

static bool find_candidates(struct survey *s)
{
	if (!dominators_each(&s->doms, look_at, s))
		return false;
	for (uint32_t i = 1; i <= s->doms.n_inner; i++) {
		if (s->shared[i] >= s->least &&
		    !add_candidate(s, s->doms.node[i], WHY_SHARED,
				   s->shared[i]))
			return false;
	}
	for (uint32_t i = 0; i < s->g->heap->cap->types.all.n; i++) {
		if (s->outside[i] >= s->least &&
		    !add_candidate(s, i, WHY_OUTSIDE, s->outside[i]))
			return false;
	}
	return true;
}

static int by_retained(const void *a, const void *b)
{
	const struct candidate *l = a, *r = b;

	if (l->retained != r->retained)
		return l->retained < r->retained ? 1 : -1;
	return (l->number > r->number) - (l->number < r->number);
}

/* --- what they hold ------------------------------------------------------ */

static raddr key_of(uint32_t candidate, uint32_t more)
{
	return (raddr)(candidate + 1) << 32 | more;
}

/* Of whom @v is a part that is told, or ADDRMAP_NONE. */
static uint32_t part_of(const struct survey *s, uint32_t v)
{
	const struct root *root = root_of(s, v);
	uint32_t u = dominators_above(&s->doms, v), above;

	if (!hangs_on_fan(s, v))
		return addrmap_get(&s->which, key_of(WHY_HOLDER, u));
	if (retained_by(s, v) >= s->least)
		return ADDRMAP_NONE;
	if (root && root->kind == ROOT_OUTSIDE)
		return addrmap_get(&s->which, key_of(WHY_OUTSIDE,
						     graph_type(s->g, v)->index));
	return has_sharer(s, v, &above) ?
	       addrmap_get(&s->which, key_of(WHY_SHARED, above)) :
	       ADDRMAP_NONE;
}

struct sharing {
	struct survey *s;
	struct holdings *h;
};

static bool hold(void *arg, uint32_t v)
{
	const struct sharing *sharing = arg;
	struct survey *s = sharing->s;
	const uint32_t candidate = part_of(s, v);

	return candidate == ADDRMAP_NONE ||
	       holdings_add(sharing->h, candidate, graph_type(s->g, v),
			    retained_by(s, v), s->err);
}

static bool sum_holdings(struct survey *s, struct holdings *h)
{
	struct sharing sharing = { s, h };

	for (uint32_t i = 0; i < s->found.n; i++) {
		if (!addrmap_put(&s->which, key_of(s->found.v[i].kind,
						   s->found.v[i].number),
				 i, s->err))
			return false;
	}
	return dominators_each(&s->doms, hold, &sharing);
}

/* --- told ---------------------------------------------------------------- */

static bool tell_held(struct survey *s, struct why_suspect *row,
		      const struct holdings *h, uint32_t candidate,
		      struct err *err)
{
	size_t n;
	const struct holding *held = holdings_of(h, candidate, &n);

	return holdings_tell(held, n, &s->g->heap->cap->types, &row->held,
			     err);
}

static bool tell_object(struct survey *s, struct why_suspect *row,
			uint32_t number, struct err *err)
{
	char text[PATHS_TEXT];
	struct object object;

	if (!graph_object(s->g, number, &object) ||
	    !pytypes_name(&s->g->heap->cap->types, object.type, err) ||
	    !paths_text(&s->paths, &s->names, number, text, err))
		return false;
	row->address = object.addr;
	row->name = nomem_strdup(text);
	row->type = nomem_strdup(object.type->full);
	return row->name && row->type ? true : err_nomem(err);
}

static bool tell_type(struct survey *s, struct why_suspect *row,
		      uint32_t index, struct err *err)
{
	struct pytypes *types = &s->g->heap->cap->types;

	if (!pytypes_name(types, types->all.v[index], err))
		return false;
	row->type = nomem_strdup(types->all.v[index]->full);
	return row->type ? true : err_nomem(err);
}

/* Where it never fans out: how long it is, and by what. */
static bool tell_chain(struct survey *s, struct why_suspect *row,
		       uint32_t top, struct err *err)
{
	struct chain chain;

	chain_follow(&chain, &s->names, top, &s->doms);
	if (!*chain.by)
		return true;
	row->chain = chain.more;
	row->chain_by = nomem_strdup(chain.by);
	return row->chain_by ? true : err_nomem(err);
}

static bool tell_candidates(struct survey *s, struct err *err)
{
	struct holdings h = { .at = { 0 } };
	bool ok;

	if (s->found.n)
		qsort(s->found.v, s->found.n, sizeof(*s->found.v),
		      by_retained);
	if (s->found.n > s->why->most)
		s->found.n = s->why->most;
	ok = sum_holdings(s, &h);
	holdings_sort(&h);
	for (uint32_t i = 0; ok && i < s->found.n; i++) {
		const struct candidate *c = &s->found.v[i];
		struct why_suspect *row = why_add(s->why, c->kind,
						  (int64_t)c->retained, err);

		ok = row && (c->kind == WHY_OUTSIDE ?
			     tell_type(s, row, c->number, err) :
			     tell_object(s, row, c->number, err)) &&
		     tell_held(s, row, &h, i, err) &&
		     (!c->is_chain || tell_chain(s, row, c->number, err));
	}
	holdings_fini(&h);
	return ok;
}

static bool tell_garbage(struct why *why, const struct graph *g,
			 uint64_t least, struct err *err)
{
	struct garbage garbage = { .want_objects = false };
	struct why_suspect *row;
	int64_t bytes;
	bool ok;

	/* Counts of another moment than references would make any object garbage. */
	if (g->heap->cap->runs_on)
		return true;
	ok = garbage_fill(&garbage, g, err);
	bytes = garbage.found.bytes + garbage.untracked.bytes;
	if (ok && (uint64_t)bytes >= least) {
		row = why_add(why, WHY_GARBAGE, bytes, err);
		ok = row != NULL;
		for (size_t i = 0; ok && i < garbage.types.n &&
				   i < HOLDINGS_TOLD; i++)
			ok = held_add(&row->held, garbage.types.v[i].type,
					  garbage.types.v[i].sum.objects,
					  garbage.types.v[i].sum.bytes, err);
	}
	garbage_fini(&garbage);
	return ok;
}

bool suspects_fill(struct why *why, const struct graph *g, struct err *err)
{
	struct survey s = { .g = g, .why = why, .err = err };
	uint64_t least;
	bool ok = survey_init(&s);

	if (ok)
		(void)dominators_each(&s.doms, find_best, &s);
	ok = ok && find_candidates(&s) && tell_candidates(&s, err);
	least = s.least;
	survey_fini(&s);
	ok = ok && tell_garbage(why, g, least, err);
	why_sort(why);
	return ok;
}
