/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_MIRROR_H
#define ATTACH_MIRROR_H

#include "attach/mem.h"
#include "base/vec.h"

/**
 * A copy of parts of a tracee's memory, filled while it is stopped.
 *
 * Every writable mapping of the tracee may become a region: address space of
 * our own as large as the mapping, of which only the pages that were loaded
 * cost memory.  So what lies together there lies together here, and any loaded
 * piece of the tracee can be looked at in place (mem.ops->peek).
 *
 * Address to region is two loads: a directory by the upper bits, then a table
 * with one entry for each granule of 256 KiB.
 *
 * Threads: mirror_load_bulk() may run in several threads on disjoint ranges;
 *          all else that changes the mirror in one.  Once nothing loads any
 *          more, any number of threads may peek and read.
 * Late:    a read of what was not loaded yet loads it.  Once the tracee runs
 *          again (mirror_seal), what is not loaded cannot be read any more: it
 *          need not fit the rest.  What lies in no region (constants) can.
 */
enum {
	MIRROR_GRANULE_SHIFT = 18,
	MIRROR_PAGE = ADDR_PAGE,
	MIRROR_CLUSTER = 64 * 1024,	/* loaded at once on demand */
};

/** What a word that may be an address points at, by granule. */
enum mirror_kind {
	MIRROR_ANON = 1,	/* heap that is not pymalloc's */
	MIRROR_ARENA = 2,	/* pymalloc arenas */
	MIRROR_STATIC = 4,	/* data segments of programs and libraries */
};

struct mirror_region {
	raddr start;
	uint64_t len;
	uint8_t kind;			/* one enum mirror_kind */
	uint8_t *local;			/* the same bytes here */
	uint64_t *loaded;		/* a bit a page */
};

struct mirror_leaf {
	uint32_t region[1 << (32 - MIRROR_GRANULE_SHIFT)];
	uint8_t kinds[1 << (32 - MIRROR_GRANULE_SHIFT)];
};

struct mirror {
	struct mem mem;
	struct mem *live;		/* where bytes come from */
	VEC(struct mirror_region) regions;	/* sorted by start */
	VEC(struct mirror_space {
		raddr start;
		uint64_t len;
		uint8_t *local;
		void *map;
		size_t map_len;		/* with slack */
	}) spaces;
	struct mirror_leaf **top;	/* by address >> 32 */
	VEC(uint32_t) leaves;		/* where top has one */
	bool sealed;
	/** As many bytes may be loaded, bulk loads apart; 0: any number.  What
	 *  was not, counts in @refused. */
	uint64_t limit, refused;
	uint64_t unreadable;		/* bytes of bulk loads that did not
					   come; atomic */
};

MUST_CHECK bool mirror_init(struct mirror *mi, struct mem *live,
			    struct err *err);
void mirror_fini(struct mirror *mi);

/** Set aside address space for [start, start + len): what lies together there
 *  lies together here, and in huge pages where it is large. */
MUST_CHECK bool mirror_reserve(struct mirror *mi, raddr start, uint64_t len,
			       struct err *err);

/** Make [start, start + len), page aligned, a region of what was reserved last.
 *  Regions must be added in ascending order and not overlap; then call
 *  mirror_index(). */
MUST_CHECK bool mirror_add(struct mirror *mi, raddr start, uint64_t len,
			   enum mirror_kind kind, struct err *err);
MUST_CHECK bool mirror_index(struct mirror *mi, struct err *err);

/** Touch the memory behind a range ahead of its load, so that no page fault
 *  slows the copy.  Best effort. */
void mirror_touch(struct mirror *mi, raddr start, uint64_t len);

/** Load a range that lies in one region, whole.  Unreadable parts stay not
 *  loaded and count. */
MUST_CHECK bool mirror_load_bulk(struct mirror *mi, raddr start, uint64_t len,
				 struct err *err);

/** Load what of [start, start + len) lies in regions and is not there yet. */
MUST_CHECK bool mirror_load(struct mirror *mi, raddr start, uint64_t len,
			    struct err *err);

/** The tracee runs again: nothing is loaded from now on.  A mirror that is
 *  sealed before it has regions takes no address space of ours: it only knows
 *  which address is what. */
void mirror_seal(struct mirror *mi);

/** The region that holds @addr, or NULL. */
const struct mirror_region *mirror_region(const struct mirror *mi,
					  raddr addr);

/** The kinds of the regions that share the granule of @addr; 0: none. */
static inline unsigned mirror_kinds(const struct mirror *mi, raddr addr)
{
	const struct mirror_leaf *leaf;

	if (addr >> 48)
		return 0;
	leaf = mi->top[addr >> 32];
	return leaf ? leaf->kinds[(uint32_t)addr >> MIRROR_GRANULE_SHIFT] : 0;
}

/** The kind of region that holds @addr, exactly; 0: none. */
unsigned mirror_kind(const struct mirror *mi, raddr addr);

#endif
