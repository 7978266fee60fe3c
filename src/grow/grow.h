/* SPDX-License-Identifier: MIT */
#ifndef GROW_GROW_H
#define GROW_GROW_H

#include "attach/target.h"
#include "result/dump.h"
#include "result/growth.h"

/**
 * Which line makes a process grow: its page faults are watched for a while, and
 * at the end it is looked which of the pages are still there, and what lies on
 * them.
 *
 * The process is not stopped, traced or written to: dump->mode is DUMP_LIVE, and
 * what changed while it was read is said in the warnings.  Where page faults may
 * not be watched, or if so wished, its stacks are read now and then instead, and
 * what became resident meanwhile is given to what ran: growth->by_clock.
 */
struct grow_options {
	double seconds;		/* at most; 0: no end */
	int64_t until_rss;	/* ... until so many bytes are resident; 0 */
	bool by_clock;
	int until_fd;		/* ... or this has something to read; -1 */
	const char *annotate;	/* see grow/sources.h; or NULL */
	const char *offsets_path;
	/** Called when faults are being watched, or NULL. */
	void (*ready)(void *arg);
	void *ready_arg;
	/** Called now and then, or NULL. */
	void (*progress)(void *arg, const char *phase, uint64_t done,
			 uint64_t total);
	void *progress_arg;
};

/** Fill @dump and @growth, both to be released whatever happens. */
MUST_CHECK bool grow_watch(const struct target_spec *spec,
			   const struct grow_options *opt, struct dump *dump,
			   struct growth *growth, struct err *err);

#endif
