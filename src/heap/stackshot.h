/* SPDX-License-Identifier: MIT */
#ifndef HEAP_STACKSHOT_H
#define HEAP_STACKSHOT_H

#include <sys/types.h>

#include "heap/dump.h"
#include "heap/tracee.h"

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
 * take is bounded (see heap/pystacks.h and heap/native.h).
 *
 * With @stop false it is not paused, and frames are read one by one.
 */
MUST_CHECK bool stackshot_take(struct tracee *tr,
			       const struct stackshot_options *opt,
			       struct dump *dump, struct err *err);

/** Only dump->stacks, of the tracee as it runs. */
MUST_CHECK bool stackshot_running(struct tracee *tr, struct dump *dump,
				  struct err *err);

#endif
