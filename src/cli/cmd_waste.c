/* SPDX-License-Identifier: MIT */
/* `pyheapspy waste PID`: what could it do without? */
#include "cli/graph_command.h"
#include "graph/waste.h"
#include "report/report_waste.h"

enum { OPT_EQUAL = LOOK_OPT_OWN, OPT_VALUES };

enum { DEFAULT_TOP = 3 };

static const struct option_row waste_options[] = {
	{ .name = "Reading" },
	GRAPH_NO_STOP_ROW,
	LOOK_READING_ROWS,
	{ .name = "What to show" },
	{ LOOK_OPT_TOP, "top", "N",
	  "owners of each kind, 3 unless told; 0: all" },
	{ OPT_EQUAL, "equal", NULL,
	  "and str and bytes that are equal: what they\n"
	  "contain is read, not shown" },
	{ OPT_VALUES, "values", NULL,
	  "with --equal: what they contain is shown, too" },
	{ .name = "Output" },
	LOOK_JSON_ROW,
	LOOK_OUTPUT_ROWS,
	{ 0 }
};

struct waste_args {
	struct look_args common;
	struct waste waste;
};

static bool waste_take(void *arg, const struct options *o, int key,
		       struct err *err)
{
	struct waste_args *args = arg;

	switch (key) {
	case OPT_EQUAL:
		args->waste.want_equal = true;
		return true;
	case OPT_VALUES:
		args->waste.want_values = true;
		return true;
	default:
		return look_args_take(&args->common, o, key, err);
	}
}

static bool waste_analyse(void *arg, const struct graph *g, struct dump *dump,
			  struct err *err)
{
	struct waste_args *args = arg;

	(void)dump;
	return waste_fill(&args->waste, g, err);
}

static void waste_print(struct out *out, const struct dump *dump, void *arg,
			bool color)
{
	const struct waste_args *args = arg;

	if (args->common.json)
		report_waste_json(out, dump, &args->waste);
	else
		report_waste_text(out, dump, &args->waste, color);
}

static bool waste_check(void *arg, const struct options *o, struct err *err)
{
	struct waste_args *args = arg;
	const int64_t top = args->common.top;

	if (args->waste.want_values && !args->waste.want_equal)
		return option_usage(&cmd_waste, err,
				    "--values needs --equal");
	args->waste.most = top ? (size_t)top : SIZE_MAX;
	return command_one(o, &args->common.whom, err);
}

static void waste_end(void *arg)
{
	struct waste_args *args = arg;

	waste_fini(&args->waste);
}

static bool waste_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	static const struct graph_command command = {
		.command = &cmd_waste, .top = DEFAULT_TOP,
		.take = waste_take, .check = waste_check,
		.analyse = waste_analyse, .print = waste_print,
		.fini = waste_end,
	};
	struct waste_args args = { .common = { 0 } };

	return graph_command_run(&command, &args.common, &args, cli, argc,
				 argv, err);
}

const struct command cmd_waste = {
	.name = "waste",
	.args = "[OPTION]... PID|NAME|CORE",
	.summary = "what it could do without",
	.about = "Print what memory the objects of a CPython process take that "
		 "they could do\nwithout: empty and sparse containers, "
		 "instances without __slots__, numbers one\nby one, and who has "
		 "most of them.  The process is paused while its heap is\n"
		 "copied, for milliseconds, and never changed.\n"
		 COMMAND_ABOUT_NAME,
	.options = waste_options,
	.examples =
		"  pyheapspy waste 4711                what could be saved?\n"
		"  pyheapspy waste 4711 --equal        and texts that are "
		"equal\n"
		"  pyheapspy waste 4711 --json | jq '.kinds[].saved'\n",
	.run = waste_run,
};
