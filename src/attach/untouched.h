/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_UNTOUCHED_H
#define ATTACH_UNTOUCHED_H

#include <pthread.h>

#include "attach/maps.h"
#include "base/addr.h"

struct modules;
struct process;

/**
 * What the tracee has not touched, and we must not.
 *
 * Whoever reads a page that is not there makes it: it is mapped, and the
 * tracee's resident size grows, or its page tables; of a file in memory it is
 * even made, and the tracee's cgroup pays; where a file system or a
 * userfaultfd is to fill it, he waits for whoever serves that, for ever maybe.
 * So nothing is read but what the page table has, and what is not there is
 * known without asking the tracee, or not known:
 *
 *  - memory that is private and of no file: zeros;
 *  - segments of programs and libraries: what stands in the file;
 *  - the vdso: what ours has;
 *  - all else, guards, shared memory and files that were mapped as data: a
 *    hole.
 *
 * What is in swap is read, and comes back to memory by that: there is no other
 * way to know it.
 *
 * Threads: any number may ask at once, but not while untouched_know() runs.
 * Owner:   untouched_fini().
 * Facts:   Documentation/admin-guide/mm/pagemap.rst.  Linux 6.18,
 *          fs/proc/task_mmu.c: markers of userfaultfd and guard regions call
 *          themselves swapped, with bit 57 or 58 beside that; page tables of
 *          files in memory do not tell what of them is in swap.
 */
enum {
	UNTOUCHED_SPAN_SHIFT = 17,	/* 32 pages */
	UNTOUCHED_SPANS = 4096,
};

struct untouched {
	const struct process *proc;
	int pagemap_fd;		/* -1: nobody can tell what is there */
	struct modules *mods;	/* borrowed; NULL: not known yet */
	pthread_mutex_t lock;	/* of what mods open, and of what follows */
	struct maps later;	/* where those of mods do not know */
	bool asked_again;	/* for those, in this look */
	/** Pages that were seen to be there: the upper half of an entry is the
	 *  number of the span, the lower has a bit a page.  Atomic. */
	uint64_t there[UNTOUCHED_SPANS];
};

void untouched_init(struct untouched *u, const struct process *proc);
void untouched_fini(struct untouched *u);

/** A look begins: go by the mappings of @mods, or NULL, and forget what was
 *  there, for the tracee may have let go of it. */
void untouched_know(struct untouched *u, struct modules *mods);

/** Where bytes are to be taken from. */
enum untouched_from {
	FROM_TRACEE,		/* they are there */
	FROM_NOWHERE,		/* they are zeros */
	FROM_FILE,
	FROM_OURSELVES,
	FROM_NOBODY,		/* they are not to be had */
};

struct untouched_run {
	uint64_t len;
	enum untouched_from from;
	int fd;			/* FROM_FILE: whose it is stays the same */
	uint64_t offset;	/* in the file */
	const void *ours;	/* FROM_OURSELVES */
};

/** The beginning of the @len > 0 bytes at @at that comes from one place. */
struct untouched_run untouched_run(struct untouched *u, raddr at,
				   uint64_t len);

/** Are all of them there? */
bool untouched_none(struct untouched *u, raddr at, uint64_t len);

#endif
