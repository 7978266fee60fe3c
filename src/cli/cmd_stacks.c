/* SPDX-License-Identifier: MIT */
/* `pyheapspy stacks PID`: what its threads do, once or again and again. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "cli/watching.h"
#include "pyabi/fill_tracee.h"
#include "report/report_stacks_fold.h"
#include "report/report_stacks_json.h"
#include "report/report_stacks_text.h"
#include "stacks/stackshot.h"

enum {
	OPT_NATIVE = OPTION_LONG, OPT_LOCALS, OPT_TASKS, OPT_NO_STOP,
	OPT_OFFSETS, OPT_SYSROOT, OPT_WATCH, OPT_COUNT, OPT_ORDER, OPT_JSON, OPT_FOLD,
	OPT_NO_COLOR, OPT_STRICT,
};

enum { MISSES = 3, PATIENCE_MS = 5000 };

static const struct option_row stacks_options[] = {
	{ .name = "What to show" },
	{ OPT_NATIVE, "native", NULL,
	  "frames of C, C++ and Rust, too, where they belong\n"
	  "between those of Python" },
	{ OPT_LOCALS, "locals", NULL,
	  "arguments and variables of each frame: shows the\n"
	  "data of the process" },
	{ OPT_TASKS, "tasks", NULL,
	  "the tasks of asyncio, and who awaits whom" },
	{ .name = "Reading" },
	{ OPT_NO_STOP, "no-stop", NULL,
	  "do not pause the process; a stack that changes\n"
	  "meanwhile is read again" },
	{ OPT_WATCH, "watch", "SECONDS",
	  "look again every so often, until interrupted or\n"
	  "the process ends" },
	{ OPT_COUNT, "count", "N", "with --watch: look N times" },
	{ OPT_SYSROOT, "sysroot", "DIR",
	  "look below DIR for the programs and libraries of\n"
	  "a core file, and take them for those it is of" },
	{ OPT_OFFSETS, "offsets", "FILE",
	  "describe the interpreter by FILE, not by what is\n"
	  "built in" },
	{ .name = "Output" },
	{ OPT_ORDER, "order", "first|last",
	  "where the most recent call stands: first, as gdb\n"
	  "has it, unless told; last, as a traceback has it" },
	{ OPT_JSON, "json", NULL,
	  "print JSON (schema: JSON in pyheapspy(1)); with\n"
	  "--watch a line for each look" },
	{ OPT_FOLD, "fold", NULL,
	  "print a line for each different stack, for flame\n"
	  "graphs; with --watch the sum of all looks" },
	{ 'o', "output", "FILE",
	  "write to FILE, which only you may read, when all\n"
	  "is well" },
	{ OPT_NO_COLOR, "no-color", NULL,
	  "no colours; so does a non-empty NO_COLOR" },
	{ OPT_STRICT, "strict", NULL,
	  "exit with 3 if anything could not be read" },
	{ 0 }
};

struct stacks_args {
	const char *whom;	/* as the user has it */
	struct target_spec target;
	bool native, locals, tasks, no_stop, json, fold, no_color, strict;
	const char *offsets, *output;
	enum report_order order;
	struct watching watch;
};

/* What goes on over all looks. */
struct watch {
	struct cli *cli;
	struct stacks_args *args;
	struct tracee tr;
	struct fold fold;
	long long looks;
	int misses;		/* since the last good look, at this time: */
	struct timespec good;
	bool ended;		/* as the user wished */
};

static bool take_value(struct stacks_args *args, const struct options *o,
		       int key, struct err *err)
{
	int choice;

	switch (key) {
	case OPT_WATCH:
		return watching_seconds(&cmd_stacks, o->value,
					&args->watch.seconds, err);
	case OPT_COUNT:
		return watching_count(&cmd_stacks, o->value,
				      &args->watch.count, err);
	case OPT_OFFSETS:
		args->offsets = o->value;
		return true;
	case OPT_SYSROOT:
		args->target.sysroot = o->value;
		return true;
	case 'o':
		args->output = o->value;
		return true;
	case OPT_ORDER:
		choice = option_choice(o, key, err);
		args->order = choice > 0 ? ORDER_LAST : ORDER_FIRST;
		return choice >= 0;
	default:
		return false;
	}
}

static bool take(void *arg, const struct options *o, int key, struct err *err)
{
	struct stacks_args *args = arg;
	bool *const flags[] = {
		[OPT_NATIVE - OPTION_LONG] = &args->native,
		[OPT_LOCALS - OPTION_LONG] = &args->locals,
		[OPT_TASKS - OPTION_LONG] = &args->tasks,
		[OPT_NO_STOP - OPTION_LONG] = &args->no_stop,
		[OPT_JSON - OPTION_LONG] = &args->json,
		[OPT_FOLD - OPTION_LONG] = &args->fold,
		[OPT_NO_COLOR - OPTION_LONG] = &args->no_color,
		[OPT_STRICT - OPTION_LONG] = &args->strict,
	};

	if (key < OPTION_LONG || !flags[key - OPTION_LONG])
		return take_value(args, o, key, err);
	*flags[key - OPTION_LONG] = true;
	return true;
}

static bool check(struct stacks_args *args, const struct options *o,
		  struct err *err)
{
	static const char *const clashes[] = {
		"--json and --fold exclude each other",
		"--native needs a pause: not --no-stop",
		"--count needs --watch",
		"--fold prints stacks of threads: not --tasks",
		"--fold prints names only: not --locals",
	};
	const bool clash[] = {
		args->json && args->fold,
		args->native && args->no_stop,
		args->watch.count && !args->watch.seconds,
		args->fold && args->tasks,
		args->fold && args->locals,
	};

	for (size_t i = 0; i < ARRAY_SIZE(clash); i++) {
		if (clash[i])
			return option_usage(&cmd_stacks, err, "%s",
					    clashes[i]);
	}
	return command_one(o, &args->whom, err);
}

/* @ret_help: the user only asked for help. */
static bool parse(struct stacks_args *args, int argc, char **argv,
		  bool *ret_help, struct err *err)
{
	struct options o;

	*args = (struct stacks_args){ 0 };
	options_init(&o, &cmd_stacks, argc, argv);
	return option_each(&o, take, args, ret_help, err) &&
	       (*ret_help || check(args, &o, err));
}

static bool print(struct watch *w, const struct dump *dump, struct err *err)
{
	const struct stacks_args *args = w->args;
	struct out *out = &w->cli->out;
	struct report_stacks_json_options json = {
		.tasks = args->tasks,
		.locals = args->locals,
		.one_line = args->watch.seconds > 0,
	};
	struct report_stacks_options text = {
		.order = args->order,
		.tasks = args->tasks,
		.color = command_wants_color(args->no_color, out->fd),
	};

	if (args->fold)
		return fold_add(&w->fold, &dump->stacks, err);
	if (args->json) {
		report_stacks_json(out, dump, &json);
		return true;
	}
	if (w->looks)
		out_char(out, '\n');
	return report_stacks_text(out, dump, &text, err);
}

static bool fill(struct watch *w, struct dump *dump, struct err *err)
{
	struct stackshot_options opt = {
		.stop = !w->args->no_stop,
		.native = w->args->native,
		.locals = w->args->locals,
		.tasks = w->args->tasks,
	};

	return (stackshot_take(&w->tr, &opt, dump, err) &&
		fill_target(dump, w->tr.target, err) &&
		fill_python(dump, &w->tr.rt, NULL, err)) ||
	       tracee_explain(&w->tr, err);
}

static bool look(struct watch *w, const struct timespec *begin,
		 struct err *err)
{
	uint64_t read_before = w->tr.target->mem->bytes_read;
	struct dump dump;
	bool ok;

	dump_init(&dump);
	ok = fill(w, &dump, err);
	dump.bytes_read = (int64_t)(w->tr.target->mem->bytes_read - read_before);
	dump.duration_ms = clock_ms_since(begin);
	ok = ok && print(w, &dump, err) && out_flush(&w->cli->out, err);
	if (ok) {
		command_warn(w->cli, &dump, w->args->json || w->args->fold ||
			     w->args->output, w->args->strict);
		w->looks++;
	}
	dump_fini(&dump);
	return ok;
}

static bool is_enough(const struct watch *w)
{
	return w->args->watch.count && w->looks >= w->args->watch.count;
}

/*
 * A process that ends makes no sense before it is gone: there is no
 * interpreter, or half of one.  Nothing is printed of such a moment.
 */
static bool may_pass(const struct watch *w, const struct err *err)
{
	return w->looks && (err->code == ERR_VERSION ||
			    err_is_about_one_object(err)) &&
	       (w->misses < MISSES || clock_ms_since(&w->good) < PATIENCE_MS);
}

/* True: go on. */
static bool look_or_miss(struct watch *w, struct err *err)
{
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (look(w, &begin, err)) {
		w->good = begin;
		w->misses = 0;
	} else if (may_pass(w, err)) {
		w->misses++;
		w->cli->incomplete |= w->args->strict;
	} else {
		return false;
	}
	w->ended = is_enough(w) || !watching_wait(&w->args->watch, &begin);
	return !w->ended;
}

static bool look_again(struct watch *w, struct err *err)
{
	while (look_or_miss(w, err))
		;
	if (!w->ended && (err->code != ERR_GONE || !w->looks))
		return false;
	if (!w->ended)
		w->cli->warn("the process has ended");
	return true;
}

static bool run(struct cli *cli, void *arg, struct err *err)
{
	struct watch *w = arg;
	struct target_spec target = w->args->target;
	struct progress progress;
	struct timespec begin;
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	progress_init(&progress);
	target.unpacking = progress_unpacking;
	target.arg = &progress;
	ok = tracee_open(&w->tr, &target, w->args->offsets, err);
	progress_end(&progress);
	if (ok && !w->args->watch.seconds) {
		ok = look(w, &begin, err);
	} else if (ok) {
		watching_begin(&w->args->watch);
		ok = look_again(w, err);
		watching_end(&w->args->watch);
	}
	tracee_close(&w->tr);
	if (ok)
		fold_print(&cli->out, &w->fold);
	fold_fini(&w->fold);
	return ok;
}

static bool stacks_run(struct cli *cli, int argc, char **argv,
		       struct err *err)
{
	struct stacks_args args;
	struct watch w = { .cli = cli, .args = &args };
	bool help;

	if (!parse(&args, argc, argv, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_stacks);
		return true;
	}
	if (!target_find(cli, &cmd_stacks, args.whom, &args.target, err) ||
	    !target_fits(&cmd_stacks, &args.target,
			 args.watch.seconds > 0 ? "--watch" :
			 args.no_stop ? "--no-stop" : NULL, err))
		return false;
	cli->pid = args.target.pid;
	return command_write(cli, args.output, run, &w, err);
}

const struct command cmd_stacks = {
	.name = "stacks",
	.args = "[OPTION]... PID|NAME|CORE",
	.summary = "what the threads do",
	.about = "Print the stack of every thread of a CPython process: where it "
		 "is, what it\nwaits for, who holds the GIL.  The process is "
		 "paused while its stacks are\ncopied, for a few milliseconds "
		 "at most, and never changed.\n" COMMAND_ABOUT_NAME,
	.options = stacks_options,
	.examples =
		"  pyheapspy stacks 4711               what does it do?\n"
		"  pyheapspy stacks 4711 --native      ... and within C?\n"
		"  pyheapspy stacks 4711 --locals      with which values?\n"
		"  pyheapspy stacks 4711 --tasks       which task waits for "
		"whom?\n"
		"  pyheapspy stacks 4711 --watch=1     and a second later?\n"
		"  pyheapspy stacks 4711 --fold --watch=0.01 --count=1000 |\n"
		"    flamegraph.pl >stacks.svg         where does the time "
		"go?\n"
		"  pyheapspy stacks 4711 --json | jq '.threads[].frames[0]'\n",
	.run = stacks_run,
};
