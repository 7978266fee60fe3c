/* SPDX-License-Identifier: MIT */
#include "cli/graph_command.h"

enum { MOST_TOP = 1000 };

struct graph_run {
	const struct graph_command *command;
	const struct look_args *args;
	void *arg;
	struct dump dump;
};

static bool look_and_print(struct cli *cli, void *arg, struct err *err)
{
	struct graph_run *run = arg;
	const struct look_args *args = run->args;
	struct progress progress;
	const struct target_spec target = look_args_begin(args, &progress);
	const struct graph_options opt = {
		.no_stop = args->no_stop,
		.max_pause_ms = args->max_pause_ms,
		.offsets_path = args->offsets,
		.analyse = run->command->analyse,
		.again = run->command->again,
		.arg = run->arg,
		.progress = progress_show,
		.progress_arg = &progress,
	};
	bool ok = graph_take(&target, &opt, &run->dump, err);

	progress_end(&progress);
	if (ok)
		run->command->print(&cli->out, &run->dump, run->arg,
				    command_wants_color(args->no_color,
							cli->out.fd));
	return ok;
}

bool graph_command_run(const struct graph_command *command,
		       struct look_args *args, void *arg, struct cli *cli,
		       int argc, char **argv, struct err *err)
{
	struct graph_run run = { .command = command, .args = args,
				 .arg = arg };
	struct options o;
	bool help, ok;

	look_args_init(args, command->command, command->top);
	options_init(&o, command->command, argc, argv);
	if (!option_each(&o, command->take, arg, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, command->command);
		return true;
	}
	if (!command->check(arg, &o, err))
		return false;
	dump_init(&run.dump);
	ok = look_args_run(cli, args, look_and_print, &run, &run.dump, err);
	dump_fini(&run.dump);
	command->fini(arg);
	return ok;
}

size_t graph_command_most(const struct look_args *args)
{
	return args->top && args->top < MOST_TOP ? (size_t)args->top :
						   MOST_TOP;
}
