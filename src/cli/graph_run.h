/* SPDX-License-Identifier: MIT */
#ifndef CLI_GRAPH_RUN_H
#define CLI_GRAPH_RUN_H

#include "cli/look_args.h"
#include "graph/take.h"

/**
 * One look at the graph of objects: @analyse (of struct graph_options) finds
 * what it does, @print prints it.  Both get @arg.
 */
#define GRAPH_NO_STOP(key)						\
	{ key, "no-stop", NULL,						\
	  "do not pause the process; what changes meanwhile\n"		\
	  "may be wrong: how much leads to nothing is told" }

struct graph_job {
	bool no_stop;		/* GRAPH_NO_STOP was given */
	bool (*analyse)(void *arg, const struct graph *g, struct dump *dump,
			struct err *err);
	void (*print)(struct out *out, const struct dump *dump, void *arg,
		      bool color);
	void *arg;
};
MUST_CHECK bool graph_run(struct cli *cli, struct look_args *args,
			  const struct graph_job *job, struct err *err);

#endif
