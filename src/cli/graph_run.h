/* SPDX-License-Identifier: MIT */
#ifndef CLI_GRAPH_RUN_H
#define CLI_GRAPH_RUN_H

#include "cli/look_args.h"
#include "graph/take.h"

/**
 * One look at the graph of objects: @analyse (of struct graph_options) finds
 * what it does, @print prints it.  Both get @arg.
 */
struct graph_job {
	bool (*analyse)(void *arg, const struct graph *g, struct dump *dump,
			struct err *err);
	void (*print)(struct out *out, const struct dump *dump, void *arg,
		      bool color);
	void *arg;
};
MUST_CHECK bool graph_run(struct cli *cli, struct look_args *args,
			  const struct graph_job *job, struct err *err);

#endif
