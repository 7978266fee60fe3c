/* SPDX-License-Identifier: MIT */
#include "grow/settled.h"

#include <stdlib.h>

enum { BLOCK = 2 << 20 };

static int compare(const void *a, const void *b)
{
	const struct settled_fault *l = a, *r = b;

	if (l->page != r->page)
		return l->page < r->page ? -1 : 1;
	return (l->time_ns > r->time_ns) - (l->time_ns < r->time_ns);
}

static void sort_faults(struct settled_faults *faults)
{
	size_t n = 0;

	if (faults->v.n)
		qsort(faults->v.v, faults->v.n, sizeof(*faults->v.v), compare);
	for (size_t i = 0; i < faults->v.n; i++) {
		n -= n && faults->v.v[n - 1].page == faults->v.v[i].page;
		faults->v.v[n++] = faults->v.v[i];
	}
	faults->v.n = n;
}

static size_t fault_from(const struct settled_faults *faults, raddr at)
{
	size_t low = 0, high = faults->v.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (faults->v.v[mid].page >= at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* --- what came: resident now, and not before ----------------------------- */

typedef bool run_fn(void *arg, raddr start, raddr end, struct err *err);

/* Call @fn for what is resident in @a and not in @b. */
static bool each_only(const struct pagetable *a, const struct pagetable *b,
		      run_fn *fn, void *arg, struct err *err)
{
	size_t k = 0;

	for (size_t i = 0; i < a->runs.n; i++) {
		const struct page_run *run = &a->runs.v[i];
		raddr at = run->start;

		if (!(run->flags & PAGE_RESIDENT))
			continue;
		while (k < b->runs.n && b->runs.v[k].end <= at)
			k++;
		for (size_t m = k; at < run->end; m++) {
			const struct page_run *other = &b->runs.v[m];
			raddr end = run->end;

			if (m < b->runs.n && !(other->flags & PAGE_RESIDENT))
				continue;
			if (m < b->runs.n && other->start < end)
				end = other->start;
			if (end > at && !fn(arg, at, end, err))
				return false;
			at = m < b->runs.n && end < run->end ? other->end :
							       run->end;
		}
	}
	return true;
}

struct giving {
	struct settled *settled;
	const struct settled_faults *faults;
	const struct maps *maps;
	struct growth *g;
};

static bool give(struct giving *gv, raddr start, raddr end, uint32_t stack,
		 bool told, struct err *err)
{
	struct settled_piece *last = gv->settled->pieces.n ?
		&gv->settled->pieces.v[gv->settled->pieces.n - 1] : NULL;
	const int64_t bytes = (int64_t)(end - start);

	if (start == end)
		return true;
	gv->g->stacks.v[stack].stayed += bytes;
	gv->g->stayed += bytes;
	gv->g->inferred += told ? bytes - ADDR_PAGE : bytes;
	if (last && last->end == start && last->stack == stack) {
		last->end = end;
		return true;
	}
	last = vec_add(&gv->settled->pieces, err);
	if (last)
		*last = (struct settled_piece){ start, end, stack };
	return last != NULL;
}

/* [start, end) within the block [low, high), to the faults in that. */
static bool give_block(struct giving *gv, raddr start, raddr end, raddr low,
		       raddr high, struct err *err)
{
	const struct settled_fault *v = gv->faults->v.v;
	size_t i = fault_from(gv->faults, start + 1);
	raddr at = start;

	/* The nearest at or below the beginning, else the next. */
	if (i && v[i - 1].page >= low)
		i--;
	if (i == gv->faults->v.n || v[i].page >= high)
		return true;
	while (at < end) {
		raddr next = end;

		if (i + 1 < gv->faults->v.n && v[i + 1].page < end)
			next = v[i + 1].page;
		if (!give(gv, at, next, v[i].stack,
			  addr_in(v[i].page, at, next - at), err))
			return false;
		at = next;
		i++;
	}
	return true;
}

static bool give_run(void *arg, raddr start, raddr end, struct err *err)
{
	struct giving *gv = arg;

	gv->g->came += (int64_t)(end - start);
	while (start < end) {
		const struct map *map = maps_find(gv->maps, start);
		raddr low = addr_down(start, BLOCK), high = low + BLOCK, to;

		if (map && map->start > low)
			low = map->start;
		if (map && map->end < high)
			high = map->end;
		to = high < end ? high : end;
		if (!give_block(gv, start, to, low, high, err))
			return false;
		start = to;
	}
	return true;
}

static bool count_run(void *arg, raddr start, raddr end, struct err *err)
{
	(void)err;
	*(int64_t *)arg += (int64_t)(end - start);
	return true;
}

static int64_t resident(const struct pagetable *pt)
{
	return (int64_t)pagetable_resident(pt, 0, UINT64_MAX);
}

bool settled_find(struct settled *ret, struct settled_faults *faults,
		  const struct pagetable *before,
		  const struct pagetable *now, const struct maps *maps,
		  struct growth *g, struct err *err)
{
	struct giving gv = { ret, faults, maps, g };

	sort_faults(faults);
	g->rss_before = resident(before);
	g->rss_now = resident(now);
	return each_only(now, before, give_run, &gv, err) &&
	       each_only(before, now, count_run, &g->went, err);
}

void settled_fini(struct settled *settled)
{
	vec_free(&settled->pieces);
}

size_t settled_from(const struct settled *settled, raddr at)
{
	size_t low = 0, high = settled->pieces.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (settled->pieces.v[mid].end > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}
