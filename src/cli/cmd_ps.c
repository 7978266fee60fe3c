/* SPDX-License-Identifier: MIT */
/* `pyheapspy ps`: which Pythons there are, and which may be looked into. */
#include "cli/command.h"
#include "cli/ps_list.h"
#include "cli/ps_table.h"
#include "report/json_writer.h"
#include "report/version.h"

enum { OPT_TREE = OPTION_LONG, OPT_JSON };

static const struct option_row ps_options[] = {
	{ OPT_TREE, "tree", "NAME",
	  "only the family of this one (a name or a PID): its\n"
	  "master and workers, what memory each has and\n"
	  "shares, how many objects; takes a look at each" },
	{ OPT_JSON, "json", NULL, "print JSON (schema: JSON in pyheapspy(1))" },
	{ 0 }
};

static void put_json_pid(struct json *json, const char *key, pid_t pid)
{
	if (pid > 0)
		json_int(json, key, pid);
	else
		json_null(json, key);
}

static void put_json_family(struct json *json, const struct ps_row *row)
{
	put_json_pid(json, "parent", row->parent);
	json_string(json, "role", ps_role_words[row->role]);
	json_int(json, "uss", row->uss);
	json_int(json, "shared", row->shared);
	json_int(json, "pss", row->pss);
	json_int(json, "objects", row->objects);
}

static void put_json_row(struct json *json, const struct ps_row *row)
{
	json_object(json, NULL, JSON_ROW);
	json_int(json, "pid", row->pid);
	json_int(json, "uid", row->uid);
	json_string(json, "user", row->user);
	json_string(json, "implementation", row->implementation);
	json_string(json, "version", *row->version ? row->version : NULL);
	json_int(json, "rss", row->rss);
	/* The heap of a dump: what its objects come to.  Nobody counted. */
	json_null(json, "heap");
	json_int(json, "arenas", row->arenas);
	json_array(json, "command", JSON_ROW);
	for (size_t i = 0; row->argv[i]; i++)
		json_string(json, NULL, row->argv[i]);
	json_close(json);
	json_string(json, "script", row->script);
	put_json_family(json, row);
	json_bool(json, "attach", row->can_attach);
	json_string(json, "why_not", row->can_attach ? NULL : row->why_not);
	put_json_pid(json, "tracer", row->tracer);
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

struct ps_args {
	const char *tree;	/* NULL: all Pythons */
	bool json;
};

static bool take(void *arg, const struct options *o, int key, struct err *err)
{
	struct ps_args *args = arg;

	(void)err;
	if (key == OPT_TREE)
		args->tree = o->value;
	else
		args->json = true;
	return true;
}

static bool keep_family(struct ps_list *list, const char *whom,
			struct err *err)
{
	if (!ps_list_filter(list, whom, true))
		return option_usage(&cmd_ps, err, "no Python process is '%.80s' "
				    "or below it", whom);
	for (size_t i = 0; i < list->rows.n; i++) {
		ps_row_weigh(&list->rows.v[i]);
		ps_row_count(&list->rows.v[i]);
	}
	return true;
}

static bool print(struct cli *cli, struct ps_list *list,
		  const struct ps_args *args, struct err *err)
{
	if (args->tree && !keep_family(list, args->tree, err))
		return false;
	if (args->json)
		put_json(&cli->out, list);
	return args->json ||
	       (args->tree ? ps_table_print_family(&cli->out, list, true, err) :
			     ps_table_print(&cli->out, list, false, err));
}

static bool ps_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct ps_list list = { 0 };
	struct ps_args args = { 0 };
	struct options o;
	bool help, ok;

	options_init(&o, &cmd_ps, argc, argv);
	if (!option_each(&o, take, &args, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_ps);
		return true;
	}
	if (o.rest != argc)
		return option_usage(&cmd_ps, err, "unexpected '%s'",
				    argv[o.rest]);
	ok = ps_list_find(&list, 0, err) && print(cli, &list, &args, err);
	ps_list_fini(&list);
	return ok;
}

const struct command cmd_ps = {
	.name = "ps",
	.args = "[OPTION]...",
	.summary = "the Python processes here",
	.about = "List the Python processes of this host: version, resident "
		 "memory, what\nPython has set aside for small objects (its "
		 "arenas), and whether you may look\ninto it, or why not.  "
		 "A master and its workers stand together.",
	.options = ps_options,
	.examples = "  pyheapspy ps\n"
		    "  pyheapspy ps --tree gunicorn\n"
		    "  pyheapspy ps --json | jq '.processes[] | "
		    "select(.attach).pid'\n",
	.run = ps_run,
};
