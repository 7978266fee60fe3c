/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_PAGES_H
#define ATTACH_PAGES_H

#include "attach/mem.h"
#include "base/addrmap.h"
#include "base/vec.h"

/**
 * A copy of single pages of a tracee, made as they are asked for.
 *
 * What reads a tracee through it while it is stopped leaves behind all that it
 * read; sealed, the copy answers the same questions again when the tracee has
 * long run on, and nothing else.
 *
 * Who reads a tracee that lies may go round in circles, or far.  So reading has
 * a clock: once it has run down, or MAX_COPIED_PAGES have been copied, nothing
 * can be read any more, which ends all walks; is_spent or is_full says that.
 *
 * Threads: one at a time.  Pointers from peek hold until pages_clear().
 */
enum { PAGES_SIZE = ADDR_PAGE, PAGES_CHUNK = 64 };

struct pages {
	struct mem mem;			/* first: hand out &pages->mem */
	struct mem *from;
	struct addrmap by_page;		/* number, by address / PAGES_SIZE */
	VEC(uint8_t *) chunks;		/* of PAGES_CHUNK pages each */
	size_t n;			/* pages in use */
	bool sealed;
	bool is_spent;			/* the clock has run down */
	bool is_full;			/* a page was not copied for that */
	unsigned asked;
	uint64_t cpu_end, end;		/* of this thread; by the clock */
};

void pages_init(struct pages *pages, struct mem *from);
void pages_fini(struct pages *pages);

/** Have memory at hand for @n pages, so that no page fault slows the copy. */
MUST_CHECK bool pages_reserve(struct pages *pages, size_t n, struct err *err);

/** Load the pages that hold the @n addresses, all at once.  Unreadable ones
 *  stay so. */
MUST_CHECK bool pages_load(struct pages *pages, const raddr *at, size_t n,
			   struct err *err);

/** From now on reading may take @ms of the CPU, and thrice as much in all;
 *  before the first call, any time. */
void pages_allow(struct pages *pages, unsigned ms);

/** From now on what was not read cannot be read. */
void pages_seal(struct pages *pages);

/** Forget all, and begin anew. */
void pages_clear(struct pages *pages);

#endif
