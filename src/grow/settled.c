/* SPDX-License-Identifier: MIT */
#include "grow/settled.h"

#include <stdlib.h>

#include "base/ranges.h"

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
	struct growth *g;
};

static bool give(struct giving *gv, raddr page, uint32_t stack,
		 struct err *err)
{
	struct settled *s = gv->settled;
	struct settled_piece *last = s->pieces.n ?
		&s->pieces.v[s->pieces.n - 1] : NULL;

	gv->g->stacks.v[stack].stayed += ADDR_PAGE;
	gv->g->stayed += ADDR_PAGE;
	if (last && last->end == page && last->stack == stack) {
		last->end += ADDR_PAGE;
		return true;
	}
	last = vec_add(&s->pieces, err);
	if (last)
		*last = (struct settled_piece){ page, page + ADDR_PAGE,
						stack };
	return last != NULL;
}

static bool leave(struct settled *settled, raddr start, raddr end,
		  struct err *err)
{
	struct settled_rest *slot;

	if (start == end)
		return true;
	slot = vec_add(&settled->rest, err);
	if (slot)
		*slot = (struct settled_rest){ start, end };
	return slot != NULL;
}

/* Pages with a fault, and what is between them. */
static bool give_run(void *arg, raddr start, raddr end, struct err *err)
{
	struct giving *gv = arg;
	const struct settled_fault *v = gv->faults->v.v;
	size_t i = fault_from(gv->faults, start);

	gv->g->came += (int64_t)(end - start);
	for (; i < gv->faults->v.n && v[i].page < end; i++) {
		if (!leave(gv->settled, start, v[i].page, err) ||
		    !give(gv, v[i].page, v[i].stack, err))
			return false;
		start = v[i].page + ADDR_PAGE;
	}
	return leave(gv->settled, start, end, err);
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
		  const struct pagetable *now, struct growth *g,
		  struct err *err)
{
	struct giving gv = { ret, faults, g };

	sort_faults(faults);
	g->rss_before = resident(before);
	g->rss_now = resident(now);
	return each_only(now, before, give_run, &gv, err) &&
	       each_only(before, now, count_run, &g->went, err);
}

/* --- what no fault tells ------------------------------------------------- */

size_t settled_from(const struct settled *settled, raddr at)
{
	return ranges_from(&settled->pieces, at);
}

/* The piece next to [start, end), below or else above, within [low, high). */
static const struct settled_piece *neighbour(const struct settled *settled,
					     raddr start, raddr end,
					     raddr low, raddr high)
{
	size_t i = settled_from(settled, start);

	if (i && settled->pieces.v[i - 1].end > low)
		return &settled->pieces.v[i - 1];
	return i < settled->pieces.n && settled->pieces.v[i].start >= end &&
	       settled->pieces.v[i].start < high ? &settled->pieces.v[i] :
						   NULL;
}

static bool give_rest(struct settled *settled, raddr start, raddr end,
		      raddr low, raddr high, struct growth *g,
		      struct err *err)
{
	const struct settled_piece *near = neighbour(settled, start, end, low,
						     high);
	const int64_t bytes = (int64_t)(end - start);
	struct settled_piece *slot;

	if (!near || start >= end)
		return true;
	slot = vec_add(&settled->found, err);
	if (!slot)
		return false;
	*slot = (struct settled_piece){ start, end, near->stack };
	g->stacks.v[near->stack].stayed += bytes;
	g->stayed += bytes;
	g->inferred += bytes;
	return true;
}

/* A block within what has no fault has none itself: it is left to others. */
bool settled_join(struct settled *settled, raddr start, raddr end,
		  struct growth *g, struct err *err)
{
	const raddr low = addr_down(start, ADDR_PAGE);
	const raddr high = addr_up(end, ADDR_PAGE);
	size_t i = ranges_from(&settled->rest, low);

	if (end - start < SETTLED_LARGE)
		return true;
	for (; i < settled->rest.n && settled->rest.v[i].start < high; i++) {
		struct settled_rest *rest = &settled->rest.v[i];
		raddr from = rest->start > low ? rest->start : low;
		raddr to = rest->end < high ? rest->end : high;

		if (!give_rest(settled, from, to, low, high, g, err))
			return false;
		if (from == rest->start)
			rest->start = to;
		else if (to == rest->end)
			rest->end = from;
	}
	return true;
}

static bool give_near(struct settled *settled, struct settled_rest rest,
		      const struct maps *maps, struct growth *g,
		      struct err *err)
{
	while (rest.start < rest.end) {
		const struct map *map = maps_find(maps, rest.start);
		raddr low = addr_down(rest.start, BLOCK), high = low + BLOCK;
		raddr to;

		if (map && map->start > low)
			low = map->start;
		if (map && map->end < high)
			high = map->end;
		to = high < rest.end ? high : rest.end;
		if (!give_rest(settled, rest.start, to, low, high, g, err))
			return false;
		rest.start = to;
	}
	return true;
}

static int compare_pieces(const void *a, const void *b)
{
	const struct settled_piece *l = a, *r = b;

	return (l->start > r->start) - (l->start < r->start);
}

bool settled_done(struct settled *settled, const struct maps *maps,
		  struct growth *g, struct err *err)
{
	for (size_t i = 0; i < settled->rest.n; i++) {
		if (!give_near(settled, settled->rest.v[i], maps, g, err))
			return false;
	}
	for (size_t i = 0; i < settled->found.n; i++) {
		struct settled_piece *piece = vec_add(&settled->pieces, err);

		if (!piece)
			return false;
		*piece = settled->found.v[i];
	}
	if (settled->found.n)
		qsort(settled->pieces.v, settled->pieces.n,
		      sizeof(*settled->pieces.v), compare_pieces);
	return true;
}

void settled_fini(struct settled *settled)
{
	vec_free(&settled->pieces);
	vec_free(&settled->rest);
	vec_free(&settled->found);
}
