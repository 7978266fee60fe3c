/* SPDX-License-Identifier: MIT */
/* The Pythons of a host, and whom of them a user may mean. */
#include "cli/ps_list.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/process.h"
#include "cli/ps_match.h"

static bool probe_all(struct ps_list *list, pid_t below, struct err *err)
{
	const struct pid_list *pids = &list->tree.pids;

	for (size_t i = 0; i < pids->n; i++) {
		struct ps_row row, *slot;

		if (pids->v[i] == getpid() ||
		    (below &&
		     !ps_tree_is_below(&list->tree, pids->v[i], below)) ||
		    !ps_probe(pids->v[i], &row))
			continue;
		slot = vec_add(&list->rows, err);
		if (!slot) {
			ps_row_fini(&row);
			return false;
		}
		*slot = row;
	}
	return true;
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

size_t ps_list_filter(struct ps_list *list, const char *text, bool families)
{
	bool number = text[strspn(text, "0123456789")] == '\0';
	size_t n = 0;

	if (!mark(list, text, number ? is_number : is_called))
		mark(list, text, number ? is_below_number : mentions);
	if (families)
		mark_families(list);
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

pid_t ps_list_same_command(char *const *argv, size_t argc, pid_t except)
{
	struct ps_tree tree = { 0 };
	struct err ignored;
	uint64_t youngest = 0;
	pid_t found = 0;

	if (argc && ps_tree_read(&tree, &ignored)) {
		for (size_t i = 0; i < tree.pids.n; i++) {
			pid_t pid = tree.pids.v[i];
			uint64_t at = pid == except ? 0 :
				started_as(pid, argv, argc);

			if (at > youngest) {
				youngest = at;
				found = pid;
			}
		}
	}
	ps_tree_fini(&tree);
	return found;
}
