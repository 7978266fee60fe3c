/* SPDX-License-Identifier: MIT */
#ifndef PYABI_MALLOC_THREADS_H
#define PYABI_MALLOC_THREADS_H

#include <sys/types.h>

#include "pyabi/malloc_glibc.h"

/**
 * Which arena of glibc's malloc each thread uses.
 *
 *	glibc_threads_note(&gt, &gm, mem, tid, pointer, &err);
 *	if (glibc_threads_settle(&gt, &gm)) ... gt.words ...
 *	glibc_threads_fini(&gt);
 *
 * A thread keeps its arena in a variable of its own, thread_arena, at the same
 * distance below its thread pointer in all threads.  No symbol tells which: it
 * is the one for which each arena is used by as many threads as it counts
 * itself (attached_threads).
 *
 * Threads: one at a time.
 * Owner:   glibc_threads_fini().
 * Facts:   glibc 2.28 to 2.43, malloc/arena.c; thread_arena is in the static
 *          TLS, below the thread pointer on x86-64.
 */
struct glibc_thread_word {
	pid_t tid;
	uint32_t below;		/* bytes, from the thread pointer */
	raddr value;
	uint32_t arena;		/* its number, once settled */
};

struct glibc_threads {
	VEC(struct glibc_thread_word) words;
};

/** While it stands: the words of a thread that may be its thread_arena.
 *  @pointer: its thread pointer.  ERR_GONE, ERR_NOMEM. */
MUST_CHECK bool glibc_threads_note(struct glibc_threads *gt,
				   const struct glibc_malloc *gm,
				   struct mem *mem, pid_t tid, raddr pointer,
				   struct err *err);

/** After glibc_read(): only words that are a thread_arena stay, one a thread
 *  that uses malloc at all.  False: they cannot be told. */
bool glibc_threads_settle(struct glibc_threads *gt,
			  const struct glibc_malloc *gm);
void glibc_threads_fini(struct glibc_threads *gt);

#endif
