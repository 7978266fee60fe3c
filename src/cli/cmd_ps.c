/* SPDX-License-Identifier: MIT */
/* `pyheapspy ps`: which Pythons there are, and which may be looked into. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/procfs.h"
#include "base/units.h"
#include "base/vec.h"
#include "cli/command.h"
#include "cli/ps_probe.h"
#include "heap/dump.h"
#include "report/json_writer.h"
#include "report/version.h"

enum { OPT_JSON = OPTION_LONG };

static const struct option_row ps_options[] = {
	{ OPT_JSON, "json", NULL, "print JSON (schema: JSON in pyheapspy(1))" },
	{ 0 }
};

struct ps_list {
	VEC(struct ps_row) rows;
};

enum { USER_COLUMNS = 12, COMMAND_COLUMNS = 40 };

static void put_columns(struct out *out, const char *s, size_t columns)
{
	size_t used = out_visible(out, s, columns);

	out_printf(out, "%*s", (int)(columns - used), "");
}

static void put_row(struct out *out, const struct ps_row *row)
{
	char rss[UNITS_TEXT], heap[UNITS_TEXT];

	out_printf(out, "%7d ", (int)row->pid);
	put_columns(out, row->user, USER_COLUMNS);
	out_printf(out, " %-8s %10s %10s  ",
		   *row->version ? row->version : "-",
		   units_bytes(rss, row->rss), units_bytes(heap, row->heap));
	put_columns(out, row->command, COMMAND_COLUMNS);
	out_str(out, row->can_attach ? "  yes" : "  no: ");
	out_visible(out, row->why_not, SIZE_MAX);
	out_char(out, '\n');
}

static void put_table(struct out *out, const struct ps_list *list)
{
	out_printf(out, "%7s %-*s %-8s %10s %10s  %-*s  %s\n", "PID",
		   USER_COLUMNS, "USER", "VERSION", "RSS", "HEAP",
		   COMMAND_COLUMNS, "COMMAND", "ATTACH");
	for (size_t i = 0; i < list->rows.n; i++)
		put_row(out, &list->rows.v[i]);
}

static void put_json_row(struct json *json, const struct ps_row *row)
{
	json_object(json, NULL, JSON_ROW);
	json_int(json, "pid", row->pid);
	json_int(json, "uid", row->uid);
	json_string(json, "user", row->user);
	json_string(json, "version", *row->version ? row->version : NULL);
	json_int(json, "rss", row->rss);
	json_int(json, "heap", row->heap);
	json_array(json, "command", JSON_ROW);
	for (size_t i = 0; row->argv[i]; i++)
		json_string(json, NULL, row->argv[i]);
	json_close(json);
	json_bool(json, "attach", row->can_attach);
	json_string(json, "why_not", row->can_attach ? NULL : row->why_not);
	json_close(json);
}

static void put_json(struct out *out, const struct ps_list *list)
{
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL, JSON_LINES);
	json_string(&json, "schema", "pyheapspy.ps/1");
	json_string(&json, "pyheapspy", PYHEAPSPY_VERSION);
	json_array(&json, "processes", JSON_LINES);
	for (size_t i = 0; i < list->rows.n; i++)
		put_json_row(&json, &list->rows.v[i]);
	json_close(&json);
	json_close(&json);
}

static int by_pid(const void *a, const void *b)
{
	const pid_t *l = a, *r = b;

	return (*l > *r) - (*l < *r);
}

static bool probe_all(struct ps_list *list, struct pid_list *pids,
		      struct err *err)
{
	if (pids->n)
		qsort(pids->v, pids->n, sizeof(*pids->v), by_pid);
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

static bool find_all(struct ps_list *list, struct err *err)
{
	struct pid_list pids = { 0 };
	auto_close int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ok;

	ok = procfs_list(proc, ".", &pids, err) && probe_all(list, &pids, err);
	free(pids.v);
	return ok;
}

static void ps_list_fini(struct ps_list *list)
{
	for (size_t i = 0; i < list->rows.n; i++)
		ps_row_fini(&list->rows.v[i]);
	vec_free(&list->rows);
}

static bool ps_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct ps_list list = { 0 };
	struct options o;
	bool json = false, ok;
	int key;

	options_init(&o, &cmd_ps, argc, argv);
	while ((key = option_next(&o, err)) != OPTION_END) {
		if (key == OPTION_FAILED)
			return false;
		if (key == OPTION_HELP) {
			command_help(&cli->out, &cmd_ps);
			return true;
		}
		json = true;
	}
	if (o.rest != argc)
		return option_usage(&cmd_ps, err, "unexpected '%s'",
				    argv[o.rest]);
	ok = find_all(&list, err);
	if (ok && json)
		put_json(&cli->out, &list);
	else if (ok)
		put_table(&cli->out, &list);
	ps_list_fini(&list);
	return ok;
}

const struct command cmd_ps = {
	.name = "ps",
	.args = "[OPTION]...",
	.summary = "the Python processes of this host",
	.about = "List the Python processes of this host: version, resident "
		 "memory, the part of\nit that is Python's heap, and whether "
		 "you may look into it, or why not.",
	.options = ps_options,
	.examples = "  pyheapspy ps\n"
		    "  pyheapspy ps --json | jq '.processes[] | "
		    "select(.attach).pid'\n",
	.run = ps_run,
};
