/* SPDX-License-Identifier: MIT */
/*
 * The cheapest ways are found by a queue for each of the few costs that may be
 * due next, as Dial does it (1969).  What a step is called is asked when it is
 * shown, of the one who holds.
 */
#include "graph/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pyabi/strobj.h"

enum {
	COST_NAME = 1,		/* of a step by a name */
	COST_ITEM = 6,		/* ... by an index or a key */
	COST_MOST = 16,
	MOST_STEPS = 24,	/* that are shown, the last ones */
	STEP_TEXT = 120,
};

static const uint8_t root_costs[ROOT_N_KINDS] = {
	[ROOT_MODULE] = 0, [ROOT_VARIABLE] = 3, [ROOT_FRAME] = 3,
	[ROOT_INTERPRETER] = 10, [ROOT_STATIC] = 10, [ROOT_C] = 12,
	[ROOT_OUTSIDE] = 15,
};

/* --- the cheapest ways --------------------------------------------------- */

struct queue {
	VEC(uint32_t) todo[COST_MOST];	/* by cost, modulo */
	uint32_t *cost;
	size_t waiting;
	struct err *err;
	bool ok;
};

static void queue_add(struct queue *q, uint32_t number, uint32_t cost)
{
	uint32_t *slot = vec_add(&q->todo[cost % COST_MOST], q->err);

	q->ok = q->ok && slot;
	if (!slot)
		return;
	*slot = number;
	q->cost[number] = cost;
	q->waiting++;
}

static bool is_namespace(const struct graph *g, uint32_t number)
{
	return number < g->n_pooled && g->heap->table.holder[number] != 0;
}

static uint32_t step_cost(const struct graph *g, uint32_t number)
{
	const uint64_t containers = TPF_LIST_SUBCLASS | TPF_TUPLE_SUBCLASS |
				    TPF_DICT_SUBCLASS;
	const struct pytype *t = graph_type(g, number);

	return !(t->flags & containers) || is_namespace(g, number) ?
	       COST_NAME : COST_ITEM;
}

static void queue_step(struct queue *q, struct paths *paths,
		       const struct graph *g, uint32_t u)
{
	const uint32_t cost = q->cost[u] + step_cost(g, u);

	for (uint32_t e = g->links.first[u]; e < g->links.first[u + 1]; e++) {
		uint32_t v = link_node(g->links.to[e]);

		if (!(g->links.to[e] & LINK_COUNTED) || cost >= q->cost[v])
			continue;
		paths->parent[v] = u;
		paths->root[v] = 0;
		queue_add(q, v, cost);
	}
}

static void queue_run(struct queue *q, struct paths *paths,
		      const struct graph *g)
{
	for (uint32_t cost = 0; q->waiting && q->ok; cost++) {
		__typeof__(q->todo[0]) *now = &q->todo[cost % COST_MOST];

		for (size_t i = 0; i < now->n && q->ok; i++) {
			q->waiting--;
			if (q->cost[now->v[i]] == cost)
				queue_step(q, paths, g, now->v[i]);
		}
		now->n = 0;
	}
}

bool paths_find(struct paths *paths, const struct graph *g,
		const struct roots *roots, struct err *err)
{
	const uint32_t n = g->links.n;
	struct queue q = { .err = err };

	paths->parent = links_numbers(n, err);
	paths->root = links_numbers(n, err);
	q.cost = links_numbers(n, err);
	q.ok = paths->parent && paths->root && q.cost;
	for (uint32_t u = 0; q.ok && u < n; u++) {
		paths->parent[u] = LINK_NONE;
		q.cost[u] = UINT32_MAX;
	}
	for (size_t i = 0; q.ok && i < roots->v.n; i++) {
		const struct root *root = &roots->v.v[i];

		if (root_costs[root->kind] >= q.cost[root->number])
			continue;
		paths->root[root->number] = (uint32_t)i + 1;
		queue_add(&q, root->number, root_costs[root->kind]);
	}
	if (q.ok)
		queue_run(&q, paths, g);
	for (int i = 0; i < COST_MOST; i++)
		vec_free(&q.todo[i]);
	free(q.cost);
	return q.ok;
}

void paths_fini(struct paths *paths)
{
	free(paths->parent);
	free(paths->root);
	memset(paths, 0, sizeof(*paths));
}

bool paths_has_names(const struct graph *g, uint32_t number)
{
	const struct pytype *t = graph_type(g, number);

	if (t->flags & TPF_TYPE_SUBCLASS ||
	    (t->layout && t->layout == g->heap->module_layout))
		return true;
	return is_namespace(g, number) &&
	       g->heap->table.holder[number] <= DICTS_N;
}

/* --- in words ------------------------------------------------------------ */

struct step {
	const struct graph *g;
	raddr to;		/* whom it leads to */
	struct refs refs;
	struct ref_name name;
	bool found;
};

static bool step_take(void *arg, const raddr *v, size_t n)
{
	struct step *s = arg;

	for (size_t i = 0; i < n && !s->found; i++) {
		if (v[i] != s->to || !(s->refs.names[i].tie & REF_COUNTED))
			continue;
		s->name = s->refs.names[i];
		s->found = true;
	}
	return !s->found;
}

/* By what name does @from hold @to? */
static bool step_name(const struct graph *g, struct looker *lk, uint32_t from,
		      uint32_t to, struct ref_name *ret)
{
	struct step s = { .g = g, .refs = { .named = true, .owned = true } };
	struct object holder, held;
	struct pyobj o;

	if (!graph_object(g, from, &holder) || !graph_object(g, to, &held) ||
	    !objects_view(lk, &holder, &o))
		return false;
	s.to = held.addr;
	s.refs.take = step_take;
	s.refs.arg = &s;
	refs_begin(&s.refs);
	obj_refs(&lk->ctx, &o, &s.refs);
	(void)!refs_end(&s.refs);
	refs_fini(&s.refs);
	*ret = s.name;
	return s.found;
}

/* A name of the program's, in front of which a point is put. */
static void put_name(char *text, const char *name)
{
	snprintf(text, STEP_TEXT, ".%s", name);
}

static void step_text(const struct graph *g, struct looker *lk, uint32_t from,
		      uint32_t to, char *text)
{
	char name[STEP_TEXT - 1];
	struct ref_name ref;

	snprintf(text, STEP_TEXT, " > ");
	if (!step_name(g, lk, from, to, &ref))
		return;
	switch (ref.how) {
	case REF_VALUE:
		if (is_namespace(g, from) &&
		    strobj_text(&lk->ctx, ref.key, name, sizeof(name)))
			put_name(text, name);
		else
			snprintf(text, STEP_TEXT, "[key]");
		return;
	case REF_KEY:
		snprintf(text, STEP_TEXT, " > a key");
		return;
	case REF_ITEM:
		snprintf(text, STEP_TEXT, "[%llu]",
			 (unsigned long long)ref.index);
		return;
	case REF_LOCAL:
	case REF_CELL:
		if (ref_name_text(&lk->ctx, &ref, name, sizeof(name)))
			snprintf(text, STEP_TEXT, " > local '%.100s'", name);
		return;
	case REF_TYPE:
		put_name(text, "__class__");
		return;
	case REF_BASE:
		put_name(text, "__base__");
		return;
	case REF_STACK:
	case REF_INFERRED:
		snprintf(text, STEP_TEXT, " > (%s)", ref_how_word(ref.how));
		return;
	}
	/* What stands between an object and its attributes is not told. */
	if (is_namespace(g, to))
		*text = '\0';
	else if (ref_name_text(&lk->ctx, &ref, name, sizeof(name)))
		put_name(text, name);
}

static void code_name(const struct graph *g, struct pyctx *ctx, raddr code,
		      char *text, size_t size)
{
	raddr name = code ? ctx_u64(ctx, code + g->heap->cap->tr.rt.abi
						.code_co_name) : 0;

	if (!name || !strobj_text(ctx, name, text, size))
		snprintf(text, size, "?");
}

static bool is_interned(const struct graph *g, uint32_t number)
{
	for (size_t i = 0; i < g->uncounting.n; i++) {
		if (graph_number(g, g->uncounting.v[i]) == number)
			return true;
	}
	return false;
}

static bool root_text(const struct graph *g, struct looker *lk,
		      const struct root *root, char *text, struct err *err)
{
	const struct pytype *t = graph_type(g, root->number);
	char name[STEP_TEXT], code[STEP_TEXT];

	if (!pytypes_name(&g->heap->cap->types, t, err))
		return false;
	switch (root->kind) {
	case ROOT_MODULE:
		if (!strobj_text(&lk->ctx, root->key, text, STEP_TEXT))
			snprintf(text, STEP_TEXT, "module ?");
		return true;
	case ROOT_VARIABLE:
	case ROOT_FRAME:
		code_name(g, &lk->ctx, root->code, code, sizeof(code));
		if (root->kind == ROOT_FRAME)
			snprintf(text, STEP_TEXT, "frame %.90s()", code);
		else if (ref_name_text(&lk->ctx, &root->name, name,
				       sizeof(name)))
			snprintf(text, 2 * STEP_TEXT,
				 "frame %.90s() > local '%.90s'", code, name);
		else
			snprintf(text, STEP_TEXT, "frame %.90s() > (stack)",
				 code);
		return true;
	}
	if (is_interned(g, root->number)) {
		snprintf(text, STEP_TEXT, "the interpreter > interned strings");
		return true;
	}
	snprintf(text, 2 * STEP_TEXT, "%s > %.100s",
		 root->kind == ROOT_INTERPRETER ? "the interpreter" :
		 root->kind == ROOT_STATIC ? "static" :
		 root->kind == ROOT_C ? "a variable of C" :
		 "C code, nobody knows which", t->full);
	return true;
}

/* The last steps; of a longer way what comes before is left out. */
static bool put_steps(const struct paths *paths, const struct graph *g,
		      const struct roots *roots, struct looker *lk,
		      uint32_t number, char *text, struct err *err)
{
	uint32_t way[MOST_STEPS], root = number, n = 0;
	char step[STEP_TEXT];

	for (; paths->parent[root] != LINK_NONE; root = paths->parent[root]) {
		if (n < MOST_STEPS)
			way[n] = root;
		n++;
	}
	if (!paths->root[root]) {
		snprintf(text, PATHS_TEXT, "nobody");
		return true;
	}
	if (!root_text(g, lk, &roots->v.v[paths->root[root] - 1], text, err))
		return false;
	if (n > MOST_STEPS) {
		strcat(text, " ... ");
		n = MOST_STEPS;
	}
	while (n-- > 0) {
		step_text(g, lk, paths->parent[way[n]], way[n], step);
		if (strlen(text) + strlen(step) >= PATHS_TEXT - 5) {
			strcat(text, "...");
			break;
		}
		strcat(text, step);
	}
	return true;
}

bool paths_text(const struct paths *paths, const struct graph *g,
		const struct roots *roots, uint32_t number,
		char text[PATHS_TEXT], struct err *err)
{
	struct looker lk;
	bool ok = census_looker(&lk, g->heap, err);

	ok = ok && put_steps(paths, g, roots, &lk, number, text, err);
	looker_fini(&lk);
	return ok;
}
