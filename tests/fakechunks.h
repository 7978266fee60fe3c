/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKECHUNKS_H
#define TESTS_FAKECHUNKS_H

#include "fakemem.h"

/**
 * The main arena of a glibc 2.36 that gives and takes memory, in fake memory:
 * chunks in use, free, in fast bins, and the top.
 *
 * Free ones are not joined; who gets one has all of it if what would be left is
 * too small to be a chunk.
 */
enum { FAKECHUNKS_MAX = 4096, FAKECHUNKS_FAST = 7 };

struct fakechunks {
	struct fakemem *fm;
	raddr state;		/* of main_arena */
	raddr top, end;
	/** Any number below @n; NULL: 0. */
	uint64_t (*choose)(void *arg, uint64_t n);
	void *choose_arg;
	raddr free[FAKECHUNKS_MAX];
	size_t n_free;
	raddr fast[FAKECHUNKS_FAST];	/* the first of each list */
};

/** main_arena at @state and mp_ (its sbrk_base) at @par, in a segment that is
 *  there; all of the @len bytes at @heap are the top. */
void fakechunks_init(struct fakechunks *fc, struct fakemem *fm, raddr state,
		     raddr par, raddr heap, uint64_t len);

/** Where its owner's @size bytes begin, as they were left. */
raddr fakechunks_alloc(struct fakechunks *fc, uint64_t size);
void fakechunks_free(struct fakechunks *fc, raddr at);

/** Bytes of the chunk of what begins at @at. */
uint64_t fakechunks_takes(const struct fakechunks *fc, raddr at);

#endif
