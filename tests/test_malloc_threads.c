/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakemalloc.h"
#include "pyabi/malloc_threads.h"

/* Thread pointers: in the midst of a page with two below, and of one with
 * none. */
#define TLS_OF_1 0x7f5200000000ull
#define TLS_OF_2 0x7f5200100000ull
#define POINTER_1 (TLS_OF_1 + 0x2740)
#define POINTER_2 (TLS_OF_2 + 0x740)

enum { BELOW = 0x48, STALE = 0x6a0 };

static struct fakemalloc f;
static struct glibc_malloc gm;
static struct glibc_threads gt;
static struct err err;

static const struct maps maps;

static int setup(void **state)
{
	struct glibc_read_options opt = { .maps = &maps, .most = 1000 };

	(void)state;
	memset(&gm, 0, sizeof(gm));
	memset(&gt, 0, sizeof(gt));
	memset(&err, 0, sizeof(err));
	memset(&f, 0, sizeof(f));
	fakemalloc_init(&f);
	fake_segment(&f.fm, TLS_OF_1, 0x3000);
	fake_segment(&f.fm, TLS_OF_2, 0x1000);
	fake_u64(&f.fm, POINTER_1 - BELOW, FAKE_MAIN);
	fake_u64(&f.fm, POINTER_2 - BELOW, FAKE_OTHER);
	return !glibc_find_in(&gm, &f.fm.mem, FAKE_DATA, FAKE_DATA + 0x10000) ||
	       !glibc_read(&gm, &f.fm.mem, &opt, &err);
}

static int teardown(void **state)
{
	(void)state;
	glibc_threads_fini(&gt);
	glibc_fini(&gm);
	fakemalloc_fini(&f);
	return 0;
}

static bool look(void)
{
	return glibc_threads_note(&gt, &gm, &f.fm.mem, 1, POINTER_1, &err) &&
	       glibc_threads_note(&gt, &gm, &f.fm.mem, 2, POINTER_2, &err) &&
	       glibc_threads_settle(&gt, &gm);
}

static void assert_found(void)
{
	assert_int_equal(gt.words.n, 2);
	assert_int_equal(gt.words.v[0].tid, 1);
	assert_int_equal(gt.words.v[0].arena, 0);
	assert_int_equal(gt.words.v[1].tid, 2);
	assert_int_equal(gt.words.v[1].arena, 1);
}

static void each_thread_has_its_arena(void **state)
{
	(void)state;
	assert_true(look());
	assert_found();
}

static void what_lies_on_a_stack_does_not_add_up(void **state)
{
	(void)state;
	fake_u64(&f.fm, POINTER_1 - STALE, FAKE_OTHER);
	fake_u64(&f.fm, POINTER_1 - 0x2000, FAKE_OTHER);
	/* Behind the head of what is no heap. */
	fake_u64(&f.fm, POINTER_2 - STALE, FAKE_MAPPED + 48);
	assert_true(look());
	assert_found();
}

static void two_answers_are_none(void **state)
{
	(void)state;
	fake_u64(&f.fm, POINTER_1 - STALE, FAKE_OTHER);
	fake_u64(&f.fm, POINTER_2 - STALE, FAKE_MAIN);
	assert_false(look());
}

static void the_same_answer_twice_is_one(void **state)
{
	(void)state;
	fake_u64(&f.fm, POINTER_1 - STALE, FAKE_MAIN);
	fake_u64(&f.fm, POINTER_2 - STALE, FAKE_OTHER);
	assert_true(look());
	assert_found();
}

static void an_arena_that_counts_another_thread_is_believed(void **state)
{
	(void)state;
	gm.arenas.v[1].attached = 2;
	assert_false(look());
}

static void a_thread_without_an_arena_is_in_none(void **state)
{
	(void)state;
	fake_u64(&f.fm, POINTER_2 - BELOW, 0);
	gm.arenas.v[1].attached = 0;
	assert_true(look());
	assert_int_equal(gt.words.n, 1);
	assert_int_equal(gt.words.v[0].tid, 1);
}

static void a_thread_pointer_to_nowhere_says_nothing(void **state)
{
	static const raddr nowhere[] = { 0, 8, POINTER_1 + 4, 1ull << 46,
					 UINT64_MAX - 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++)
		assert_true(glibc_threads_note(&gt, &gm, &f.fm.mem, 3,
					       nowhere[i], &err));
	assert_true(look());
	assert_found();
}

static void who_exits_meanwhile_is_gone(void **state)
{
	(void)state;
	fake_exit_after(&f.fm, 1);
	assert_false(glibc_threads_note(&gt, &gm, &f.fm.mem, 1, POINTER_1,
					&err));
	assert_int_equal(err.code, ERR_GONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_thread_has_its_arena),
		TEST(what_lies_on_a_stack_does_not_add_up),
		TEST(two_answers_are_none),
		TEST(the_same_answer_twice_is_one),
		TEST(an_arena_that_counts_another_thread_is_believed),
		TEST(a_thread_without_an_arena_is_in_none),
		TEST(a_thread_pointer_to_nowhere_says_nothing),
		TEST(who_exits_meanwhile_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
