/* SPDX-License-Identifier: MIT */
#ifndef BASE_STRSET_H
#define BASE_STRSET_H

#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

/**
 * Strings, each once: they are numbered from 0 in the order they came, and stay
 * where they are.  Or any other bytes, which are alike if all of them are.
 *
 * Cost:  20 to 36 bytes a string besides itself.
 * Owner: strset_fini().
 */
struct strset {
	VEC(char *) all;	/* by number; a NUL follows */
	VEC(uint32_t) len;	/* of these, without that NUL */
	size_t bytes;		/* that these take */
	uint32_t *slot;		/* number + 1; 0: empty */
	size_t mask;		/* mask + 1 slots, or none yet */
};

#define STRSET_NONE UINT32_MAX

void strset_fini(struct strset *set);

/** The number of @text, which is copied if it is new; STRSET_NONE: out of
 *  memory. */
MUST_CHECK uint32_t strset_add(struct strset *set, const char *text,
			       struct err *err);

/** That of the @len bytes at @p, aligned there as malloc() does; STRSET_NONE,
 *  ERR_LIMIT: all would take more than @most. */
MUST_CHECK uint32_t strset_put(struct strset *set, const void *p, size_t len,
			       size_t most, struct err *err);

/** FNV-1a; never 0. */
uint64_t strset_hash(const char *text);

#endif
