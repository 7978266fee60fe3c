/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_TAKE_H
#define GRAPH_TAKE_H

#include "graph/graph.h"

struct target_spec;

/**
 * One look at a process or a core, and its graph: what every command about the
 * graph begins with.
 */
struct graph_options {
	/** Read it while it runs.  References and counts are of different
	 *  moments then: what leads to nothing is counted, and the dump says
	 *  that it is not complete. */
	bool no_stop;
	/** About as long the process may stand; 0: as long as it takes. */
	int64_t max_pause_ms;
	const char *offsets_path;	/* a layout file, or NULL */
	/** Called with the graph, once all is copied and the process runs
	 *  again.  What it finds, it keeps in @arg. */
	bool (*analyse)(void *arg, const struct graph *g, struct dump *dump,
			struct err *err);
	void *arg;
	/** Asked after each look: once more?  It may wait before it answers.
	 *  NULL: no. */
	bool (*again)(void *arg);
	void (*progress)(void *arg, const char *phase, uint64_t done,
			 uint64_t total);
	void *progress_arg;
};

/**
 * Fill @dump of the last look (the envelope, the totals, the collectors, what to doubt), which
 * was initialised by dump_init() and is to be released by dump_fini() whatever
 * happens; and call @analyse.
 */
MUST_CHECK bool graph_take(const struct target_spec *spec,
			   const struct graph_options *opt, struct dump *dump,
			   struct err *err);

struct capture;

/** The same of a process that is open already, and not yet copied. */
MUST_CHECK bool graph_look(struct capture *cap, const struct graph_options *opt,
			   struct dump *dump, struct err *err);

#endif
