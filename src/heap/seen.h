/* SPDX-License-Identifier: MIT */
#ifndef HEAP_SEEN_H
#define HEAP_SEEN_H

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

#endif
