/* SPDX-License-Identifier: MIT */
/* `pyheapspy why PID`: who holds it? */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "cli/graph_command.h"
#include "cli/watching.h"
#include "graph/check.h"
#include "graph/holder_growth.h"
#include "graph/suspects.h"
#include "graph/ways.h"
#include "report/report_holder_growth.h"
#include "report/report_ways.h"
#include "report/report_why.h"

enum { OPT_CHECK = LOOK_OPT_OWN, OPT_VALUES, OPT_WATCH, OPT_LOOKS };

enum { DEFAULT_TOP = 10, DEFAULT_LOOKS = 3, MOST_LOOKS = 100 };

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
	{ OPT_WATCH, "watch", "SECONDS",
	  "look again after so long, and tell what grew: the\n"
	  "containers that had more items each time, and who\n"
	  "holds what was made meanwhile" },
	{ OPT_LOOKS, "looks", "N",
	  "with --watch: N looks, 2 at least, 3 unless told" },
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
	double seconds;		/* --watch; 0: one look */
	int64_t looks;		/* --looks; 0: not said */
	struct holder_growth growth;
	struct survivors survivors;
};

static bool why_take_looks(struct why_args *args, const char *text,
			   struct err *err)
{
	if (!command_number(&cmd_why, "looks", text, MOST_LOOKS, &args->looks,
			    err))
		return false;
	return args->looks > 1 ||
	       option_usage(&cmd_why, err, "--looks must be 2 or more: one "
			    "look alone tells of no growth");
}

static bool why_take(void *arg, const struct options *o, int key,
		     struct err *err)
{
	struct why_args *args = arg;

	if (key == OPT_CHECK)
		args->check = true;
	else if (key == OPT_VALUES)
		args->ways.values = true;
	else if (key == OPT_LOOKS)
		return why_take_looks(args, o->value, err);
	else if (key == OPT_WATCH)
		return watching_seconds(&cmd_why, o->value, &args->seconds,
					err);
	else
		return look_args_take(&args->common, o, key, err);
	return true;
}

static bool why_is_last(const struct why_args *args)
{
	return (int64_t)args->growth.looks.n >= args->looks;
}

static bool why_watch(struct why_args *args, const struct graph *g,
		      const struct dump *dump, struct err *err)
{
	return holder_growth_look(&args->growth, &args->survivors, g, dump,
				  err) &&
	       (!why_is_last(args) ||
		holder_growth_tell(&args->growth, &args->survivors, g, err));
}

static bool why_again(void *arg)
{
	const struct why_args *args = arg;
	struct timespec left = {
		.tv_sec = (time_t)args->seconds,
		.tv_nsec = (long)(fmod(args->seconds, 1) * 1e9),
	};

	if (!args->seconds || why_is_last(args))
		return false;
	while (nanosleep(&left, &left) && errno == EINTR)
		continue;
	return true;
}

static bool why_analyse(void *arg, const struct graph *g, struct dump *dump,
			struct err *err)
{
	struct why_args *args = arg;

	if (args->seconds)
		return why_watch(args, g, dump, err);
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

	if (args->seconds && args->common.json)
		report_holder_growth_json(out, dump, &args->growth);
	else if (args->seconds)
		report_holder_growth_text(out, dump, &args->growth, color);
	else if (args->check && args->common.json)
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

static bool why_check_watch(struct why_args *args, struct err *err)
{
	if (!args->seconds)
		return !args->looks || option_usage(&cmd_why, err,
						    "--looks needs --watch");
	if (args->check || args->ways.what)
		return option_usage(&cmd_why, err, "--watch is of all that "
				    "grows: neither --check nor WHAT");
	if (!args->looks)
		args->looks = DEFAULT_LOOKS;
	args->common.of_process = "--watch";
	return true;
}

static bool why_check(void *arg, const struct options *o, struct err *err)
{
	struct why_args *args = arg;

	if (!command_two(o, &args->common.whom, &args->ways.what, err))
		return false;
	if (!why_check_watch(args, err))
		return false;
	if (args->check && args->ways.what)
		return option_usage(&cmd_why, err, "--check is of all objects");
	if (args->check && args->common.no_stop)
		return option_usage(&cmd_why, err,
				    "--check needs a pause: not --no-stop");
	if (args->ways.values && !args->ways.what)
		return option_usage(&cmd_why, err, "--values needs WHAT");
	args->why.most = graph_command_most(&args->common);
	args->ways.most = args->growth.most = args->why.most;
	return true;
}

static void why_end(void *arg)
{
	struct why_args *args = arg;

	why_fini(&args->why);
	ways_fini(&args->ways);
	counts_fini(&args->counts);
	holder_growth_fini(&args->growth);
	survivors_fini(&args->survivors);
}

static bool why_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	static const struct graph_command command = {
		.command = &cmd_why, .top = DEFAULT_TOP,
		.take = why_take, .check = why_check,
		.analyse = why_analyse, .again = why_again,
		.print = why_print,
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
		 "With --watch, what grows: it looks again, compares, and "
		 "names who holds that.\n"
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
		"  pyheapspy why 4711 --watch=10       what grows, and who "
		"holds that?\n"
		"  pyheapspy why 4711 --json | jq '.suspects[:3]'\n",
	.run = why_run,
};
