/* SPDX-License-Identifier: MIT */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <getopt.h>
#include <stdbool.h>

#include "base/err.h"
#include "report/out.h"

struct command;

/**
 * One option of a command.  From these rows come the parser, --help, the
 * completion and the option list of the manual page.
 *
 * A row without a key is a heading; one without help is told nowhere, and is
 * there to be refused with a reason.  The table ends with an empty row.  --help
 * needs no row.
 */
struct option_row {
	int key;		/* its letter, or a number above OPTION_LONG */
	const char *name;
	const char *arg;	/* NULL: none.  "FILE", or "one|of|these" */
	const char *help;	/* lines, split by \n */
};

#define OPTION_REFUSED(key, name) { key, name, NULL, NULL }

enum {
	OPTION_END = 0,
	OPTION_FAILED = -1,
	OPTION_HELP = 256,	/* known to every command */
	OPTION_LONG,		/* first key that is no letter */
	OPTION_MAX = 48,	/* rows of a table at most */
};

/** The state of option_next(). */
struct options {
	const struct command *command;
	int argc;
	char **argv;
	const char *value;	/* of the option returned last */
	int rest;		/* after OPTION_END: argv[rest] is no option */
	char letters[2 * OPTION_MAX + 2];
	struct option names[OPTION_MAX + 2];
};

/** @argv[0] is the name of the command.  Uses getopt_long(3): one at a time. */
void options_init(struct options *o, const struct command *command, int argc,
		  char **argv);

/** The key of the next option, OPTION_END, or OPTION_FAILED: ERR_USAGE. */
int option_next(struct options *o, struct err *err);

/** Takes the option @key, with o->value; false: it is refused, @err set. */
typedef bool option_fn(void *arg, const struct options *o, int key,
		       struct err *err);

/** Hand all options to @take.  True and *ret_help: help was asked for, and the
 *  rest was not looked at. */
bool option_each(struct options *o, option_fn *take, void *arg,
		 bool *ret_help, struct err *err);

/** The number of o->value among the "one|of|these" of the row with @key,
 *  or -1: ERR_USAGE. */
int option_choice(const struct options *o, int key, struct err *err);

/** ERR_USAGE, with a pointer to --help. */
bool option_usage(const struct command *command, struct err *err,
		  const char *fmt, ...) PRINTF_LIKE(3, 4);

/** The list of --help. */
void option_help(struct out *out, const struct option_row *rows);

/** The same in troff, for the manual page. */
void option_man(struct out *out, const struct option_row *rows);

/** The same for completion: "--json", "--sort=bytes|count", a line each. */
void option_list(struct out *out, const struct option_row *rows);

#endif
