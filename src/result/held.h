/* SPDX-License-Identifier: MIT */
#ifndef RESULT_HELD_H
#define RESULT_HELD_H

#include "base/vec.h"

/**
 * What somebody holds, by type: "12,340 Session, 3 int".
 *
 * Owner: held_fini().  Zeroed is empty.
 */
struct held_types {
	struct held_row {
		char *type;	/* foreign: escape it */
		int64_t count, bytes;
	} *v;
	size_t n, room;		/* a VEC */
};

/** One type more; @type is copied. */
MUST_CHECK bool held_add(struct held_types *held, const char *type,
			 int64_t count, int64_t bytes, struct err *err);

/** The most bytes first. */
void held_sort(struct held_types *held);

void held_fini(struct held_types *held);

#endif
