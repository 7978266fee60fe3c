/* SPDX-License-Identifier: MIT */
/* `pyheapspy garbage PID`: what the collector would find. */
#include "cli/graph_command.h"
#include "graph/garbage.h"
#include "report/report_garbage.h"

enum { OPT_OBJECTS = LOOK_OPT_OWN };

enum { DEFAULT_TOP = 10 };

static const struct option_row garbage_options[] = {
	{ .name = "Reading" },
	LOOK_READING_ROWS,
	OPTION_REFUSED(LOOK_OPT_NO_STOP, "no-stop"),
	{ .name = "What to show" },
	{ LOOK_OPT_TOP, "top", "N",
	  "rows of each table, 10 unless told; 0: all; JSON\n"
	  "has all" },
	{ .name = "Output" },
	LOOK_JSON_ROW,
	LOOK_OUTPUT_ROWS,
	{ OPT_OBJECTS, "objects", NULL, "with --json: and each object" },
	{ 0 }
};

struct garbage_args {
	struct look_args common;
	struct garbage garbage;
};

static bool garbage_take(void *arg, const struct options *o, int key,
			 struct err *err)
{
	struct garbage_args *args = arg;

	if (key != OPT_OBJECTS)
		return look_args_take(&args->common, o, key, err);
	args->garbage.want_objects = true;
	return true;
}

static bool garbage_analyse(void *arg, const struct graph *g,
			    struct dump *dump, struct err *err)
{
	struct garbage_args *args = arg;

	(void)dump;
	return garbage_fill(&args->garbage, g, err);
}

static void garbage_print(struct out *out, const struct dump *dump, void *arg,
			  bool color)
{
	const struct garbage_args *args = arg;

	if (args->common.json)
		report_garbage_json(out, dump, &args->garbage);
	else
		report_garbage_text(out, dump, &args->garbage,
				    (size_t)args->common.top, color);
}

static bool garbage_check(void *arg, const struct options *o,
			  struct err *err)
{
	struct garbage_args *args = arg;

	if (args->common.no_stop)
		return option_usage(&cmd_garbage, err,
				    "--no-stop is not possible here: by counts "
				    "and references of different moments, "
				    "anything may be garbage");
	if (args->garbage.want_objects && !args->common.json)
		return option_usage(&cmd_garbage, err,
				    "--objects needs --json");
	return command_one(o, &args->common.whom, err);
}

static void garbage_end(void *arg)
{
	struct garbage_args *args = arg;

	garbage_fini(&args->garbage);
}

static bool garbage_run(struct cli *cli, int argc, char **argv,
			struct err *err)
{
	static const struct graph_command command = {
		.command = &cmd_garbage, .top = DEFAULT_TOP,
		.take = garbage_take, .check = garbage_check,
		.analyse = garbage_analyse, .print = garbage_print,
		.fini = garbage_end,
	};
	struct garbage_args args = { .common = { 0 } };

	return graph_command_run(&command, &args.common, &args, cli, argc,
				 argv, err);
}

const struct command cmd_garbage = {
	.name = "garbage",
	.args = "[OPTION]... PID|NAME|CORE",
	.summary = "what the collector would find",
	.about = "Print what gc.collect() would find in a CPython process now: "
		 "objects that only\ncycles of their own keep alive, and why "
		 "they are still there.  The process is\npaused while its heap "
		 "is copied, for milliseconds, and never changed.\n"
		 COMMAND_ABOUT_NAME,
	.options = garbage_options,
	.examples =
		"  pyheapspy garbage 4711              which cycles wait?\n"
		"  pyheapspy garbage 4711 --json | jq '.cycles[:5]'\n",
	.run = garbage_run,
};
