/* SPDX-License-Identifier: MIT */
/* `pyheapspy why PID`: who holds it? */
#include "cli/graph_command.h"
#include "graph/check.h"
#include "graph/suspects.h"
#include "graph/ways.h"
#include "report/report_ways.h"
#include "report/report_why.h"

enum { OPT_CHECK = LOOK_OPT_OWN, OPT_VALUES };

enum { DEFAULT_TOP = 10 };

static const struct option_row why_options[] = {
	{ .name = "Reading" },
	GRAPH_NO_STOP_ROW,
	LOOK_READING_ROWS,
	{ .name = "What to show" },
	{ LOOK_OPT_TOP, "top", "N",
	  "rows, or ways, 10 unless told; 0: 1000" },
	{ OPT_VALUES, "values", NULL,
	  "with WHAT: keys of dicts, which are the program's\n"
	  "data" },
	{ OPT_CHECK, "check", NULL,
	  "instead: is each reference count that of the\n"
	  "references which were found?" },
	{ .name = "Output" },
	LOOK_JSON_ROW,
	LOOK_OUTPUT_ROWS,
	{ 0 }
};

struct why_args {
	struct look_args common;
	struct why why;
	struct ways ways;	/* .what is NULL: not asked for */
	bool check;
	struct counts counts;
};

static bool why_take(void *arg, const struct options *o, int key,
		     struct err *err)
{
	struct why_args *args = arg;

	if (key == OPT_CHECK)
		args->check = true;
	else if (key == OPT_VALUES)
		args->ways.values = true;
	else
		return look_args_take(&args->common, o, key, err);
	return true;
}

static bool why_analyse(void *arg, const struct graph *g, struct dump *dump,
			struct err *err)
{
	struct why_args *args = arg;

	(void)dump;
	if (args->check)
		return counts_fill(&args->counts, g, err);
	if (args->ways.what)
		return ways_fill(&args->ways, g, err);
	return suspects_fill(&args->why, g, err);
}

static void why_print(struct out *out, const struct dump *dump, void *arg,
		      bool color)
{
	const struct why_args *args = arg;

	if (args->check && args->common.json)
		report_counts_json(out, dump, &args->counts);
	else if (args->check)
		report_counts_text(out, dump, &args->counts,
				   (size_t)args->common.top, color);
	else if (args->ways.what && args->common.json)
		report_ways_json(out, dump, &args->ways);
	else if (args->ways.what)
		report_ways_text(out, dump, &args->ways, color);
	else if (args->common.json)
		report_why_json(out, dump, &args->why);
	else
		report_why_text(out, dump, &args->why, color);
}

static bool why_check(void *arg, const struct options *o, struct err *err)
{
	struct why_args *args = arg;

	if (!command_two(o, &args->common.whom, &args->ways.what, err))
		return false;
	if (args->check && args->ways.what)
		return option_usage(&cmd_why, err, "--check is of all objects");
	if (args->check && args->common.no_stop)
		return option_usage(&cmd_why, err,
				    "--check needs a pause: not --no-stop");
	if (args->ways.values && !args->ways.what)
		return option_usage(&cmd_why, err, "--values needs WHAT");
	args->why.most = args->ways.most = graph_command_most(&args->common);
	return true;
}

static void why_end(void *arg)
{
	struct why_args *args = arg;

	why_fini(&args->why);
	ways_fini(&args->ways);
	counts_fini(&args->counts);
}

static bool why_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	static const struct graph_command command = {
		.command = &cmd_why, .top = DEFAULT_TOP,
		.take = why_take, .check = why_check,
		.analyse = why_analyse, .print = why_print,
		.fini = why_end,
	};
	struct why_args args = { .common = { 0 } };

	return graph_command_run(&command, &args.common, &args, cli, argc,
				 argv, err);
}

const struct command cmd_why = {
	.name = "why",
	.args = "[OPTION]... PID|NAME|CORE [WHAT]",
	.summary = "who holds it, and how",
	.about = "Print who holds most in the heap of a CPython process: by "
		 "name, what would go\nwith it, and of which types that is; "
		 "what several hold, cyclic garbage, and\nwhat only C code "
		 "holds, too.\n"
		 "With WHAT, how that is held: ways from modules, threads and "
		 "the interpreter to\nit, those that are alike as one.  WHAT "
		 "is a type (app.Session, or Session where\nno other is called "
		 "so), what the program calls something (app.CACHE.rows[3]),"
		 "\nor an address as pyheapspy prints it (0x7f0123456780).\n"
		 "The process is paused while its heap is copied, for "
		 "milliseconds, and never\nchanged.\n" COMMAND_ABOUT_NAME,
	.options = why_options,
	.examples =
		"  pyheapspy why 4711                  who holds most?\n"
		"  pyheapspy why 4711 app.Session      who holds its instances?"
		"\n"
		"  pyheapspy why 4711 app.CACHE        who holds that, and what "
		"goes with it?\n"
		"  pyheapspy why 4711 --check          is every reference "
		"known?\n"
		"  pyheapspy why 4711 --json | jq '.suspects[:3]'\n",
	.run = why_run,
};
