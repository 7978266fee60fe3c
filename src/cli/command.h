/* SPDX-License-Identifier: MIT */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "cli/option.h"
#include "report/out.h"
#include "result/dump.h"

/** What main() hands to a command and looks at afterwards. */
struct cli {
	struct out out;		/* the result; main() flushes it */
	pid_t pid;		/* whom a failure is about; 0: nobody */
	bool of_core;		/* ... or it is about a core file */
	char core[4096];	/* the core file that was found */
	bool incomplete;	/* for --strict: exit status 3 */
	/** Tell the user, on stderr, what to doubt. */
	void (*warn)(const char *text);
	/** Tell them, there, what was understood. */
	void (*note)(const char *text);
};

/** For the about of those that take a PID or a name. */
#define COMMAND_ABOUT_PROCESS \
	"NAME is that of a program or script, or a part of a command line, " \
	"if one\nPython process fits."

/** ... or a core file. */
#define COMMAND_ABOUT_NAME \
	COMMAND_ABOUT_PROCESS "  CORE is a core file, packed or not, or " \
	"coredump:PID or\ncoredump:NAME for the newest that systemd-coredump " \
	"keeps."

/** A command: a file of its own with one const entry, listed in commands[]. */
struct command {
	const char *name;
	const char *args;	/* as in "[OPTION]... PID" */
	const char *summary;	/* for the list of commands */
	const char *about;	/* for --help, between usage and options */
	const struct option_row *options;
	const char *examples;
	/** @argv[0] is its name.  Results go to cli->out. */
	bool (*run)(struct cli *cli, int argc, char **argv, struct err *err);
};

extern const struct command cmd_attach, cmd_dump, cmd_memory, cmd_why,
	cmd_inspect, cmd_garbage, cmd_waste, cmd_traces,
	cmd_stacks, cmd_grow, cmd_ps, cmd_help;

/** All commands, in the order of --help; NULL at the end. */
extern const struct command *const commands[];

/** NULL: there is none of that name. */
const struct command *command_find(const char *name);

/** What `pyheapspy COMMAND --help` prints. */
void command_help(struct out *out, const struct command *command);

/** A PID in decimal; false: ERR_USAGE. */
MUST_CHECK bool command_pid(const struct command *command, const char *text,
			    pid_t *ret, struct err *err);

/** A number from 0 to @most, the value of the option @name; false:
 *  ERR_USAGE. */
MUST_CHECK bool command_number(const struct command *command, const char *name,
			       const char *text, int64_t most, int64_t *ret,
			       struct err *err);

/** The milliseconds of --max-pause; false: ERR_USAGE. */
MUST_CHECK bool command_max_pause(const struct command *command,
				  const char *text, int64_t *ret,
				  struct err *err);

/** What prints a result to cli->out. */
typedef bool command_print(struct cli *cli, void *arg, struct err *err);

/** What @print prints goes to the file at @path, whole or not at all; see
 *  cli/outfile.h. */
MUST_CHECK bool command_write(struct cli *cli, const char *path,
			      command_print *print, void *arg,
			      struct err *err);

/** The one argument that is left after the options; false: ERR_USAGE. */
MUST_CHECK bool command_one(const struct options *o, const char **ret,
			    struct err *err);

/** The same, and what it is asked about, or NULL. */
MUST_CHECK bool command_two(const struct options *o, const char **ret,
			    const char **ret_what, struct err *err);

/** What a result lacks: the text has its warnings in its last lines; if it went
 *  @elsewhere, to a file or as JSON, the user is told of them. */
void command_warn(struct cli *cli, const struct dump *dump, bool elsewhere,
		  bool strict);

/** May the result on @fd have colours?  @no_color is the option. */
bool command_wants_color(bool no_color, int fd);

#endif
