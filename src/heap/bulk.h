/* SPDX-License-Identifier: MIT */
#ifndef HEAP_BULK_H
#define HEAP_BULK_H

#include "heap/capture.h"

/**
 * Load, in a few threads, what is known to be needed: arenas, data segments,
 * and the pages from malloc that the look before needed.  Each word of the
 * first two is looked at while it is still warm in the cache: cap->outside then
 * has the hits; those from *@ret_first on are of pages that are not the same as
 * in the look before.  @again: there was one; else the pages from malloc that
 * hits point at are loaded, too.
 *
 * When time is up (capture_has_time) the rest stays as the look before saw it.
 */
MUST_CHECK bool bulk_load(struct capture *cap, bool again, size_t *ret_first,
			  struct err *err);

#endif
