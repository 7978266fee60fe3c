/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_TARGET_LIVE_H
#define ATTACH_TARGET_LIVE_H

#include "attach/live.h"
#include "attach/process.h"
#include "attach/target.h"

/**
 * A process as a target.  What is in here is nobody's business but of those
 * who look for processes, and of tests.
 */
struct target_live {
	struct target target;
	struct process proc;
	struct live live;
};

/** NULL: see process_open() and live_open(). */
struct target_live *target_live_open(pid_t pid, struct err *err);

#endif
