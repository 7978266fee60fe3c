/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "cli/outfile.h"

enum { PAUSE_MAX_MS = 3600000 };

const struct command *const commands[] = {
	&cmd_attach,
	&cmd_dump,
	&cmd_memory,
	&cmd_why,
	&cmd_inspect,
	&cmd_garbage,
	&cmd_waste,
	&cmd_traces,
	&cmd_stacks,
	&cmd_grow,
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

bool command_number(const struct command *command, const char *name,
		    const char *text, int64_t most, int64_t *ret,
		    struct err *err)
{
	const char *why = NULL;

	*ret = strtonum(text, 0, most, &why);
	return !why || option_usage(command, err, "--%s must be a number, "
				    "not '%s'", name, text);
}

bool command_max_pause(const struct command *command, const char *text,
		       int64_t *ret, struct err *err)
{
	return command_number(command, "max-pause", text, PAUSE_MAX_MS, ret,
			      err);
}

bool command_write(struct cli *cli, const char *path, command_print *print,
		   void *arg, struct err *err)
{
	struct outfile of;
	bool ok;

	if (!outfile_open(&of, path, err))
		return false;
	out_init(&cli->out, of.fd);
	ok = print(cli, arg, err) && out_flush(&cli->out, err) &&
	     outfile_commit(&of, err);
	outfile_close(&of);
	return ok;
}

bool command_two(const struct options *o, const char **ret,
		 const char **ret_what, struct err *err)
{
	if (o->rest == o->argc || o->argc - o->rest > 2)
		return option_usage(o->command, err, o->rest == o->argc ?
				    "no PID, name or core file given" :
				    "too many arguments given");
	*ret = o->argv[o->rest];
	*ret_what = o->rest + 1 < o->argc ? o->argv[o->rest + 1] : NULL;
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

void command_warn(struct cli *cli, const struct dump *dump, bool elsewhere,
		  bool strict)
{
	cli->incomplete |= strict && !dump->complete;
	for (size_t i = 0; elsewhere && i < dump->warnings.n; i++)
		cli->warn(dump->warnings.v[i]);
}

bool command_wants_color(bool no_color, int fd)
{
	const char *variable = getenv("NO_COLOR"), *term = getenv("TERM");

	return !no_color && !(variable && *variable) &&
	       !(term && strcmp(term, "dumb") == 0) && isatty(fd);
}
