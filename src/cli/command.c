/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

const struct command *const commands[] = {
	&cmd_attach,
	&cmd_dump,
	&cmd_memory,
	&cmd_stacks,
	&cmd_ps,
	&cmd_help,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

void command_help(struct out *out, const struct command *command)
{
	out_printf(out, "Usage: pyheapspy %s %s\n\n", command->name,
		   command->args);
	out_printf(out, "%s\n\n", command->about);
	option_help(out, command->options);
	if (command->examples)
		out_printf(out, "\nExamples:\n%s", command->examples);
}

bool command_pid(const struct command *command, const char *text, pid_t *ret,
		 struct err *err)
{
	const char *why = NULL;
	long long n = strtonum(text, 1, INT_MAX, &why);

	if (why)
		return option_usage(command, err, "'%s' is not a PID", text);
	*ret = (pid_t)n;
	return true;
}

bool command_one(const struct options *o, const char **ret, struct err *err)
{
	if (o->rest + 1 != o->argc)
		return option_usage(o->command, err, o->rest == o->argc ?
				    "no PID, name or core file given" :
				    "more than one PID, name or core file given");
	*ret = o->argv[o->rest];
	return true;
}

bool command_wants_color(bool no_color, int fd)
{
	const char *variable = getenv("NO_COLOR"), *term = getenv("TERM");

	return !no_color && !(variable && *variable) &&
	       !(term && strcmp(term, "dumb") == 0) && isatty(fd);
}
