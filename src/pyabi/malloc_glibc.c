/* SPDX-License-Identifier: MIT */
/*
 * Where glibc's malloc keeps its books, found by what must be true of them.
 *
 * main_arena lies in libc's data.  It has 127 pairs of links, the heads of its
 * bins; one of an empty bin points at itself (16 bytes before, for the head is
 * taken for a chunk), others at chunks that point back.  The last bin is never
 * used, so one pair is always there to begin with.  Then `next` must lead
 * through all arenas and home, each at the head of a heap that names it.
 *
 * mp_, which counts what is mapped by itself, is told by its sbrk_base: the
 * main arena's memory from there on ends where its top does.
 */
#include "pyabi/malloc_glibc.h"

#include <stdlib.h>
#include <string.h>

/* struct malloc_state, x86-64; what is behind the bins has stayed the same. */
static const struct arena_layout {
	uint16_t fast, n_fast, top, bins;
	uint8_t mapped_tail;	/* bytes behind a chunk mapped by itself */
	/** When realloc() moves such a chunk, mp_.mmapped_mem goes by what was
	 *  asked for, not by whole pages. */
	bool mapped_drifts;
} arena_layouts[] = {
	/* 2.27 to 2.42 */
	{ 16, GLIBC_FAST_BINS, 96, 112, 0, false },
	/* 2.43, which has no fast bins */
	{ 0, 0, 8, 24, 16, true },
};

enum {
	STATE_FLAGS = 4,
	N_BINS = 127,
	BINS_BYTES = N_BINS * 16,
	LAST_BIN = BINS_BYTES - 16,	/* from the first */
	BEHIND_NEXT = BINS_BYTES + 16,	/* past a map of bins */
	BEHIND_ATTACHED = BEHIND_NEXT + 16,
	BEHIND_SYSTEM = BEHIND_NEXT + 24,
	BEHIND_MAX_SYSTEM = BEHIND_NEXT + 32,
	BEHIND_ALL = BEHIND_NEXT + 40,
	STATE_MAX = 112 + BEHIND_ALL,
	KNOWN_FLAGS = 3,	/* NONCONTIGUOUS, and a bit beside it */
	BUSY_BINS = 4,		/* that may be changing while we look */
};

/* struct malloc_par, seen from its sbrk_base: before it are mmapped_mem and
 * max_mmapped_mem, and before these four ints: n_mmaps, n_mmaps_max,
 * max_n_mmaps, no_dyn_threshold.  From 2.35 on there is a gap between.  It
 * begins with trim_threshold, top_pad, mmap_threshold, in 2.43 earlier. */
static const struct par_layout {
	int8_t mapped, begin[2];
} par_layouts[] = { { -32, { -72, -72 } }, { -36, { -96, -104 } } };

enum {
	PAR_MMAP_THRESHOLD = 16,
	PAR_MAPPED_BYTES = -16,
	PAR_BEFORE = 104,
	PAR_THRESHOLD = 128 << 10,	/* DEFAULT_MMAP_THRESHOLD */
};

enum {
	MAX_ARENAS = 1 << 14,
	MAX_DATA = 64 << 20,	/* bytes of a segment */
	PIECE = 1 << 16,
};

static uint64_t word_at(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static uint32_t half_at(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static bool is_user(raddr addr)
{
	return addr >= ADDR_PAGE && addr < 1ull << 47;
}

/* -- An arena ------------------------------------------------------------- */

/* The chunks at both ends of a bin's list point back at its head. */
static bool bin_closes(struct mem *mem, raddr head, raddr first, raddr last)
{
	struct err ignored;
	uint64_t back, fore;

	return is_user(first) && is_user(last) && first % 16 == 0 &&
	       last % 16 == 0 &&
	       mem_u64(mem, first + 24, &back, &ignored) && back == head &&
	       mem_u64(mem, last + 16, &fore, &ignored) && fore == head;
}

static bool bins_close(struct mem *mem, raddr bins, const uint8_t *p)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < N_BINS && bad <= BUSY_BINS; i++) {
		raddr head = bins + i * 16 - 16;
		raddr first = word_at(p + i * 16);
		raddr last = word_at(p + i * 16 + 8);

		if (first != head || last != head)
			bad += !bin_closes(mem, head, first, last);
	}
	return bad <= BUSY_BINS;
}

static bool arena_makes_sense(const struct arena_layout *l,
			      const uint8_t *state)
{
	const uint8_t *behind = state + l->bins;

	return (half_at(state + STATE_FLAGS) & ~KNOWN_FLAGS) == 0 &&
	       is_user(word_at(state + l->top)) &&
	       word_at(state + l->top) % 16 == 0 &&
	       is_user(word_at(behind + BEHIND_NEXT)) &&
	       word_at(behind + BEHIND_SYSTEM) > 0 &&
	       word_at(behind + BEHIND_SYSTEM) <=
		       word_at(behind + BEHIND_MAX_SYSTEM) &&
	       word_at(behind + BEHIND_MAX_SYSTEM) < 1ull << 47;
}

/* Others stand behind the header of a heap, which names them. */
static bool arena_has_heap(struct mem *mem, raddr arena, struct err *err)
{
	raddr heap = addr_down(arena, 1ull << GLIBC_HEAP_SHIFT), owner = 0;

	if ((arena - heap == 32 || arena - heap == 48) &&
	    !mem_u64(mem, heap, &owner, err))
		return false;
	return owner == arena ||
	       err_at(err, ERR_BADDATA, arena, "no heap of malloc's where one "
		      "should be");
}

static bool add_arena(struct glibc_malloc *gm, raddr at, const uint8_t *state,
		      struct err *err)
{
	const struct arena_layout *l = &arena_layouts[gm->layout];
	const uint8_t *behind = state + l->bins;
	struct glibc_arena *a = vec_add(&gm->arenas, err);

	if (!a)
		return false;
	a->at = at;
	a->top = word_at(state + l->top);
	a->system = word_at(behind + BEHIND_SYSTEM);
	a->attached = word_at(behind + BEHIND_ATTACHED);
	for (size_t i = 0; i < l->n_fast; i++)
		a->fast[i] = word_at(state + l->fast + i * 8);
	return true;
}

/* Read the ring anew, from main_arena to main_arena. */
static bool read_ring(struct glibc_malloc *gm, struct mem *mem,
		      struct err *err)
{
	const struct arena_layout *l = &arena_layouts[gm->layout];
	uint8_t state[STATE_MAX];
	raddr at = gm->main;

	gm->arenas.n = 0;
	gm->arena_bytes = l->bins + BEHIND_ALL;
	gm->mapped_tail = l->mapped_tail;
	gm->mapped_drifts = l->mapped_drifts;
	do {
		if (gm->arenas.n >= MAX_ARENAS)
			return err_set(err, ERR_LIMIT, "the ring of malloc's "
				       "arenas does not close");
		if (!mem_read(mem, at, state, gm->arena_bytes, err))
			return false;
		if (at != gm->main && !arena_has_heap(mem, at, err))
			return false;
		if (!arena_makes_sense(l, state))
			return err_at(err, ERR_BADDATA, at, "no arena of "
				      "malloc where one should be");
		if (!add_arena(gm, at, state, err))
			return false;
		at = word_at(state + l->bins + BEHIND_NEXT);
	} while (at != gm->main);
	return true;
}

/* Are the bins of main_arena at @bins? */
static bool are_main_bins(struct glibc_malloc *gm, struct mem *mem, raddr bins)
{
	uint8_t bytes[BINS_BYTES];
	struct err ignored;

	if (!mem_read(mem, bins, bytes, sizeof(bytes), &ignored) ||
	    !bins_close(mem, bins, bytes))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(arena_layouts); i++) {
		gm->layout = (uint8_t)i;
		gm->main = bins - arena_layouts[i].bins;
		if (read_ring(gm, mem, &ignored))
			return true;
	}
	gm->main = 0;
	return false;
}

/* Where a piece of data has the last bin of what may be a main_arena. */
static bool find_in_piece(struct glibc_malloc *gm, struct mem *mem, raddr at,
			  const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 16 <= len; i += 8) {
		if (word_at(p + i) == at + i - 16 &&
		    word_at(p + i + 8) == at + i - 16 &&
		    are_main_bins(gm, mem, at + i - LAST_BIN))
			return true;
	}
	return false;
}

bool glibc_find_in(struct glibc_malloc *gm, struct mem *mem, raddr start,
		   raddr end)
{
	uint8_t *buf = malloc(PIECE + 8);
	bool found = false;
	struct err ignored;

	start = addr_up(start, 8);
	if (end - start > MAX_DATA)
		end = start + MAX_DATA;
	for (raddr at = start; buf && !found && at < end; at += PIECE) {
		size_t len = end - at < PIECE + 8 ? end - at : PIECE + 8;
		int64_t got = mem_read_some(mem, at, buf, len, &ignored);

		if (got < 0)
			break;
		found = find_in_piece(gm, mem, at, buf, (size_t)got);
	}
	free(buf);
	gm->data = start;
	gm->data_end = end;
	return found;
}

static bool is_called_libc(const struct module *mod)
{
	const char *name = strrchr(mod->path, '/');

	return name && strncmp(name, "/libc", 5) == 0;
}

bool glibc_find(struct glibc_malloc *gm, struct modules *mods,
		struct mem *mem, struct err *err)
{
	raddr start, end;

	memset(gm, 0, sizeof(*gm));
	for (int others = 0; others < 2; others++) {
		for (size_t i = 0; i < mods->n; i++) {
			struct module *mod = &mods->v[i];

			/* A program may be linked with all of it. */
			if (mod->has_exec && is_called_libc(mod) == !others &&
			    module_writable(mod, &start, &end) &&
			    glibc_find_in(gm, mem, start, end))
				return true;
		}
	}
	return err_set(err, ERR_VERSION, "there is no malloc of glibc 2.28 to "
		       "2.43 in it");
}

/* -- mp_ ------------------------------------------------------------------ */

static bool par_makes_sense(const struct glibc_malloc *gm, const uint8_t *ints,
			    const uint8_t *bytes)
{
	if (half_at(ints) > half_at(ints + 8) ||	/* n, max_n */
	    half_at(ints + 12) > 1)
		return false;
	return gm->mapped_drifts ||
	       (word_at(bytes) <= word_at(bytes + 8) &&
		word_at(bytes + 8) < 1ull << 47 &&
		!half_at(ints) == !word_at(bytes));
}

/* When a block that was mapped by itself is freed, malloc maps none of its size
 * any more, and trims the top from twice that size on. */
static uint64_t raised_threshold(const uint8_t *par)
{
	uint64_t trim = word_at(par), mmap = word_at(par + PAR_MMAP_THRESHOLD);

	return mmap > PAR_THRESHOLD && mmap < 1ull << 47 && trim == 2 * mmap ?
		       mmap : 0;
}

static bool take_par(struct glibc_malloc *gm, raddr base, const uint8_t *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(par_layouts); i++) {
		const struct par_layout *l = &par_layouts[i];

		if (word_at(p) != base ||
		    !par_makes_sense(gm, p + l->mapped, p + PAR_MAPPED_BYTES))
			continue;
		gm->base = base;
		for (int k = 0; k < 2 && !gm->raised_threshold; k++)
			gm->raised_threshold = raised_threshold(p +
								l->begin[k]);
		gm->mapped = half_at(p + l->mapped);
		gm->mapped_bytes = (int64_t)word_at(p + PAR_MAPPED_BYTES);
		return true;
	}
	return false;
}

static void read_par(struct glibc_malloc *gm, struct mem *mem, raddr base)
{
	uint64_t len = gm->data_end - gm->data;
	uint8_t *buf = malloc(len);
	struct err ignored;
	int64_t got = buf ? mem_read_some(mem, gm->data, buf, len, &ignored) :
			    0;

	for (int64_t i = addr_up(PAR_BEFORE, 8); i + 8 <= got; i += 8) {
		if (take_par(gm, base, buf + i))
			break;
	}
	free(buf);
}

bool glibc_read_books(struct glibc_malloc *gm, struct mem *mem,
		      struct err *err)
{
	const struct glibc_arena *a;
	uint64_t size;

	gm->base = gm->raised_threshold = 0;
	gm->mapped = gm->mapped_bytes = -1;
	if (!read_ring(gm, mem, err) ||
	    !mem_u64(mem, gm->arenas.v->top + 8, &size, err))
		return false;
	a = gm->arenas.v;
	read_par(gm, mem, a->top + (size & ~7ull) - a->system);
	return true;
}

void glibc_fini(struct glibc_malloc *gm)
{
	vec_free(&gm->arenas);
	vec_free(&gm->regions);
	vec_free(&gm->chunks);
	vec_free(&gm->caches);
	memset(gm, 0, sizeof(*gm));
}
