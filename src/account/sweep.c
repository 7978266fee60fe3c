/* SPDX-License-Identifier: MIT */
#include "account/sweep.h"

void sweep_init(struct sweep *sw, struct account *acc,
		const struct pagetable *pages, const struct maps *maps,
		const uint32_t *leaf_of_map, uint32_t other)
{
	*sw = (struct sweep){ .acc = acc, .pages = pages, .maps = maps,
			      .leaf_of_map = leaf_of_map, .other = other };
}

/* [start, end) begins where the last one ended. */
static void sweep_take(struct sweep *sw, raddr start, raddr end, uint32_t leaf)
{
	const struct page_run *run = sw->pages->runs.v;

	for (; sw->run < sw->pages->runs.n; sw->run++) {
		const struct page_run *r = &run[sw->run];
		raddr from = r->start < start ? start : r->start;
		raddr till = r->end > end ? end : r->end;

		if (r->start >= end)
			break;
		if (from < till)
			sweep_give(sw, till - from, r->flags, leaf);
		if (r->end > end)
			break;
	}
	sw->done = end;
}

/* What lies between pieces. */
static void sweep_mappings(struct sweep *sw, raddr end)
{
	while (sw->done < end) {
		const struct map *map;

		while (sw->map < sw->maps->n &&
		       sw->maps->v[sw->map].end <= sw->done)
			sw->map++;
		map = sw->map < sw->maps->n ? &sw->maps->v[sw->map] : NULL;
		if (!map || map->start >= end)
			sweep_take(sw, sw->done, end, sw->other);
		else if (map->start > sw->done)
			sweep_take(sw, sw->done, map->start, sw->other);
		else
			sweep_take(sw, sw->done,
				   map->end < end ? map->end : end,
				   sw->leaf_of_map[sw->map]);
	}
}

void sweep_add(struct sweep *sw, raddr start, raddr end, uint32_t leaf)
{
	if (start < sw->done)
		start = sw->done;
	if (start >= end)
		return;
	sweep_mappings(sw, start);
	sweep_take(sw, start, end, leaf);
}

bool sweep_enter(struct sweep *sw, raddr start, raddr end,
		 unsigned *ret_flags)
{
	const struct page_run *run = sw->pages->runs.v;

	if (start < sw->done)
		return false;
	sweep_mappings(sw, start);
	while (sw->run < sw->pages->runs.n && run[sw->run].end <= start)
		sw->run++;
	*ret_flags = 0;
	if (sw->run < sw->pages->runs.n && run[sw->run].start < end) {
		if (run[sw->run].start > start || run[sw->run].end < end)
			return false;
		*ret_flags = run[sw->run].flags;
	}
	sw->done = end;
	return true;
}

void sweep_end(struct sweep *sw)
{
	sweep_mappings(sw, UINT64_MAX);
}
