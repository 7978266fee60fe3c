/* SPDX-License-Identifier: MIT */
/*
 * The larger part of a copy.
 *
 * Threads take pieces one by one.  What the look before needed outside of the
 * arenas comes in runs: a page between two of them costs less than a read of
 * its own.
 */
#include "heap/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "heap/scan.h"

enum {
	ITEM = 1 << 20,		/* bytes a thread takes at a time */
	GAP = 2,		/* pages that are not worth a read of their own */
	DENSE = 2 << 20,	/* if half of so much is needed, it comes whole */
};

struct bulk {
	struct capture *cap;
	VEC(struct bulk_item {
		raddr start;
		uint64_t len;
		uint32_t scan;	/* unit of what is scanned; 0: nothing is */
		/** It begins in the huge page of ours in which the one before
		 *  it does: were another thread to take it, both would be
		 *  given that page, and one of the two be thrown away. */
		bool follows;
	}) items;
	size_t next;			/* atomic */
	struct bulk_worker {
		struct scanner scanner;
		uint8_t *scratch;
		struct err err;
	} worker[PARALLEL_MAX];
};

/* The number of the huge page of ours that has what is at @addr. */
static uintptr_t huge_page_of(const struct bulk *bulk, raddr addr)
{
	return (uintptr_t)mirror_local(&bulk->cap->mirror, addr) / DENSE;
}

static bool add_items(struct bulk *bulk, raddr start, raddr end, uint32_t scan,
		      struct err *err)
{
	while (start < end) {
		uint64_t len = end - start < ITEM ? end - start : ITEM;
		struct bulk_item *item = vec_add(&bulk->items, err);

		if (!item)
			return false;
		*item = (struct bulk_item){ start, len, scan, false };
		item->follows = bulk->items.n > 1 &&
				huge_page_of(bulk, start) ==
				huge_page_of(bulk, item[-1].start);
		bulk->cap->bytes_known += len;
		start += len;
	}
	return true;
}

/* The pages of @place that are set in @bits. */
static bool add_pages(struct bulk *bulk, const struct place *place,
		      const uint64_t *bits, struct err *err)
{
	uint64_t pages = place->len / MIRROR_PAGE, from = 0, to = 0;

	for (uint64_t p = 0; p < pages; p++) {
		if (!bits[p / 64]) {
			p |= 63;
			continue;
		}
		if (!(bits[p / 64] >> (p % 64) & 1))
			continue;
		if (to && p > to + GAP) {
			if (!add_items(bulk, place->start + from * MIRROR_PAGE,
				       place->start + to * MIRROR_PAGE, 0,
				       err))
				return false;
			to = 0;
		}
		if (!to)
			from = p;
		to = p + 1;
	}
	return !to || add_items(bulk, place->start + from * MIRROR_PAGE,
				place->start + to * MIRROR_PAGE, 0, err);
}

static bool list_arenas(struct bulk *bulk, struct err *err)
{
	const struct arenas *arenas = &bulk->cap->arenas;
	uint32_t cell = (uint32_t)bulk->cap->source.cell;

	for (size_t i = 0; i < arenas->v.n; i++) {
		if (!add_items(bulk, arenas->v.v[i].start, arenas->v.v[i].end,
			       cell, err))
			return false;
	}
	return true;
}

static bool list_places(struct bulk *bulk, unsigned kind, struct err *err)
{
	const struct capture *cap = bulk->cap;

	for (size_t i = 0; i < cap->places.n; i++) {
		const struct place *place = &cap->places.v[i];

		if (place->kind != kind)
			continue;
		if (kind == REGION_ANON ?
		    !add_pages(bulk, place, cap->mirror.regions.v[i].known,
			       err) :
		    !add_items(bulk, place->start, place->start + place->len,
			       MIRROR_PAGE, err))
			return false;
	}
	return true;
}

/* If time is short: types are in data segments, and all need them. */
static bool list_items(struct bulk *bulk, struct err *err)
{
	return list_places(bulk, REGION_STATIC, err) &&
	       list_arenas(bulk, err) && list_places(bulk, REGION_ANON, err);
}

/* What of it is not the same as before. */
static bool scan(struct bulk *bulk, struct bulk_worker *w,
		 const struct bulk_item *item)
{
	const struct mirror *mi = &bulk->cap->mirror;
	const uint8_t *p = mirror_local(mi, item->start);
	uint64_t from = 0, off;

	for (off = 0; item->scan && off < item->len; off += item->scan) {
		if (!mirror_is_same(mi, item->start + off, item->scan))
			continue;
		if (from < off &&
		    !scanner_scan(&w->scanner, item->start + from, p + from,
				  off - from, &w->err))
			return false;
		from = off + item->scan;
	}
	return !item->scan || from >= item->len ||
	       scanner_scan(&w->scanner, item->start + from, p + from,
			    item->len - from, &w->err);
}

static void keep(struct mirror *mi, const struct bulk_item *item)
{
	uint64_t missing = mirror_keep(mi, item->start, item->len);

	if (item->scan)
		__atomic_fetch_add(&mi->unreadable, missing, __ATOMIC_RELAXED);
}

static bool load_item(struct bulk *bulk, struct bulk_worker *w,
		      const struct bulk_item *item)
{
	struct mirror *mi = &bulk->cap->mirror;

	if (!capture_goes_on(bulk->cap, &w->err))
		return false;
	if (!capture_has_time(bulk->cap)) {
		keep(mi, item);
		return true;
	}
	/* Between two pages from malloc may be what nobody needs. */
	return mirror_load_bulk(mi, item->start, item->len, item->scan != 0,
				w->scratch, &w->err) && scan(bulk, w, item);
}

static void load_items(void *arg, unsigned i)
{
	struct bulk *bulk = arg;
	struct bulk_worker *w = &bulk->worker[i];

	for (;;) {
		size_t n = __atomic_fetch_add(&bulk->next, 1, __ATOMIC_RELAXED);

		if (n >= bulk->items.n)
			return;
		if (bulk->items.v[n].follows)
			continue;	/* whoever has the one before has it */
		do {
			if (!load_item(bulk, w, &bulk->items.v[n]))
				return;
		} while (++n < bulk->items.n && bulk->items.v[n].follows);
	}
}

static bool init_workers(struct bulk *bulk, unsigned width, bool again,
			 struct err *err)
{
	for (unsigned i = 0; i < width; i++) {
		struct bulk_worker *w = &bulk->worker[i];

		if (!scanner_init(&w->scanner, &bulk->cap->source, err))
			return false;
		w->scratch = again ? malloc(MIRROR_SCRATCH) : NULL;
		if (again && !w->scratch)
			return err_nomem(err);
	}
	return true;
}

/* Does @hit still stand?  Those at 0 do: more is pointed at than need be. */
static bool stands(const struct capture *cap, const struct hit *hit)
{
	const struct mirror *mi = &cap->mirror;
	uint64_t unit = MIRROR_PAGE;

	if (places_kind(&cap->places, hit->at) == REGION_ARENA)
		unit = cap->source.cell;
	return !hit->at || mirror_is_same(mi, addr_down(hit->at, unit), unit);
}

static bool gather_hits(struct bulk *bulk, unsigned width, size_t *ret_first,
			struct err *err)
{
	struct scanner *all = &bulk->cap->outside;
	size_t n = 0;

	for (size_t i = 0; i < all->hits.n; i++) {
		if (stands(bulk->cap, &all->hits.v[i]))
			all->hits.v[n++] = all->hits.v[i];
	}
	all->hits.n = *ret_first = n;
	for (unsigned i = 0; i < width; i++) {
		if (!scanner_add(all, &bulk->worker[i].scanner, err))
			return false;
	}
	return true;
}

static bool load_all(struct bulk *bulk, unsigned width, struct err *err)
{
	bulk->next = 0;
	parallel_run(width, load_items, bulk);
	for (unsigned i = 0; i < width; i++) {
		if (bulk->worker[i].err.code) {
			*err = bulk->worker[i].err;
			return false;
		}
	}
	return true;
}

/* Where heads of objects outside may be, as pages of each place. */
static void mark_pages(const struct capture *cap, uint64_t **pages)
{
	const struct places *places = &cap->places;

	for (size_t i = 0; i < cap->outside.hits.n; i++) {
		raddr to = cap->outside.hits.v[i].to;
		const struct place *place = places_find(places, to);
		uint64_t page;

		if (!place || place->kind != REGION_ANON)
			continue;
		page = (to - place->start) / MIRROR_PAGE;
		pages[place - places->v][page / 64] |= 1ull << (page % 64);
	}
}

/* Where most pages of @place will be loaded. */
static void expect_pages(struct bulk *bulk, const struct place *place,
			 const uint64_t *pages)
{
	uint64_t n = place->len / MIRROR_PAGE, set = 0;
	raddr start = place->start;

	for (uint64_t p = 0; p < n; p++) {
		raddr next = place->start + (p + 1) * MIRROR_PAGE;

		set += pages[p / 64] >> (p % 64) & 1;
		if (next % DENSE != 0)
			continue;
		if (set >= DENSE / MIRROR_PAGE / 2)
			mirror_expect(&bulk->cap->mirror, start, next - start);
		start = next;
		set = 0;
	}
}

static bool list_pages(struct bulk *bulk, uint64_t **pages, struct err *err)
{
	const struct capture *cap = bulk->cap;
	const struct places *places = &cap->places;

	for (size_t i = 0; i < places->n; i++) {
		pages[i] = calloc(cap->mirror.regions.v[i].words,
				  sizeof(**pages));
		if (!pages[i])
			return err_nomem(err);
	}
	mark_pages(cap, pages);
	bulk->items.n = 0;
	for (size_t i = 0; i < places->n; i++) {
		expect_pages(bulk, &places->v[i], pages[i]);
		if (!add_pages(bulk, &places->v[i], pages[i], err))
			return false;
	}
	return true;
}

/*
 * What is pointed at outside will be asked for soon, one by one and in no order:
 * nearly all of it comes ahead, in order, in threads.
 */
static bool load_ahead(struct bulk *bulk, unsigned width, struct err *err)
{
	const struct mirror *mi = &bulk->cap->mirror;
	size_t n = bulk->cap->places.n;
	uint64_t **pages = calloc(n + 1, sizeof(*pages));
	uint64_t before = bulk->cap->bytes_known, more;
	bool ok;

	if (!pages)
		return err_nomem(err);
	ok = list_pages(bulk, pages, err);
	for (size_t i = 0; i < n; i++)
		free(pages[i]);
	free(pages);
	more = bulk->cap->bytes_known - before;
	if (!ok || (mi->limit && mi->mem.bytes_read + more > mi->limit))
		return ok;
	return load_all(bulk, width, err);
}

static bool run(struct bulk *bulk, bool again, size_t *ret_first,
		struct err *err)
{
	unsigned width = parallel_width();

	return list_items(bulk, err) &&
	       init_workers(bulk, width, again, err) &&
	       load_all(bulk, width, err) &&
	       gather_hits(bulk, width, ret_first, err) &&
	       (again || load_ahead(bulk, width, err));
}

bool bulk_load(struct capture *cap, bool again, size_t *ret_first,
	       struct err *err)
{
	struct bulk *bulk = calloc(1, sizeof(*bulk));
	bool ok;

	if (!bulk)
		return err_nomem(err);
	bulk->cap = cap;
	cap->bytes_known = 0;
	ok = run(bulk, again, ret_first, err);
	for (unsigned i = 0; i < PARALLEL_MAX; i++) {
		scanner_fini(&bulk->worker[i].scanner);
		free(bulk->worker[i].scratch);
	}
	vec_free(&bulk->items);
	free(bulk);
	return ok;
}
