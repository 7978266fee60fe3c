/* SPDX-License-Identifier: MIT */
#include "attach/mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/parallel.h"

enum {
	TOP_SLOTS = 1 << 16,		/* 48 bits of address >> 32 */
	REGION_NONE = 0,		/* region numbers in leaves are + 1 */
	REGION_MANY = UINT32_MAX,	/* two regions share a granule: search */
	BULK = 1 << 20,			/* bytes of one read */
	HUGE_PAGE = 2 << 20,
	HUGE_WORTH = 4 << 20,		/* below, small ones are not many */
};

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23		/* Linux 5.14 */
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

bool mirror_init(struct mirror *mi, struct mem *live, struct err *err)
{
	memset(mi, 0, sizeof(*mi));
	mi->mem.ops = &mirror_ops;
	mi->live = live;
	mi->top = calloc(TOP_SLOTS, sizeof(struct mirror_leaf *));
	return mi->top ? true : err_nomem(err);
}

/* Only where there is something: most of the directory is never touched. */
static void forget_index(struct mirror *mi)
{
	for (size_t i = 0; i < mi->leaves.n; i++) {
		free(mi->top[mi->leaves.v[i]]);
		mi->top[mi->leaves.v[i]] = NULL;
	}
	mi->leaves.n = 0;
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
	forget_index(mi);
	vec_free(&mi->leaves);
	free(mi->top);
	mi->top = NULL;
}

bool mirror_reserve(struct mirror *mi, raddr start, uint64_t len,
		    struct err *err)
{
	/* The same offset within a huge page as there: room for alignment. */
	size_t slack = (size_t)(start & (HUGE_PAGE - 1));
	size_t map_len = len + slack + HUGE_PAGE;
	struct mirror_space *space;
	uint8_t *base;
	void *map;

	if ((start | len) % MIRROR_PAGE || start + len < start ||
	    (start + len) >> 48)
		return err_at(err, ERR_BADDATA, start, "absurd mapping");
	space = vec_add(&mi->spaces, err);
	if (!space)
		return false;
	space->start = start;
	space->len = len;
	if (mi->sealed)
		return true;
	map = mmap(NULL, map_len, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return err_set(err, ERR_NOMEM, "cannot reserve %llu MiB of "
			       "address space for a copy: %s",
			       (unsigned long long)map_len >> 20,
			       strerror(errno));
	base = map;
	base += (HUGE_PAGE - (uintptr_t)base % HUGE_PAGE) % HUGE_PAGE;
	space->local = base + slack;
	space->map = map;
	space->map_len = map_len;
	return true;
}

bool mirror_add(struct mirror *mi, raddr start, uint64_t len,
		enum mirror_kind kind, struct err *err)
{
	const struct mirror_space *space;
	struct mirror_region *r;

	space = mi->spaces.n ? &mi->spaces.v[mi->spaces.n - 1] : NULL;
	if (!space || (start | len) % MIRROR_PAGE ||
	    !addr_in(start, space->start, space->len) ||
	    len > space->len - (start - space->start))
		return err_at(err, ERR_BADDATA, start, "absurd mapping");
	if (mi->regions.n) {
		r = &mi->regions.v[mi->regions.n - 1];
		if (start < r->start + r->len)
			return err_at(err, ERR_BADDATA, start,
				      "mappings overlap");
	}
	r = vec_add(&mi->regions, err);
	if (!r)
		return false;
	r->start = start;
	r->len = len;
	r->kind = (uint8_t)kind;
	if (mi->sealed)
		return true;
	r->local = space->local + (start - space->start);
	r->loaded = calloc(len / MIRROR_PAGE / 64 + 1, sizeof(uint64_t));
	return r->loaded ? true : err_nomem(err);
}

static struct mirror_leaf *leaf_at(struct mirror *mi, uint32_t t,
				   struct err *err)
{
	uint32_t *slot;

	if (mi->top[t])
		return mi->top[t];
	slot = vec_add(&mi->leaves, err);
	if (!slot)
		return NULL;
	mi->top[t] = calloc(1, sizeof(**mi->top));
	if (!mi->top[t]) {
		mi->leaves.n--;
		err_nomem(err);
		return NULL;
	}
	*slot = t;
	return mi->top[t];
}

static bool index_region(struct mirror *mi, uint32_t n, struct err *err)
{
	const struct mirror_region *r = &mi->regions.v[n];
	raddr last = r->start + r->len - 1;

	for (uint64_t g = r->start >> MIRROR_GRANULE_SHIFT;
	     g <= last >> MIRROR_GRANULE_SHIFT; g++) {
		uint32_t t = (uint32_t)(g >> (32 - MIRROR_GRANULE_SHIFT));
		size_t i = g & ((1 << (32 - MIRROR_GRANULE_SHIFT)) - 1);
		struct mirror_leaf *leaf = leaf_at(mi, t, err);

		if (!leaf)
			return false;
		leaf->region[i] = leaf->region[i] ? REGION_MANY : n + 1;
		leaf->kinds[i] |= r->kind;
	}
	return true;
}

static uint64_t arena_bytes(const struct mirror *mi)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < mi->regions.n; i++) {
		if (mi->regions.v[i].kind == MIRROR_ARENA)
			sum += mi->regions.v[i].len;
	}
	return sum;
}

/*
 * Arenas will be loaded whole: huge pages save most faults, where there is
 * enough to load to be worth finding them.
 */
static void want_huge_pages(struct mirror *mi)
{
	size_t n = 0;

	if (arena_bytes(mi) < HUGE_WORTH)
		return;
	for (size_t i = 0; i < mi->spaces.n; i++) {
		const struct mirror_space *sp = &mi->spaces.v[i];
		bool has_arenas = false;

		for (; n < mi->regions.n &&
		       addr_in(mi->regions.v[n].start, sp->start, sp->len);
		     n++)
			has_arenas |= mi->regions.v[n].kind == MIRROR_ARENA;
		if (has_arenas)
			madvise(sp->map, sp->map_len, MADV_HUGEPAGE);
	}
}

bool mirror_index(struct mirror *mi, struct err *err)
{
	want_huge_pages(mi);
	forget_index(mi);
	for (uint32_t n = 0; n < mi->regions.n; n++) {
		if (!index_region(mi, n, err))
			return false;
	}
	return true;
}

static struct mirror_region *bisect(const struct mirror *mi, raddr addr)
{
	size_t low = 0, high = mi->regions.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct mirror_region *r = &mi->regions.v[mid];

		if (addr_in(addr, r->start, r->len))
			return r;
		if (addr < r->start)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static struct mirror_region *region_of(const struct mirror *mi, raddr addr)
{
	struct mirror_region *r;
	uint32_t n;

	if (addr >> 48 || !mi->top[addr >> 32])
		return NULL;
	n = mi->top[addr >> 32]->region[(uint32_t)addr >> MIRROR_GRANULE_SHIFT];
	if (n == REGION_NONE)
		return NULL;
	if (n == REGION_MANY)
		return bisect(mi, addr);
	r = &mi->regions.v[n - 1];
	return addr_in(addr, r->start, r->len) ? r : NULL;
}

const struct mirror_region *mirror_region(const struct mirror *mi, raddr addr)
{
	return region_of(mi, addr);
}

unsigned mirror_kind(const struct mirror *mi, raddr addr)
{
	const struct mirror_region *r = region_of(mi, addr);

	return r ? r->kind : 0;
}

static bool page_loaded(const struct mirror_region *r, uint64_t page)
{
	return r->loaded[page / 64] >> (page % 64) & 1;
}

static void set_loaded(struct mirror_region *r, uint64_t page)
{
	/* Two bulk loaders may share a word of the bitmap. */
	__atomic_fetch_or(&r->loaded[page / 64], 1ull << (page % 64),
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
	const struct mirror_region *r = region_of(mi, at);

	if (!r || !r->loaded || !len || len > r->len - (at - r->start) ||
	    !range_loaded(r, at - r->start, len))
		return NULL;
	return r->local + (at - r->start);
}

/* The whole pages of [off, off + len), as far as they come; what does not is
 * added to @holes. */
static bool load(struct mirror *mi, struct mirror_region *r, uint64_t off,
		 uint64_t len, uint64_t *holes, struct err *err)
{
	while (len) {
		uint64_t piece = len < BULK ? len : BULK;
		int64_t got = mem_read_some(mi->live, r->start + off,
					    r->local + off, piece, err);

		if (got < 0)
			return false;
		for (uint64_t p = 0; p < (uint64_t)got / MIRROR_PAGE; p++)
			set_loaded(r, off / MIRROR_PAGE + p);
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
		      struct err *err)
{
	struct mirror_region *r = region_of(mi, start);
	uint64_t off, end, holes = 0;
	bool ok;

	if (!len)
		return true;
	if (!r || len > r->len - (start - r->start))
		return err_at(err, ERR_BADDATA, start, "not in one mapping");
	off = addr_down(start - r->start, MIRROR_PAGE);
	end = addr_up(start - r->start + len, MIRROR_PAGE);
	ok = load(mi, r, off, end - off, &holes, err);
	__atomic_fetch_add(&mi->unreadable, holes, __ATOMIC_RELAXED);
	return ok;
}

static bool load_in_region(struct mirror *mi, struct mirror_region *r,
			   uint64_t off, uint64_t end, struct err *err)
{
	uint64_t holes = 0;	/* guard pages, say: who needs them will see */

	while (off < end) {
		uint64_t page = off / MIRROR_PAGE, n = 0;
		uint64_t most = MIRROR_CLUSTER / MIRROR_PAGE;

		if (page_loaded(r, page)) {
			off = (page + 1) * MIRROR_PAGE;
			continue;
		}
		if (end - off > MIRROR_CLUSTER)
			most = BULK / MIRROR_PAGE;
		while (n < most && (page + n) * MIRROR_PAGE < r->len &&
		       !page_loaded(r, page + n))
			n++;
		if (mi->limit && mi->mem.bytes_read >= mi->limit) {
			mi->refused += n * MIRROR_PAGE;
			return true;
		}
		if (!load(mi, r, page * MIRROR_PAGE, n * MIRROR_PAGE,
			  &holes, err))
			return false;
		off = (page + n) * MIRROR_PAGE;
	}
	return true;
}

bool mirror_load(struct mirror *mi, raddr start, uint64_t len, struct err *err)
{
	while (len) {
		struct mirror_region *r = region_of(mi, start);
		uint64_t piece;

		if (!r)
			return true;	/* who needs it will see a fault */
		piece = r->len - (start - r->start);
		if (piece > len)
			piece = len;
		if (!load_in_region(mi, r, start - r->start,
				    start - r->start + piece, err))
			return false;
		start += piece;
		len -= piece;
	}
	return true;
}

/* A large table, by several threads. */
struct wanted {
	struct mirror *mi;
	raddr start, end;
	uint64_t next;		/* offset from start, atomic */
};

static void load_wanted(void *arg, unsigned i)
{
	struct wanted *wanted = arg;
	struct err ignored;	/* who reads it will see */

	(void)i;
	for (;;) {
		uint64_t off = __atomic_fetch_add(&wanted->next, BULK,
						  __ATOMIC_RELAXED);
		raddr at = wanted->start + off;
		uint64_t holes = 0;
		struct mirror_region *r;

		if (at >= wanted->end)
			return;
		r = region_of(wanted->mi, at);
		off = at - r->start;
		if (!load(wanted->mi, r, off,
			  wanted->end - at < BULK ? wanted->end - at : BULK,
			  &holes, &ignored))
			return;
	}
}

/* The items of a large list: by page faults and small reads they would take
 * several times as long, and the tracee stands still. */
static void mirror_want(struct mem *mem, raddr at, uint64_t len)
{
	struct mirror *mi = (struct mirror *)mem;
	struct mirror_region *r = region_of(mi, at);
	struct wanted wanted = { .mi = mi };
	uint8_t *from, *to;

	if (mi->sealed || !r || len > r->len - (at - r->start))
		return;
	wanted.start = addr_up(at, HUGE_PAGE);
	wanted.end = addr_down(at + len, HUGE_PAGE);
	if (wanted.end <= wanted.start ||
	    range_loaded(r, wanted.start - r->start, 1) ||
	    (mi->limit && mi->mem.bytes_read + len > mi->limit))
		return;
	from = r->local + (wanted.start - r->start);
	to = r->local + (wanted.end - r->start);
	madvise(from, (size_t)(to - from), MADV_HUGEPAGE);
	parallel_run(parallel_width(), load_wanted, &wanted);
}

/* What was loaded from @at on, page by page, through regions side by side. */
static int64_t read_loaded(struct mirror *mi, raddr at, uint8_t *buf,
			   size_t len)
{
	const struct mirror_region *r;
	size_t done = 0;

	while (done < len && (r = region_of(mi, at + done))) {
		uint64_t off = at + done - r->start;
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
	} else if (region_of(mi, at)) {
		return read_loaded(mi, at, buf, len);
	}
	return mem_read_some(mi->live, at, buf, len, err);
}

void mirror_seal(struct mirror *mi)
{
	mi->sealed = true;
}

void mirror_touch(struct mirror *mi, raddr start, uint64_t len)
{
	struct mirror_region *r = region_of(mi, start);
	uint64_t off, end;

	if (!r || !len || len > r->len - (start - r->start))
		return;
	off = addr_down(start - r->start, MIRROR_PAGE);
	end = addr_up(start - r->start + len, MIRROR_PAGE);
	if (madvise(r->local + off, end - off, MADV_POPULATE_WRITE) == 0)
		return;
	for (uint64_t p = off; p < end; p += MIRROR_PAGE)
		((volatile uint8_t *)r->local)[p] = 0;
}
