/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/mirror.h"
#include "fakemem.h"

enum { HEAP = 0x10000, FAR = 0x7f0000001000 };
enum { SOME = 1, WHOLE = 2 };	/* kinds */

static struct fakemem fm;
static struct places places;
static struct mirror mi;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	fake_init(&fm, HEAP);
	fake_segment(&fm, FAR, 4 * MIRROR_PAGE);
	fake_u64(&fm, HEAP + 16, 42);
	fake_u64(&fm, FAR + 8, 43);
	assert_true(places_init(&places, &err));
	assert_true(places_add(&places, HEAP, FAKE_SIZE, SOME, &err));
	assert_true(places_add(&places, FAR, 4 * MIRROR_PAGE, WHOLE, &err));
	assert_true(places_index(&places, &err));
	assert_true(mirror_init(&mi, &fm.mem, &places, WHOLE, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mirror_fini(&mi);
	places_fini(&places);
	fake_fini(&fm);
	return 0;
}

static uint64_t peek(raddr at)
{
	const void *p = mi.mem.ops->peek(&mi.mem, at, 8);
	uint64_t v;

	assert_non_null(p);
	memcpy(&v, p, sizeof(v));
	return v;
}

static void only_what_was_loaded_can_be_peeked_at(void **state)
{
	(void)state;
	assert_null(mi.mem.ops->peek(&mi.mem, HEAP + 16, 8));
	assert_true(mirror_load(&mi, HEAP + 16, 8, &err));
	assert_int_equal(peek(HEAP + 16), 42);
	assert_null(mi.mem.ops->peek(&mi.mem, FAR + 8, 8));
}

static void a_read_loads_while_the_tracee_is_stopped(void **state)
{
	uint64_t v;

	(void)state;
	assert_true(mem_u64(&mi.mem, FAR + 8, &v, &err));
	assert_int_equal(v, 43);
	assert_int_equal(peek(FAR + 8), 43);
}

static void after_that_only_what_lies_in_no_place_is_read(void **state)
{
	uint64_t v;

	(void)state;
	fake_segment(&fm, 0x400000, MIRROR_PAGE);
	fake_u64(&fm, 0x400000, 44);
	mirror_seal(&mi);
	assert_false(mem_u64(&mi.mem, FAR + 8, &v, &err));
	assert_int_equal(err.code, ERR_FAULT);
	assert_true(mem_u64(&mi.mem, 0x400000, &v, &err));
	assert_int_equal(v, 44);
}

/* A string's end is not known before it was read: what is there must come. */
static void of_a_read_beyond_what_was_loaded_its_beginning_comes(void **state)
{
	const raddr last = HEAP + MIRROR_PAGE - 8, end = FAR + 4 * MIRROR_PAGE;
	uint8_t buf[64];
	uint64_t v = 45;

	(void)state;
	fake_u64(&fm, last, v);
	fake_u64(&fm, end - 8, v);
	assert_true(mirror_load(&mi, FAR + 3 * MIRROR_PAGE, MIRROR_PAGE, &err));
	assert_true(mirror_load_bulk(&mi, HEAP, MIRROR_PAGE, true, NULL, &err));
	mirror_seal(&mi);
	assert_int_equal(mem_read_some(&mi.mem, last, buf, sizeof(buf), &err),
			 8);
	assert_memory_equal(buf, &v, 8);
	assert_int_equal(mem_read_some(&mi.mem, end - 8, buf, sizeof(buf),
				       &err), 8);
	assert_memory_equal(buf, &v, 8);
	assert_int_equal(mem_read_some(&mi.mem, HEAP + MIRROR_PAGE, buf, 8,
				       &err), 0);
}

static void what_was_loaded_does_not_change_any_more(void **state)
{
	(void)state;
	assert_true(mirror_load_bulk(&mi, HEAP, FAKE_SIZE, true, NULL, &err));
	fake_u64(&fm, HEAP + 16, 99);
	assert_int_equal(peek(HEAP + 16), 42);
}

static void a_hole_stays_unloaded_and_is_counted(void **state)
{
	(void)state;
	fake_fault(&fm, FAR + MIRROR_PAGE, MIRROR_PAGE);
	assert_true(mirror_load_bulk(&mi, FAR, 4 * MIRROR_PAGE, true, NULL,
				     &err));
	assert_int_equal(mi.unreadable, MIRROR_PAGE);
	assert_null(mi.mem.ops->peek(&mi.mem, FAR + MIRROR_PAGE + 8, 8));
	assert_non_null(mi.mem.ops->peek(&mi.mem, FAR + 2 * MIRROR_PAGE, 8));
}

static void nothing_is_peeked_across_the_end_of_a_place(void **state)
{
	raddr end = FAR + 4 * MIRROR_PAGE;

	(void)state;
	assert_true(mirror_load_bulk(&mi, FAR, 4 * MIRROR_PAGE, true, NULL,
				     &err));
	assert_non_null(mi.mem.ops->peek(&mi.mem, end - 8, 8));
	assert_null(mi.mem.ops->peek(&mi.mem, end - 4, 8));
	assert_null(mi.mem.ops->peek(&mi.mem, FAR, SIZE_MAX));
}

static void what_adjoins_there_adjoins_here(void **state)
{
	struct places two;
	struct mirror copy;

	(void)state;
	assert_true(places_init(&two, &err));
	assert_true(places_add(&two, HEAP, MIRROR_PAGE, SOME, &err));
	assert_true(places_add(&two, HEAP + MIRROR_PAGE, MIRROR_PAGE, WHOLE,
			       &err));
	assert_true(places_add(&two, FAR, MIRROR_PAGE, SOME, &err));
	assert_true(places_index(&two, &err));
	assert_true(mirror_init(&copy, &fm.mem, &two, WHOLE, &err));
	assert_int_equal(copy.spaces.n, 2);
	assert_ptr_equal(mirror_local(&copy, HEAP + MIRROR_PAGE),
			 mirror_local(&copy, HEAP) + MIRROR_PAGE);
	assert_null(mirror_local(&copy, HEAP + 2 * MIRROR_PAGE));
	mirror_fini(&copy);
	places_fini(&two);
}

/* Arenas that lie apart, each of half a huge page, and one that is large. */
static void small_places_share_huge_pages(void **state)
{
	enum { N = 16, HALF = 1 << 20, HUGE = 2 * HALF, LARGE = 16 * HALF };
	const raddr first = 0x7f0000080000, apart = 8 * HUGE;
	const raddr large = first + (N + 1) * apart;
	const uint8_t *begin;
	struct places many;
	struct mirror copy;

	(void)state;
	assert_true(places_init(&many, &err));
	for (int i = 0; i < N; i++)
		assert_true(places_add(&many, first + (raddr)i * apart, HALF,
				       WHOLE, &err));
	assert_true(places_add(&many, large, LARGE, WHOLE, &err));
	assert_true(places_index(&many, &err));
	assert_true(mirror_init(&copy, &fm.mem, &many, WHOLE, &err));
	begin = mirror_local(&copy, first);
	assert_int_equal((uintptr_t)begin % HUGE, 0);
	for (int i = 0; i < N; i++)
		assert_ptr_equal(mirror_local(&copy, first + (raddr)i * apart),
				 begin + i * HALF);
	assert_int_equal((uintptr_t)mirror_local(&copy, large) % HUGE,
			 large % HUGE);
	mirror_fini(&copy);
	places_fini(&many);
}

/* Were huge pages asked for where @p is?  What smaps calls "hg". */
static bool is_huge_there(const uint8_t *p)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long start, end;
	bool is_there = false, is_huge = false;
	char line[512];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			is_there = (uintptr_t)p >= start && (uintptr_t)p < end;
		else if (is_there && strncmp(line, "VmFlags:", 8) == 0)
			is_huge = strstr(line, " hg") != NULL;
	}
	fclose(f);
	return is_huge;
}

/* An arena between large buffers, of which a few bytes are loaded each. */
static void what_adjoins_an_arena_takes_no_huge_pages(void **state)
{
	enum { SIZE = 16 << 20 };
	const raddr first = 0x7f0000000000;
	struct places three;
	struct mirror copy;

	(void)state;
	assert_true(places_init(&three, &err));
	assert_true(places_add(&three, first, SIZE, SOME, &err));
	assert_true(places_add(&three, first + SIZE, SIZE, WHOLE, &err));
	assert_true(places_add(&three, first + 2 * SIZE, SIZE, SOME, &err));
	assert_true(places_index(&three, &err));
	assert_true(mirror_init(&copy, &fm.mem, &three, WHOLE, &err));
	assert_false(is_huge_there(mirror_local(&copy, first + SIZE / 2)));
	assert_false(is_huge_there(mirror_local(&copy,
						first + 5 * SIZE / 2)));
	/* Where the kernel has any. */
	if (access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0)
		assert_true(is_huge_there(mirror_local(&copy, first +
						       3 * SIZE / 2)));
	mirror_fini(&copy);
	places_fini(&three);
}

/* Its last pages are all 7s, and cannot be written to. */
static bool map_far(struct mem *mem, raddr at, uint64_t len, void *where)
{
	(void)mem;
	if (at != FAR)
		return false;
	memset(where, 7, len);
	return mprotect(where, len, PROT_READ) == 0;
}

static void what_can_be_mapped_is_not_loaded(void **state)
{
	struct mem_ops ops = *fm.mem.ops;
	const uint64_t before = fm.reads;
	struct mirror copy;

	(void)state;
	ops.map = map_far;
	fm.mem.ops = &ops;
	assert_true(mirror_init(&copy, &fm.mem, &places, WHOLE, &err));
	assert_null(copy.mem.ops->peek(&copy.mem, HEAP, 8));
	assert_non_null(copy.mem.ops->peek(&copy.mem, FAR, 4 * MIRROR_PAGE));
	assert_true(mirror_load_bulk(&copy, FAR, 4 * MIRROR_PAGE, true, NULL,
				     &err));
	assert_int_equal(*mirror_local(&copy, FAR + 8), 7);
	assert_int_equal(fm.reads, before);
	assert_true(mirror_load(&copy, HEAP, 8, &err));
	assert_true(fm.reads > before);
	mirror_fini(&copy);
}

static uint8_t scratch[MIRROR_SCRATCH];

static void load_again(struct mirror *copy)
{
	assert_true(mirror_load_bulk(copy, HEAP, FAKE_SIZE, true, scratch,
				     &err));
}

static void a_second_look_tells_which_pages_are_the_same(void **state)
{
	(void)state;
	assert_true(mirror_load_bulk(&mi, HEAP, FAKE_SIZE - MIRROR_PAGE, true,
				     NULL, &err));
	assert_false(mirror_is_same(&mi, HEAP, 1));
	fake_u64(&fm, HEAP + 3 * MIRROR_PAGE, 44);
	mirror_again(&mi);
	assert_null(mi.mem.ops->peek(&mi.mem, HEAP, 8));
	load_again(&mi);
	assert_int_equal(peek(HEAP + 16), 42);
	assert_int_equal(peek(HEAP + 3 * MIRROR_PAGE), 44);
	assert_true(mirror_is_same(&mi, HEAP, 3 * MIRROR_PAGE));
	assert_false(mirror_is_same(&mi, HEAP, 3 * MIRROR_PAGE + 1));
	assert_true(mirror_is_same(&mi, HEAP + 4 * MIRROR_PAGE,
				   FAKE_SIZE - 5 * MIRROR_PAGE));
	/* One that was not known before. */
	assert_false(mirror_is_same(&mi, HEAP + FAKE_SIZE - MIRROR_PAGE, 1));
	assert_int_equal(peek(HEAP + FAKE_SIZE - MIRROR_PAGE), 0);
}

static void what_there_is_no_time_for_stays_as_it_was(void **state)
{
	(void)state;
	assert_true(mirror_load_bulk(&mi, HEAP, FAKE_SIZE - MIRROR_PAGE, true,
				     NULL, &err));
	mirror_again(&mi);
	fake_u64(&fm, HEAP + 16, 44);
	assert_true(mirror_load_bulk(&mi, HEAP, MIRROR_PAGE, true, scratch,
				     &err));
	fake_u64(&fm, HEAP + MIRROR_PAGE, 45);
	assert_int_equal(mirror_keep(&mi, HEAP, 2 * MIRROR_PAGE), 0);
	assert_int_equal(peek(HEAP + 16), 44);
	assert_false(mirror_is_same(&mi, HEAP, 1));
	assert_int_equal(peek(HEAP + MIRROR_PAGE), 0);
	assert_true(mirror_is_same(&mi, HEAP + MIRROR_PAGE, MIRROR_PAGE));
	assert_null(mi.mem.ops->peek(&mi.mem, HEAP + 2 * MIRROR_PAGE, 8));
	mirror_keep_all(&mi);
	assert_int_equal(peek(HEAP + FAKE_SIZE - 2 * MIRROR_PAGE), 0);
	/* Nobody knows what is there. */
	assert_int_equal(mirror_keep(&mi, HEAP, FAKE_SIZE), MIRROR_PAGE);
	assert_null(mi.mem.ops->peek(&mi.mem, HEAP + FAKE_SIZE - MIRROR_PAGE,
				     8));
	assert_int_equal(mirror_keep(&mi, 8, 8), 8);
}

static void what_is_unreadable_by_then_is_not_loaded(void **state)
{
	(void)state;
	assert_true(mirror_load(&mi, HEAP, FAKE_SIZE, &err));
	fake_fault(&fm, HEAP, MIRROR_PAGE);
	mirror_again(&mi);
	load_again(&mi);
	assert_null(mi.mem.ops->peek(&mi.mem, HEAP + 16, 8));
	assert_false(mirror_is_same(&mi, HEAP, 1));
	assert_int_equal(mi.unreadable, MIRROR_PAGE);
}

/* The place at FAR is new; that at HEAP has grown together with another. */
static void other_places_take_over_what_was_loaded(void **state)
{
	const raddr names_new = HEAP + 5 * MIRROR_PAGE;
	struct places now;
	struct mirror copy;

	(void)state;
	fake_u64(&fm, names_new + 8, FAR + 2 * MIRROR_PAGE);
	mirror_fini(&mi);
	places_fini(&places);
	assert_true(places_init(&places, &err));
	assert_true(places_add(&places, HEAP, FAKE_SIZE / 2, SOME, &err));
	assert_true(places_index(&places, &err));
	assert_true(mirror_init(&mi, &fm.mem, &places, WHOLE, &err));
	assert_true(mirror_load(&mi, HEAP, FAKE_SIZE / 2, &err));
	assert_true(places_init(&now, &err));
	assert_true(places_add(&now, HEAP, FAKE_SIZE, SOME, &err));
	assert_true(places_add(&now, FAR, 4 * MIRROR_PAGE, WHOLE, &err));
	assert_true(places_index(&now, &err));
	assert_true(mirror_init(&copy, &fm.mem, &now, WHOLE, &err));
	mirror_adopt(&copy, &mi, SOME | WHOLE);
	load_again(&copy);
	assert_true(mirror_is_same(&copy, HEAP, 5 * MIRROR_PAGE));
	assert_false(mirror_is_same(&copy, names_new, 1));
	assert_true(mirror_is_same(&copy, HEAP + 6 * MIRROR_PAGE,
				   FAKE_SIZE / 2 - 6 * MIRROR_PAGE));
	assert_false(mirror_is_same(&copy, HEAP + FAKE_SIZE / 2, 1));
	assert_memory_equal(mirror_local(&copy, names_new + 8),
			    &(uint64_t){ FAR + 2 * MIRROR_PAGE }, 8);
	mirror_fini(&copy);
	places_fini(&now);
}

/* What malloc had may be an arena by now: nothing that was said of it holds. */
static void a_place_of_another_kind_is_new(void **state)
{
	struct places now;
	struct mirror copy;

	(void)state;
	assert_true(mirror_load(&mi, HEAP, FAKE_SIZE, &err));
	assert_true(places_init(&now, &err));
	assert_true(places_add(&now, HEAP, FAKE_SIZE, WHOLE, &err));
	assert_true(places_index(&now, &err));
	assert_true(mirror_init(&copy, &fm.mem, &now, WHOLE, &err));
	mirror_adopt(&copy, &mi, SOME);
	load_again(&copy);
	assert_false(mirror_is_same(&copy, HEAP, 1));
	assert_int_equal(copy.n_fresh, 0);
	mirror_fini(&copy);
	places_fini(&now);
}

static void a_tracee_that_exits_ends_the_load(void **state)
{
	(void)state;
	fake_exit_after(&fm, 0);
	assert_false(mirror_load_bulk(&mi, HEAP, FAKE_SIZE, true, NULL, &err));
	assert_int_equal(err.code, ERR_GONE);
}

enum { BIG = 0x40000000, BIG_LEN = 12 << 20 };

static void add_big(void)
{
	fake_segment(&fm, BIG - MIRROR_PAGE, BIG_LEN + 2 * MIRROR_PAGE);
	mirror_fini(&mi);
	places_fini(&places);
	assert_true(places_init(&places, &err));
	assert_true(places_add(&places, BIG, BIG_LEN, SOME, &err));
	assert_true(places_index(&places, &err));
	assert_true(mirror_init(&mi, &fm.mem, &places, WHOLE, &err));
}

static void a_large_table_is_loaded_at_notice(void **state)
{
	(void)state;
	add_big();
	for (raddr at = BIG; at < BIG + BIG_LEN; at += MIRROR_PAGE)
		fake_u64(&fm, at + 16, at);
	fake_fault(&fm, BIG + (5 << 20), MIRROR_PAGE);
	mem_want(&mi.mem, BIG + 40, BIG_LEN - 80);
	for (raddr at = BIG + (2 << 20); at < BIG + (10 << 20);
	     at += MIRROR_PAGE) {
		if (at == BIG + (5 << 20))
			assert_null(mi.mem.ops->peek(&mi.mem, at + 16, 8));
		else
			assert_int_equal(peek(at + 16), at);
	}
	assert_null(mi.mem.ops->peek(&mi.mem, BIG + 40, 8));
	assert_int_equal(mi.mem.bytes_read, (8 << 20) - MIRROR_PAGE);
}

static void notice_is_not_taken(uint64_t len)
{
	mem_want(&mi.mem, BIG, len);
	assert_int_equal(mi.mem.bytes_read, 0);
	assert_int_equal(fm.reads, 0);
}

static void nothing_is_loaded_at_notice_that_must_not_be(void **state)
{
	(void)state;
	add_big();
	notice_is_not_taken(MEM_WORTH_NOTICE - 8);
	notice_is_not_taken(BIG_LEN + 8);
	notice_is_not_taken(UINT64_MAX);
	mi.limit = BIG_LEN - 1;
	notice_is_not_taken(BIG_LEN);
	mi.limit = 0;
	mirror_seal(&mi);
	notice_is_not_taken(BIG_LEN);
}

static void ask(raddr at)
{
	assert_true(mirror_load(&mi, at, 8, &err));
}

enum { FEW_READS = 64 };	/* of more than 3,000 pages */

static void what_is_asked_for_upwards_comes_in_few_reads(void **state)
{
	(void)state;
	add_big();
	for (raddr at = BIG; at < BIG + BIG_LEN; at += MIRROR_PAGE)
		ask(at);
	assert_int_equal(mi.mem.bytes_read, BIG_LEN);
	assert_true(fm.reads < FEW_READS);
}

static void what_is_asked_for_downwards_comes_in_few_reads(void **state)
{
	(void)state;
	add_big();
	for (raddr at = BIG + BIG_LEN; at > BIG; at -= MIRROR_PAGE)
		ask(at - 8);
	assert_int_equal(mi.mem.bytes_read, BIG_LEN);
	assert_true(fm.reads < FEW_READS);
}

static void no_more_comes_for_nothing_than_was_asked_for(void **state)
{
	const raddr far = BIG + BIG_LEN / 2;

	(void)state;
	add_big();
	for (raddr at = BIG; at < BIG + (1 << 20); at += MIRROR_PAGE)
		ask(at);
	assert_true(mi.mem.bytes_read <= 2 << 20);
	mi.mem.bytes_read = 0;
	ask(far);
	assert_int_equal(mi.mem.bytes_read, MIRROR_CLUSTER);
	ask(far - MIRROR_PAGE);
	assert_int_equal(mi.mem.bytes_read, 3 * MIRROR_CLUSTER);
	assert_null(mi.mem.ops->peek(&mi.mem, far - 3 * MIRROR_CLUSTER, 8));
}

static void who_exits_while_much_is_asked_for_is_gone(void **state)
{
	(void)state;
	add_big();
	for (raddr at = BIG; at < BIG + (4 << 20); at += MIRROR_PAGE)
		ask(at);
	fake_exit_after(&fm, 0);
	assert_false(mirror_load(&mi, mi.demand.end, 8, &err));
	assert_int_equal(err.code, ERR_GONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_was_loaded_can_be_peeked_at),
		TEST(a_read_loads_while_the_tracee_is_stopped),
		TEST(after_that_only_what_lies_in_no_place_is_read),
		TEST(of_a_read_beyond_what_was_loaded_its_beginning_comes),
		TEST(what_was_loaded_does_not_change_any_more),
		TEST(a_hole_stays_unloaded_and_is_counted),
		TEST(nothing_is_peeked_across_the_end_of_a_place),
		TEST(what_adjoins_there_adjoins_here),
		TEST(small_places_share_huge_pages),
		TEST(what_adjoins_an_arena_takes_no_huge_pages),
		TEST(a_large_table_is_loaded_at_notice),
		TEST(nothing_is_loaded_at_notice_that_must_not_be),
		TEST(what_is_asked_for_upwards_comes_in_few_reads),
		TEST(what_is_asked_for_downwards_comes_in_few_reads),
		TEST(no_more_comes_for_nothing_than_was_asked_for),
		TEST(who_exits_while_much_is_asked_for_is_gone),
		TEST(what_can_be_mapped_is_not_loaded),
		TEST(a_second_look_tells_which_pages_are_the_same),
		TEST(what_there_is_no_time_for_stays_as_it_was),
		TEST(what_is_unreadable_by_then_is_not_loaded),
		TEST(other_places_take_over_what_was_loaded),
		TEST(a_place_of_another_kind_is_new),
		TEST(a_tracee_that_exits_ends_the_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
