/* SPDX-License-Identifier: MIT */
#include "attach/mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/load.h"
#include "base/parallel.h"

enum {
	BULK = 1 << 20,			/* bytes of one read */
	HUGE_PAGE = 2 << 20,
	HUGE_WORTH = 4 << 20,		/* below, small ones are not many */
	PACKED = 8 << 20,		/* below, runs of places are small */
};

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4		/* Linux 5.7 */
#endif

static const void *mirror_peek(struct mem *mem, raddr at, size_t len);
static void mirror_want(struct mem *mem, raddr at, uint64_t len);
static int64_t mirror_read(struct mem *mem, raddr at, void *buf, size_t len,
			   struct err *err);

static const struct mem_ops mirror_ops = {
	.read = mirror_read,
	.peek = mirror_peek,
	.want = mirror_want,
};

/* Whole, if that costs no copy. */
static void map_place(struct mem *live, const struct place *place,
		      struct mirror_region *r)
{
	if (live->ops->map &&
	    live->ops->map(live, place->start, place->len, r->local))
		memset(r->loaded, 0xff, r->words * sizeof(*r->loaded));
}

/* Room for @len bytes that begin at a huge page, with @slack in front. */
static uint8_t *reserve(struct mirror *mi, uint64_t len, size_t slack,
			bool huge, struct err *err)
{
	size_t map_len = len + slack + HUGE_PAGE;
	struct mirror_space *space = vec_add(&mi->spaces, err);
	uint8_t *base;

	if (!space)
		return NULL;
	base = mmap(NULL, map_len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED) {
		err_set(err, ERR_NOMEM, "cannot reserve %llu MiB of "
			"address space for a copy: %s",
			(unsigned long long)map_len >> 20, strerror(errno));
		return NULL;
	}
	*space = (struct mirror_space){ base, map_len };
	if (huge)
		madvise(base, map_len, MADV_HUGEPAGE);
	return base + (HUGE_PAGE - (uintptr_t)base % HUGE_PAGE) % HUGE_PAGE +
	       slack;
}

/* Places that adjoin: from number @from to before @end. */
struct mirror_run {
	size_t from, end;
	uint64_t len;
	bool huge;
};

static bool next_run(const struct places *places, unsigned whole,
		     struct mirror_run *run)
{
	const struct place *v = places->v;
	size_t end = run->from = run->end;
	unsigned kinds = 0;

	if (end == places->n)
		return false;
	do {
		kinds |= v[end++].kind;
	} while (end < places->n &&
		 v[end].start == v[end - 1].start + v[end - 1].len);
	run->end = end;
	run->len = v[end - 1].start + v[end - 1].len - v[run->from].start;
	run->huge = kinds & whole;
	return true;
}

/* A large one has the same offset within a huge page as it has there, so that
 * those can be moved.  Small ones lie close together: each by itself would touch
 * one or two huge pages, and the kernel clears them to the end. */
static bool is_packed(const struct mirror_run *run)
{
	return run->huge && run->len < PACKED;
}

/* What is loaded whole is worth huge pages.  Of what lies between, a few bytes are
 * loaded here and there, and the kernel would clear one for each. */
static void advise_whole(const struct places *places, unsigned whole,
			 const struct mirror_run *run, uint8_t *base)
{
	const struct place *v = places->v;

	for (size_t i = run->from, next; i < run->end; i = next) {
		raddr start = v[i].start, end = start;

		for (next = i; next < run->end && v[next].kind & whole; next++)
			end = v[next].start + v[next].len;
		next += next == i;
		start = addr_up(start, HUGE_PAGE);
		end = addr_down(end, HUGE_PAGE);
		if (start < end)
			madvise(base + (start - v[run->from].start),
				(size_t)(end - start), MADV_HUGEPAGE);
	}
}

/* What adjoins there, adjoins here: from @base on. */
static bool add_regions(struct mirror *mi, const struct mirror_run *run,
			uint8_t *base, struct err *err)
{
	const struct place *v = mi->places->v;

	for (size_t i = run->from; i < run->end; i++) {
		struct mirror_region *r = vec_add(&mi->regions, err);

		if (!r)
			return false;
		r->local = base + (v[i].start - v[run->from].start);
		r->words = v[i].len / MIRROR_PAGE / 64 + 1;
		r->loaded = calloc(3 * r->words, sizeof(uint64_t));
		if (!r->loaded)
			return err_nomem(err);
		r->known = r->loaded + r->words;
		r->same = r->known + r->words;
		map_place(mi->live, &v[i], r);
	}
	return true;
}

/* Huge pages save most faults, where there is enough to load to be worth
 * finding them. */
static bool is_worth_huge(const struct places *places, unsigned whole)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < places->n; i++) {
		if (places->v[i].kind & whole)
			sum += places->v[i].len;
	}
	return sum >= HUGE_WORTH;
}

/* Of all runs that are packed. */
static uint64_t packed_len(const struct places *places, unsigned whole)
{
	struct mirror_run run = { .from = 0 };
	uint64_t sum = 0;

	while (next_run(places, whole, &run))
		sum += is_packed(&run) ? run.len : 0;
	return sum;
}

bool mirror_init(struct mirror *mi, struct mem *live,
		 const struct places *places, unsigned whole, struct err *err)
{
	struct mirror_run run = { .from = 0 };
	uint64_t len;
	uint8_t *packed = NULL;

	*mi = (struct mirror){
		.mem.ops = &mirror_ops, .live = live, .places = places,
	};
	if (!is_worth_huge(places, whole))
		whole = 0;
	len = packed_len(places, whole);
	if (len) {
		packed = reserve(mi, len, 0, true, err);
		if (!packed)
			return false;
	}
	while (next_run(places, whole, &run)) {
		raddr start = places->v[run.from].start;
		uint8_t *base = packed;

		if (is_packed(&run))
			packed += run.len;
		else
			base = reserve(mi, run.len,
				       (size_t)(start & (HUGE_PAGE - 1)),
				       false, err);
		if (!base || !add_regions(mi, &run, base, err))
			return false;
		if (!is_packed(&run))
			advise_whole(places, whole, &run, base);
	}
	return true;
}

void mirror_fini(struct mirror *mi)
{
	for (size_t i = 0; i < mi->regions.n; i++)
		free(mi->regions.v[i].loaded);
	for (size_t i = 0; i < mi->spaces.n; i++) {
		if (mi->spaces.v[i].map)
			munmap(mi->spaces.v[i].map, mi->spaces.v[i].map_len);
	}
	vec_free(&mi->regions);
	vec_free(&mi->spaces);
}

static struct mirror_region *region_of(const struct mirror *mi,
				       const struct place *place)
{
	return &mi->regions.v[place - mi->places->v];
}

const uint8_t *mirror_local(const struct mirror *mi, raddr addr)
{
	const struct place *place = places_find(mi->places, addr);

	return place ? region_of(mi, place)->local + (addr - place->start) :
		       NULL;
}

/* Another loader may set other bits of the same word meanwhile. */
static bool has_page(const uint64_t *pages, uint64_t page)
{
	uint64_t word = __atomic_load_n(&pages[page / 64], __ATOMIC_RELAXED);

	return word >> (page % 64) & 1;
}

static bool page_loaded(const struct mirror_region *r, uint64_t page)
{
	return has_page(r->loaded, page);
}

/* Two bulk loaders may share a word of a bitmap. */
static void set_page(uint64_t *pages, uint64_t page)
{
	__atomic_fetch_or(&pages[page / 64], 1ull << (page % 64),
			  __ATOMIC_RELAXED);
}

static bool range_loaded(const struct mirror_region *r, uint64_t off,
			 uint64_t len)
{
	uint64_t last = (off + len - 1) / MIRROR_PAGE;

	for (uint64_t p = off / MIRROR_PAGE; p <= last; p++) {
		if (!page_loaded(r, p))
			return false;
	}
	return true;
}

static const void *mirror_peek(struct mem *mem, raddr at, size_t len)
{
	struct mirror *mi = (struct mirror *)mem;
	const struct place *place = places_find(mi->places, at);
	const struct mirror_region *r;

	if (!place || !len || len > place->len - (at - place->start))
		return NULL;
	r = region_of(mi, place);
	if (!range_loaded(r, at - place->start, len))
		return NULL;
	return r->local + (at - place->start);
}

/* Does a word of the page at @p point at what became memory since? */
static bool names_fresh(const struct mirror *mi, const uint8_t *p)
{
	if (mi->n_fresh > MIRROR_FRESH)
		return true;
	for (size_t i = 0; i < mi->n_fresh; i++) {
		const struct mirror_range *f = &mi->fresh[i];
		unsigned n = 0;

		for (size_t off = 0; off < MIRROR_PAGE; off += sizeof(raddr))
			n += load_u64(p + off) - f->start < f->len;
		if (n)
			return true;
	}
	return false;
}

/* @p is what is there now. */
static void take_page(struct mirror *mi, struct mirror_region *r,
		      uint64_t page, const uint8_t *p)
{
	uint8_t *local = r->local + page * MIRROR_PAGE;

	if (local != p && (!has_page(r->known, page) ||
			   memcmp(local, p, MIRROR_PAGE) != 0))
		memcpy(local, p, MIRROR_PAGE);
	else if (local != p && !names_fresh(mi, p))
		set_page(r->same, page);
	set_page(r->loaded, page);
}

/* The whole pages of [off, off + len), as far as they come; what does not is
 * added to @holes.  By way of @scratch, or straight to where they belong. */
static bool load(struct mirror *mi, const struct place *place, uint64_t off,
		 uint64_t len, uint8_t *scratch, uint64_t *holes,
		 struct err *err)
{
	struct mirror_region *r = region_of(mi, place);
	const uint64_t most = scratch ? MIRROR_SCRATCH : BULK;

	while (len) {
		uint64_t piece = len < most ? len : most;
		uint8_t *to = scratch ? scratch : r->local + off;
		int64_t got = mem_read_some(mi->live, place->start + off, to,
					    piece, err);

		if (got < 0)
			return false;
		for (uint64_t p = 0; p < (uint64_t)got / MIRROR_PAGE; p++)
			take_page(mi, r, off / MIRROR_PAGE + p,
				  to + p * MIRROR_PAGE);
		__atomic_fetch_add(&mi->mem.bytes_read, (uint64_t)got,
				   __ATOMIC_RELAXED);
		if ((uint64_t)got < piece) {
			/* A hole: step over one page and go on. */
			got = (int64_t)addr_down((uint64_t)got, MIRROR_PAGE) +
			      MIRROR_PAGE;
			*holes += MIRROR_PAGE;
		}
		off += (uint64_t)got;
		len -= (uint64_t)got;
	}
	return true;
}

bool mirror_load_bulk(struct mirror *mi, raddr start, uint64_t len,
		      bool counted, uint8_t *scratch, struct err *err)
{
	const struct place *place = places_find(mi->places, start);
	uint64_t off, end, holes = 0;
	bool ok;

	if (!len)
		return true;
	if (!place || len > place->len - (start - place->start))
		return err_at(err, ERR_BADDATA, start, "not in one mapping");
	if (range_loaded(region_of(mi, place), start - place->start, len))
		return true;
	off = addr_down(start - place->start, MIRROR_PAGE);
	end = addr_up(start - place->start + len, MIRROR_PAGE);
	ok = load(mi, place, off, end - off, scratch, &holes, err);
	if (counted)
		__atomic_fetch_add(&mi->unreadable, holes, __ATOMIC_RELAXED);
	return ok;
}

/* Bits @from to @to of a word. */
static uint64_t bits_between(uint64_t from, uint64_t to)
{
	return ~0ull >> (63 - (to - from)) << from;
}

uint64_t mirror_keep(struct mirror *mi, raddr start, uint64_t len)
{
	const struct place *place = places_find(mi->places, start);
	uint64_t page, last, missing = 0;
	struct mirror_region *r;

	if (!place || !len || len > place->len - (start - place->start))
		return len;
	r = region_of(mi, place);
	page = (start - place->start) / MIRROR_PAGE;
	last = (start - place->start + len - 1) / MIRROR_PAGE;
	for (; page <= last; page = (page | 63) + 1) {
		uint64_t w = page / 64;
		uint64_t mask = bits_between(page % 64,
					     last / 64 == w ? last % 64 : 63);
		uint64_t lack = mask & ~__atomic_load_n(&r->loaded[w],
							__ATOMIC_RELAXED);
		uint64_t keep = lack & r->known[w];

		__atomic_fetch_or(&r->same[w], keep, __ATOMIC_RELAXED);
		__atomic_fetch_or(&r->loaded[w], keep, __ATOMIC_RELAXED);
		missing += (uint64_t)__builtin_popcountll(lack & ~keep);
	}
	return missing * MIRROR_PAGE;
}

void mirror_keep_all(struct mirror *mi)
{
	for (size_t i = 0; i < mi->places->n; i++)
		mirror_keep(mi, mi->places->v[i].start, mi->places->v[i].len);
}

void mirror_expect(struct mirror *mi, raddr start, uint64_t len)
{
	raddr from = addr_up(start, HUGE_PAGE);
	raddr to = addr_down(start + len, HUGE_PAGE);
	const struct place *place = places_find(mi->places, start);

	if (place && from < to && len <= place->len - (start - place->start))
		madvise(region_of(mi, place)->local + (from - place->start),
			(size_t)(to - from), MADV_HUGEPAGE);
}

/* By several threads. */
struct wanted {
	struct mirror *mi;
	raddr start, end;
	uint64_t next;		/* offset from start, atomic */
	bool failed;		/* atomic: whoever sets it fills err */
	struct err err;
};

static void load_wanted(void *arg, unsigned i)
{
	struct wanted *wanted = arg;
	struct err err;

	(void)i;
	for (;;) {
		uint64_t off = __atomic_fetch_add(&wanted->next, BULK,
						  __ATOMIC_RELAXED);
		raddr at = wanted->start + off;
		uint64_t holes = 0;
		const struct place *place;

		if (at >= wanted->end)
			return;
		place = places_find(wanted->mi->places, at);
		off = at - place->start;
		if (load(wanted->mi, place, off,
			 wanted->end - at < BULK ? wanted->end - at : BULK,
			 NULL, &holes, &err))
			continue;
		if (!__atomic_exchange_n(&wanted->failed, true,
					 __ATOMIC_RELAXED))
			wanted->err = err;
		return;
	}
}

static bool load_wide(struct mirror *mi, raddr start, uint64_t len,
		      struct err *err)
{
	struct wanted wanted = { .mi = mi, .start = start, .end = start + len };

	mirror_expect(mi, start, len);
	parallel_run(parallel_width(), load_wanted, &wanted);
	if (wanted.failed)
		*err = wanted.err;
	return !wanted.failed;
}

/* Objects side by side are asked for one after the other, often the last first:
 * so each time twice as much, and no more for nothing than was asked for. */
static struct mirror_demand next_demand(const struct mirror *mi, raddr at,
					uint64_t len)
{
	const struct mirror_demand *last = &mi->demand;
	uint64_t most = last->most < MIRROR_AHEAD ? 2 * last->most :
						    MIRROR_AHEAD;

	if (at + MIRROR_PAGE == last->start && last->start > most)
		return (struct mirror_demand){ last->start - most, last->start,
					       most };
	if (at != last->end)
		most = MIRROR_CLUSTER;
	if (len > MIRROR_CLUSTER && most < BULK)
		most = BULK;
	return (struct mirror_demand){ at, at + most, most };
}

/* No more of @demand than what lies in @place and side by side with the page at
 * @at, and is not loaded. */
static void clip_demand(struct mirror_demand *demand, const struct place *place,
			const struct mirror_region *r, raddr at)
{
	raddr start = at, end = at + MIRROR_PAGE;

	if (demand->start < place->start)
		demand->start = place->start;
	if (demand->end > place->start + place->len)
		demand->end = place->start + place->len;
	while (start > demand->start &&
	       !page_loaded(r, (start - place->start) / MIRROR_PAGE - 1))
		start -= MIRROR_PAGE;
	while (end < demand->end &&
	       !page_loaded(r, (end - place->start) / MIRROR_PAGE))
		end += MIRROR_PAGE;
	demand->start = start;
	demand->end = end;
}

static bool load_demanded(struct mirror *mi, const struct place *place,
			  struct err *err)
{
	const struct mirror_demand *demand = &mi->demand;
	const uint64_t len = demand->end - demand->start;
	uint64_t holes = 0;	/* guard pages, say: who needs them will see */

	if (mi->limit && mi->mem.bytes_read >= mi->limit) {
		mi->refused += len;
		return true;
	}
	return len > BULK ? load_wide(mi, demand->start, len, err) :
			    load(mi, place, demand->start - place->start, len,
				 NULL, &holes, err);
}

static bool load_in_place(struct mirror *mi, const struct place *place,
			  raddr at, raddr end, struct err *err)
{
	const struct mirror_region *r = region_of(mi, place);

	for (at = addr_down(at, MIRROR_PAGE); at < end; at += MIRROR_PAGE) {
		if (page_loaded(r, (at - place->start) / MIRROR_PAGE))
			continue;
		mi->demand = next_demand(mi, at, end - at);
		clip_demand(&mi->demand, place, r, at);
		if (!load_demanded(mi, place, err))
			return false;
		at = mi->demand.end - MIRROR_PAGE;
	}
	return true;
}

bool mirror_load(struct mirror *mi, raddr start, uint64_t len, struct err *err)
{
	while (len) {
		const struct place *place = places_find(mi->places, start);
		uint64_t off, piece;

		if (!place)
			return true;	/* who needs it will see a fault */
		off = start - place->start;
		piece = place->len - off;
		if (piece > len)
			piece = len;
		if (!load_in_place(mi, place, start, start + piece, err))
			return false;
		start += piece;
		len -= piece;
	}
	return true;
}

/* The items of a large list: by page faults and small reads they would take
 * several times as long, and the tracee stands still. */
static void mirror_want(struct mem *mem, raddr at, uint64_t len)
{
	struct mirror *mi = (struct mirror *)mem;
	const struct place *place = places_find(mi->places, at);
	const raddr start = addr_up(at, HUGE_PAGE);
	const raddr end = addr_down(at + len, HUGE_PAGE);
	struct err ignored;	/* who reads it will see */

	if (mi->sealed || !place || len > place->len - (at - place->start))
		return;
	if (end > start &&
	    !range_loaded(region_of(mi, place), start - place->start, 1) &&
	    (!mi->limit || mi->mem.bytes_read + len <= mi->limit))
		(void)!load_wide(mi, start, end - start, &ignored);
}

/* What was loaded from @at on, page by page, through places side by side. */
static int64_t read_loaded(struct mirror *mi, raddr at, uint8_t *buf,
			   size_t len)
{
	const struct place *place;
	size_t done = 0;

	while (done < len && (place = places_find(mi->places, at + done))) {
		const struct mirror_region *r = region_of(mi, place);
		uint64_t off = at + done - place->start;
		size_t n = MIRROR_PAGE - off % MIRROR_PAGE;

		if (!page_loaded(r, off / MIRROR_PAGE))
			break;
		if (n > len - done)
			n = len - done;
		memcpy(buf + done, r->local + off, n);
		done += n;
	}
	return (int64_t)done;
}

static int64_t mirror_read(struct mem *mem, raddr at, void *buf, size_t len,
			   struct err *err)
{
	struct mirror *mi = (struct mirror *)mem;
	const void *p = mirror_peek(mem, at, len);

	if (p) {
		memcpy(buf, p, len);
		return (int64_t)len;
	}
	if (!mi->sealed) {
		if (!mirror_load(mi, at, len, err))
			return -1;
		p = mirror_peek(mem, at, len);
		if (p) {
			memcpy(buf, p, len);
			return (int64_t)len;
		}
	} else if (places_find(mi->places, at)) {
		return read_loaded(mi, at, buf, len);
	}
	return mem_read_some(mi->live, at, buf, len, err);
}

void mirror_seal(struct mirror *mi)
{
	mi->sealed = true;
}

bool mirror_is_same(const struct mirror *mi, raddr start, uint64_t len)
{
	const struct place *place = places_find(mi->places, start);
	const struct mirror_region *r;
	uint64_t off, last;

	if (!place || !len || len > place->len - (start - place->start))
		return false;
	r = region_of(mi, place);
	off = start - place->start;
	last = (off + len - 1) / MIRROR_PAGE;
	for (uint64_t p = off / MIRROR_PAGE; p <= last; p++) {
		if (!has_page(r->same, p))
			return false;
	}
	return true;
}

void mirror_again(struct mirror *mi)
{
	for (size_t i = 0; i < mi->regions.n; i++) {
		struct mirror_region *r = &mi->regions.v[i];

		for (size_t w = 0; w < r->words; w++) {
			r->known[w] |= r->loaded[w];
			r->loaded[w] = r->same[w] = 0;
		}
	}
	mi->n_fresh = 0;
	mi->unreadable = mi->refused = 0;
	mi->mem.bytes_read = 0;
}

/* The first place from number @n on that is of @kind and ends behind @at. */
static const struct place *next_alike(const struct places *places, size_t n,
				      unsigned kind, raddr at)
{
	for (; n < places->n; n++) {
		const struct place *p = &places->v[n];

		if (p->kind == kind && p->start + p->len > at)
			return p;
	}
	return NULL;
}

/* What of @place was none such before, when places from @n on were there. */
static void note_fresh(struct mirror *mi, const struct place *place,
		       const struct places *before, size_t n)
{
	raddr at = place->start, end = place->start + place->len;

	while (at < end) {
		const struct place *old = next_alike(before, n, place->kind,
						     at);
		raddr next = old && old->start < end ? old->start : end;

		if (at < next && ++mi->n_fresh <= MIRROR_FRESH)
			mi->fresh[mi->n_fresh - 1] =
				(struct mirror_range){ at, next - at };
		at = old ? old->start + old->len : end;
	}
}

/*
 * Pages of @old that were loaded go where those of @place are: not copied, but
 * moved.  What moved away leaves its place taken: it must be no one else's
 * before all of it is given back.
 */
static void adopt_pages(struct mirror *mi, const struct place *place,
			const struct mirror *from, const struct place *old)
{
	struct mirror_region *r = region_of(mi, place);
	const struct mirror_region *o = region_of(from, old);
	raddr start = place->start > old->start ? place->start : old->start;
	raddr end = place->start + place->len, other = old->start + old->len;
	uint64_t here, there;

	if (end > other)
		end = other;
	if (place->kind != old->kind || start >= end)
		return;
	here = (start - place->start) / MIRROR_PAGE;
	there = (start - old->start) / MIRROR_PAGE;
	if (mremap(o->local + there * MIRROR_PAGE, end - start, end - start,
		   MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		   r->local + here * MIRROR_PAGE) == MAP_FAILED)
		return;
	for (uint64_t p = 0; p < (end - start) / MIRROR_PAGE; p++) {
		if (has_page(o->loaded, there + p) ||
		    has_page(o->known, there + p))
			set_page(r->known, here + p);
	}
}

void mirror_adopt(struct mirror *mi, const struct mirror *from, unsigned kinds)
{
	const struct places *before = from->places;
	size_t n = 0;

	for (size_t i = 0; i < mi->places->n; i++) {
		const struct place *place = &mi->places->v[i];
		raddr end = place->start + place->len;

		while (n < before->n &&
		       before->v[n].start + before->v[n].len <= place->start)
			n++;
		if (place->kind & kinds)
			note_fresh(mi, place, before, n);
		for (size_t k = n; k < before->n && before->v[k].start < end;
		     k++)
			adopt_pages(mi, place, from, &before->v[k]);
	}
}
