/* SPDX-License-Identifier: MIT */
#ifndef TRACES_TAKE_H
#define TRACES_TAKE_H

#include "heap/capture.h"
#include "result/traces.h"

/**
 * One look at what tracemalloc knows in a process or core, and at what lies on
 * the blocks now: an object, or a buffer of one.
 *
 * Both are of one moment: the tables are read while the process stands for the
 * copy of its heap.  If somebody is at work on them just then, it is let go and
 * stopped again.  Of a process that does not trace nothing is copied.
 */
struct traces_options {
	bool no_stop;		/* read both while it runs */
	/** About as long the process may stand; 0: as long as it takes. */
	int64_t max_pause_ms;
	void (*progress)(void *arg, const char *phase, uint64_t done,
			 uint64_t total);
	void *progress_arg;
};

/** @cap is open, by capture_open(), or capture_again() between looks.  @dump
 *  was initialised; both results are to be released whatever happens. */
MUST_CHECK bool traces_take(struct capture *cap,
			    const struct traces_options *opt,
			    struct dump *dump, struct traces *ret,
			    struct err *err);

struct heap;

/** Tell of the blocks of @traces, whose process was copied and counted, what
 *  lies there. */
MUST_CHECK bool traces_join(struct traces *traces, struct heap *heap,
			    struct err *err);

#endif
