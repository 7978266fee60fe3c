/* SPDX-License-Identifier: MIT */
#include "fakemalloc.h"

enum {
	PREV = 1, MAPPED = 2, OTHER = 4,
	STATE_BINS = 112, STATE_NEXT = 2160, STATE_THREADS = 2176,
	STATE_SYSTEM = 2184, STATE_MAX_SYSTEM = 2192, N_BINS = 127,
	FAST_SIZE = 0x40, CACHED_SIZE = 0x60, CACHE_SIZE = 0x290,
	FREE_SIZE = 0x500, PAGES_SIZE = 0x3100,
};

static const uint64_t sizes[FAKE_CHUNKS] = {
	[FAKE_USED] = 0x210, [FAKE_FREE] = FREE_SIZE, [FAKE_FAST] = FAST_SIZE,
	[FAKE_GUARD] = 0x30, [FAKE_FAST_TOO] = FAST_SIZE,
	[FAKE_CACHE] = CACHE_SIZE, [FAKE_CACHED] = CACHED_SIZE,
	[FAKE_GUARD_TOO] = 0x20, [FAKE_CACHED_TOO] = CACHED_SIZE,
	[FAKE_LAST] = 0x1000, [FAKE_FREE_PAGES] = PAGES_SIZE,
	[FAKE_END] = 0x100,
};

static bool is_free(int i)
{
	return i == FAKE_FREE || i == FAKE_FREE_PAGES;
}

/* As glibc 2.32 and later write it at @at. */
static uint64_t mangled(raddr at, raddr link)
{
	return link ^ at >> 12;
}

void fakemalloc_state(struct fakemem *fm, raddr at, raddr next, uint64_t size)
{
	for (int i = 0; i < N_BINS; i++) {
		raddr bin = at + STATE_BINS + i * 16;

		fake_u64(fm, bin, bin - 16);
		fake_u64(fm, bin + 8, bin - 16);
	}
	fake_u64(fm, at + STATE_NEXT, next);
	fake_u64(fm, at + STATE_THREADS, 1);
	fake_u64(fm, at + STATE_SYSTEM, size);
	fake_u64(fm, at + STATE_MAX_SYSTEM, size);
}

/* Both free ones in the unsorted bin. */
static void link_free(struct fakemalloc *f, raddr at, const raddr *chunk)
{
	raddr head = at + STATE_BINS - 16, a = chunk[FAKE_FREE],
	      b = chunk[FAKE_FREE_PAGES];

	fake_u64(&f->fm, head + 16, a);
	fake_u64(&f->fm, a + 16, b);
	fake_u64(&f->fm, b + 16, head);
	fake_u64(&f->fm, head + 24, b);
	fake_u64(&f->fm, b + 24, a);
	fake_u64(&f->fm, a + 24, head);
}

static void link_fast(struct fakemalloc *f, raddr at, const raddr *chunk)
{
	raddr a = chunk[FAKE_FAST], b = chunk[FAKE_FAST_TOO];

	fake_u64(&f->fm, at + FAKE_STATE_FAST + (FAST_SIZE / 16 - 2) * 8, a);
	fake_u64(&f->fm, a + 16, mangled(a + 16, b));
	fake_u64(&f->fm, b + 16, mangled(b + 16, 0));
}

static void link_cached(struct fakemalloc *f, const raddr *chunk)
{
	raddr a = chunk[FAKE_CACHED] + 16, b = chunk[FAKE_CACHED_TOO] + 16;
	raddr cache = chunk[FAKE_CACHE] + 16;
	int list = CACHED_SIZE / 16 - 2;

	fake_u16(&f->fm, cache + 2 * list, 2);
	fake_u64(&f->fm, cache + 128 + 8 * list, a);
	fake_u64(&f->fm, a, mangled(a, b));
	fake_u64(&f->fm, b, mangled(b, 0));
}

static void put_chunks(struct fakemalloc *f, int heap, raddr at, raddr end)
{
	uint64_t other = heap ? OTHER : 0;

	for (int i = 0; i < FAKE_CHUNKS; i++) {
		uint64_t size = i == FAKE_TOP ? end - at : sizes[i];

		f->chunk[heap][i] = at;
		fake_u64(&f->fm, at + 8,
			 size | other | (i && is_free(i - 1) ? 0 : PREV));
		at += size;
		if (is_free(i))
			fake_u64(&f->fm, at, size);
	}
}

static void put_heap(struct fakemalloc *f, int heap, raddr state, raddr first,
		     raddr end)
{
	put_chunks(f, heap, first, end);
	fake_u64(&f->fm, state + FAKE_STATE_TOP, f->chunk[heap][FAKE_TOP]);
	link_free(f, state, f->chunk[heap]);
	link_fast(f, state, f->chunk[heap]);
	link_cached(f, f->chunk[heap]);
}

static void put_par(struct fakemalloc *f)
{
	fake_u32(&f->fm, FAKE_PAR - 36, 1);		/* n_mmaps */
	fake_u32(&f->fm, FAKE_PAR - 32, 65536);
	fake_u32(&f->fm, FAKE_PAR - 28, 1);
	fake_u64(&f->fm, FAKE_PAR - 16, FAKE_MAPPED_SIZE);
	fake_u64(&f->fm, FAKE_PAR - 8, FAKE_MAPPED_SIZE);
	fake_u64(&f->fm, FAKE_PAR, FAKE_HEAP);
}

void fakemalloc_init(struct fakemalloc *f)
{
	fake_init(&f->fm, FAKE_DATA);
	fake_segment(&f->fm, FAKE_HEAP, FAKE_HEAP_SIZE);
	fake_segment(&f->fm, FAKE_OTHER_HEAP, FAKE_HEAP_SIZE);
	fake_segment(&f->fm, FAKE_MAPPED, 2 * 4096 + FAKE_MAPPED_SIZE);
	fakemalloc_state(&f->fm, FAKE_MAIN, FAKE_OTHER, FAKE_HEAP_SIZE);
	fakemalloc_state(&f->fm, FAKE_OTHER, FAKE_MAIN, FAKE_HEAP_SIZE);
	fake_u64(&f->fm, FAKE_OTHER_HEAP, FAKE_OTHER);
	fake_u64(&f->fm, FAKE_OTHER_HEAP + 16, FAKE_HEAP_SIZE);
	fake_u64(&f->fm, FAKE_OTHER_HEAP + 24, FAKE_HEAP_SIZE);
	put_heap(f, 0, FAKE_MAIN, FAKE_HEAP, FAKE_HEAP + FAKE_HEAP_SIZE);
	put_heap(f, 1, FAKE_OTHER, addr_up(FAKE_OTHER + FAKE_STATE_SIZE, 16),
		 FAKE_OTHER_HEAP + FAKE_HEAP_SIZE);
	put_par(f);
	f->mapped = FAKE_MAPPED + 2 * 4096;
	fake_u64(&f->fm, f->mapped + 8, FAKE_MAPPED_SIZE | MAPPED);
	for (int i = 0; i < FAKE_CHUNKS; i++)
		f->size[i] = sizes[i];
}

void fakemalloc_fini(struct fakemalloc *f)
{
	fake_fini(&f->fm);
}
