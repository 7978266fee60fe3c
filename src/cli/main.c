/* SPDX-License-Identifier: MIT */
/*
 * The program: finds the command, runs it, and says how it went.  Only here
 * is an error printed and the exit status decided; pyheapspy(1) promises both.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach/headroom.h"
#include "base/nomem.h"
#include "cli/advice.h"
#include "cli/command.h"
#include "cli/linked.h"
#include "report/version.h"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_INCOMPLETE = 3,	/* only with --strict */
	EXIT_VERSION = 4,	/* an interpreter we do not know */
	EXIT_PERM = 5,
};

static const int exit_status[ERR_N] = {
	[ERR_NONE] = EXIT_FAILED,
	[ERR_NOMEM] = EXIT_FAILED,
	[ERR_OS] = EXIT_FAILED,
	[ERR_PERM] = EXIT_PERM,
	[ERR_GONE] = EXIT_FAILED,
	[ERR_FAULT] = EXIT_FAILED,
	[ERR_BADDATA] = EXIT_FAILED,
	[ERR_LIMIT] = EXIT_FAILED,
	[ERR_LACK] = EXIT_FAILED,
	[ERR_VERSION] = EXIT_VERSION,
	[ERR_USAGE] = EXIT_USAGE,
};

/* Too large for the stack, and what it says goes out at once. */
static struct out complaints;

static void complain(const char *label, const char *text)
{
	struct err err;

	out_printf(&complaints, "pyheapspy: %s", label);
	out_visible(&complaints, text, SIZE_MAX);
	out_char(&complaints, '\n');
	/* Nobody is left to tell if stderr fails. */
	if (!out_flush(&complaints, &err))
		complaints.sys = 0;
}

static void warn(const char *text)
{
	complain("warning: ", text);
}

static void note(const char *text)
{
	complain("", text);
}

/*
 * A descriptor 0, 1 or 2 that the caller closed would be given to the next
 * file we open, and our output written there.  Reading what may only be
 * written and the reverse fails, which is just what a closed one should do.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(EXIT_FAILED);
	}
}

/* The reader went away: `| head`.  No failure, and the shell knows the rest. */
static void die_of_sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

static int fail(const struct cli *cli, struct err *err)
{
	char advice[600];

	if (err->code == ERR_OS && err->sys == EPIPE)
		die_of_sigpipe();
	/* What could not be read for want of it is not what is wrong. */
	if (nomem_take())
		err_nomem(err);
	complain("", err->text);
	if (advice_for(err, cli->pid, cli->of_core, advice,
		       sizeof(advice)))
		complain("", advice);
	return exit_status[err->code];
}

static bool run(struct cli *cli, int argc, char **argv, struct err *err)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = command_find(name);

	if (command)
		return command->run(cli, argc - 1, argv + 1, err);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return cmd_help.run(cli, 1, argv, err);
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		out_str(&cli->out, "pyheapspy " PYHEAPSPY_VERSION "\n");
		linked_write(&cli->out);
		return true;
	}
	if (!*name)
		return err_set(err, ERR_USAGE, "no command given "
			       "(see pyheapspy --help)");
	if (name[strspn(name, "0123456789")] == '\0')
		return err_set(err, ERR_USAGE, "no command given; "
			       "did you mean: pyheapspy attach %.20s", name);
	return err_set(err, ERR_USAGE, "unknown %s '%.100s' "
		       "(see pyheapspy --help)",
		       *name == '-' ? "option" : "command", name);
}

int main(int argc, char **argv)
{
	static struct cli cli = { .warn = warn, .note = note };
	struct err err = { 0 };
	bool ok;

	fill_standard_descriptors();
	headroom_offer_ourselves();
	setlocale(LC_CTYPE, "");
	/* Dying of these would skip what has to be undone, and say nothing. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	out_init(&cli.out, STDOUT_FILENO);
	out_init(&complaints, STDERR_FILENO);
	ok = run(&cli, argc, argv, &err) && out_flush(&cli.out, &err);
	if (ok && close(STDOUT_FILENO) != 0)
		ok = err_sys(&err, errno, "cannot write the result");
	if (!ok)
		return fail(&cli, &err);
	return cli.incomplete ? EXIT_INCOMPLETE : EXIT_DONE;
}
