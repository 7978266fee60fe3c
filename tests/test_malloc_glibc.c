/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakemalloc.h"
#include "pyabi/malloc_glibc.h"

static const enum glibc_chunk_state states[FAKE_CHUNKS] = {
	[FAKE_FREE] = GLIBC_FREE, [FAKE_FREE_PAGES] = GLIBC_FREE,
	[FAKE_FAST] = GLIBC_FAST, [FAKE_FAST_TOO] = GLIBC_FAST,
	[FAKE_CACHED] = GLIBC_CACHED, [FAKE_CACHED_TOO] = GLIBC_CACHED,
	[FAKE_TOP] = GLIBC_TOP,
};

static struct fakemalloc f;
static struct glibc_malloc gm;
static struct err err;
static bool running;

static struct map map = {
	.start = FAKE_MAPPED, .end = FAKE_MAPPED + 2 * 4096 + FAKE_MAPPED_SIZE,
	.read = true, .write = true, .path = "",
};
static const struct maps maps = { .v = &map, .n = 1 };

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	memset(&gm, 0, sizeof(gm));
	memset(&err, 0, sizeof(err));
	running = false;
	fakemalloc_init(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	glibc_fini(&gm);
	fakemalloc_fini(&f);
	return 0;
}

static bool look(uint64_t most)
{
	struct glibc_read_options opt = { .maps = &maps, .most = most,
					  .running = running };

	if (!glibc_find_in(&gm, &f.fm.mem, FAKE_DATA, FAKE_DATA + 0x10000) ||
	    !glibc_read(&gm, &f.fm.mem, &opt, &err))
		return false;
	glibc_settle(&gm);
	return true;
}

static enum glibc_chunk_state state_of(int heap, enum fake_chunk i)
{
	struct glibc_chunk *c = glibc_chunk_at(&gm, f.chunk[heap][i] + 20);

	return c ? (enum glibc_chunk_state)c->state : GLIBC_STATES;
}

static void every_chunk_of_both_arenas_has_its_state(void **state)
{
	(void)state;
	assert_true(look(1000));
	assert_int_equal(gm.arenas.n, 2);
	for (int heap = 0; heap < 2; heap++) {
		const struct glibc_arena *a = &gm.arenas.v[heap];

		assert_null(a->doubt);
		assert_int_equal(a->heaps, 1);
		for (int i = 0; i < FAKE_CHUNKS; i++) {
			struct glibc_chunk *c =
				glibc_chunk_at(&gm, f.chunk[heap][i]);

			assert_non_null(c);
			assert_int_equal(c->at, f.chunk[heap][i]);
			assert_int_equal(c->state, states[i]);
		}
	}
	assert_true(gm.mapped_known);
	assert_int_equal(glibc_chunk_at(&gm, f.mapped + 9000)->state,
			 GLIBC_MAPPED);
	assert_null(glibc_chunk_at(&gm, FAKE_MAPPED));
	assert_null(glibc_chunk_at(&gm, FAKE_OTHER_HEAP));
	assert_null(glibc_chunk_at(&gm, FAKE_HEAP + FAKE_HEAP_SIZE));
}

static void where_heaps_are_is_known_without_a_look_at_chunks(void **state)
{
	(void)state;
	assert_true(glibc_find_in(&gm, &f.fm.mem, FAKE_DATA,
				  FAKE_DATA + 0x10000));
	assert_true(glibc_read_heaps(&gm, &f.fm.mem, &err));
	assert_int_equal(gm.chunks.n, 0);
	assert_int_equal(gm.regions.n, 2);
	assert_int_equal(gm.regions.v[0].start, FAKE_HEAP);
	assert_int_equal(gm.regions.v[0].end, FAKE_HEAP + FAKE_HEAP_SIZE);
	assert_int_equal(gm.regions.v[1].arena, 1);
}

static void links_need_not_be_mangled(void **state)
{
	raddr a = f.chunk[0][FAKE_FAST], b = f.chunk[0][FAKE_FAST_TOO];
	raddr c = f.chunk[0][FAKE_CACHED], d = f.chunk[0][FAKE_CACHED_TOO];

	(void)state;
	fake_u64(&f.fm, a + 16, b);
	fake_u64(&f.fm, b + 16, 0);
	fake_u64(&f.fm, c + 16, d + 16);
	fake_u64(&f.fm, d + 16, 0);
	assert_true(look(1000));
	assert_int_equal(gm.mangled, 0);
	assert_int_equal(state_of(0, FAKE_FAST_TOO), GLIBC_FAST);
	assert_int_equal(state_of(0, FAKE_CACHED_TOO), GLIBC_CACHED);
	/* Those of the other arena cannot be both. */
	assert_non_null(gm.arenas.v[1].doubt);
	assert_int_equal(state_of(1, FAKE_CACHED), GLIBC_USED);
}

static void what_is_no_ring_is_no_malloc(void **state)
{
	(void)state;
	fake_u64(&f.fm, FAKE_OTHER + 2160, FAKE_OTHER);
	assert_false(look(1000));
}

static void an_arena_that_no_heap_names_is_none(void **state)
{
	(void)state;
	fake_u64(&f.fm, FAKE_OTHER_HEAP, FAKE_MAIN);
	assert_false(look(1000));
}

static void bins_that_point_elsewhere_are_no_main_arena(void **state)
{
	(void)state;
	for (int i = 40; i < 60; i++)
		fake_u64(&f.fm, FAKE_MAIN + 112 + i * 16, FAKE_HEAP);
	assert_false(look(1000));
}

/* A size that was overwritten ends the walk there, and is told. */
static void assert_ends_at(enum fake_chunk i)
{
	assert_true(look(1000));
	assert_non_null(gm.arenas.v[1].doubt);
	assert_null(gm.arenas.v[0].doubt);
	assert_int_equal(state_of(1, i), GLIBC_STATES);
	assert_int_equal(state_of(1, FAKE_TOP), GLIBC_STATES);
	assert_int_equal(state_of(1, FAKE_USED), GLIBC_USED);
	assert_int_equal(state_of(0, FAKE_TOP), GLIBC_TOP);
}

static void a_size_of_half_of_all_memory_ends_the_walk(void **state)
{
	(void)state;
	fake_u64(&f.fm, f.chunk[1][FAKE_GUARD] + 8, 1ull << 63 | 1);
	assert_ends_at(FAKE_GUARD);
}

static void a_size_of_nothing_ends_the_walk(void **state)
{
	(void)state;
	fake_u64(&f.fm, f.chunk[1][FAKE_GUARD] + 8, 1);
	assert_ends_at(FAKE_GUARD);
}

static void a_size_beyond_its_heap_ends_the_walk(void **state)
{
	(void)state;
	fake_u64(&f.fm, f.chunk[1][FAKE_LAST] + 8, FAKE_HEAP_SIZE | 1);
	assert_ends_at(FAKE_LAST);
}

static void a_free_chunk_of_two_sizes_is_told(void **state)
{
	(void)state;
	fake_u64(&f.fm, f.chunk[1][FAKE_END], 0x40);
	assert_true(look(1000));
	assert_non_null(gm.arenas.v[1].doubt);
}

static void memory_that_cannot_be_read_ends_the_walk(void **state)
{
	(void)state;
	fake_fault(&f.fm, f.chunk[1][FAKE_LAST], 0x2000);
	assert_ends_at(FAKE_LAST);
}

/* The arena said where its top is before a chunk was cut off it. */
static void of_who_runs_the_top_may_have_moved_on(void **state)
{
	raddr top = f.chunk[1][FAKE_TOP];
	uint64_t size = FAKE_OTHER_HEAP + FAKE_HEAP_SIZE - top;

	(void)state;
	fake_u64(&f.fm, top + 8, 0x40 | 5);
	fake_u64(&f.fm, top + 0x48, (size - 0x40) | 5);
	running = true;
	assert_true(look(1000));
	assert_null(gm.arenas.v[1].doubt);
	assert_int_equal(state_of(1, FAKE_TOP), GLIBC_USED);
	assert_int_equal(glibc_chunk_at(&gm, top + 0x40)->state, GLIBC_TOP);
	running = false;
	assert_true(look(1000));
	assert_non_null(gm.arenas.v[1].doubt);
}

static const struct mem_ops *calm;
static raddr torn;

/* Half written the first time. */
static int64_t read_torn(struct mem *mem, raddr at, void *buf, size_t len,
			 struct err *e)
{
	int64_t got = calm->read(mem, at, buf, len, e);

	if (got > 0 && addr_in(torn, at, (uint64_t)got - 7)) {
		memset((char *)buf + (torn - at), 0xee, 8);
		torn = 0;
	}
	return got;
}

static void what_changes_while_it_is_read_is_read_again(void **state)
{
	static const struct mem_ops ops = { .read = read_torn };

	(void)state;
	calm = f.fm.mem.ops;
	f.fm.mem.ops = &ops;
	torn = f.chunk[1][FAKE_LAST] + 8;
	running = true;
	assert_true(look(1000));
	assert_int_equal(torn, 0);
	assert_null(gm.arenas.v[1].doubt);
	assert_int_equal(state_of(1, FAKE_TOP), GLIBC_TOP);
}

static void of_who_runs_nonsense_that_stays_ends_the_walk(void **state)
{
	(void)state;
	running = true;
	fake_u64(&f.fm, f.chunk[1][FAKE_GUARD] + 8, 1ull << 63 | 1);
	assert_ends_at(FAKE_GUARD);
}

static void a_list_that_comes_back_to_itself_is_none(void **state)
{
	raddr a = f.chunk[0][FAKE_FAST], b = f.chunk[0][FAKE_FAST_TOO];

	(void)state;
	fake_u64(&f.fm, b + 16, a ^ (b + 16) >> 12);
	assert_true(look(1000));
	assert_non_null(gm.arenas.v[0].doubt);
	assert_int_equal(state_of(0, FAKE_FAST), GLIBC_USED);
	assert_int_equal(state_of(1, FAKE_FAST), GLIBC_FAST);
}

static void a_list_of_another_size_is_none(void **state)
{
	(void)state;
	fake_u64(&f.fm, FAKE_MAIN + 16, f.chunk[0][FAKE_LAST]);
	assert_true(look(1000));
	assert_non_null(gm.arenas.v[0].doubt);
	assert_int_equal(state_of(0, FAKE_LAST), GLIBC_USED);
}

static void heaps_that_go_in_a_circle_end(void **state)
{
	(void)state;
	fake_u64(&f.fm, FAKE_OTHER_HEAP + 8, FAKE_OTHER_HEAP);
	assert_true(look(1000));
	assert_non_null(gm.arenas.v[1].doubt);
}

static void heaps_that_overlap_have_each_chunk_once(void **state)
{
	(void)state;
	fake_u64(&f.fm, FAKE_OTHER + 2184, 2 * FAKE_HEAP_SIZE);
	fake_u64(&f.fm, FAKE_OTHER + 2192, 2 * FAKE_HEAP_SIZE);
	fake_u64(&f.fm, FAKE_OTHER_HEAP + 8, FAKE_OTHER_HEAP);
	assert_true(look(1000));
	assert_non_null(gm.arenas.v[1].doubt);
	for (size_t i = 1; i < gm.regions.n; i++)
		assert_true(gm.regions.v[i - 1].end <=
			    gm.regions.v[i].start);
}

static void what_is_mapped_is_known_only_if_all_of_it_is(void **state)
{
	(void)state;
	fake_u32(&f.fm, FAKE_PAR - 36, 2);
	fake_u32(&f.fm, FAKE_PAR - 28, 2);
	fake_u64(&f.fm, FAKE_PAR - 16, 2 * FAKE_MAPPED_SIZE);
	fake_u64(&f.fm, FAKE_PAR - 8, 2 * FAKE_MAPPED_SIZE);
	assert_true(look(1000));
	assert_false(gm.mapped_known);
}

/* The room there, if its first byte is 1. */
static unsigned room_for_one(void *arg, const uint8_t *p, uint64_t len,
			     uint64_t room)
{
	(void)arg;
	assert_true(len <= GLIBC_WHOSE_BYTES && len <= room);
	return *p == 1 ? (unsigned)room : 0;
}

static void whose_object_a_chunk_holds_is_asked_of_those_in_use(void **state)
{
	const struct glibc_read_options opt = {
		.maps = &maps, .most = 1000, .type = room_for_one,
	};

	(void)state;
	fake_u64(&f.fm, f.chunk[0][FAKE_USED] + GLIBC_HEAD, 1);
	assert_true(glibc_find_in(&gm, &f.fm.mem, FAKE_DATA,
				  FAKE_DATA + 0x10000));
	assert_true(glibc_read(&gm, &f.fm.mem, &opt, &err));
	assert_int_equal(glibc_chunk_at(&gm, f.chunk[0][FAKE_USED])->type,
			 f.size[FAKE_USED] - 8);
	assert_int_equal(glibc_chunk_at(&gm, f.chunk[0][FAKE_GUARD])->type, 0);
	assert_int_equal(glibc_chunk_at(&gm, f.chunk[0][FAKE_TOP])->type, 0);
}

static void more_chunks_than_one_may_note_are_a_limit(void **state)
{
	(void)state;
	assert_false(look(5));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void who_exits_meanwhile_is_gone(void **state)
{
	struct glibc_read_options opt = { .maps = &maps, .most = 1000 };

	(void)state;
	assert_true(glibc_find_in(&gm, &f.fm.mem, FAKE_DATA,
				  FAKE_DATA + 0x10000));
	for (int reads = 0;; reads++) {
		assert_true(reads < 50);
		fake_exit_after(&f.fm, reads);
		if (glibc_read(&gm, &f.fm.mem, &opt, &err))
			break;
		assert_int_equal(err.code, ERR_GONE);
	}
}

struct runs {
	size_t n;
	struct {
		raddr start, end;
		uint32_t arena;
	} v[8];
};

static void note_run(void *arg, uint32_t arena, raddr start, raddr end)
{
	struct runs *runs = arg;

	assert_true(runs->n < 8);
	runs->v[runs->n].arena = arena;
	runs->v[runs->n].start = start;
	runs->v[runs->n++].end = end;
}

/* Links stay, the page they are on does too; of tops only the main one's. */
static void whole_pages_of_free_chunks_and_the_main_top_would_go(void **state)
{
	struct runs runs = { 0 };
	raddr top = f.chunk[0][FAKE_TOP], end = FAKE_HEAP + FAKE_HEAP_SIZE;

	(void)state;
	assert_true(look(1000));
	glibc_trimmable(&gm, NULL, note_run, &runs);
	assert_int_equal(runs.n, 3);
	assert_int_equal(runs.v[0].arena, 0);
	assert_int_equal(runs.v[1].arena, 0);
	assert_int_equal(runs.v[2].arena, 1);
	for (int i = 0; i < 3; i += 2) {
		raddr at = f.chunk[i / 2][FAKE_FREE_PAGES];

		assert_int_equal(runs.v[i].start, addr_up(at + 48, 4096));
		assert_int_equal(runs.v[i].end,
				 addr_down(at + f.size[FAKE_FREE_PAGES],
					   4096));
	}
	assert_int_equal(runs.v[1].end, end);
	assert_int_equal(runs.v[1].start,
			 end - addr_down(end - top - 33, 4096));
}

/* @begin: of mp_, up to 2.42 or in 2.43. */
static uint64_t threshold(raddr begin, uint64_t trim, uint64_t mmap)
{
	fake_u64(&f.fm, begin, trim);
	fake_u64(&f.fm, begin + 16, mmap);
	assert_true(glibc_find_in(&gm, &f.fm.mem, FAKE_DATA,
				  FAKE_DATA + 0x10000));
	assert_true(glibc_read_books(&gm, &f.fm.mem, &err));
	return gm.raised_threshold;
}

static void a_threshold_is_raised_only_if_that_of_trimming_is_twice_it(
	void **state)
{
	(void)state;
	assert_int_equal(threshold(FAKE_PAR - 96, 4 << 20, 2 << 20), 2 << 20);
	glibc_fini(&gm);
	assert_int_equal(threshold(FAKE_PAR - 96, 128 << 10, 128 << 10), 0);
	glibc_fini(&gm);
	/* As it was told. */
	assert_int_equal(threshold(FAKE_PAR - 96, 128 << 10, 2 << 20), 0);
	glibc_fini(&gm);
	assert_int_equal(threshold(FAKE_PAR - 104, 4 << 20, 2 << 20), 2 << 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_chunk_of_both_arenas_has_its_state),
		TEST(where_heaps_are_is_known_without_a_look_at_chunks),
		TEST(links_need_not_be_mangled),
		TEST(a_threshold_is_raised_only_if_that_of_trimming_is_twice_it),
		TEST(what_is_no_ring_is_no_malloc),
		TEST(an_arena_that_no_heap_names_is_none),
		TEST(bins_that_point_elsewhere_are_no_main_arena),
		TEST(a_size_of_half_of_all_memory_ends_the_walk),
		TEST(a_size_of_nothing_ends_the_walk),
		TEST(a_size_beyond_its_heap_ends_the_walk),
		TEST(a_free_chunk_of_two_sizes_is_told),
		TEST(memory_that_cannot_be_read_ends_the_walk),
		TEST(of_who_runs_the_top_may_have_moved_on),
		TEST(what_changes_while_it_is_read_is_read_again),
		TEST(of_who_runs_nonsense_that_stays_ends_the_walk),
		TEST(a_list_that_comes_back_to_itself_is_none),
		TEST(a_list_of_another_size_is_none),
		TEST(heaps_that_go_in_a_circle_end),
		TEST(heaps_that_overlap_have_each_chunk_once),
		TEST(what_is_mapped_is_known_only_if_all_of_it_is),
		TEST(whose_object_a_chunk_holds_is_asked_of_those_in_use),
		TEST(more_chunks_than_one_may_note_are_a_limit),
		TEST(who_exits_meanwhile_is_gone),
		TEST(whole_pages_of_free_chunks_and_the_main_top_would_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
