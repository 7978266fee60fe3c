/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKEMALLOC_H
#define TESTS_FAKEMALLOC_H

#include "fakemem.h"

/**
 * A malloc of glibc 2.36 as it looks in memory: main_arena and mp_ in a data
 * segment, a main heap, and the heap of one more arena.
 *
 * Both heaps have the same chunks: in use, free, in a fast bin (two of them, a
 * list), the main one's cache, two in that cache, in use, free of three pages,
 * in use, and the top.
 */
enum fake_chunk {
	FAKE_USED, FAKE_FREE, FAKE_FAST, FAKE_GUARD, FAKE_FAST_TOO, FAKE_CACHE,
	FAKE_CACHED, FAKE_GUARD_TOO, FAKE_CACHED_TOO, FAKE_LAST,
	FAKE_FREE_PAGES, FAKE_END, FAKE_TOP, FAKE_CHUNKS
};

struct fakemalloc {
	struct fakemem fm;
	raddr chunk[2][FAKE_CHUNKS];
	uint64_t size[FAKE_CHUNKS];	/* but of the tops */
	raddr mapped;			/* a chunk by itself */
};

#define FAKE_DATA 0x7f5500000000ull	/* 64 KiB */
#define FAKE_MAIN (FAKE_DATA + 0x1000)
#define FAKE_PAR (FAKE_DATA + 0x400)	/* sbrk_base in mp_ */
#define FAKE_HEAP 0x555500000000ull
#define FAKE_OTHER_HEAP 0x7f5400000000ull
#define FAKE_OTHER (FAKE_OTHER_HEAP + 48)
#define FAKE_MAPPED 0x7f5300000000ull	/* two pages nobody knows, then it */
enum { FAKE_HEAP_SIZE = 0x21000, FAKE_MAPPED_SIZE = 0x4000 };

/** Where a struct malloc_state has them. */
enum { FAKE_STATE_FAST = 16, FAKE_STATE_TOP = 96, FAKE_STATE_SIZE = 2200 };

/** One at @at that has @size bytes of the system, and nothing in its bins. */
void fakemalloc_state(struct fakemem *fm, raddr at, raddr next, uint64_t size);

void fakemalloc_init(struct fakemalloc *f);
void fakemalloc_fini(struct fakemalloc *f);

#endif
