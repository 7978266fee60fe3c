/* SPDX-License-Identifier: MIT */
#ifndef CLI_MONITOR_H
#define CLI_MONITOR_H

#include "account/account.h"
#include "graph/take.h"
#include "heap/capture.h"
#include "heap/snapshot.h"
#include "stacks/stackshot.h"

/**
 * One process, looked at again and again.  What is found once (the process,
 * its files, its runtime) stays open; what changes is read anew at each look,
 * and nothing is kept of a look but the struct dump that the caller gets.
 *
 * Threads: one at a time.
 * Errors:  ERR_GONE from any call: it exited or started another program.  All
 *          that is left to do is monitor_close().
 */
struct monitor {
	struct capture cap;
	bool opened;
	bool used;		/* not the first look any more */
};

/** @offsets_path: a layout file, or NULL.  @cancel: once another thread sets
 *  it, atomically, what is under way fails soon, with ERR_LIMIT; or NULL. */
MUST_CHECK bool monitor_open(struct monitor *mo,
			     const struct target_spec *spec,
			     const char *offsets_path, const bool *cancel,
			     struct err *err);
void monitor_close(struct monitor *mo);

/** A census: opt->stop and what belongs to it; opt->offsets_path is not
 *  looked at. */
MUST_CHECK bool monitor_look(struct monitor *mo,
			     const struct snapshot_options *opt,
			     struct dump *dump, struct err *err);

/**
 * What costs next to nothing: target, python, memory, collector; @with_pss,
 * see fill_memory(), costs the kernel a while.
 * dump->mode is DUMP_NONE, numbers of the heap are DUMP_UNKNOWN.
 */
MUST_CHECK bool monitor_glance(struct monitor *mo, bool with_pss,
			       struct dump *dump, struct err *err);

/** dump->stacks, see stackshot_take(). */
MUST_CHECK bool monitor_stacks(struct monitor *mo,
			       const struct stackshot_options *opt,
			       struct dump *dump, struct err *err);

/** Where its memory is: see account_of(); and the collector, as a glance has
 *  it. */
MUST_CHECK bool monitor_account(struct monitor *mo,
				const struct account_options *opt,
				struct dump *dump, struct account *account,
				struct err *err);

/** The graph of its objects, for opt->analyse. */
MUST_CHECK bool monitor_graph(struct monitor *mo,
			      const struct graph_options *opt,
			      struct err *err);

/** What is in the object at @addr, read while the tracee runs on: see
 *  details_look(). */
MUST_CHECK bool monitor_object(struct monitor *mo, raddr addr, bool values,
			       struct details_object *ret, struct err *err);

/** R, S, D, T (stopped by a signal), t (by a tracer)...; 0: gone. */
char monitor_state(const struct monitor *mo);

#endif
