/* SPDX-License-Identifier: MIT */
#include "cli/ps_list.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/process.h"
#include "attach/procfs.h"
#include "base/units.h"

enum { USER_COLUMNS = 12, COMMAND_COLUMNS = 40 };

static int by_pid(const void *a, const void *b)
{
	const pid_t *l = a, *r = b;

	return (*l > *r) - (*l < *r);
}

static bool all_pids(struct pid_list *pids, struct err *err)
{
	auto_close int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (!procfs_list(proc, ".", pids, err))
		return false;
	if (pids->n)
		qsort(pids->v, pids->n, sizeof(*pids->v), by_pid);
	return true;
}

static bool probe_all(struct ps_list *list, const struct pid_list *pids,
		      struct err *err)
{
	for (size_t i = 0; i < pids->n; i++) {
		struct ps_row row, *slot;

		if (pids->v[i] == getpid() || !ps_probe(pids->v[i], &row))
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

bool ps_list_find(struct ps_list *list, struct err *err)
{
	struct pid_list pids = { 0 };
	bool ok = all_pids(&pids, err) && probe_all(list, &pids, err);

	free(pids.v);
	return ok;
}

void ps_list_fini(struct ps_list *list)
{
	for (size_t i = 0; i < list->rows.n; i++)
		ps_row_fini(&list->rows.v[i]);
	vec_free(&list->rows);
}

static void put_columns(struct out *out, const char *s, size_t columns)
{
	size_t used = out_visible(out, s, columns);

	out_printf(out, "%*s", (int)(columns - used), "");
}

static void put_row(struct out *out, const struct ps_row *row)
{
	char rss[UNITS_TEXT], arenas[UNITS_TEXT];

	out_printf(out, "%7d ", (int)row->pid);
	put_columns(out, row->user, USER_COLUMNS);
	out_printf(out, " %-8s %10s %10s  ",
		   *row->version ? row->version : "-",
		   units_bytes(rss, row->rss),
		   units_bytes(arenas, row->arenas));
	put_columns(out, row->command, COMMAND_COLUMNS);
	out_str(out, row->can_attach ? "  yes" : "  no: ");
	out_visible(out, row->why_not, SIZE_MAX);
	out_char(out, '\n');
}

void ps_list_print(struct out *out, const struct ps_list *list, bool numbered)
{
	out_printf(out, "%s%7s %-*s %-8s %10s %10s  %-*s  %s\n",
		   numbered ? "    " : "", "PID", USER_COLUMNS, "USER",
		   "VERSION", "RSS", "ARENAS", COMMAND_COLUMNS, "COMMAND",
		   "ATTACH");
	for (size_t i = 0; i < list->rows.n; i++) {
		if (numbered)
			out_printf(out, "%3zu ", i + 1);
		put_row(out, &list->rows.v[i]);
	}
}

static bool base_is(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, name) == 0;
}

/* Its program, or what that runs: the first argument that is no option. */
static bool is_called(const struct ps_row *row, const char *name)
{
	if (row->argv[0] && base_is(row->argv[0], name))
		return true;
	for (size_t i = 1; row->argv[0] && row->argv[i]; i++) {
		if (row->argv[i][0] != '-')
			return base_is(row->argv[i], name);
	}
	return false;
}

static bool mentions(const struct ps_row *row, const char *text)
{
	for (size_t i = 0; row->argv[i]; i++) {
		if (strstr(row->argv[i], text))
			return true;
	}
	return row->command && strstr(row->command, text);
}

size_t ps_list_filter(struct ps_list *list, const char *text)
{
	bool (*match)(const struct ps_row *row, const char *text) = mentions;
	size_t n = 0;

	for (size_t i = 0; i < list->rows.n; i++) {
		if (is_called(&list->rows.v[i], text))
			match = is_called;
	}
	for (size_t i = 0; i < list->rows.n; i++) {
		struct ps_row *row = &list->rows.v[i];

		if (match(row, text))
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
	struct pid_list pids = { 0 };
	struct err ignored;
	uint64_t youngest = 0;
	pid_t found = 0;

	if (argc && all_pids(&pids, &ignored)) {
		for (size_t i = 0; i < pids.n; i++) {
			uint64_t at = pids.v[i] == except ? 0 :
				started_as(pids.v[i], argv, argc);

			if (at > youngest) {
				youngest = at;
				found = pids.v[i];
			}
		}
	}
	free(pids.v);
	return found;
}
