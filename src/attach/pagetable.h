/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_PAGETABLE_H
#define ATTACH_PAGETABLE_H

#include "attach/maps.h"
#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

struct process;

/**
 * Which pages of a process are where, as its page table has it.
 *
 * Resident is what the kernel counts as such (RSS): pages that are mapped, but
 * for the one of zeros that all share, what huge pages were reserved for, and
 * what belongs to no memory (devices, the kernel's own clock).
 *
 * Facts: Documentation/admin-guide/mm/pagemap.rst; PAGEMAP_SCAN is of Linux
 *        6.7.  Before that, pages of zeros are told by their frame's number,
 *        which only root may see.
 */
enum page_flag {
	PAGE_RESIDENT = 1,
	PAGE_SWAPPED = 2,	/* away, or on its way */
	PAGE_SHARED = 4,	/* resident; mapped by others, too */
	PAGE_HUGE = 8,		/* resident; of no file, in one page of 2 MiB;
				   not told without PAGEMAP_SCAN */
};

/** A run of pages that are alike; what is neither resident nor swapped is in
 *  no run. */
struct page_run {
	raddr start, end;
	unsigned flags;		/* enum page_flag */
};

struct pagetable {
	VEC(struct page_run) runs;	/* sorted */
	/** Pages of zeros could not be told: there may be less than this. */
	bool overstated;
	/** Of a core file: what it holds, resident or not. */
	bool held;
	/** Set before it is read: do without PAGEMAP_SCAN; and until when it
	 *  may take, monotonic, or 0. */
	bool no_scan;
	uint64_t end_ns;
};

/** Of all @maps.  ERR_PERM, ERR_OS: it cannot be read; ERR_LIMIT: not by
 *  end_ns. */
MUST_CHECK bool pagetable_read(struct pagetable *ret,
			       const struct process *proc,
			       const struct maps *maps, struct err *err);
void pagetable_fini(struct pagetable *pt);

/** The number of the first run that ends above @at; runs.n if none. */
size_t pagetable_from(const struct pagetable *pt, raddr at);

/** A run behind all others, or more of the last one. */
MUST_CHECK bool pagetable_add(struct pagetable *pt, raddr start, raddr end,
			      unsigned flags, struct err *err);

/** Resident bytes in [start, end). */
uint64_t pagetable_resident(const struct pagetable *pt, raddr start,
			    raddr end);

#endif
