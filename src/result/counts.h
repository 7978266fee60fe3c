/* SPDX-License-Identifier: MIT */
#ifndef RESULT_COUNTS_H
#define RESULT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/**
 * Do reference counts add up, as plain data: of each object, is its count that
 * of the references which were found?
 *
 * Owner: counts_fini().
 */
struct counts_type {
	char *type;
	int64_t surplus, excess;	/* objects */
};

struct counts {
	int64_t objects;	/* all whose count says something: not those
				   in data segments, nor immortal ones */
	int64_t exact;		/* found just as many */
	int64_t by_words;	/* more, but words outside of objects may be
				   the rest: state, data segments, C's */
	int64_t surplus;	/* more, and nobody knows who */
	int64_t excess;		/* fewer: what was found is in no count */
	VEC(struct counts_type) types;	/* of the last two, most first */
};

void counts_sort(struct counts *counts);
void counts_fini(struct counts *counts);

#endif
