/* SPDX-License-Identifier: MIT */
#ifndef CLI_GRAPH_ARGS_H
#define CLI_GRAPH_ARGS_H

#include "cli/command.h"
#include "cli/target.h"
#include "graph/take.h"

/**
 * What the commands that ask the graph of objects have in common: options, one
 * look, and a result as text or JSON.
 */
enum {
	GRAPH_OPT_OFFSETS = OPTION_LONG, GRAPH_OPT_SYSROOT,
	GRAPH_OPT_MAX_PAUSE, GRAPH_OPT_TOP, GRAPH_OPT_JSON, GRAPH_OPT_NO_COLOR,
	GRAPH_OPT_STRICT,
	GRAPH_OPT_OWN,		/* first key of a command's own */
};

#define GRAPH_READING_ROWS						\
	{ .name = "Reading" },						\
	{ GRAPH_OPT_MAX_PAUSE, "max-pause", "MS",			\
	  "let the process go after MS milliseconds, 1000\n"		\
	  "unless told, and say what is missing; 0: never" },		\
	{ GRAPH_OPT_SYSROOT, "sysroot", "DIR",				\
	  "look below DIR for the programs and libraries of\n"		\
	  "a core file, and take them for those it is of" },		\
	{ GRAPH_OPT_OFFSETS, "offsets", "FILE",				\
	  "describe the interpreter by FILE, not by what is\n"		\
	  "built in" }

#define GRAPH_OUTPUT_ROWS						\
	{ .name = "Output" },						\
	{ GRAPH_OPT_JSON, "json", NULL,					\
	  "print JSON (schema: JSON in pyheapspy(1))" },		\
	{ 'o', "output", "FILE",					\
	  "write to FILE, which only you may read, when all\n"		\
	  "is well" },							\
	{ GRAPH_OPT_NO_COLOR, "no-color", NULL,				\
	  "no colours; so does a non-empty NO_COLOR" },			\
	{ GRAPH_OPT_STRICT, "strict", NULL,				\
	  "exit with 3 if anything could not be read" }

struct graph_args {
	const struct command *command;
	const char *whom;	/* as the user has it */
	struct target_spec target;
	bool json, no_color, strict;
	const char *offsets, *output;
	const char *of_process;	/* an option that is; or NULL */
	int64_t top, max_pause_ms;
};

enum { GRAPH_TOP_MAX = 1000000000 };

void graph_args_init(struct graph_args *args, const struct command *command,
		     int64_t top);

/** An option_fn's work for the rows above; a command's own are not known. */
bool graph_args_take(struct graph_args *args, const struct options *o, int key,
		     struct err *err);

/**
 * Find the target, look, let @analyse (of struct graph_options) find what it
 * does, and @print print it.  Both get @arg.
 */
struct graph_job {
	const struct graph_args *args;
	bool (*analyse)(void *arg, const struct graph *g, struct dump *dump,
			struct err *err);
	void (*print)(struct out *out, const struct dump *dump, void *arg,
		      bool color);
	void *arg;
};
MUST_CHECK bool graph_args_run(struct cli *cli, struct graph_args *args,
			       const struct graph_job *job, struct err *err);

#endif
