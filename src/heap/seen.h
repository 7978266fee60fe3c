/* SPDX-License-Identifier: MIT */
#ifndef HEAP_SEEN_H
#define HEAP_SEEN_H

#include <pthread.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

/**
 * A set of addresses that grows, up to a bound: who reads a heap in little
 * memory can remember so many and no more.  They are multiples of 8; the three
 * bits below say as what each was seen.
 *
 * Cost:    11 to 22 bytes an address; half as much again while it grows.
 * Threads: one at a time.
 * Owner:   seen_fini().
 */
struct seen {
	raddr *slot;		/* mask + 1 of them; 0: empty */
	size_t n, mask, max;
};

enum seen_add { SEEN_NEW, SEEN_BEFORE, SEEN_FULL };

/** At most @max addresses. */
MUST_CHECK bool seen_init(struct seen *seen, size_t max, struct err *err);
void seen_fini(struct seen *seen);

enum { SEEN_TAGS = 7 };

/** Add @addr with all of @tags, not 0; SEEN_BEFORE: it had them.  SEEN_FULL: it
 *  was not added, there are @max, or no memory is left for more. */
enum seen_add seen_add(struct seen *seen, raddr addr, unsigned tags);

enum { SEEN_PARTS = 64 };

/**
 * The same for many threads at a time.  Each goes through addresses of its own
 * for the most part, so they seldom meet at a part of it.
 *
 * Owner: seen_shared_fini(), also after a failure.
 */
struct seen_shared {
	struct seen_part {	/* by page */
		_Alignas(64) pthread_mutex_t lock;
		struct seen seen;
		uint64_t n_dropped;	/* that did not fit in there */
	} part[SEEN_PARTS];
};

MUST_CHECK bool seen_shared_init(struct seen_shared *shared, size_t max,
				 struct err *err);
void seen_shared_fini(struct seen_shared *shared);
enum seen_add seen_shared_add(struct seen_shared *shared, raddr addr,
			      unsigned tags);

/** How many addresses were seen; @ret_dropped: and how many more were not
 *  remembered. */
size_t seen_shared_count(const struct seen_shared *shared,
			 uint64_t *ret_dropped);

#endif
