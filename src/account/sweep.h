/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_SWEEP_H
#define ACCOUNT_SWEEP_H

#include "attach/maps.h"
#include "attach/pagetable.h"
#include "result/account.h"

/**
 * Once through the address space: what is resident is added to the leaf of who
 * has it.
 *
 *	sweep_init(&sw, &account, &pages, &maps, leaf_of_map, other);
 *	sweep_add(&sw, start, end, leaf);	in ascending order
 *	sweep_end(&sw);
 *
 * What no piece covers goes to the leaf of its mapping, so that every resident
 * byte is in one leaf, and in one only: a piece that begins before the last one
 * ended has only what is left of it.
 */
struct sweep {
	struct account *acc;
	const struct pagetable *pages;
	const struct maps *maps;
	const uint32_t *leaf_of_map;	/* by number in maps */
	uint32_t other;			/* of what is in no mapping */
	size_t run, map;
	raddr done;
};

void sweep_init(struct sweep *sw, struct account *acc,
		const struct pagetable *pages, const struct maps *maps,
		const uint32_t *leaf_of_map, uint32_t other);
void sweep_add(struct sweep *sw, raddr start, raddr end, uint32_t leaf);
void sweep_end(struct sweep *sw);

/** Instead of sweep_add() for the pieces of [start, end), if all of that is alike
 *  and lies ahead: true, and what is *ret_flags (enum page_flag) of it is to be
 *  given away with sweep_give(). */
bool sweep_enter(struct sweep *sw, raddr start, raddr end,
		 unsigned *ret_flags);

static inline void sweep_give(struct sweep *sw, uint64_t len, unsigned flags,
			      uint32_t leaf)
{
	struct account_leaf *to = &sw->acc->leaves.v[leaf];

	if (flags & PAGE_RESIDENT)
		to->bytes += (int64_t)len;
	if (flags & PAGE_SHARED)
		to->shared += (int64_t)len;
	if (flags & PAGE_HUGE)
		to->huge += (int64_t)len;
	if (flags & PAGE_SWAPPED)
		to->swapped += (int64_t)len;
}

#endif
