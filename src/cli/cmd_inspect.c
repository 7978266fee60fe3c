/* SPDX-License-Identifier: MIT */
/* `pyheapspy inspect PID OBJECT`: what is it, and who refers to it? */
#include "cli/graph_command.h"
#include "graph/inspection.h"
#include "report/report_inspect.h"

enum { OPT_VALUES = LOOK_OPT_OWN };

enum { DEFAULT_TOP = 10 };

static const struct option_row inspect_options[] = {
	{ .name = "Reading" },
	GRAPH_NO_STOP_ROW,
	LOOK_READING_ROWS,
	{ .name = "What to show" },
	{ LOOK_OPT_TOP, "top", "N",
	  "fields, and who refers to it, 10 unless told; 0:\n"
	  "1000; JSON has 1000 fields" },
	{ OPT_VALUES, "values", NULL,
	  "values and keys, which are the program's data" },
	{ .name = "Output" },
	LOOK_JSON_ROW,
	LOOK_OUTPUT_ROWS,
	{ 0 }
};

struct inspect_args {
	struct look_args common;
	struct inspect inspect;
};

static bool inspect_take(void *arg, const struct options *o, int key,
			 struct err *err)
{
	struct inspect_args *args = arg;

	if (key != OPT_VALUES)
		return look_args_take(&args->common, o, key, err);
	args->inspect.values = true;
	return true;
}

static bool inspect_analyse(void *arg, const struct graph *g,
			    struct dump *dump, struct err *err)
{
	struct inspect_args *args = arg;

	(void)dump;
	return inspection_fill(&args->inspect, g, err);
}

static void inspect_print(struct out *out, const struct dump *dump, void *arg,
			  bool color)
{
	const struct inspect_args *args = arg;

	if (args->common.json)
		report_inspect_json(out, dump, &args->inspect);
	else
		report_inspect_text(out, dump, &args->inspect, color);
}

static bool inspect_check(void *arg, const struct options *o,
			  struct err *err)
{
	struct inspect_args *args = arg;

	if (!command_two(o, &args->common.whom, &args->inspect.what, err))
		return false;
	if (!args->inspect.what)
		return option_usage(&cmd_inspect, err, "no object given");
	args->inspect.most = graph_command_most(&args->common);
	return true;
}

static void inspect_end(void *arg)
{
	struct inspect_args *args = arg;

	inspect_fini(&args->inspect);
}

static bool inspect_run(struct cli *cli, int argc, char **argv,
			struct err *err)
{
	static const struct graph_command command = {
		.command = &cmd_inspect, .top = DEFAULT_TOP,
		.take = inspect_take, .check = inspect_check,
		.analyse = inspect_analyse, .print = inspect_print,
		.fini = inspect_end,
	};
	struct inspect_args args = { .common = { 0 } };

	return graph_command_run(&command, &args.common, &args, cli, argc,
				 argv, err);
}

const struct command cmd_inspect = {
	.name = "inspect",
	.args = "[OPTION]... PID|NAME|CORE OBJECT",
	.summary = "what is in an object",
	.about = "Print what an object is, what it refers to and by which "
		 "names, who refers to it,\nand what would go with it.  OBJECT "
		 "is an address as pyheapspy prints it\n(0x7f0123456780), or "
		 "what the program calls it: app.CACHE, app.jobs[3].owner,\n"
		 "and without a module a variable of __main__.  No code of the "
		 "process runs: there\nare no properties.  The process is paused "
		 "while its heap is copied, for\nmilliseconds, and never "
		 "changed.\n" COMMAND_ABOUT_NAME,
	.options = inspect_options,
	.examples =
		"  pyheapspy inspect 4711 app.CACHE            what is it?\n"
		"  pyheapspy inspect 4711 0x7f0123456780 --values\n"
		"                                              with its data\n"
		"  pyheapspy inspect 4711 app.jobs[0] --json | jq .referrers\n",
	.run = inspect_run,
};
