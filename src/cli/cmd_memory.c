/* SPDX-License-Identifier: MIT */
/* `pyheapspy memory PID`: where the resident memory is. */
#include <bsd/stdlib.h>

#include "account/account.h"
#include "cli/command.h"
#include "cli/outfile.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "heap/snapshot.h"
#include "report/report_memory.h"

enum {
	OPT_OFFSETS = OPTION_LONG, OPT_MAX_PAUSE, OPT_JSON, OPT_NO_COLOR,
	OPT_STRICT,
};

enum { PAUSE_MAX_MS = 3600000 };

static const struct option_row memory_options[] = {
	{ .name = "Reading" },
	{ OPT_MAX_PAUSE, "max-pause", "MS",
	  "let the process go after MS milliseconds, 1000\n"
	  "unless told, and say what is missing; 0: never" },
	{ OPT_OFFSETS, "offsets", "FILE",
	  "describe the interpreter by FILE, not by what is\n"
	  "built in" },
	{ .name = "Output" },
	{ OPT_JSON, "json", NULL,
	  "print JSON (schema: JSON in pyheapspy(1))" },
	{ 'o', "output", "FILE",
	  "write to FILE, which only you may read, when all\n"
	  "is well" },
	{ OPT_NO_COLOR, "no-color", NULL,
	  "no colours; so does a non-empty NO_COLOR" },
	{ OPT_STRICT, "strict", NULL,
	  "exit with 3 if anything could not be read" },
	{ 0 }
};

struct memory_args {
	const char *whom;	/* as the user has it */
	struct target_spec target;
	bool json, no_color, strict;
	const char *offsets, *output;
	int64_t max_pause_ms;
};

static bool memory_take(void *arg, const struct options *o, int key,
			struct err *err)
{
	struct memory_args *args = arg;
	const char *why = NULL;

	switch (key) {
	case OPT_OFFSETS:
		args->offsets = o->value;
		return true;
	case OPT_MAX_PAUSE:
		args->max_pause_ms = strtonum(o->value, 0, PAUSE_MAX_MS, &why);
		return !why || option_usage(&cmd_memory, err, "--max-pause "
					    "must be a number, not '%s'",
					    o->value);
	case OPT_JSON:
		args->json = true;
		return true;
	case 'o':
		args->output = o->value;
		return true;
	case OPT_NO_COLOR:
		args->no_color = true;
		return true;
	case OPT_STRICT:
		args->strict = true;
		return true;
	default:
		return false;
	}
}

static bool memory_parse(struct memory_args *args, int argc, char **argv,
			 bool *ret_help, struct err *err)
{
	struct options o;

	*args = (struct memory_args){ .max_pause_ms = SNAPSHOT_MAX_PAUSE_MS };
	options_init(&o, &cmd_memory, argc, argv);
	return option_each(&o, memory_take, args, ret_help, err) &&
	       (*ret_help || command_one(&o, &args->whom, err));
}

static void show_progress(void *arg, const char *phase, uint64_t done,
			  uint64_t total)
{
	progress_show(arg, phase, done, total);
}

static bool memory_look(struct dump *dump, struct account *account,
			const struct memory_args *args, struct err *err)
{
	struct progress progress;
	struct account_options opt = {
		.max_pause_ms = args->max_pause_ms,
		.offsets_path = args->offsets,
		.progress = show_progress,
		.progress_arg = &progress,
	};
	bool ok;

	progress_init(&progress);
	ok = account_take(&args->target, &opt, dump, account, err);
	progress_end(&progress);
	return ok;
}

static bool memory_to(struct cli *cli, struct dump *dump,
		      struct account *account, const struct memory_args *args,
		      struct err *err)
{
	struct outfile of;
	bool ok;

	if (!outfile_open(&of, args->output, err))
		return false;
	out_init(&cli->out, of.fd);
	ok = memory_look(dump, account, args, err);
	if (ok && args->json)
		report_memory_json(&cli->out, dump, account);
	else if (ok)
		report_memory_text(&cli->out, dump, account,
				   command_wants_color(args->no_color,
						       cli->out.fd));
	ok = ok && out_flush(&cli->out, err) && outfile_commit(&of, err);
	outfile_close(&of);
	return ok;
}

static bool memory_run(struct cli *cli, int argc, char **argv,
		       struct err *err)
{
	struct account account = { 0 };
	struct memory_args args;
	struct dump dump;
	bool help, ok;

	if (!memory_parse(&args, argc, argv, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_memory);
		return true;
	}
	if (!target_find(cli, &cmd_memory, args.whom, &args.target, err))
		return false;
	cli->pid = args.target.pid;
	dump_init(&dump);
	ok = memory_to(cli, &dump, &account, &args, err);
	/* The text has them in its last lines. */
	for (size_t i = 0; ok && (args.json || args.output) &&
	     i < dump.warnings.n; i++)
		cli->warn(dump.warnings.v[i]);
	cli->incomplete = ok && args.strict && !dump.complete;
	account_fini(&account);
	dump_fini(&dump);
	return ok;
}

const struct command cmd_memory = {
	.name = "memory",
	.args = "[OPTION]... PID|NAME",
	.summary = "where the resident memory is",
	.about = "Print where the resident memory of a CPython process is, to "
		 "the last byte: in\nobjects of Python, in C code's hands, "
		 "free but kept by malloc or by Python's\npools, in stacks, "
		 "files and mappings; and what malloc_trim(0) would give back."
		 "\nThe process is paused meanwhile, and never changed.\n"
		 COMMAND_ABOUT_PROCESS,
	.options = memory_options,
	.examples =
		"  pyheapspy memory 4711               who has how much?\n"
		"  pyheapspy memory 4711 --json | jq '.account[:10]'\n",
	.run = memory_run,
};
