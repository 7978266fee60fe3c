/* SPDX-License-Identifier: MIT */
/* `pyheapspy grow PID`: which line makes it grow? */
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/look_args.h"
#include "cli/watching.h"
#include "grow/grow.h"
#include "report/report_grow.h"

enum {
	OPT_SECONDS = LOOK_OPT_OWN, OPT_UNTIL, OPT_CLOCK, OPT_BY, OPT_ANNOTATE, OPT_FOLD,
};

enum { DEFAULT_TOP = 20, DEFAULT_SECONDS = 10, MOST_SECONDS = 7 * 86400 };

static const struct option_row grow_options[] = {
	{ .name = "How long" },
	{ OPT_SECONDS, "seconds", "N",
	  "watch for N seconds, 10 unless told; SIGINT ends it\n"
	  "earlier, and what was seen is told" },
	{ OPT_UNTIL, "until", "SIZE",
	  "... or until so much is resident: 2G, 500M" },
	{ .name = "What to show" },
	{ OPT_BY, "by", "line|function|file|thread|stack|type",
	  "what a row is: a line of Python, unless told" },
	{ OPT_ANNOTATE, "annotate", "FILE",
	  "the lines of FILE, a path, the end of one, or a\n"
	  "module as in app.models, with bytes beside them" },
	{ LOOK_OPT_TOP, "top", "N",
	  "rows, 20 unless told; 0: all; JSON has all" },
	{ .name = "Reading" },
	{ OPT_CLOCK, "clock", NULL,
	  "watch no page faults, but read stacks now and then,\n"
	  "as where the kernel does not tell them" },
	{ LOOK_OPT_OFFSETS, "offsets", "FILE",
	  "describe the interpreter by FILE, not by what is\n"
	  "built in" },
	{ .name = "Output" },
	LOOK_JSON_ROW,
	{ OPT_FOLD, "fold", NULL,
	  "print a line for each different stack, with bytes\n"
	  "that stayed, for flame graphs" },
	LOOK_OUTPUT_ROWS,
	{ 0 }
};

struct grow_args {
	struct look_args common;
	double seconds;
	int64_t until;
	enum growth_by by;
	bool fold, clock;
	const char *annotate;
};

static bool grow_seconds(const char *text, double *ret, struct err *err)
{
	char *end;

	*ret = strtod(text, &end);
	return (end != text && !*end && *ret > 0 && *ret <= MOST_SECONDS) ||
	       option_usage(&cmd_grow, err, "--seconds must be a number of "
			    "seconds, not '%s'", text);
}

static bool grow_until(const char *text, int64_t *ret, struct err *err)
{
	static const char units[] = "KMGT";
	char *end;
	double size = strtod(text, &end);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (unit) {
		size *= (double)(1ll << (10 * (unit - units + 1)));
		end++;
	}
	*ret = size > 0 && size < 1e15 ? (int64_t)size : 0;
	return (end != text && !*end && *ret) ||
	       option_usage(&cmd_grow, err, "--until must be a size as 500M "
			    "or 2G, not '%s'", text);
}

static bool grow_take(void *arg, const struct options *o, int key,
		      struct err *err)
{
	struct grow_args *args = arg;
	int choice;

	switch (key) {
	case OPT_SECONDS:
		return grow_seconds(o->value, &args->seconds, err);
	case OPT_UNTIL:
		return grow_until(o->value, &args->until, err);
	case OPT_BY:
		choice = option_choice(o, key, err);
		args->by = choice > 0 ? (enum growth_by)choice :
					GROWTH_BY_LINE;
		return choice >= 0;
	case OPT_CLOCK:
		args->clock = true;
		return true;
	case OPT_ANNOTATE:
		args->annotate = o->value;
		return true;
	case OPT_FOLD:
		args->fold = args->common.apart = true;
		return true;
	default:
		return look_args_take(&args->common, o, key, err);
	}
}

static bool grow_parse(struct grow_args *args, int argc, char **argv,
		       bool *ret_help, struct err *err)
{
	struct options o;

	options_init(&o, &cmd_grow, argc, argv);
	if (!option_each(&o, grow_take, args, ret_help, err))
		return false;
	if (*ret_help)
		return true;
	if (args->fold + args->common.json + (args->annotate != NULL) > 1)
		return option_usage(&cmd_grow, err, "--json, --fold and "
				    "--annotate exclude each other");
	args->common.of_process = "grow";
	return command_one(&o, &args->common.whom, err);
}

struct grow_run {
	struct grow_args *args;
	struct dump dump;
	struct growth growth;
	struct progress progress;
};

/* Who starts us in a script waits for this line before it makes the process
 * grow. */
static void grow_ready(void *arg)
{
	const struct cli *cli = arg;

	cli->note("watching its page faults");
}

static bool grow_print(struct cli *cli, struct grow_run *run, struct err *err)
{
	const struct grow_args *args = run->args;
	struct growth_rows rows;
	const bool color = command_wants_color(args->common.no_color,
					       cli->out.fd);
	bool ok;

	if (args->fold) {
		report_grow_fold(&cli->out, &run->growth, false);
		return true;
	}
	if (args->annotate && !run->growth.files.n)
		cli->warn("no line grew in a file of that name which can be "
			  "read");
	ok = growth_rows_make(&run->growth, args->common.json ||
			      args->annotate ? GROWTH_BY_LINE : args->by,
			      &rows, err);
	if (ok && args->common.json)
		report_grow_json(&cli->out, &run->dump, &run->growth, &rows);
	else if (ok && args->annotate)
		report_grow_annotate(&cli->out, &run->dump, &run->growth,
				     &rows, color);
	else if (ok)
		report_grow_text(&cli->out, &run->dump, &run->growth, &rows,
				 (size_t)args->common.top, color);
	growth_rows_fini(&rows);
	return ok;
}

/* Signals that came have ended it, and shall do no more. */
static void grow_answered(int fd)
{
	struct signalfd_siginfo one;

	if (fd < 0)
		return;
	while (read(fd, &one, sizeof(one)) > 0)
		;
	close(fd);
}

static bool grow_look(struct cli *cli, void *arg, struct err *err)
{
	struct grow_run *run = arg;
	const struct target_spec target = look_args_begin(&run->args->common,
							  &run->progress);
	struct grow_options opt = {
		.seconds = run->args->seconds,
		.until_rss = run->args->until,
		.by_clock = run->args->clock,
		.annotate = run->args->annotate,
		.offsets_path = run->args->common.offsets,
		.ready = grow_ready, .ready_arg = cli,
		.progress = progress_show, .progress_arg = &run->progress,
	};
	struct watching watch;
	bool ok;

	watching_begin(&watch);
	opt.until_fd = signalfd(-1, &watch.ends, SFD_CLOEXEC | SFD_NONBLOCK);
	ok = grow_watch(&target, &opt, &run->dump, &run->growth, err);
	progress_end(&run->progress);
	ok = ok && grow_print(cli, run, err);
	grow_answered(opt.until_fd);
	watching_end(&watch);
	return ok;
}

static bool grow_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct grow_args args = { .seconds = DEFAULT_SECONDS };
	struct grow_run run = { .args = &args };
	bool help, ok;

	look_args_init(&args.common, &cmd_grow, DEFAULT_TOP);
	if (!grow_parse(&args, argc, argv, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_grow);
		return true;
	}
	dump_init(&run.dump);
	ok = look_args_run(cli, &args.common, grow_look, &run, &run.dump,
			   err);
	growth_fini(&run.growth);
	dump_fini(&run.dump);
	return ok;
}

const struct command cmd_grow = {
	.name = "grow",
	.args = "[OPTION]... PID|NAME",
	.summary = "which line makes it grow",
	.about = "Watch the page faults of a CPython process for a while, and "
		 "print which lines\nmade memory resident, how much of that "
		 "stayed, and which objects lie there\nnow.  The process runs on: "
		 "it is not paused, traced or changed.\n"
		 COMMAND_ABOUT_PROCESS,
	.options = grow_options,
	.examples =
		"  pyheapspy grow 4711 --seconds=30    which lines?\n"
		"  pyheapspy grow 4711 --by=stack      ... called by whom?\n"
		"  pyheapspy grow 4711 --annotate=app.models\n"
		"  pyheapspy grow 4711 --fold | flamegraph.pl >grown.svg\n"
		"  pyheapspy grow 4711 --json | jq '.lines[0]'\n",
	.run = grow_run,
};
