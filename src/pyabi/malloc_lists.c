/* SPDX-License-Identifier: MIT */
/*
 * Which chunks that look in use are free: fast bins and the threads' caches.
 *
 * Both are lists through the first word of what was given back.  A list is
 * believed as a whole, if each of its links leads to a chunk of the right size
 * that is on no other list, and if it is as long as the cache says.  Whether
 * links are mangled shows at the first list there is.
 */
#include "pyabi/malloc_lists.h"

#include <string.h>

#include "base/addr.h"
#include "base/compiler.h"
#include "pyabi/malloc_glibc.h"

/* struct tcache_perthread_struct: counts, then first chunks. */
static const struct cache_layout {
	uint32_t chunk;		/* bytes of the chunk it is in */
	uint8_t lists, width;	/* of a count, in bytes */
	bool down;		/* counts are of what there is still room for */
} layouts[] = {
	{ 0x250, 64, 1, false },	/* to 2.29 */
	{ 0x290, 64, 2, false },	/* 2.30 to 2.41 */
	{ 0x300, 76, 2, true },		/* 2.42 */
};

enum {
	SMALL_LISTS = 64,	/* of one size each; 2.42 has larger ones */
	STEPS_A_CHUNK = 8,
	SPARE_STEPS = 1 << 20,
};

int glibc_cache_kind(uint64_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		if (layouts[i].chunk == size)
			return (int)i;
	}
	return -1;
}

static uint32_t cache_count(const struct cache_layout *l, const uint8_t *p,
			    unsigned i)
{
	return l->width == 1 ? p[i] : p[2 * i] | (uint32_t)p[2 * i + 1] << 8;
}

/* What an empty list counts, where counts go down. */
static uint32_t cache_full(const struct cache_layout *l, const uint8_t *p)
{
	uint32_t full = 0;

	for (unsigned i = 0; l->down && i < l->lists; i++) {
		if (cache_count(l, p, i) > full)
			full = cache_count(l, p, i);
	}
	return full;
}

static uint32_t cache_length(const struct cache_layout *l, const uint8_t *p,
			     unsigned i)
{
	uint32_t n = cache_count(l, p, i);

	return l->down ? cache_full(l, p) - n : n;
}

static raddr cache_first(const struct cache_layout *l, const uint8_t *p,
			 unsigned i)
{
	raddr first;

	memcpy(&first, p + l->lists * l->width + 8 * i, sizeof(first));
	return first;
}

/* One list may be changing: its thread was stopped in the midst of it. */
bool glibc_cache_seems(int kind, const uint8_t *p)
{
	const struct cache_layout *l = &layouts[kind];
	unsigned some = 0, bad = 0;

	for (unsigned i = 0; i < l->lists && bad < 2; i++) {
		raddr first = cache_first(l, p, i);

		if (first % 16 || first >> 47)
			return false;
		bad += !first != !cache_length(l, p, i);
		some += first != 0;
	}
	return some && bad < 2;
}

/* -- Lists ---------------------------------------------------------------- */

/** One list, and what it should be. */
struct list {
	struct glibc_malloc *gm;
	raddr first;		/* what was given back there, not the chunk */
	uint64_t least, most;	/* size of its chunks */
	uint64_t length;	/* at most */
};

static uint64_t demangled(const struct glibc_chunk *c, bool mangled)
{
	return mangled ? c->link ^ (c->at + GLIBC_HEAD) >> 12 : c->link;
}

static struct glibc_chunk *list_chunk(const struct list *l, raddr at)
{
	struct glibc_chunk *c = glibc_chunk_at(l->gm, at);

	return c && c->at + GLIBC_HEAD == at && c->state == GLIBC_USED &&
	       c->size >= l->least && c->size <= l->most ? c : NULL;
}

/* Its length if it can be walked to its end; -1: it cannot. */
static int64_t list_walk(const struct list *l, bool mangled, bool fast)
{
	raddr at = l->first;
	uint64_t n = 0;

	for (; at; n++) {
		struct glibc_chunk *c = list_chunk(l, at);

		if (!c || n >= l->length || !l->gm->steps)
			return -1;
		l->gm->steps--;
		at = demangled(c, mangled);
		/* Fast bins link chunks, caches what is in them. */
		if (at && fast)
			at += GLIBC_HEAD;
	}
	return (int64_t)n;
}

static void list_mark(const struct list *l, bool mangled, bool fast)
{
	raddr at = l->first;

	while (at) {
		struct glibc_chunk *c = glibc_chunk_at(l->gm, at);

		/* A list that comes back to itself was not walked to an end. */
		c->state = fast ? GLIBC_FAST : GLIBC_CACHED;
		at = demangled(c, mangled);
		if (at && fast)
			at += GLIBC_HEAD;
	}
}

/* Mark all in it; false: it is none. */
static bool list_take(const struct list *l, bool fast)
{
	for (int mangled = 0; mangled < 2; mangled++) {
		int64_t n;

		if (l->gm->mangled == !mangled)
			continue;
		n = list_walk(l, mangled, fast);
		if (n < 0)
			continue;
		if (n)
			l->gm->mangled = mangled;
		list_mark(l, mangled, fast);
		return true;
	}
	return false;
}

static void take_fast(struct glibc_malloc *gm, struct glibc_arena *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->fast); i++) {
		struct list l = {
			.gm = gm, .first = a->fast[i] + GLIBC_HEAD,
			.least = (i + 2) * 16, .most = (i + 2) * 16,
			.length = gm->chunks.n,
		};

		if (a->fast[i] && !list_take(&l, true) && !a->doubt)
			a->doubt = "a list of its fast bins does not close";
	}
}

static struct list cache_list(struct glibc_malloc *gm,
			      const struct glibc_cache *cache, unsigned i)
{
	const struct cache_layout *lay = &layouts[cache->kind];
	struct list l = {
		.gm = gm, .first = cache_first(lay, cache->bytes, i),
		.least = (i + 2) * 16, .most = (i + 2) * 16,
		/* It may be one longer for a moment. */
		.length = cache_length(lay, cache->bytes, i) + 1,
	};

	if (i >= SMALL_LISTS) {
		l.least = (SMALL_LISTS + 2) * 16;
		l.most = UINT64_MAX >> 8;
	}
	return l;
}

static bool list_closes(const struct list *l)
{
	return list_walk(l, false, false) >= 0 ||
	       list_walk(l, true, false) >= 0;
}

/* What only looks like a cache has no lists. */
static bool is_cache(struct glibc_malloc *gm, const struct glibc_cache *cache)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < layouts[cache->kind].lists && bad < 2; i++) {
		struct list l = cache_list(gm, cache, i);

		bad += !list_closes(&l);
	}
	return bad < 2;
}

static void take_cache(struct glibc_malloc *gm, const struct glibc_cache *cache)
{
	if (!is_cache(gm, cache))
		return;
	for (unsigned i = 0; i < layouts[cache->kind].lists; i++) {
		struct list l = cache_list(gm, cache, i);

		list_take(&l, false);
	}
}

void glibc_settle(struct glibc_malloc *gm)
{
	gm->mangled = -1;
	gm->steps = gm->chunks.n * STEPS_A_CHUNK + SPARE_STEPS;
	for (size_t i = 0; i < gm->arenas.n; i++)
		take_fast(gm, &gm->arenas.v[i]);
	for (size_t i = 0; i < gm->caches.n; i++)
		take_cache(gm, &gm->caches.v[i]);
}

/* -- What malloc_trim() would give back ----------------------------------- */

enum {
	BIN_NODE = 48,		/* struct malloc_chunk, with all its links */
	TOP_REST = GLIBC_LEAST + 1,	/* that systrim() leaves */
};

/** Free chunks side by side, being joined. */
struct joined {
	raddr start, end;
	bool some;
};

static void trim_run(const struct joined *j, uint32_t arena, glibc_run_fn *fn,
		     void *arg)
{
	raddr start = addr_up(j->start + BIN_NODE, ADDR_PAGE);
	raddr end = addr_down(j->end, ADDR_PAGE);

	if (j->some && start < end)
		fn(arg, arena, start, end);
}

static void trim_top(const struct glibc_malloc *gm,
		     const struct glibc_region *r, const struct joined *j,
		     raddr end, glibc_run_fn *fn, void *arg)
{
	raddr start = j->some ? j->start : r->end;
	uint64_t extra;

	if (r->arena != 0 || end - start <= TOP_REST)
		return;
	extra = addr_down(end - start - TOP_REST, ADDR_PAGE);
	if (extra && end == gm->base + gm->arenas.v->system)
		fn(arg, 0, end - extra, end);
}

static bool is_gone(const uint64_t *gone, size_t i)
{
	return gone && gone[i / 64] >> i % 64 & 1;
}

static void trim_region(const struct glibc_malloc *gm,
			const struct glibc_region *r, const uint64_t *gone,
			glibc_run_fn *fn, void *arg)
{
	struct joined j = { 0 };

	for (size_t i = r->first; i < r->first + r->n; i++) {
		const struct glibc_chunk *c = &gm->chunks.v[i];
		bool is_free = c->state == GLIBC_FREE ||
			       c->state == GLIBC_FAST || is_gone(gone, i);

		if ((is_free || c->state == GLIBC_TOP) && !j.some)
			j = (struct joined){ c->at, c->at, true };
		if (c->state == GLIBC_TOP) {
			trim_top(gm, r, &j, c->at + c->size, fn, arg);
			return;
		}
		if (is_free) {
			j.end = c->at + c->size;
			continue;
		}
		trim_run(&j, r->arena, fn, arg);
		j.some = false;
	}
	trim_run(&j, r->arena, fn, arg);
}

void glibc_trimmable(const struct glibc_malloc *gm, const uint64_t *gone,
		     glibc_run_fn *fn, void *arg)
{
	for (size_t i = 0; i < gm->regions.n; i++) {
		if (gm->regions.v[i].arena != GLIBC_NO_ARENA)
			trim_region(gm, &gm->regions.v[i], gone, fn, arg);
	}
}
