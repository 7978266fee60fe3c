/* SPDX-License-Identifier: MIT */
/* `pyheapspy ps`: which Pythons there are, and which may be looked into. */
#include "cli/command.h"
#include "cli/ps_list.h"
#include "report/json_writer.h"
#include "report/version.h"

enum { OPT_JSON = OPTION_LONG };

static const struct option_row ps_options[] = {
	{ OPT_JSON, "json", NULL, "print JSON (schema: JSON in pyheapspy(1))" },
	{ 0 }
};

static void put_json_row(struct json *json, const struct ps_row *row)
{
	json_object(json, NULL, JSON_ROW);
	json_int(json, "pid", row->pid);
	json_int(json, "uid", row->uid);
	json_string(json, "user", row->user);
	json_string(json, "version", *row->version ? row->version : NULL);
	json_int(json, "rss", row->rss);
	/* The heap of a dump: what its objects come to.  Nobody counted. */
	json_null(json, "heap");
	json_int(json, "arenas", row->arenas);
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
	ok = ps_list_find(&list, err);
	if (ok && json)
		put_json(&cli->out, &list);
	else if (ok)
		ps_list_print(&cli->out, &list, false);
	ps_list_fini(&list);
	return ok;
}

const struct command cmd_ps = {
	.name = "ps",
	.args = "[OPTION]...",
	.summary = "the Python processes here",
	.about = "List the Python processes of this host: version, resident "
		 "memory, what\nPython has set aside for small objects (its "
		 "arenas), and whether you may look\ninto it, or why not.",
	.options = ps_options,
	.examples = "  pyheapspy ps\n"
		    "  pyheapspy ps --json | jq '.processes[] | "
		    "select(.attach).pid'\n",
	.run = ps_run,
};
