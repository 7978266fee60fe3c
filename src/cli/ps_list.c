/* SPDX-License-Identifier: MIT */
/* The Pythons of a host, and whom of them a user may mean. */
#include "cli/ps_list.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/errand.h"
#include "attach/process.h"
#include "cli/ps_match.h"
#include "cli/ps_wire.h"

/* Whom to probe, and what comes of it. */
struct probing {
	struct ps_list *list;
	pid_t below, self;
};

static void probe_one(void *arg, size_t i, int fd)
{
	const struct probing *p = arg;
	const struct ps_tree *tree = &p->list->tree;
	pid_t pid = tree->pids.v[i];
	struct ps_row row;

	if (pid == p->self ||
	    (p->below && !ps_tree_is_below(tree, pid, p->below)) ||
	    !ps_probe(pid, &row)) {
		ps_wire_put(fd, NULL);
		return;
	}
	ps_wire_put(fd, &row);
	ps_row_fini(&row);
}

/* Takes @row over. */
static bool add_row(struct ps_list *list, struct ps_row *row, struct err *err)
{
	struct ps_row *slot = vec_add(&list->rows, err);

	if (!slot) {
		ps_row_fini(row);
		return false;
	}
	*slot = *row;
	return true;
}

static bool take_probed(void *arg, size_t i, struct errand *e,
			enum errand_read *ret, struct err *err)
{
	struct probing *p = arg;
	struct ps_row row;
	bool any;

	(void)i;
	return ps_wire_take(e, &row, &any, ret, err) &&
	       (!any || add_row(p->list, &row, err));
}

static bool lost_probed(void *arg, size_t i, struct err *err)
{
	struct probing *p = arg;
	struct ps_row row;

	return !ps_probe_by_name(p->list->tree.pids.v[i], &row) ||
	       add_row(p->list, &row, err);
}

/* One that never answers must not hold up the others. */
static bool probe_all(struct ps_list *list, pid_t below, struct err *err)
{
	static const struct errands probes = {
		.fn = probe_one, .take = take_probed, .lost = lost_probed,
	};
	struct probing p = { list, below, getpid() };

	return errands_run(&probes, list->tree.pids.n, &p, err);
}

bool ps_list_find(struct ps_list *list, pid_t below, struct err *err)
{
	if (!ps_tree_read(&list->tree, err) || !probe_all(list, below, err))
		return false;
	ps_family_link(&list->tree, list->rows.v, list->rows.n);
	return true;
}

void ps_list_fini(struct ps_list *list)
{
	for (size_t i = 0; i < list->rows.n; i++)
		ps_row_fini(&list->rows.v[i]);
	vec_free(&list->rows);
	ps_tree_fini(&list->tree);
}

/* Why a row is kept. */
typedef bool reason_fn(const struct ps_list *list, const struct ps_row *row,
		       const char *text);

static bool is_number(const struct ps_list *list, const struct ps_row *row,
		      const char *text)
{
	(void)list;
	return row->pid == strtol(text, NULL, 10);
}

static bool is_below_number(const struct ps_list *list,
			    const struct ps_row *row, const char *text)
{
	return ps_tree_is_below(&list->tree, row->pid,
				(pid_t)strtol(text, NULL, 10));
}

static bool is_called(const struct ps_list *list, const struct ps_row *row,
		      const char *text)
{
	(void)list;
	return ps_is_called(row, text);
}

static bool mentions(const struct ps_list *list, const struct ps_row *row,
		     const char *text)
{
	(void)list;
	return ps_mentions(row, text);
}

static bool mark(struct ps_list *list, const char *text, reason_fn *reason)
{
	bool any = false;

	for (size_t i = 0; i < list->rows.n; i++) {
		struct ps_row *row = &list->rows.v[i];

		row->kept = reason(list, row, text);
		any |= row->kept;
	}
	return any;
}

/* Whoever has the same head as one that is kept. */
static void mark_families(struct ps_list *list)
{
	struct ps_row *rows = list->rows.v;
	const size_t n = list->rows.n;

	for (size_t i = 0; i < n; i++) {
		if (rows[i].kept)
			ps_family_head(rows, n, &rows[i])->related = true;
	}
	for (size_t i = 0; i < n; i++)
		rows[i].kept |= ps_family_head(rows, n, &rows[i])->related;
}

static size_t keep_marked(struct ps_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->rows.n; i++) {
		struct ps_row *row = &list->rows.v[i];

		if (row->kept)
			list->rows.v[n++] = *row;
		else
			ps_row_fini(row);
	}
	list->rows.n = n;
	return n;
}

static void mark_named(struct ps_list *list, const char *text)
{
	bool number = text[strspn(text, "0123456789")] == '\0';

	if (!mark(list, text, number ? is_number : is_called))
		mark(list, text, number ? is_below_number : mentions);
}

size_t ps_list_filter(struct ps_list *list, const char *text, bool families)
{
	mark_named(list, text);
	if (families)
		mark_families(list);
	return keep_marked(list);
}

static void mark_below(struct ps_list *list, pid_t top)
{
	for (size_t i = 0; i < list->rows.n; i++) {
		struct ps_row *row = &list->rows.v[i];

		row->kept |= row->pid == top ||
			     ps_tree_is_below(&list->tree, row->pid, top);
	}
}

size_t ps_list_keep_tree(struct ps_list *list, pid_t top)
{
	mark_below(list, top);
	return keep_marked(list);
}

size_t ps_list_keep_group(struct ps_list *list, const char *text)
{
	struct ps_row *rows = list->rows.v;
	const size_t n = list->rows.n;

	mark_named(list, text);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].kept)
			ps_family_master(rows, n, &rows[i])->related = true;
	}
	for (size_t i = 0; i < n; i++) {
		if (rows[i].related)
			mark_below(list, rows[i].pid);
	}
	return keep_marked(list);
}

static bool same_arguments(const struct process_info *info,
			   char *const *argv, size_t argc)
{
	if (info->argc != argc)
		return false;
	for (size_t i = 0; i < argc; i++) {
		if (strcmp(info->argv[i], argv[i]) != 0)
			return false;
	}
	return true;
}

/* When @pid started, if it was called with @argv; else 0. */
static uint64_t started_as(pid_t pid, char *const *argv, size_t argc)
{
	struct process_info info;
	struct process proc;
	struct err ignored;
	uint64_t started = 0;

	if (!process_open(&proc, pid, &ignored))
		return 0;
	if (process_info(&proc, &info, &ignored)) {
		if (same_arguments(&info, argv, argc))
			started = proc.start_ticks;
		process_info_fini(&info);
	}
	process_close(&proc);
	return started;
}

/* Who of all was started last as somebody was called. */
struct recalling {
	struct ps_tree tree;
	char *const *argv;
	size_t argc;
	pid_t except, found;
	uint64_t youngest;
};

static void recall_one(void *arg, size_t i, int fd)
{
	const struct recalling *r = arg;
	pid_t pid = r->tree.pids.v[i];
	uint64_t at = pid == r->except ? 0 : started_as(pid, r->argv, r->argc);

	errand_write(fd, &at, sizeof(at));
}

static bool take_recalled(void *arg, size_t i, struct errand *e,
			  enum errand_read *ret, struct err *err)
{
	struct recalling *r = arg;
	uint64_t at;

	(void)err;
	*ret = errand_read(e, &at, sizeof(at));
	if (*ret != ERRAND_CAME)
		return false;
	if (at > r->youngest) {
		r->youngest = at;
		r->found = r->tree.pids.v[i];
	}
	return true;
}

static bool lost_recalled(void *arg, size_t i, struct err *err)
{
	(void)arg;
	(void)i;
	(void)err;
	return true;
}

pid_t ps_list_same_command(char *const *argv, size_t argc, pid_t except)
{
	static const struct errands recalls = {
		.fn = recall_one, .take = take_recalled,
		.lost = lost_recalled,
	};
	struct recalling r = {
		.argv = argv, .argc = argc, .except = except,
	};
	struct err ignored;

	if (argc && ps_tree_read(&r.tree, &ignored) &&
	    !errands_run(&recalls, r.tree.pids.n, &r, &ignored))
		r.found = 0;
	ps_tree_fini(&r.tree);
	return r.found;
}
