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
	struct account_leaf *to = &sw->acc->leaves.v[leaf];
	const struct page_run *run = sw->pages->runs.v;

	for (; sw->run < sw->pages->runs.n; sw->run++) {
		const struct page_run *r = &run[sw->run];
		raddr from = r->start < start ? start : r->start;
		raddr till = r->end > end ? end : r->end;

		if (r->start >= end)
			break;
		if (from < till) {
			int64_t len = (int64_t)(till - from);

			if (r->flags & PAGE_RESIDENT)
				to->bytes += len;
			if (r->flags & PAGE_SHARED)
				to->shared += len;
			if (r->flags & PAGE_HUGE)
				to->huge += len;
			if (r->flags & PAGE_SWAPPED)
				to->swapped += len;
		}
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

void sweep_end(struct sweep *sw)
{
	sweep_mappings(sw, UINT64_MAX);
}
