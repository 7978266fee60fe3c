/* SPDX-License-Identifier: MIT */
/* `pyheapspy attach`: the live screen, or its tables as text. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "attach/headroom.h"
#include "cli/attach_batch.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/sampler.h"
#include "cli/target.h"
#include "tui/tui.h"

enum {
	OPT_EXACT = OPTION_LONG, OPT_CPU, OPT_WAIT, OPT_OFFSETS, OPT_SYSROOT, OPT_VALUES,
	OPT_BATCH, OPT_TOP, OPT_ACCOUNT, OPT_JSON, OPT_NO_COLOR, OPT_ASCII, OPT_NO_MOUSE,
};

enum { COUNT_MAX = 1000000000, DEFAULT_TOP = 20 };

static const struct option_row attach_options[] = {
	{ .name = "Reading" },
	{ 'i', "interval", "SECONDS",
	  "look so often: 2 unless told, 0.1 at least" },
	{ OPT_CPU, "cpu", "PERCENT",
	  "take no more of one core than this, 10 unless\n"
	  "told, and look less often if need be" },
	{ OPT_EXACT, "exact", NULL,
	  "pause the process for each look: exact numbers" },
	{ OPT_WAIT, "wait", NULL,
	  "when it has ended, wait for a process with the\n"
	  "same command" },
	{ OPT_VALUES, "values", NULL,
	  "show values of fields and keys of dicts: they are\n"
	  "the user's data" },
	{ OPT_SYSROOT, "sysroot", "DIR",
	  "look below DIR for the programs and libraries of\n"
	  "a core file, and take them for those it is of" },
	{ OPT_OFFSETS, "offsets", "FILE",
	  "describe the interpreter by FILE, not by what is\n"
	  "built in" },
	{ .name = "Screen" },
	{ OPT_NO_COLOR, "no-color", NULL,
	  "no colours; so does a non-empty NO_COLOR" },
	{ OPT_ASCII, "ascii", NULL, "no lines and graphs but in ASCII" },
	{ OPT_NO_MOUSE, "no-mouse", NULL, "leave the mouse to the terminal" },
	{ .name = "Instead of the screen" },
	{ 'b', "batch", NULL,
	  "print the tables as text, one look after the other;\n"
	  "so does output that is no terminal" },
	{ 'n', "count", "N", "look N times and end; implies --batch" },
	{ OPT_TOP, "top", "N", "rows of the table, 20 unless told; 0: all" },
	{ OPT_ACCOUNT, "account", NULL,
	  "say where the resident memory is, too, as memory\n"
	  "does; implies --batch" },
	{ OPT_JSON, "json", NULL,
	  "print JSON, a line for each look (schema: JSON in\n"
	  "pyheapspy(1))" },
	{ 0 }
};

struct attach_args {
	struct sampler_options sampler;
	struct batch_options batch;
	bool no_color, ascii, no_mouse, want_batch;
	const char *whom;	/* NULL: to be chosen */
	const char *of_process;	/* an option that is; or NULL */
};

static bool parse_number(const char *name, const char *text, double least,
			 double most, double *ret, struct err *err)
{
	char *end;

	*ret = strtod(text, &end);
	if (end != text && !*end && *ret >= least && *ret <= most)
		return true;
	return option_usage(&cmd_attach, err, "--%s must be a number from %g "
			    "to %g, not '%.60s'", name, least, most, text);
}

static bool parse_count(const char *name, const char *text, long long least,
			int64_t *ret, struct err *err)
{
	const char *why = NULL;

	*ret = strtonum(text, least, COUNT_MAX, &why);
	return !why || option_usage(&cmd_attach, err, "--%s must be a number, "
				    "not '%.60s'", name, text);
}

static bool take_number(struct attach_args *args, const char *value, int key,
			struct err *err)
{
	double number;
	int64_t top;

	switch (key) {
	case 'i':
		if (!parse_number("interval", value, SAMPLER_MIN_MS / 1e3,
				  SAMPLER_MAX_MS / 1e3, &number, err))
			return false;
		args->sampler.interval_ms = (int)(number * 1e3 + 0.5);
		args->of_process = "--interval";
		return true;
	case OPT_CPU:
		args->of_process = "--cpu";
		return parse_number("cpu", value, 0.1, 6400,
				    &args->sampler.cpu_percent, err);
	case 'n':
		args->want_batch = true;
		if (!parse_count("count", value, 1, &args->batch.count, err))
			return false;
		if (args->batch.count > 1)
			args->of_process = "--count above 1";
		return true;
	case OPT_TOP:
		if (!parse_count("top", value, 0, &top, err))
			return false;
		args->batch.top = (int)top;
		return true;
	default:
		return false;
	}
}

static bool take(void *arg, const struct options *o, int key, struct err *err)
{
	struct attach_args *args = arg;

	switch (key) {
	case OPT_EXACT:
		args->sampler.exact = true;
		args->of_process = "--exact";
		return true;
	case OPT_WAIT:
		args->sampler.wait = true;
		args->of_process = "--wait";
		return true;
	case OPT_VALUES:
		args->sampler.values = true;
		return true;
	case OPT_OFFSETS:
		args->sampler.offsets_path = o->value;
		return true;
	case OPT_SYSROOT:
		args->sampler.target.sysroot = o->value;
		return true;
	case OPT_NO_COLOR:
		args->no_color = true;
		return true;
	case OPT_ASCII:
		args->ascii = args->batch.ascii = true;
		return true;
	case OPT_NO_MOUSE:
		args->no_mouse = true;
		return true;
	case 'b':
		args->want_batch = true;
		return true;
	case OPT_ACCOUNT:
		args->batch.account = args->want_batch = true;
		return true;
	case OPT_JSON:
		args->batch.json = args->want_batch = true;
		return true;
	default:
		return take_number(args, o->value, key, err);
	}
}

/* @ret_help: the user only asked for help. */
static bool parse(struct attach_args *args, int argc, char **argv,
		  bool *ret_help, struct err *err)
{
	struct options o;

	*args = (struct attach_args){
		.sampler.interval_ms = SAMPLER_INTERVAL_MS,
		.sampler.cpu_percent = SAMPLER_CPU_PERCENT,
		.batch.top = DEFAULT_TOP,
	};
	options_init(&o, &cmd_attach, argc, argv);
	if (!option_each(&o, take, args, ret_help, err))
		return false;
	if (*ret_help)
		return true;
	return o.rest == o.argc || command_one(&o, &args->whom, err);
}

static bool show(struct sampler *sampler, const struct attach_args *args,
		 int *ret_signal, struct err *err)
{
	char path[64];
	struct tui_options opt = {
		.pid = sampler_pid(sampler),
		.interval_ms = args->sampler.interval_ms,
		.no_color = args->no_color,
		.ascii = args->ascii,
		.no_mouse = args->no_mouse,
		.write_path = path,
	};

	snprintf(path, sizeof(path), "pyheapspy-%d.json",
		 (int)sampler_pid(sampler));
	return tui_run(sampler_feed(sampler), &opt, ret_signal, err);
}

static void die_of(int signum)
{
	sigset_t one;

	signal(signum, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, signum);
	raise(signum);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static bool watch(struct cli *cli, struct attach_args *args, struct err *err)
{
	bool screen = !args->want_batch && isatty(STDIN_FILENO) &&
		      isatty(STDOUT_FILENO);
	struct progress progress;
	struct sampler *sampler;
	int signum = 0;
	bool ok;

	/* Later looks ask for themselves, and are told as failed. */
	if (!headroom_ask(HEADROOM_RUNNING, "a look while it runs", err))
		return false;
	progress_init(&progress);
	args->sampler.target.unpacking = progress_unpacking;
	args->sampler.target.arg = &progress;
	sampler = sampler_new(&args->sampler, err);
	progress_end(&progress);
	if (!sampler)
		return false;
	ok = screen ? show(sampler, args, &signum, err) :
		      attach_batch(cli, sampler_feed(sampler), &args->batch,
				   err);
	/* In the middle of something long: the end of this program ends it. */
	(void)!sampler_free(sampler);
	if (signum)
		die_of(signum);
	return ok;
}

static bool attach_run(struct cli *cli, int argc, char **argv,
		       struct err *err)
{
	struct attach_args args;
	bool help;

	if (!parse(&args, argc, argv, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_attach);
		return true;
	}
	if (!(args.whom ? target_find(cli, &cmd_attach, args.whom,
				      &args.sampler.target, err) :
			  target_choose(&cmd_attach, &args.sampler.target, err)) ||
	    !target_fits(&cmd_attach, &args.sampler.target, args.of_process,
			 err))
		return false;
	/* There is but one look at it. */
	if (args.sampler.target.core)
		args.batch.count = 1;
	else if (!args.sampler.target.pid)
		return true;
	cli->pid = args.sampler.target.pid;
	args.batch.wait = args.sampler.wait;
	/* Prints all that there is to tell. */
	if (args.want_batch)
		args.sampler.want = WANT_PSS |
				    (args.batch.account ? WANT_ACCOUNT : 0);
	return watch(cli, &args, err);
}

const struct command cmd_attach = {
	.name = "attach",
	.args = "[OPTION]... [PID|NAME|CORE]",
	.summary = "watch a heap: what grows?",
	.about = "Show what is in the heap of a CPython process, by type, and "
		 "what grows, again\nand again, in the terminal.  The process "
		 "runs on meanwhile: it is paused only\nwhen a key asks for "
		 "exact numbers.  NAME is that of a program or script, or a\n"
		 "part of a command line, if one Python process fits; without "
		 "any, the list is\noffered.  CORE is a core file, or "
		 "coredump:PID or coredump:NAME: of that there\nis one look.  "
		 "The key h shows all keys.",
	.options = attach_options,
	.examples =
		"  pyheapspy attach 4711\n"
		"  pyheapspy attach gunicorn --interval=0.5\n"
		"  pyheapspy attach app.py --batch -n 5      for a log or "
		"a ticket\n"
		"  pyheapspy attach 4711 --json | jq -c "
		"'[.number, .dump.heap.objects]'\n",
	.run = attach_run,
};
