/* SPDX-License-Identifier: MIT */
/* `pyheapspy memory PID`: where the resident memory is. */
#include "account/account.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "heap/snapshot.h"
#include "report/report_memory.h"

enum {
	OPT_OFFSETS = OPTION_LONG, OPT_NO_STOP, OPT_MAX_PAUSE, OPT_JSON, OPT_NO_COLOR,
	OPT_STRICT,
};

enum { PAUSE_MAX_MS = 3600000 };

static const struct option_row memory_options[] = {
	{ .name = "Reading" },
	{ OPT_NO_STOP, "no-stop", NULL,
	  "do not pause the process; what changes meanwhile\n"
	  "may be in another leaf than it was" },
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
	bool no_stop, json, no_color, strict;
	const char *offsets, *output;
	int64_t max_pause_ms;
};

static bool memory_take(void *arg, const struct options *o, int key,
			struct err *err)
{
	struct memory_args *args = arg;

	switch (key) {
	case OPT_NO_STOP:
		args->no_stop = true;
		return true;
	case OPT_OFFSETS:
		args->offsets = o->value;
		return true;
	case OPT_MAX_PAUSE:
		return command_number(&cmd_memory, "max-pause", o->value,
				      PAUSE_MAX_MS, &args->max_pause_ms, err);
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

struct memory {
	const struct memory_args *args;
	struct dump dump;
	struct account account;
};

static bool memory_look(struct memory *m, struct err *err)
{
	const struct memory_args *args = m->args;
	struct progress progress;
	struct account_options opt = {
		.no_stop = args->no_stop,
		.max_pause_ms = args->max_pause_ms,
		.offsets_path = args->offsets,
		.progress = progress_show,
		.progress_arg = &progress,
	};
	bool ok;

	progress_init(&progress);
	ok = account_take(&args->target, &opt, &m->dump, &m->account, err);
	progress_end(&progress);
	return ok;
}

static bool memory_print(struct cli *cli, void *arg, struct err *err)
{
	struct memory *m = arg;
	const struct memory_args *args = m->args;

	if (!memory_look(m, err))
		return false;
	if (args->json)
		report_memory_json(&cli->out, &m->dump, &m->account);
	else
		report_memory_text(&cli->out, &m->dump, &m->account,
				   command_wants_color(args->no_color,
						       cli->out.fd));
	return true;
}

static bool memory_run(struct cli *cli, int argc, char **argv,
		       struct err *err)
{
	struct memory_args args;
	struct memory m = { .args = &args };
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
	dump_init(&m.dump);
	ok = command_write(cli, args.output, memory_print, &m, err);
	/* The text has them in its last lines. */
	for (size_t i = 0; ok && (args.json || args.output) &&
	     i < m.dump.warnings.n; i++)
		cli->warn(m.dump.warnings.v[i]);
	cli->incomplete = ok && args.strict && !m.dump.complete;
	account_fini(&m.account);
	dump_fini(&m.dump);
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
		 "\nThe process is paused while it is copied, and never changed.\n"
		 COMMAND_ABOUT_PROCESS,
	.options = memory_options,
	.examples =
		"  pyheapspy memory 4711               who has how much?\n"
		"  pyheapspy memory 4711 --json | jq '.account[:10]'\n",
	.run = memory_run,
};
