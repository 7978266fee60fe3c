/* SPDX-License-Identifier: MIT */
#ifndef HEAP_SEEN_H
#define HEAP_SEEN_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

/**
 * A set of addresses in a fixed amount of memory, 8 MiB when full: who reads a
 * heap of any size in little memory can remember so many and no more.
 *
 * Threads: one at a time.
 */
enum { SEEN_SLOTS = 1 << 20, SEEN_MAX = SEEN_SLOTS / 4 * 3 };

struct seen {
	raddr *slot;		/* SEEN_SLOTS; 0: empty */
	size_t n;
};

enum seen_add { SEEN_NEW, SEEN_BEFORE, SEEN_FULL };

MUST_CHECK bool seen_init(struct seen *seen, struct err *err);
void seen_fini(struct seen *seen);

/** Add @addr, which is not 0; SEEN_FULL: it was not added. */
enum seen_add seen_add(struct seen *seen, raddr addr);

#endif
