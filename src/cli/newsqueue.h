/* SPDX-License-Identifier: MIT */
#ifndef CLI_NEWSQUEUE_H
#define CLI_NEWSQUEUE_H

#include <pthread.h>

#include "tui/sample.h"

/**
 * News on their way from the thread that looks to the one that shows.
 *
 * Of samples that nobody takes only the newest NEWSQUEUE_SAMPLES are kept, and
 * the next one says how many went; all other news stay.
 *
 * Threads: any.  None waits but for the lock.
 */
enum { NEWSQUEUE_SAMPLES = 64 };

struct newsqueue {
	pthread_mutex_t lock;
	struct news *first, **last;
	struct news *spare;	/* for when there is no memory for news */
	size_t n_samples;
	size_t n_dropped;	/* and not told of yet */
	int fd;			/* readable while there are any */
};

MUST_CHECK bool newsqueue_init(struct newsqueue *q, struct err *err);
void newsqueue_fini(struct newsqueue *q);

/** Takes @news over.  NULL, for want of memory, is told, too: a spare event
 *  (EVENT_NOMEM) takes its place, once until there is memory for another. */
void newsqueue_put(struct newsqueue *q, struct news *news);

/** The oldest, or NULL. */
struct news *newsqueue_take(struct newsqueue *q);

#endif
