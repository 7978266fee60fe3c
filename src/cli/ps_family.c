/* SPDX-License-Identifier: MIT */
/*
 * Which Pythons belong together: a master and its workers, a program and what
 * it started.
 *
 * A child is a worker if it was forked and has started no program since (the
 * kernel remembers: PF_FORKNOEXEC), or if multiprocessing started it as one.
 * Between two Pythons there may be processes that are none: a shell, a tini.
 *
 * PIDs and parents are read one by one while processes come and go, so that
 * the parents need not be a forest: every climb has an end.
 */
#include "cli/ps_family.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/ps_match.h"

enum { MAX_CLIMB = 256 };

static int by_pid(const void *a, const void *b)
{
	const pid_t *l = a, *r = b;

	return (*l > *r) - (*l < *r);
}

static pid_t read_parent(int proc, pid_t pid)
{
	struct procfs_stat stat;
	char name[32];
	struct err ignored;

	snprintf(name, sizeof(name), "%d/stat", (int)pid);
	return procfs_stat(proc, name, &stat, &ignored) ? stat.ppid : 0;
}

bool ps_tree_read(struct ps_tree *tree, struct err *err)
{
	auto_close int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (!procfs_list(proc, ".", &tree->pids, err))
		return false;
	tree->ppids = calloc(tree->pids.n + 1, sizeof(*tree->ppids));
	if (!tree->ppids)
		return err_nomem(err);
	if (tree->pids.n)
		qsort(tree->pids.v, tree->pids.n, sizeof(*tree->pids.v),
		      by_pid);
	for (size_t i = 0; i < tree->pids.n; i++)
		tree->ppids[i] = read_parent(proc, tree->pids.v[i]);
	return true;
}

void ps_tree_fini(struct ps_tree *tree)
{
	free(tree->pids.v);
	free(tree->ppids);
	*tree = (struct ps_tree){ 0 };
}

static pid_t parent_of(const struct ps_tree *tree, pid_t pid)
{
	const pid_t *found = tree->pids.n ?
		bsearch(&pid, tree->pids.v, tree->pids.n, sizeof(pid),
			by_pid) : NULL;

	return found ? tree->ppids[found - tree->pids.v] : 0;
}

bool ps_tree_is_below(const struct ps_tree *tree, pid_t pid, pid_t ancestor)
{
	for (int i = 0; i < MAX_CLIMB && pid > 0; i++) {
		pid = parent_of(tree, pid);
		if (pid == ancestor)
			return pid > 0;
	}
	return false;
}

static int by_row_pid(const void *a, const void *b)
{
	const struct ps_row *l = a, *r = b;

	return (l->pid > r->pid) - (l->pid < r->pid);
}

static struct ps_row *row_of(const struct ps_row *rows, size_t n, pid_t pid)
{
	struct ps_row key = { .pid = pid };

	return n && pid > 0 ?
		bsearch(&key, rows, n, sizeof(*rows), by_row_pid) : NULL;
}

static struct ps_row *nearest_above(const struct ps_tree *tree,
				    const struct ps_row *rows, size_t n,
				    pid_t pid)
{
	struct ps_row *found = NULL;

	for (int i = 0; i < MAX_CLIMB && pid > 0 && !found; i++) {
		pid = parent_of(tree, pid);
		found = row_of(rows, n, pid);
	}
	return found;
}

void ps_family_link(const struct ps_tree *tree, struct ps_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct ps_row *above =
			nearest_above(tree, rows, n, rows[i].pid);

		rows[i].parent = above ? above->pid : 0;
		if (above)
			rows[i].role = rows[i].forked ? ROLE_WORKER :
							ps_started_as(&rows[i]);
	}
	for (size_t i = 0; i < n; i++) {
		struct ps_row *above = row_of(rows, n, rows[i].parent);

		if (!above || above->role == ROLE_WORKER ||
		    above->role == ROLE_HELPER)
			continue;
		if (rows[i].role == ROLE_WORKER)
			above->role = ROLE_MASTER;
		else if (above->role == ROLE_ALONE)
			above->role = ROLE_PARENT;
	}
}

struct ps_row *ps_family_head(struct ps_row *rows, size_t n,
			      struct ps_row *row)
{
	for (int i = 0; i < MAX_CLIMB; i++) {
		struct ps_row *above = row_of(rows, n, row->parent);

		if (!above)
			break;
		row = above;
	}
	return row;
}

struct ps_row *ps_family_master(struct ps_row *rows, size_t n,
				struct ps_row *row)
{
	for (int i = 0; i < MAX_CLIMB; i++) {
		struct ps_row *above = row_of(rows, n, row->parent);

		if (!above || !row->forked)
			break;
		row = above;
	}
	return row;
}

struct ordering {
	const struct ps_row *from;
	struct ps_row *to;
	bool *taken;
	size_t n, done;
};

static void take_tree(struct ordering *o, size_t i, int depth)
{
	struct ps_row *row = &o->to[o->done++];

	o->taken[i] = true;
	*row = o->from[i];
	row->depth = depth;
	for (size_t k = 0; k < o->n && depth < MAX_CLIMB; k++) {
		if (!o->taken[k] && o->from[k].parent == o->from[i].pid)
			take_tree(o, k, depth + 1);
	}
}

bool ps_family_order(struct ps_row *rows, size_t n, struct err *err)
{
	auto_free struct ps_row *to = calloc(n + 1, sizeof(*to));
	auto_free bool *taken = calloc(n + 1, sizeof(*taken));
	struct ordering o = { rows, to, taken, n, 0 };

	if (!to || !taken)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (!taken[i] && !row_of(rows, n, rows[i].parent))
			take_tree(&o, i, 0);
	}
	for (size_t i = 0; i < n; i++) {
		if (!taken[i])		/* parents that go in circles */
			take_tree(&o, i, 0);
	}
	for (size_t i = 0; i < n; i++)
		rows[i] = to[i];
	return true;
}
