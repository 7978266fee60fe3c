/* SPDX-License-Identifier: MIT */
/*
 * The cheapest ways are found by a queue for each of the few costs that may be
 * due next, as Dial does it (1969).  What a step is called is asked when it is
 * shown, of the one who holds.
 */
#include "graph/paths.h"

#include <stdlib.h>
#include <string.h>

#include "heap/tally.h"

enum {
	COST_NAME = 1,		/* of a step by a name */
	COST_ITEM = 6,		/* ... by an index or a key */
	COST_GUESS = 60,	/* ... by a word that may be no reference */
	COST_MOST = 64,
	MOST_STEPS = 24,	/* that are shown, the last ones */
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

static uint32_t step_cost(const struct graph *g, uint32_t number)
{
	const uint64_t containers = TPF_LIST_SUBCLASS | TPF_TUPLE_SUBCLASS |
				    TPF_DICT_SUBCLASS;
	const struct pytype *t = graph_type(g, number);

	if (graph_flags(g, number) & OBJROW_INFERRED)
		return COST_GUESS;
	return !(t->flags & containers) || names_is_namespace(g, number) ?
	       COST_NAME : COST_ITEM;
}

/* .. 3.10: what the collector does not visit of it is on its stack, and has no
 * name there. */
static bool is_frame(const struct paths *paths, const struct roots *roots,
		     uint32_t number)
{
	uint32_t root = paths->root[number];

	return root && roots->v.v[root - 1].kind == ROOT_FRAME;
}

/* Of holders that are as good the first is told. */
static void prefer(struct paths *paths, const struct graph *g, uint32_t u,
		   uint32_t v)
{
	uint32_t before = paths->parent[v];

	if (before != LINK_NONE && graph_place(g, u) < graph_place(g, before))
		paths->parent[v] = u;
}

static void queue_step(struct queue *q, struct paths *paths,
		       const struct graph *g, const struct roots *roots,
		       uint32_t u)
{
	const uint32_t of_name = step_cost(g, u);
	const bool runs = is_frame(paths, roots, u);

	for (uint32_t e = g->links.first[u]; e < g->links.first[u + 1]; e++) {
		uint32_t link = g->links.to[e], v = link_node(link);
		uint32_t cost = q->cost[u] + (runs && !(link & LINK_VISITED) ?
					      COST_GUESS : of_name);

		if (!(link & LINK_COUNTED) || cost > q->cost[v])
			continue;
		if (cost == q->cost[v]) {
			prefer(paths, g, u, v);
			continue;
		}
		paths->parent[v] = u;
		paths->root[v] = 0;
		queue_add(q, v, cost);
	}
}

static void queue_run(struct queue *q, struct paths *paths,
		      const struct graph *g, const struct roots *roots)
{
	for (uint32_t cost = 0; q->waiting && q->ok; cost++) {
		__typeof__(q->todo[0]) *now = &q->todo[cost % COST_MOST];

		for (size_t i = 0; i < now->n && q->ok; i++) {
			q->waiting--;
			if (q->cost[now->v[i]] == cost)
				queue_step(q, paths, g, roots, now->v[i]);
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
		queue_run(&q, paths, g, roots);
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
	return names_is_namespace(g, number) &&
	       g->heap->table.holder[number] <= DICTS_N;
}

/* --- in words ------------------------------------------------------------ */

/* False: there is no room for it. */
static bool put_name(char text[PATHS_TEXT], const struct name *name)
{
	size_t n = strlen(text);
	char word[NAME_TEXT];

	names_dotted(word, name);
	if (!n && strncmp(word, " > ", 3) == 0)
		memmove(word, word + 3, strlen(word + 3) + 1);
	if (n + strlen(word) >= PATHS_TEXT - 5) {
		strcat(text, "...");
		return false;
	}
	strcat(text, word);
	return true;
}

void paths_words(char text[PATHS_TEXT], const struct name *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)put_name(text, &words[i]);
}

static bool put_root(struct names *names, const struct root *root,
		     char text[PATHS_TEXT], struct err *err)
{
	struct name words[NAME_ROOT_MOST];
	size_t n;

	if (!names_of_root(names, root, words, &n, err))
		return false;
	paths_words(text, words, n);
	return true;
}

/* The last steps; of a longer way what comes before is left out. */
bool paths_text(const struct paths *paths, struct names *names,
		uint32_t number, char text[PATHS_TEXT], struct err *err)
{
	uint32_t way[MOST_STEPS], root = number, n = 0;

	for (; paths->parent[root] != LINK_NONE; root = paths->parent[root]) {
		if (n < MOST_STEPS)
			way[n] = root;
		n++;
	}
	*text = '\0';
	if (!paths->root[root]) {
		strcpy(text, "nobody");
		return true;
	}
	if (!put_root(names, &names->roots->v.v[paths->root[root] - 1], text,
		      err))
		return false;
	if (n > MOST_STEPS) {
		strcat(text, " ... ");
		n = MOST_STEPS;
	}
	while (n-- > 0) {
		uint32_t from = paths->parent[way[n]];
		struct name name;

		names_of_step(names, paths->parent[from], from, way[n], &name);
		if (!put_name(text, &name))
			break;
	}
	return true;
}
