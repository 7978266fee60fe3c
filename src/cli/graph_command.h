/* SPDX-License-Identifier: MIT */
#ifndef CLI_GRAPH_COMMAND_H
#define CLI_GRAPH_COMMAND_H

#include "cli/look_args.h"
#include "graph/take.h"

/**
 * A command that looks at the graph of objects: what is its own.  All get
 * the @arg of graph_command_run(), but for the options of look_args.
 */
struct graph_command {
	const struct command *command;
	int64_t top;		/* rows, unless told */
	/** Its options; those that it does not know, look_args_take() does. */
	option_fn *take;
	/** What is left after the options, and do they go together? */
	bool (*check)(void *arg, const struct options *o, struct err *err);
	/** Of struct graph_options. */
	bool (*analyse)(void *arg, const struct graph *g, struct dump *dump,
			struct err *err);
	/** Likewise; NULL: one look. */
	bool (*again)(void *arg);
	void (*print)(struct out *out, const struct dump *dump, void *arg,
		      bool color);
	void (*fini)(void *arg);
};

#define GRAPH_NO_STOP_ROW						\
	LOOK_NO_STOP_ROW("may be wrong: how much leads to nothing is told")

/** @args is part of what @arg points at. */
MUST_CHECK bool graph_command_run(const struct graph_command *command,
				  struct look_args *args, void *arg,
				  struct cli *cli, int argc, char **argv,
				  struct err *err);

/** --top, of what has no end by itself: 1000 at most. */
size_t graph_command_most(const struct look_args *args);

#endif
