/* SPDX-License-Identifier: MIT */
/* `pyheapspy waste PID`: what could it do without? */
#include "cli/graph_run.h"
#include "graph/waste.h"
#include "report/report_waste.h"

enum { OPT_EQUAL = LOOK_OPT_OWN, OPT_VALUES, OPT_NO_STOP };

enum { DEFAULT_TOP = 3 };

static const struct option_row waste_options[] = {
	{ .name = "Reading" },
	GRAPH_NO_STOP(OPT_NO_STOP),
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
	bool no_stop;
};

static bool waste_take(void *arg, const struct options *o, int key,
		       struct err *err)
{
	struct waste_args *args = arg;

	switch (key) {
	case OPT_EQUAL:
		args->waste.want_equal = true;
		return true;
	case OPT_NO_STOP:
		args->no_stop = true;
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
	int64_t top = args->common.top;

	(void)dump;
	args->waste.most = top ? (size_t)top : SIZE_MAX;
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

static bool waste_parse(struct waste_args *args, int argc, char **argv,
			bool *ret_help, struct err *err)
{
	struct options o;

	options_init(&o, &cmd_waste, argc, argv);
	if (!option_each(&o, waste_take, args, ret_help, err))
		return false;
	if (*ret_help)
		return true;
	if (args->waste.want_values && !args->waste.want_equal)
		return option_usage(&cmd_waste, err,
				    "--values needs --equal");
	return command_one(&o, &args->common.whom, err);
}

static bool waste_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct waste_args args = { .waste.want_equal = false };
	struct graph_job job = {
		.analyse = waste_analyse,
		.print = waste_print, .arg = &args,
	};
	bool help, ok;

	look_args_init(&args.common, &cmd_waste, DEFAULT_TOP);
	if (!waste_parse(&args, argc, argv, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_waste);
		return true;
	}
	job.no_stop = args.no_stop;
	ok = graph_run(cli, &args.common, &job, err);
	waste_fini(&args.waste);
	return ok;
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
