/* SPDX-License-Identifier: MIT */
#ifndef BASE_STRSET_H
#define BASE_STRSET_H

#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

/**
 * Strings, each once: they are numbered from 0 in the order they came, and stay
 * where they are.
 *
 * Cost:  16 to 32 bytes a string besides itself.
 * Owner: strset_fini().
 */
struct strset {
	VEC(char *) all;	/* by number */
	uint32_t *slot;		/* number + 1; 0: empty */
	size_t mask;		/* mask + 1 slots, or none yet */
};

#define STRSET_NONE UINT32_MAX

void strset_fini(struct strset *set);

/** The number of @text, which is copied if it is new; STRSET_NONE: out of
 *  memory. */
MUST_CHECK uint32_t strset_add(struct strset *set, const char *text,
			       struct err *err);

/** FNV-1a; never 0. */
uint64_t strset_hash(const char *text);

#endif
