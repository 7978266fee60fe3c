/* SPDX-License-Identifier: MIT */
#ifndef STACKS_STACKSHOT_H
#define STACKS_STACKSHOT_H

#include <sys/types.h>

#include "pyabi/tracee.h"
#include "result/dump.h"

/** What to look for besides the Python frames of every thread. */
struct stackshot_options {
	bool stop;		/* else read it running, frame by frame */
	bool native;		/* frames of C; needs @stop */
	bool locals;		/* values of arguments and variables */
	bool tasks;		/* asyncio's */
};

/**
 * What every thread of @tr does: dump->stacks, dump->mode, time, pause_ms,
 * and complete with warnings where something is missing.
 *
 * The tracee is paused only to copy thread states, frames, and what names
 * them; all else about Python is made of the copy.  States and CPU times of the
 * kernel's threads are from right before, since all stand in the pause; which
 * symbols are in the files that it has mapped is read after.  What a look may
 * take is bounded (see stacks/pystacks.h and stacks/native.h).
 *
 * With @stop false it is not paused, and frames are read one by one.
 */
MUST_CHECK bool stackshot_take(struct tracee *tr,
			       const struct stackshot_options *opt,
			       struct dump *dump, struct err *err);

/** Only dump->stacks, Python frames of all threads, beside another look. */
extern const struct beside stackshot_beside;

#endif
