/* SPDX-License-Identifier: MIT */
/*
 * `pyheapspy help`: what there is.  Also prints, from the same tables, what
 * the completion and the manual page say of commands and options.
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

enum { OPT_COMMANDS = OPTION_LONG, OPT_OPTIONS, OPT_MAN };

static const struct option_row help_options[] = {
	{ OPT_COMMANDS, "commands", NULL, "print the names of all commands" },
	{ OPT_OPTIONS, "options", "COMMAND",
	  "print the options of one, for completion" },
	{ OPT_MAN, "man-options", NULL, "print all options as troff" },
	{ 0 }
};

static void overview(struct out *out)
{
	out_str(out,
		"pyheapspy reads the memory of a running CPython from "
		"outside: what is in its\nheap, what grows, what its "
		"threads do.  The process is paused for\nmilliseconds and "
		"never changed.\n\n");
	for (size_t i = 0; commands[i]; i++) {
		char left[80];

		snprintf(left, sizeof(left), "pyheapspy %s %s",
			 commands[i]->name, commands[i]->args);
		out_printf(out, "%s%-41s %s\n", i ? "  or:  " : "Usage: ",
			   left, commands[i]->summary);
	}
	out_printf(out, "  or:  %-41s %s\n", "pyheapspy COMMAND --help",
		   "its options, with examples");
	out_str(out, "  or:  pyheapspy --version\n\n"
		     "Exit status: 0 done, 1 failed, 2 usage, 3 incomplete "
		     "(only with --strict),\n4 unsupported interpreter, "
		     "5 not permitted.\n\n"
		     "Example: pyheapspy dump $(pgrep -o gunicorn)\n");
}

static bool list_options(struct out *out, const char *name, struct err *err)
{
	const struct command *command = command_find(name);

	if (!command)
		return option_usage(&cmd_help, err, "unknown command '%s'",
				    name);
	option_list(out, command->options);
	return true;
}

static void list_commands(struct out *out)
{
	for (size_t i = 0; commands[i]; i++)
		out_printf(out, "%s\n", commands[i]->name);
}

static void all_options(struct out *out)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];

		if (command == &cmd_help)
			continue;
		out_printf(out, ".SS pyheapspy %s %s\n%s\n", command->name,
			   command->args, command->about);
		option_man(out, command->options);
	}
}

static bool help_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	const struct command *command;
	struct options o;
	int key;

	options_init(&o, &cmd_help, argc, argv);
	while ((key = option_next(&o, err)) != OPTION_END) {
		switch (key) {
		case OPT_COMMANDS:
			list_commands(&cli->out);
			return true;
		case OPT_OPTIONS:
			return list_options(&cli->out, o.value, err);
		case OPT_MAN:
			all_options(&cli->out);
			return true;
		case OPTION_HELP:
			command_help(&cli->out, &cmd_help);
			return true;
		default:
			return false;
		}
	}
	if (o.rest == argc) {
		overview(&cli->out);
		return true;
	}
	command = command_find(argv[o.rest]);
	if (!command)
		return option_usage(&cmd_help, err, "unknown command '%s'",
				    argv[o.rest]);
	command_help(&cli->out, command);
	return true;
}

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "this text, or that of a command",
	.about = "Say what there is, or how to use COMMAND.",
	.options = help_options,
	.run = help_run,
};
