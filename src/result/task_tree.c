/* SPDX-License-Identifier: MIT */
#include "result/task_tree.h"

#include <stdlib.h>
#include <string.h>

/* A task by something it is sorted by. */
struct by_key {
	uint64_t key;
	bool awaited;
	size_t rank;		/* among all, by name */
	size_t task;
};

struct edge {
	size_t from, to;	/* awaiter, awaited */
	size_t rank;		/* of the awaited */
};

/* A task whose children are being shown. */
struct level {
	size_t task, edge;
};

enum { NOT_SEEN, ON_PATH, SEEN };

struct builder {
	struct task_tree *tree;
	const struct stack_task *tasks;
	size_t n;
	struct by_key *by_address, *by_loop, *roots;
	size_t *by_name, *rank;
	size_t *first;		/* n + 1: edges of task t from first[t] on */
	unsigned char *seen;
	VEC(struct edge) edges;
	VEC(struct level) path;
};

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_key(const void *a, const void *b)
{
	const struct by_key *l = a, *r = b;
	int by = order(l->key, r->key);

	by = by ? by : order(l->awaited, r->awaited);
	by = by ? by : order(l->rank, r->rank);
	return by ? by : order(l->task, r->task);
}

/* Task-10 comes after Task-9, and who has no name last. */
static int by_name(const void *a, const void *b, void *tasks)
{
	size_t l = *(const size_t *)a, r = *(const size_t *)b;
	const struct stack_task *v = tasks;
	int by = order(!v[l].name, !v[r].name);

	if (!by && v[l].name)
		by = strverscmp(v[l].name, v[r].name);
	return by ? by : order(l, r);
}

static int by_from(const void *a, const void *b)
{
	const struct edge *l = a, *r = b;
	int by = order(l->from, r->from);

	return by ? by : order(l->rank, r->rank);
}

static bool init(struct builder *b, struct err *err)
{
	/* One more each: there may be none. */
	b->by_address = calloc(b->n + 1, sizeof(*b->by_address));
	b->by_loop = calloc(b->n + 1, sizeof(*b->by_loop));
	b->by_name = calloc(b->n + 1, sizeof(*b->by_name));
	b->rank = calloc(b->n + 1, sizeof(*b->rank));
	b->roots = calloc(b->n + 1, sizeof(*b->roots));
	b->first = calloc(b->n + 2, sizeof(*b->first));
	b->seen = calloc(b->n + 1, sizeof(*b->seen));
	return (b->by_address && b->by_loop && b->by_name && b->rank &&
		b->roots && b->first && b->seen) || err_nomem(err);
}

static void fini(struct builder *b)
{
	free(b->by_address);
	free(b->by_loop);
	free(b->by_name);
	free(b->rank);
	free(b->roots);
	free(b->first);
	free(b->seen);
	vec_free(&b->edges);
	vec_free(&b->path);
}

static void index_addresses(struct builder *b)
{
	for (size_t t = 0; t < b->n; t++)
		b->by_address[t] = (struct by_key){
			.key = b->tasks[t].address, .task = t,
		};
	qsort(b->by_address, b->n, sizeof(*b->by_address), by_key);
}

static void rank_names(struct builder *b)
{
	/* Not written to. */
	void *tasks = (void *)b->tasks;

	for (size_t t = 0; t < b->n; t++)
		b->by_name[t] = t;
	qsort_r(b->by_name, b->n, sizeof(*b->by_name), by_name, tasks);
	for (size_t i = 0; i < b->n; i++)
		b->rank[b->by_name[i]] = i;
}

/* The task at @at, or n.  Two of one address are a lie: any will do. */
static size_t find(const struct builder *b, raddr at)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (b->by_address[mid].key < at)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < b->n && b->by_address[low].key == at)
		return b->by_address[low].task;
	return b->n;
}

static bool add_edges(struct builder *b, size_t t, struct err *err)
{
	for (size_t i = 0; i < b->tasks[t].awaited_by.n; i++) {
		size_t from = find(b, b->tasks[t].awaited_by.v[i]);
		struct edge *edge;

		if (from == b->n)
			continue;
		edge = vec_add(&b->edges, err);
		if (!edge)
			return false;
		*edge = (struct edge){ from, t, b->rank[t] };
		b->roots[t].awaited = true;
	}
	return true;
}

static void sort_edges(struct builder *b)
{
	size_t n = 0;

	if (!b->edges.n)
		return;
	qsort(b->edges.v, b->edges.n, sizeof(*b->edges.v), by_from);
	for (size_t i = 0; i < b->edges.n; i++) {
		const struct edge *here = &b->edges.v[i];

		/* An awaiter that is named twice awaits once. */
		if (i > 0 && by_from(here, here - 1) == 0)
			continue;
		b->edges.v[n++] = *here;
	}
	b->edges.n = n;
}

static void index_edges(struct builder *b)
{
	for (size_t i = 0; i < b->edges.n; i++)
		b->first[b->edges.v[i].from + 1]++;
	for (size_t t = 0; t < b->n; t++)
		b->first[t + 1] += b->first[t];
}

/* The rank of the loop of each: the first task that has it. */
static void rank_loops(struct builder *b)
{
	struct by_key *v = b->by_loop;

	for (size_t t = 0; t < b->n; t++)
		v[t] = (struct by_key){ .key = b->tasks[t].loop, .task = t };
	qsort(v, b->n, sizeof(*v), by_key);
	for (size_t i = 0, first = 0; i < b->n; i++) {
		if (v[i].key != v[first].key)
			first = i;
		b->roots[v[i].task].key = v[first].task;
	}
}

/* Those of one loop together; whom nobody awaits first. */
static void sort_roots(struct builder *b)
{
	rank_loops(b);
	for (size_t t = 0; t < b->n; t++) {
		b->roots[t].task = t;
		b->roots[t].rank = b->rank[t];
	}
	qsort(b->roots, b->n, sizeof(*b->roots), by_key);
}

static bool add_row(struct builder *b, size_t task, bool is_last,
		    struct err *err)
{
	static const enum task_mark marks[] = {
		[NOT_SEEN] = TASK_SHOWN,
		[ON_PATH] = TASK_CIRCLE,
		[SEEN] = TASK_ABOVE,
	};
	struct task_row *row = vec_add(&b->tree->rows, err);

	if (!row)
		return false;
	*row = (struct task_row){
		.task = task, .depth = b->path.n, .is_last = is_last,
		.mark = marks[b->seen[task]],
	};
	return true;
}

static bool enter(struct builder *b, size_t task, struct err *err)
{
	struct level *level = vec_add(&b->path, err);

	if (!level)
		return false;
	*level = (struct level){ task, b->first[task] };
	b->seen[task] = ON_PATH;
	return true;
}

/* One step: the next that the innermost task of the path awaits. */
static bool step(struct builder *b, struct err *err)
{
	struct level *level = &b->path.v[b->path.n - 1];
	size_t end = b->first[level->task + 1], to;

	if (level->edge == end) {
		b->seen[level->task] = SEEN;
		b->path.n--;
		return true;
	}
	to = b->edges.v[level->edge++].to;
	if (!add_row(b, to, level->edge == end, err))
		return false;
	return b->seen[to] != NOT_SEEN || enter(b, to, err);
}

static bool show(struct builder *b, size_t root, struct err *err)
{
	if (b->seen[root] != NOT_SEEN)
		return true;
	if (!add_row(b, root, true, err) || !enter(b, root, err))
		return false;
	while (b->path.n) {
		if (!step(b, err))
			return false;
	}
	return true;
}

static bool build(struct builder *b, struct err *err)
{
	rank_names(b);
	index_addresses(b);
	for (size_t t = 0; t < b->n; t++) {
		if (!add_edges(b, t, err))
			return false;
	}
	sort_edges(b);
	index_edges(b);
	sort_roots(b);
	/* Whom somebody awaits comes last: by then only circles are left. */
	for (size_t i = 0; i < b->n; i++) {
		if (!show(b, b->roots[i].task, err))
			return false;
	}
	return true;
}

bool task_tree_build(struct task_tree *tree, const struct stack_task *tasks,
		     size_t n, struct err *err)
{
	struct builder b = { .tree = tree, .tasks = tasks, .n = n };
	bool ok = init(&b, err) && build(&b, err);

	fini(&b);
	return ok;
}

void task_tree_fini(struct task_tree *tree)
{
	vec_free(&tree->rows);
}
