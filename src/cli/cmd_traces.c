/* SPDX-License-Identifier: MIT */
/* `pyheapspy traces TARGET`: what tracemalloc knows there, once or again and
 * again. */
#include <stdlib.h>

#include "base/clock.h"
#include "cli/look_args.h"
#include "cli/watching.h"
#include "report/report_traces.h"
#include "traces/take.h"

enum {
	OPT_BY = LOOK_OPT_OWN, OPT_FILTER, OPT_EXCLUDE, OPT_ALL_FRAMES,
	OPT_DOMAIN, OPT_WATCH, OPT_COUNT, OPT_BLOCKS,
};

enum { DEFAULT_TOP = 20 };

static const struct option_row traces_options[] = {
	{ .name = "Reading" },
	LOOK_NO_STOP_ROW("may be missing, or be told of another object"),
	LOOK_READING_ROWS,
	{ OPT_WATCH, "watch", "SECONDS",
	  "look again and again, so far apart, and tell what\n"
	  "changed since the look before, until a signal comes" },
	{ OPT_COUNT, "count", "N", "with --watch: look N times" },
	{ .name = "What to show" },
	{ OPT_BY, "by", "line|file|traceback",
	  "what makes a row: the line that allocated, unless\n"
	  "told" },
	{ LOOK_OPT_TOP, "top", "N",
	  "rows, 20 unless told; 0: all; JSON has all" },
	{ OPT_FILTER, "filter", "GLOB",
	  "traces whose most recent frame is of a file that\n"
	  "fits: *, ?, [...]; of several, one must" },
	{ OPT_EXCLUDE, "exclude", "GLOB", "not those; may be given again" },
	{ OPT_ALL_FRAMES, "all-frames", NULL,
	  "with these two: any frame may fit" },
	{ OPT_DOMAIN, "domain", "N",
	  "traces of that domain; 0: of Python's allocators" },
	{ .name = "Output" },
	{ LOOK_OPT_JSON, "json", NULL,
	  "print JSON (schema: JSON in pyheapspy(1)); with\n"
	  "--watch a line for each look" },
	{ OPT_BLOCKS, "blocks", NULL, "with --json: and each block" },
	LOOK_OUTPUT_ROWS,
	{ 0 }
};

struct traces_args {
	struct look_args common;
	struct traces_query query;
	struct watching watch;
	bool blocks;
};

static bool traces_add_filter(struct traces_args *args, const char *glob,
			      bool exclude, struct err *err)
{
	struct traces_filter *filter = vec_add(&args->query.filters, err);

	if (!filter)
		return false;
	*filter = (struct traces_filter){ glob, exclude };
	return true;
}

static bool traces_take_by(struct traces_args *args, const struct options *o,
			   struct err *err)
{
	const int by = option_choice(o, OPT_BY, err);

	args->query.by = (enum traces_by)by;
	return by >= 0;
}

static bool traces_take_option(void *arg, const struct options *o, int key,
			       struct err *err)
{
	struct traces_args *args = arg;

	switch (key) {
	case OPT_BY:
		return traces_take_by(args, o, err);
	case OPT_FILTER:
	case OPT_EXCLUDE:
		return traces_add_filter(args, o->value, key == OPT_EXCLUDE,
					 err);
	case OPT_ALL_FRAMES:
		args->query.all_frames = true;
		return true;
	case OPT_DOMAIN:
		return command_number(&cmd_traces, "domain", o->value,
				      UINT32_MAX, &args->query.domain, err);
	case OPT_WATCH:
		args->common.of_process = "--watch";
		return watching_seconds(&cmd_traces, o->value,
					&args->watch.seconds, err);
	case OPT_COUNT:
		return watching_count(&cmd_traces, o->value,
				      &args->watch.count, err);
	case OPT_BLOCKS:
		args->blocks = true;
		return true;
	default:
		return look_args_take(&args->common, o, key, err);
	}
}

static bool traces_parse(struct traces_args *args, int argc, char **argv,
			 bool *ret_help, struct err *err)
{
	struct options o;

	look_args_init(&args->common, &cmd_traces, DEFAULT_TOP);
	args->query.domain = -1;
	options_init(&o, &cmd_traces, argc, argv);
	if (!option_each(&o, traces_take_option, args, ret_help, err))
		return false;
	if (*ret_help)
		return true;
	if (args->watch.count && !args->watch.seconds)
		return option_usage(&cmd_traces, err, "--count needs --watch");
	if (args->blocks && !args->common.json)
		return option_usage(&cmd_traces, err, "--blocks needs --json");
	return command_one(&o, &args->common.whom, err);
}

struct traces_look {
	struct dump dump;
	struct traces traces;
	struct timespec begin;
};

/* What goes on over all looks. */
struct traces_run {
	struct cli *cli;
	struct traces_args *args;
	struct capture *cap;
	struct traces_look last;
	long long looks;
};

static void traces_look_fini(struct traces_look *look)
{
	traces_fini(&look->traces);
	dump_fini(&look->dump);
}

static bool traces_look(struct traces_run *run, struct traces_look *look,
			struct err *err)
{
	const struct look_args *args = &run->args->common;
	struct progress progress;
	const struct target_spec target = look_args_begin(args, &progress);
	const struct traces_options opt = {
		.no_stop = args->no_stop,
		.max_pause_ms = args->max_pause_ms,
		.progress = progress_show,
		.progress_arg = &progress,
	};
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &look->begin);
	ok = (run->looks ? capture_again(run->cap, err) :
			   capture_open(run->cap, &target, args->offsets,
					err)) &&
	     traces_take(run->cap, &opt, &look->dump, &look->traces, err);
	look->dump.duration_ms = clock_ms_since(&look->begin);
	progress_end(&progress);
	return ok;
}

static void traces_put(struct traces_run *run, const struct report_traces *r)
{
	const struct look_args *args = &run->args->common;
	struct out *out = &run->cli->out;

	if (!args->json) {
		report_traces_text(out, r, command_wants_color(args->no_color,
							       out->fd));
		return;
	}
	report_traces_json(out, r, run->args->watch.seconds ? JSON_ROW :
							      JSON_LINES);
}

static bool traces_print(struct traces_run *run,
			 const struct traces_look *look, struct err *err)
{
	const struct traces_args *args = run->args;
	struct traces_table table = { .compared = false };
	struct traces_groups groups = { .all.n = 0 };
	const struct report_traces r = {
		.dump = &look->dump, .traces = &look->traces,
		.table = &table, .groups = &groups, .blocks = args->blocks,
		.top = args->common.top ? (size_t)args->common.top : SIZE_MAX,
	};
	bool ok = traces_table_make(&table, &look->traces, run->looks ?
				    &run->last.traces : NULL, &args->query,
				    err) &&
		  (!args->common.json ||
		   traces_group(&groups, &look->traces, err));

	if (ok)
		traces_put(run, &r);
	traces_table_fini(&table);
	traces_groups_fini(&groups);
	return ok && out_flush(&run->cli->out, err);
}

/* What was looked at is the last look from then on. */
static bool traces_look_once(void *arg, struct timespec *ret_begin,
			     struct err *err)
{
	struct traces_run *run = arg;
	struct traces_look look = { .traces.tracing = 0 };

	dump_init(&look.dump);
	if (!traces_look(run, &look, err) || !traces_print(run, &look, err)) {
		traces_look_fini(&look);
		return false;
	}
	command_warn(run->cli, &look.dump, run->args->common.apart,
		     run->args->common.strict);
	traces_look_fini(&run->last);
	run->last = look;
	run->looks++;
	*ret_begin = look.begin;
	return true;
}

static bool traces_do(struct cli *cli, void *arg, struct err *err)
{
	struct traces_run run = { .cli = cli, .args = arg };
	bool ok;

	run.cap = calloc(1, sizeof(*run.cap));
	if (!run.cap)
		return err_nomem(err);
	dump_init(&run.last.dump);
	ok = watching_run(&run.args->watch, cli, traces_look_once, &run, err);
	traces_look_fini(&run.last);
	capture_close(run.cap);
	free(run.cap);
	return ok;
}

static bool traces_run(struct cli *cli, int argc, char **argv,
		       struct err *err)
{
	struct traces_args args = { .blocks = false };
	bool help, ok = traces_parse(&args, argc, argv, &help, err);

	if (ok && help)
		command_help(&cli->out, &cmd_traces);
	else if (ok)
		ok = look_args_write(cli, &args.common, traces_do, &args, err);
	vec_free(&args.query.filters);
	return ok;
}

const struct command cmd_traces = {
	.name = "traces",
	.args = "[OPTION]... PID|NAME|CORE",
	.summary = "which lines allocated it",
	.about = "Print which lines allocated the memory of a CPython process "
		 "whose tracemalloc\nis switched on (python -X tracemalloc), as "
		 "that knows it, and what lies there\nnow: objects by type, "
		 "which it does not know.  The process is paused while its\n"
		 "heap and the tables are copied, up to a few milliseconds "
		 "for each thousand\ntraces, and never changed.\n"
		 COMMAND_ABOUT_NAME,
	.options = traces_options,
	.examples =
		"  pyheapspy traces 4711               which lines, and types?\n"
		"  pyheapspy traces 4711 --watch=60    and what grows?\n"
		"  pyheapspy traces 4711 --by=traceback --filter='*/app/*'\n"
		"  pyheapspy traces 4711 --json | jq '.rows[:5]'\n",
	.run = traces_run,
};
