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
 * of which only the pages that were loaded cost memory.  What adjoins there
 * adjoins here, and any loaded piece of the tracee can be looked at in place
 * (mem.ops->peek).  What will be loaded whole comes in huge pages, which small
 * places share.  A place that its memory can map, as a core file
 * can, is there at once, and nothing of it is copied.
 *
 * Threads: mirror_load_bulk() may run in several threads on disjoint ranges;
 *          all else that changes the mirror in one.  Once nothing loads any
 *          more, any number of threads may peek and read.
 * Again:   what was loaded may be loaded once more, from the tracee as it is
 *          by then: it is compared, and which pages are the same is known.
 * Short:   what there is no time to load again may stay as it was
 *          (mirror_keep); it need not fit the rest either.
 * Late:    a read of what was not loaded yet loads it, and beside it as much as
 *          was asked for piece by piece, upwards or downwards.  Once the tracee
 *          runs again (mirror_seal), what is not loaded cannot be read any
 *          more: it need not fit the rest.  What lies in no place (constants)
 *          can.
 */
enum {
	MIRROR_PAGE = ADDR_PAGE,
	MIRROR_CLUSTER = 64 * 1024,	/* loaded at once on demand, at first */
	MIRROR_AHEAD = 16 << 20,	/* at most */
	MIRROR_SCRATCH = 256 * 1024,	/* compared at once: a cache holds it */
	MIRROR_FRESH = 8,
};

/** What of a place is here. */
struct mirror_region {
	uint8_t *local;			/* the same bytes here */
	/** A bit a page: it was loaded; it was in the look before; and it was
	 *  the same then, to the byte. */
	uint64_t *loaded, *known, *same;
	uint64_t words;			/* of each */
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
	/** The last load on demand, and how much it might have been. */
	struct mirror_demand {
		raddr start, end;
		uint64_t most;
	} demand;
	/** Memory that became what it is after the look before: a page that
	 *  points there is none that is the same. */
	struct mirror_range {
		raddr start;
		uint64_t len;
	} fresh[MIRROR_FRESH];
	size_t n_fresh;		/* more than there is room for: all are */
	/** As many bytes may be loaded, bulk loads apart; 0: any number.  What
	 *  was not, counts in @refused. */
	uint64_t limit, refused;
	uint64_t unreadable;		/* bytes that did not come, of those
					   that were counted; atomic */
};

/** A copy of what @live has in @places, which must stay as they are, once they
 *  are indexed.  Those whose kind is in @whole will be loaded whole: in huge
 *  pages, if there is much of it. */
MUST_CHECK bool mirror_init(struct mirror *mi, struct mem *live,
			    const struct places *places, unsigned whole,
			    struct err *err);
void mirror_fini(struct mirror *mi);

/** A new look at the same tracee begins: nothing is loaded, what was is known
 *  and will be compared. */
void mirror_again(struct mirror *mi);

/** The same where the places changed: @mi was made for them as they are, and
 *  takes over what @from had loaded.  @from is of no more use then.  Words that
 *  point at places of @kinds matter. */
void mirror_adopt(struct mirror *mi, const struct mirror *from,
		  unsigned kinds);

/** Load a range that lies in one place, whole.  Unreadable parts stay not
 *  loaded; @counted: they count.  What is known is compared, by way of @scratch,
 *  of MIRROR_SCRATCH bytes; NULL: nothing is. */
MUST_CHECK bool mirror_load_bulk(struct mirror *mi, raddr start, uint64_t len,
				 bool counted, uint8_t *scratch,
				 struct err *err);

/** Most of [start, start + len) will be loaded: what of it is in whole huge
 *  pages takes few page faults then. */
void mirror_expect(struct mirror *mi, raddr start, uint64_t len);

/** Do not load the pages of [start, start + len), which lies in one place:
 *  those that are known stay as they were, and the same.  Returns how many
 *  bytes are not known. */
uint64_t mirror_keep(struct mirror *mi, raddr start, uint64_t len);

/** The same of all that is not loaded. */
void mirror_keep_all(struct mirror *mi);

/** Is all of [start, start + len) loaded, and the same as in the look before? */
bool mirror_is_same(const struct mirror *mi, raddr start, uint64_t len);

/** Load what of [start, start + len) lies in places and is not there yet. */
MUST_CHECK bool mirror_load(struct mirror *mi, raddr start, uint64_t len,
			    struct err *err);

/** The tracee runs again: nothing is loaded from now on. */
void mirror_seal(struct mirror *mi);

/** The copy of what is at @addr, whatever of it was loaded; NULL: it lies in no
 *  place. */
const uint8_t *mirror_local(const struct mirror *mi, raddr addr);

#endif
