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
	[ROOT_PARKED] = 3,
	[ROOT_INTERPRETER] = 10, [ROOT_STATIC] = 10, [ROOT_C] = 12,
	[ROOT_OUTSIDE] = 15,
};

/* --- the cheapest ways --------------------------------------------------- */

/*
 * Of those in the queue, no two costs are COST_MOST apart: what is left of one by
 * that is enough to compare it.
 */
enum { COST_NONE = 255, COST_FINAL = 254 };

struct queue {
	VEC(uint32_t) todo[COST_MOST];	/* by cost, modulo */
	uint8_t *cost;		/* modulo; or not seen yet; or was in turn */
	size_t waiting;
	struct paths *paths;
	const struct graph *g;
	const struct roots *roots;
	struct err *err;
	bool ok;
};

/* By how much it is more than @now; what is not seen yet, by more than all. */
static uint32_t cost_beyond(const struct queue *q, uint32_t number,
			    uint32_t now)
{
	const uint8_t cost = q->cost[number];

	return cost == COST_NONE ? COST_MOST : (cost - now) % COST_MOST;
}

static void queue_add(struct queue *q, uint32_t number, uint32_t cost)
{
	uint32_t *slot = vec_add(&q->todo[cost % COST_MOST], q->err);

	q->ok = q->ok && slot;
	if (!slot)
		return;
	*slot = number;
	q->cost[number] = cost % COST_MOST;
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
static bool is_frame(const struct queue *q, uint32_t number)
{
	uint32_t root = paths_root(q->paths, number);

	return root != LINK_NONE && q->roots->v.v[root].kind == ROOT_FRAME;
}

/* Of holders that are as good the first is told. */
static void prefer(struct paths *paths, uint32_t u, uint32_t v)
{
	if (paths->parent[v] != LINK_NONE && u < paths->parent[v])
		paths->parent[v] = u;
}

/* Nothing can be cheaper than the only link there, and nothing comes after. */
static bool is_end(const struct queue *q, uint32_t v)
{
	return q->g->links.first[v] == q->g->links.first[v + 1] &&
	       !graph_bit(q->roots->shared, v) && !graph_bit(q->paths->rooted, v);
}

static void queue_link(struct queue *q, uint32_t u, uint32_t v, uint32_t now,
		       uint32_t step)
{
	struct paths *paths = q->paths;
	uint32_t before;

	if (q->cost[v] == COST_FINAL)
		return;
	if (is_end(q, v)) {
		paths->parent[v] = u;
		return;
	}
	before = cost_beyond(q, v, now);
	if (step > before)
		return;
	if (step == before) {
		prefer(paths, u, v);
		return;
	}
	paths->parent[v] = u;
	paths->rooted[v / 32] &= ~(1u << v % 32);
	queue_add(q, v, now + step);
}

static void queue_step(struct queue *q, uint32_t u, uint32_t now)
{
	const struct links *links = &q->g->links;
	const uint32_t of_name = step_cost(q->g, u);
	const bool runs = is_frame(q, u);

	for (uint32_t e = links->first[u]; e < links->first[u + 1]; e++) {
		uint32_t link = links->to[e];

		if (link & LINK_COUNTED)
			queue_link(q, u, link_node(link), now,
				   runs && !(link & LINK_VISITED) ?
				   COST_GUESS : of_name);
	}
}

static void queue_run(struct queue *q)
{
	for (uint32_t cost = 0; q->waiting && q->ok; cost++) {
		__typeof__(q->todo[0]) *now = &q->todo[cost % COST_MOST];

		for (size_t i = 0; i < now->n && q->ok; i++) {
			const uint32_t u = now->v[i];

			q->waiting--;
			/* Cheaper, it had its turn before. */
			if (q->cost[u] == COST_FINAL)
				continue;
			q->cost[u] = COST_FINAL;
			queue_step(q, u, cost);
		}
		vec_free(now);
	}
}

/* Of those of one object the cheapest, and of these the first. */
static bool queue_roots(struct queue *q)
{
	struct paths *paths = q->paths;

	for (size_t i = 0; q->ok && i < q->roots->v.n; i++) {
		const struct root *root = &q->roots->v.v[i];
		const uint32_t cost = root_costs[root->kind];

		if (cost >= cost_beyond(q, root->number, 0))
			continue;
		graph_set(paths->rooted, root->number);
		q->ok = addrmap_put(&paths->root, (raddr)root->number + 1,
				    (uint32_t)i, q->err);
		queue_add(q, root->number, cost);
	}
	return q->ok;
}

bool paths_find(struct paths *paths, const struct graph *g,
		const struct roots *roots, struct err *err)
{
	const uint32_t n = g->links.n;
	struct queue q = { .paths = paths, .g = g, .roots = roots,
			   .err = err };

	memset(paths, 0, sizeof(*paths));
	paths->parent = links_numbers(n, err);
	paths->rooted = links_numbers(n / 32 + 1, err);
	q.cost = malloc((size_t)n + 1);
	q.ok = paths->parent && paths->rooted && (q.cost || err_nomem(err));
	if (q.ok) {
		memset(q.cost, COST_NONE, (size_t)n + 1);
		for (uint32_t u = 0; u < n; u++)
			paths->parent[u] = LINK_NONE;
	}
	if (q.ok && queue_roots(&q))
		queue_run(&q);
	for (int i = 0; i < COST_MOST; i++)
		vec_free(&q.todo[i]);
	free(q.cost);
	return q.ok;
}

void paths_fini(struct paths *paths)
{
	free(paths->parent);
	free(paths->rooted);
	addrmap_fini(&paths->root);
	memset(paths, 0, sizeof(*paths));
}

uint32_t paths_root(const struct paths *paths, uint32_t number)
{
	return graph_bit(paths->rooted, number) ?
	       addrmap_get(&paths->root, (raddr)number + 1) : LINK_NONE;
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
	uint32_t way[MOST_STEPS], root = number, n = 0, which;

	for (; paths->parent[root] != LINK_NONE; root = paths->parent[root]) {
		if (n < MOST_STEPS)
			way[n] = root;
		n++;
	}
	*text = '\0';
	which = paths_root(paths, root);
	if (which == LINK_NONE) {
		strcpy(text, "nobody");
		return true;
	}
	if (!put_root(names, &names->roots->v.v[which], text, err))
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
		if (names_of_object(names, way[n], false, &name) &&
		    !put_name(text, &name))
			break;
	}
	return true;
}
