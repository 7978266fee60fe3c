/* SPDX-License-Identifier: MIT */
#ifndef CLI_SAMPLER_H
#define CLI_SAMPLER_H

#include "attach/target.h"
#include "tui/feed.h"

/**
 * A thread that looks into a process again and again: the feed of the screen.
 *
 * It keeps this program's CPU time below a share of one core: where a census
 * costs too much for the interval, it is taken less often, and the samples in
 * between (SAMPLE_LIGHT) know the memory and the collector only.
 *
 * What does not run, a core file, is looked at once, and again where somebody
 * asks for what was not looked for.
 *
 * All of ptrace is done by that thread.  Whenever it ends, and however, the
 * tracee runs on.
 */
enum {
	SAMPLER_INTERVAL_MS = 2000,
	SAMPLER_MIN_MS = 100,
	SAMPLER_MAX_MS = 3600 * 1000,
	SAMPLER_CPU_PERCENT = 10,
};

struct sampler_options {
	struct target_spec target;
	const char *offsets_path;	/* a layout file, or NULL */
	int interval_ms;
	double cpu_percent;		/* of one core */
	bool exact;	/* stop the tracee for every census */
	bool wait;	/* when it ends, for one with the same command */
	unsigned want;	/* enum feed_want, until ASK_WANT says else */
	bool values;	/* show values and keys: they are the user's data */
};

struct sampler;

/** Open the process, and begin.  NULL: it cannot be looked into, @err is what
 *  snapshot_take() would say.  @opt must live as long. */
struct sampler *sampler_new(const struct sampler_options *opt,
			    struct err *err);

/** Of the process it looked into at first. */
pid_t sampler_pid(const struct sampler *sampler);

struct feed *sampler_feed(struct sampler *sampler);

/**
 * End it within 40 ms.  False: the thread has not come to its end by then;
 * nothing is freed, and the program had better exit: the kernel lets go of the
 * tracee.
 */
bool sampler_free(struct sampler *sampler);

#endif
