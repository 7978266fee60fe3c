/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_MIRROR_H
#define ATTACH_MIRROR_H

#include "attach/mem.h"
#include "attach/places.h"
#include "base/vec.h"

/**
 * A copy of parts of a tracee's memory, filled while it is stopped.
 *
 * Every place (attach/places.h) has address space of our own as large as it is,
 * of which only the pages that were loaded cost memory.  So what lies together
 * there lies together here, and any loaded piece of the tracee can be looked at
 * in place (mem.ops->peek).  A place that its memory can map, as a core file
 * can, is there at once, and nothing of it is copied.
 *
 * Threads: mirror_load_bulk() may run in several threads on disjoint ranges;
 *          all else that changes the mirror in one.  Once nothing loads any
 *          more, any number of threads may peek and read.
 * Late:    a read of what was not loaded yet loads it.  Once the tracee runs
 *          again (mirror_seal), what is not loaded cannot be read any more: it
 *          need not fit the rest.  What lies in no place (constants) can.
 */
enum {
	MIRROR_PAGE = ADDR_PAGE,
	MIRROR_CLUSTER = 64 * 1024,	/* loaded at once on demand */
};

/** What of a place is here. */
struct mirror_region {
	uint8_t *local;			/* the same bytes here */
	uint64_t *loaded;		/* a bit a page */
};

struct mirror {
	struct mem mem;
	struct mem *live;		/* where bytes come from */
	const struct places *places;
	VEC(struct mirror_region) regions;	/* one a place */
	VEC(struct mirror_space {
		void *map;
		size_t map_len;		/* with slack */
	}) spaces;
	bool sealed;
	/** As many bytes may be loaded, bulk loads apart; 0: any number.  What
	 *  was not, counts in @refused. */
	uint64_t limit, refused;
	uint64_t unreadable;		/* bytes of bulk loads that did not
					   come; atomic */
};

/** A copy of what @live has in @places, which must stay as they are, once they
 *  are indexed.  Those whose kind is in @whole will be loaded whole: in huge
 *  pages, if there is much of it. */
MUST_CHECK bool mirror_init(struct mirror *mi, struct mem *live,
			    const struct places *places, unsigned whole,
			    struct err *err);
void mirror_fini(struct mirror *mi);

/** Touch the memory behind a range ahead of its load, so that no page fault
 *  slows the copy.  Best effort. */
void mirror_touch(struct mirror *mi, raddr start, uint64_t len);

/** Load a range that lies in one place, whole.  Unreadable parts stay not
 *  loaded and count. */
MUST_CHECK bool mirror_load_bulk(struct mirror *mi, raddr start, uint64_t len,
				 struct err *err);

/** Load what of [start, start + len) lies in places and is not there yet. */
MUST_CHECK bool mirror_load(struct mirror *mi, raddr start, uint64_t len,
			    struct err *err);

/** The tracee runs again: nothing is loaded from now on. */
void mirror_seal(struct mirror *mi);

/** The copy of what is at @addr, whatever of it was loaded; NULL: it lies in no
 *  place. */
const uint8_t *mirror_local(const struct mirror *mi, raddr addr);

#endif
