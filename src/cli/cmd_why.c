/* SPDX-License-Identifier: MIT */
/* `pyheapspy why PID`: who holds it? */
#include "cli/graph_run.h"
#include "graph/check.h"
#include "graph/suspects.h"
#include "report/report_why.h"

enum { OPT_CHECK = LOOK_OPT_OWN };

enum { DEFAULT_TOP = 10, MOST_TOP = 1000 };

static const struct option_row why_options[] = {
	{ .name = "Reading" },
	LOOK_READING_ROWS,
	{ .name = "What to show" },
	{ LOOK_OPT_TOP, "top", "N",
	  "rows, 10 unless told; 0: 1000" },
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
	bool check;
	struct counts counts;
};

static bool why_take(void *arg, const struct options *o, int key,
		     struct err *err)
{
	struct why_args *args = arg;

	if (key != OPT_CHECK)
		return look_args_take(&args->common, o, key, err);
	args->check = true;
	return true;
}

static bool why_analyse(void *arg, const struct graph *g, struct dump *dump,
			struct err *err)
{
	struct why_args *args = arg;
	int64_t top = args->common.top;

	(void)dump;
	if (args->check)
		return counts_fill(&args->counts, g, err);
	args->why.most = top && top < MOST_TOP ? (size_t)top : MOST_TOP;
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
	else if (args->common.json)
		report_why_json(out, dump, &args->why);
	else
		report_why_text(out, dump, &args->why, color);
}

static bool why_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct why_args args = { .why.most = 0 };
	const struct graph_job job = {
		.analyse = why_analyse,
		.print = why_print, .arg = &args,
	};
	struct options o;
	bool help, ok;

	look_args_init(&args.common, &cmd_why, DEFAULT_TOP);
	options_init(&o, &cmd_why, argc, argv);
	if (!option_each(&o, why_take, &args, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_why);
		return true;
	}
	ok = command_one(&o, &args.common.whom, err) &&
	     graph_run(cli, &args.common, &job, err);
	why_fini(&args.why);
	counts_fini(&args.counts);
	return ok;
}

const struct command cmd_why = {
	.name = "why",
	.args = "[OPTION]... PID|NAME|CORE",
	.summary = "who holds what is in the heap",
	.about = "Print who holds most in the heap of a CPython process: by "
		 "name, what would go\nwith it, and of which types that is; "
		 "what several hold, cyclic garbage, and\nwhat only C code "
		 "holds, too.  The process is paused while its heap is copied,"
		 "\nfor milliseconds, and never changed.\n" COMMAND_ABOUT_NAME,
	.options = why_options,
	.examples =
		"  pyheapspy why 4711                  who holds most?\n"
		"  pyheapspy why 4711 --check          is every reference "
		"known?\n"
		"  pyheapspy why 4711 --json | jq '.suspects[:3]'\n",
	.run = why_run,
};
