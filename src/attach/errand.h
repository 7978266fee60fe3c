/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_ERRAND_H
#define ATTACH_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/**
 * Work that may never come back, done by a child of ours.
 *
 * Who opens the program of a tracee, or has the kernel read its arguments, may
 * wait for whoever serves that file system or that userfaultfd: for ever, and
 * not even to be killed.  A thread of ours would hold all of us then; a child
 * is left behind.
 *
 * It counts as stuck once it has slept for ERRAND_PATIENCE without waking once:
 * a slow machine makes nobody stuck.
 *
 * Threads: any may start one.
 * Owner:   errand_end(), also of one that is stuck.
 */
enum { ERRAND_PATIENCE = 8000 };	/* ms */

struct errand {
	pid_t pid;
	int fd;			/* what it writes */
	int patience;		/* ms */
	bool stuck;
};

/** How a read went. */
enum errand_read { ERRAND_CAME, ERRAND_STUCK, ERRAND_ENDED };

/** Call @fn(@arg, @i, fd) in a child for @i from @from to @end - 1. */
MUST_CHECK bool errand_start(struct errand *e, size_t from, size_t end,
			     void (*fn)(void *arg, size_t i, int fd),
			     void *arg, struct err *err);

/** The next @len bytes that it writes. */
enum errand_read errand_read(struct errand *e, void *buf, size_t len);

void errand_end(struct errand *e);

/** For the child; who cannot write to us has nobody to tell. */
void errand_write(int fd, const void *buf, size_t len);

/**
 * As many errands as it takes for @i from 0 to @n - 1: @fn writes in the child
 * what @take reads here; where that gets stuck, or dies, @lost is called, and
 * another child goes on behind it.
 */
struct errands {
	void (*fn)(void *arg, size_t i, int fd);
	/** False: *ret is no ERRAND_CAME, or @err is set. */
	bool (*take)(void *arg, size_t i, struct errand *e,
		     enum errand_read *ret, struct err *err);
	bool (*lost)(void *arg, size_t i, struct err *err);
	int patience;		/* ms; 0: ERRAND_PATIENCE */
};

MUST_CHECK bool errands_run(const struct errands *errands, size_t n, void *arg,
			    struct err *err);

#endif
