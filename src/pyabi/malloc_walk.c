/* SPDX-License-Identifier: MIT */
/*
 * From chunk to chunk, through all heaps of all arenas, while the tracee
 * stands: so this only notes what there is.  Who is on a list is found out
 * later, in our own memory (malloc_lists.c).
 *
 * A chunk's head is its size, with three bits beside; that of the next says if
 * it is in use, and repeats its size if not.  So a free chunk proves itself,
 * and what was overwritten is noticed at the first one behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ranges.h"
#include "pyabi/malloc_glibc.h"
#include "pyabi/malloc_lists.h"

enum {
	PREV_IN_USE = 1, MAPPED = 2, FLAGS = 7,
	AHEAD = 1 << 18,	/* bytes read at once where chunks are small */
	FAR = 1 << 14,		/* a chunk is large from here on */
	STEPS = 256,		/* from one look at the clock to the next */
	RUNNING_TRIES = 12,	/* at a region of who is at work on it, */
	BACK = 4,		/* ... so many chunks back, and twice that... */
	HEAPS_SLACK = 4 << GLIBC_HEAP_SHIFT,	/* that an arena grows */
};

/** Bytes of the tracee, read ahead. */
struct walk {
	struct glibc_malloc *gm;
	struct mem *mem;
	const struct glibc_read_options *opt;
	bool heaps_only;
	uint8_t *buf;		/* AHEAD */
	raddr start;
	uint64_t len;
	unsigned steps;
	struct err *err;
};

static uint64_t word_at(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static bool walk_has_time(struct walk *w)
{
	if (++w->steps % STEPS || !w->opt->end_ns ||
	    clock_now_ns() < w->opt->end_ns)
		return true;
	return err_set(w->err, ERR_LIMIT, "the pause would have been too long");
}

/* @len bytes at @at, with what follows as far as it is worth it; NULL: they
 * cannot be read, or err->code is set. */
static const uint8_t *walk_bytes(struct walk *w, raddr at, uint64_t len,
				 raddr end)
{
	uint64_t want = AHEAD;
	int64_t got;

	if (at >= w->start && at - w->start <= w->len &&
	    w->len - (at - w->start) >= len)
		return w->buf + (at - w->start);
	/* One that follows a large chunk may be followed by another. */
	if (at < w->start || at - w->start > w->len + FAR)
		want = addr_up(at + len, ADDR_PAGE) - at;
	if (want > end - at)
		want = end - at;
	if (want < len)
		return NULL;
	got = mem_read_some(w->mem, at, w->buf, want, w->err);
	w->start = at;
	w->len = got < 0 ? 0 : (uint64_t)got;
	if (got >= 0)
		w->err->code = ERR_NONE;
	return w->len >= len ? w->buf : NULL;
}

static struct glibc_chunk *walk_add(struct walk *w, raddr at, uint64_t size,
				    enum glibc_chunk_state state)
{
	struct glibc_chunk *c;

	if (w->gm->chunks.n >= w->opt->most) {
		err_set(w->err, ERR_LIMIT, "malloc has more than %llu chunks",
			(unsigned long long)w->opt->most);
		return NULL;
	}
	c = vec_add(&w->gm->chunks, w->err);
	if (c)
		*c = (struct glibc_chunk){ .at = at, .size = size,
					   .state = state };
	return c;
}

static bool note_cache(struct walk *w, const struct glibc_chunk *c, raddr end)
{
	int kind = glibc_cache_kind(c->size);
	struct glibc_cache *cache;
	const uint8_t *p;

	if (kind < 0)
		return true;
	p = walk_bytes(w, c->at + GLIBC_HEAD, c->size - GLIBC_HEAD, end);
	if (!p || !glibc_cache_seems(kind, p))
		return !w->err->code;
	cache = vec_add(&w->gm->caches, w->err);
	if (!cache)
		return false;
	cache->at = c->at;
	cache->kind = (uint8_t)kind;
	memcpy(cache->bytes, p, c->size - GLIBC_HEAD < GLIBC_CACHE_BYTES ?
	       c->size - GLIBC_HEAD : GLIBC_CACHE_BYTES);
	return true;
}

static void ask_whose(struct walk *w, struct glibc_chunk *c, raddr end)
{
	uint64_t len = c->size - GLIBC_HEAD;
	const uint8_t *p;

	if (!(w->opt->whose || w->opt->type) || c->size < GLIBC_LEAST)
		return;
	if (len > GLIBC_WHOSE_BYTES)
		len = GLIBC_WHOSE_BYTES;
	p = walk_bytes(w, c->at, GLIBC_HEAD + len, end);
	if (p && w->opt->whose)
		c->whose = w->opt->whose(w->opt->whose_arg, p + GLIBC_HEAD,
					 len);
	if (p && w->opt->type)
		c->type = w->opt->type(w->opt->type_arg, p + GLIBC_HEAD, len,
				       c->size - GLIBC_HEAD + sizeof(raddr));
}

/* What the head @p at @at says of the chunk before it. */
static bool take_back_word(struct walk *w, const struct glibc_region *r,
			   const uint8_t *p)
{
	struct glibc_chunk *before;

	if (word_at(p + 8) & PREV_IN_USE)
		return true;
	if (!r->n)
		return false;
	before = &w->gm->chunks.v[w->gm->chunks.n - 1];
	before->state = GLIBC_FREE;
	return before->size == word_at(p) && before->size >= GLIBC_LEAST;
}

/* The end of a heap that has another behind it: 16 bytes in use that nobody
 * has, and as many with no size. */
static bool is_fence(uint64_t size)
{
	return size < GLIBC_LEAST;
}

enum step { STEP_ON, STEP_END, STEP_BAD };

static enum step walk_step(struct walk *w, struct glibc_region *r, raddr top,
			   raddr *at)
{
	const uint8_t *p = walk_bytes(w, *at, 16, r->end);
	struct glibc_chunk *c;
	uint64_t size, state = GLIBC_USED;

	if (!p || !take_back_word(w, r, p))
		return STEP_BAD;
	size = word_at(p + 8) & ~(uint64_t)FLAGS;
	/* Of who runs, the top may have moved on. */
	if (w->opt->running ? size == r->end - *at && size >= GLIBC_LEAST :
			      *at == top)
		state = GLIBC_TOP;
	else if (is_fence(size))
		state = GLIBC_FENCE;
	if (!size && r->end - *at == 16)
		size = 16;
	if (!size || size % 16 || size > r->end - *at ||
	    word_at(p + 8) & MAPPED ||
	    (*at == top && size != r->end - *at && !w->opt->running))
		return STEP_BAD;
	c = walk_add(w, *at, size, (enum glibc_chunk_state)state);
	if (!c)
		return STEP_BAD;
	r->n++;
	p = size >= GLIBC_LEAST ? walk_bytes(w, *at, 24, r->end) : NULL;
	c->link = p ? word_at(p + 16) : 0;
	if (state == GLIBC_USED)
		ask_whose(w, c, r->end);
	if (w->err->code || !note_cache(w, c, r->end))
		return STEP_BAD;
	*at += size;
	return *at == r->end ? STEP_END : STEP_ON;
}

/* What changed while it was read may make sense the next time: a few chunks
 * back, and with each try more.  False: there is no way back. */
static bool walk_back(struct walk *w, struct glibc_region *r, int tries,
		      raddr *at)
{
	struct glibc_malloc *gm = w->gm;
	size_t n = BACK << tries;

	if (!w->opt->running || tries == RUNNING_TRIES || !r->n ||
	    w->err->code)
		return false;
	r->n -= n < r->n ? n : r->n;
	gm->chunks.n = r->first + r->n;
	*at = gm->chunks.v[gm->chunks.n].at;
	while (gm->caches.n && gm->caches.v[gm->caches.n - 1].at >= *at &&
	       gm->caches.v[gm->caches.n - 1].at < r->end)
		gm->caches.n--;
	w->len = 0;
	return true;
}

static enum step walk_chunks(struct walk *w, struct glibc_region *r, raddr top,
			     raddr *at)
{
	enum step step = STEP_ON;
	int tries = 0;

	while (step == STEP_ON) {
		step = walk_has_time(w) ? walk_step(w, r, top, at) : STEP_BAD;
		if (step == STEP_BAD && walk_back(w, r, tries++, at))
			step = STEP_ON;
	}
	return step;
}

/* From @first on; @r->end is known to be an end.  False: the walk is over. */
static bool walk_region(struct walk *w, raddr start, raddr first, raddr end,
			uint32_t arena)
{
	struct glibc_region *r = vec_add(&w->gm->regions, w->err);
	struct glibc_arena *a = &w->gm->arenas.v[arena];
	enum step step;
	raddr at = first;

	if (!r)
		return false;
	*r = (struct glibc_region){ .start = start, .end = end,
				    .arena = arena,
				    .first = w->gm->chunks.n };
	a->heaps++;
	a->header += first - start;
	if (w->heaps_only)
		return true;
	step = walk_chunks(w, r, a->top, &at);
	r->known_end = at;
	if (step == STEP_BAD)
		a->doubt = "a chunk in it makes no sense";
	return !w->err->code;
}

/* -- Arenas --------------------------------------------------------------- */

static bool walk_main(struct walk *w)
{
	struct glibc_malloc *gm = w->gm;
	struct glibc_arena *a = gm->arenas.v;

	if (!gm->base) {
		/* brk() failed, and it went on with mappings. */
		a->doubt = "its memory is not in one piece";
		return true;
	}
	return walk_region(w, gm->base, addr_up(gm->base, 16),
			   gm->base + a->system, 0);
}

/* Newest first; each names its arena, and the one before it. */
static bool walk_heaps(struct walk *w, uint32_t arena)
{
	raddr heap = addr_down(w->gm->arenas.v[arena].top,
			       1ull << GLIBC_HEAP_SHIFT);
	uint64_t left = w->gm->arenas.v[arena].system;

	if (w->opt->running)
		left += HEAPS_SLACK;
	while (heap) {
		struct glibc_arena *a = &w->gm->arenas.v[arena];
		uint64_t info[3], header = a->at % (1 << GLIBC_HEAP_SHIFT);
		raddr first = heap + header;

		if (!mem_read(w->mem, heap, info, sizeof(info), w->err)) {
			if (w->err->code == ERR_GONE)
				return false;
			w->err->code = ERR_NONE;
			info[0] = 0;
		}
		if (info[0] != a->at || info[2] > left ||
		    info[2] < ADDR_PAGE || info[2] % ADDR_PAGE ||
		    info[2] > 1 << GLIBC_HEAP_SHIFT ||
		    heap % (1 << GLIBC_HEAP_SHIFT)) {
			a->doubt = "a heap of it makes no sense";
			return true;
		}
		left -= info[2];
		/* The first has the arena itself behind its header. */
		if (addr_down(a->at, 1 << GLIBC_HEAP_SHIFT) == heap)
			first = addr_up(a->at + w->gm->arena_bytes, 16);
		if (!walk_region(w, heap, first, heap + info[2], arena))
			return false;
		heap = info[1];
	}
	if (left && !w->opt->running)
		w->gm->arenas.v[arena].doubt = "some of its heaps are missing";
	return true;
}

/* -- Chunks that are mapped by themselves --------------------------------- */

static bool is_private_memory(const struct map *map)
{
	return map->read && map->write && !map->shared && !map->inode &&
	       (map->path[0] != '[' || strncmp(map->path, "[anon", 5) == 0);
}

/** A sweep over mappings, past what is known to be something else. */
struct sweep {
	size_t skip, region, n_regions;
	uint64_t left;		/* bytes that are still to be found */
	uint64_t n_left;
};

/* The end of what @at lies in, or @at. */
static raddr past_known(const struct walk *w, struct sweep *s, raddr at)
{
	const struct glibc_skip *skip = w->opt->skip;
	const struct glibc_region *r = w->gm->regions.v;

	while (s->skip < w->opt->n_skip && skip[s->skip].end <= at)
		s->skip++;
	if (s->skip < w->opt->n_skip && skip[s->skip].start <= at)
		return skip[s->skip].end;
	while (s->region < s->n_regions && r[s->region].end <= at)
		s->region++;
	if (s->region < s->n_regions && r[s->region].start <= at)
		return r[s->region].end;
	return at;
}

/** A chunk and the pages that were mapped for it. */
struct mapped {
	raddr start, end, at;
};

static bool add_mapped(struct walk *w, const struct mapped *m)
{
	struct glibc_region *r = vec_add(&w->gm->regions, w->err);
	struct glibc_chunk *c;

	if (!r)
		return false;
	*r = (struct glibc_region){ .start = m->start, .end = m->end,
				    .known_end = m->end, .n = 1,
				    .arena = GLIBC_NO_ARENA,
				    .first = w->gm->chunks.n };
	c = walk_add(w, m->at, m->end - m->at, GLIBC_MAPPED);
	if (c)
		ask_whose(w, c, m->end);
	return c && !w->err->code;
}

/*
 * Is the head of such a chunk at @at?  Before its size stands how far it is
 * from the start of its pages, which is 0 but for those that were aligned.
 * From 2.43 on the size is 16 bytes short of the end of its pages.
 */
static bool is_mapped(const struct walk *w, raddr at, const uint8_t *p,
		      struct mapped *ret)
{
	uint64_t before = word_at(p), head = word_at(p + 8);
	uint64_t size = head & ~(uint64_t)FLAGS;

	if ((head & FLAGS) != MAPPED || size < GLIBC_LEAST || size >> 47 ||
	    before > at)
		return false;
	ret->at = at;
	ret->start = at - before;
	ret->end = at + size + w->gm->mapped_tail;
	return ret->start % ADDR_PAGE == 0 && ret->end % ADDR_PAGE == 0;
}

/* In the page @at of what may be mapped from @low to @high. */
static bool find_mapped(struct walk *w, raddr low, raddr at, raddr high,
			struct mapped *ret)
{
	const uint8_t *p = walk_bytes(w, at, ADDR_PAGE, high);

	for (unsigned i = 0; p && i < ADDR_PAGE; i += 16) {
		if (is_mapped(w, at + i, p + i, ret) && ret->start >= low &&
		    ret->end <= high)
			return true;
	}
	return false;
}

static bool sweep_map(struct walk *w, struct sweep *s, const struct map *map)
{
	raddr at = map->start, low = at;

	while (at < map->end && s->n_left) {
		raddr past = past_known(w, s, at);
		struct mapped m = { 0 };
		bool found;

		if (past != at) {
			low = at = addr_up(past, ADDR_PAGE);
			continue;
		}
		found = find_mapped(w, low, at, map->end, &m);
		if (w->err->code || !walk_has_time(w))
			return false;
		at += ADDR_PAGE;
		if (!found || m.end - m.start > s->left)
			continue;
		if (!add_mapped(w, &m))
			return false;
		s->left -= m.end - m.start;
		s->n_left--;
		low = at = m.end;
	}
	return true;
}

static int region_order(const void *a, const void *b)
{
	const struct glibc_region *l = a, *r = b;

	return (l->start > r->start) - (l->start < r->start);
}

static void sort_regions(struct glibc_malloc *gm)
{
	if (gm->regions.n)
		qsort(gm->regions.v, gm->regions.n, sizeof(*gm->regions.v),
		      region_order);
}

/* All that mp_ counts, or it is not known. */
static bool walk_mapped(struct walk *w)
{
	struct glibc_malloc *gm = w->gm;
	struct sweep s = { .n_regions = gm->regions.n };

	gm->mapped_known = gm->mapped >= 0;
	if (gm->mapped <= 0)
		return true;
	s.n_left = (uint64_t)gm->mapped;
	s.left = gm->mapped_drifts ? UINT64_MAX : (uint64_t)gm->mapped_bytes;
	for (size_t i = 0; i < w->opt->maps->n && s.n_left; i++) {
		if (is_private_memory(&w->opt->maps->v[i]) &&
		    !sweep_map(w, &s, &w->opt->maps->v[i]))
			return false;
	}
	gm->mapped_known = !s.n_left && (!s.left || gm->mapped_drifts);
	return true;
}

/* What lies in another's region can be in one of them only. */
static void drop_overlaps(struct glibc_malloc *gm)
{
	size_t n = 0;

	for (size_t i = 0; i < gm->regions.n; i++) {
		const struct glibc_region *r = &gm->regions.v[i];

		if (n && gm->regions.v[n - 1].end > r->start) {
			if (r->arena != GLIBC_NO_ARENA)
				gm->arenas.v[r->arena].doubt =
					"a heap of it overlaps another";
			continue;
		}
		gm->regions.v[n++] = *r;
	}
	gm->regions.n = n;
}

static bool walk_all(struct walk *w)
{
	struct glibc_malloc *gm = w->gm;
	bool ok = walk_main(w);

	for (size_t i = 1; ok && i < gm->arenas.n; i++)
		ok = walk_heaps(w, (uint32_t)i);
	sort_regions(gm);
	drop_overlaps(gm);
	ok = ok && walk_mapped(w);
	sort_regions(gm);
	return ok;
}

bool glibc_read_heaps(struct glibc_malloc *gm, struct mem *mem,
		      struct err *err)
{
	/* Who asks does not say whether anybody stands. */
	static const struct glibc_read_options opt = { .running = true };
	struct walk w = { .gm = gm, .mem = mem, .opt = &opt,
			  .heaps_only = true, .err = err };
	bool ok;

	gm->regions.n = gm->chunks.n = gm->caches.n = 0;
	if (!glibc_read_books(gm, mem, err))
		return false;
	err->code = ERR_NONE;
	ok = walk_main(&w);
	for (size_t i = 1; ok && i < gm->arenas.n; i++)
		ok = walk_heaps(&w, (uint32_t)i);
	sort_regions(gm);
	drop_overlaps(gm);
	return ok;
}

bool glibc_read(struct glibc_malloc *gm, struct mem *mem,
		const struct glibc_read_options *opt, struct err *err)
{
	struct walk w = { .gm = gm, .mem = mem, .opt = opt, .err = err };
	bool ok;

	gm->regions.n = gm->chunks.n = gm->caches.n = 0;
	if (!glibc_read_books(gm, mem, err))
		return false;
	w.buf = malloc(AHEAD);
	err->code = ERR_NONE;
	ok = (w.buf || err_nomem(err)) && walk_all(&w);
	free(w.buf);
	return ok;
}

struct glibc_chunk *glibc_chunk_at(const struct glibc_malloc *gm, raddr addr)
{
	size_t low = ranges_from(&gm->regions, addr), high;
	const struct glibc_region *r;
	struct glibc_chunk *c = gm->chunks.v;

	if (low == gm->regions.n)
		return NULL;
	r = &gm->regions.v[low];
	if (addr < r->start || !r->n || addr < c[r->first].at)
		return NULL;
	low = r->first;
	high = r->first + r->n;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (c[mid].at <= addr)
			low = mid;
		else
			high = mid;
	}
	return addr_in(addr, c[low].at, c[low].size) ? &c[low] : NULL;
}
