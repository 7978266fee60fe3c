/* SPDX-License-Identifier: MIT */
#ifndef CLI_LOOK_ARGS_H
#define CLI_LOOK_ARGS_H

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/target.h"

/**
 * What the commands that look once at a heap have in common: whom, options, and
 * how that is told on a terminal.
 */
enum {
	LOOK_OPT_OFFSETS = OPTION_LONG, LOOK_OPT_SYSROOT, LOOK_OPT_MAX_PAUSE,
	LOOK_OPT_TOP, LOOK_OPT_JSON, LOOK_OPT_NO_COLOR, LOOK_OPT_STRICT,
	LOOK_OPT_NO_STOP,
	LOOK_OPT_OWN,		/* first key of a command's own */
};

#define LOOK_READING_ROWS						\
	{ LOOK_OPT_MAX_PAUSE, "max-pause", "MS",			\
	  "let the process go after MS milliseconds, 1000\n"		\
	  "unless told; what is not copied by then is as it\n"		\
	  "was while it ran, and that is said; 0: never" },		\
	{ LOOK_OPT_SYSROOT, "sysroot", "DIR",				\
	  "look below DIR for the programs and libraries of\n"		\
	  "a core file, and take them for those it is of" },		\
	{ LOOK_OPT_OFFSETS, "offsets", "FILE",				\
	  "describe the interpreter by FILE, not by what is\n"		\
	  "built in" }

/** "do not pause the process; what changes meanwhile" @may. */
#define LOOK_NO_STOP_ROW(may)						\
	{ LOOK_OPT_NO_STOP, "no-stop", NULL,				\
	  "do not pause the process; what changes meanwhile\n" may }

#define LOOK_JSON_ROW							\
	{ LOOK_OPT_JSON, "json", NULL,					\
	  "print JSON (schema: JSON in pyheapspy(1))" }

#define LOOK_OUTPUT_ROWS						\
	{ 'o', "output", "FILE",					\
	  "write to FILE, which only you may read, when all\n"		\
	  "is well" },							\
	{ LOOK_OPT_NO_COLOR, "no-color", NULL,				\
	  "no colours; so does a non-empty NO_COLOR" },			\
	{ LOOK_OPT_STRICT, "strict", NULL,				\
	  "exit with 3 if anything could not be read" }

enum { LOOK_TOP_MAX = 1000000000 };

struct look_args {
	const struct command *command;
	const char *whom;	/* as the user has it */
	struct target_spec target;
	bool no_stop, json, no_color, strict;
	bool apart;		/* warnings are told apart from the result */
	const char *offsets, *output;
	const char *of_process;	/* an option that is; or NULL */
	int64_t top, max_pause_ms;
};

void look_args_init(struct look_args *args, const struct command *command,
		    int64_t top);

/** An option_fn's work for the rows above; a command's own are not known. */
bool look_args_take(struct look_args *args, const struct options *o, int key,
		    struct err *err);

/** Find the target of @args, and let @look (a command_print) look at it and
 *  print. */
MUST_CHECK bool look_args_write(struct cli *cli, struct look_args *args,
				command_print *look, void *arg,
				struct err *err);

/** And tell what @dump, which @look fills, lacks. */
MUST_CHECK bool look_args_run(struct cli *cli, struct look_args *args,
			      command_print *look, void *arg,
			      struct dump *dump, struct err *err);

/** The target as it is to be opened, which @progress tells of from now until
 *  progress_end(). */
struct target_spec look_args_begin(const struct look_args *args,
				   struct progress *progress);

#endif
