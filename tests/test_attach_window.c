/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attach/window.h"
#include "fakemem.h"

enum { START = 0x10000, PAGE = 4096, END = START + FAKE_SIZE };

static struct fakemem fm;
static struct window win;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	fake_init(&fm, START);
	for (uint64_t off = 0; off < FAKE_SIZE; off += 8)
		fake_u64(&fm, START + off, off);
	assert_true(window_init(&win, &fm.mem, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	window_fini(&win);
	fake_fini(&fm);
	return 0;
}

static uint64_t at(raddr a)
{
	uint64_t v = 0;

	assert_true(mem_u64(&win.mem, a, &v, &err));
	return v;
}

static const void *peek(raddr a, size_t len)
{
	return win.mem.ops->peek(&win.mem, a, len);
}

static void only_what_is_in_it_can_be_peeked_at(void **state)
{
	(void)state;
	assert_null(peek(START, 8));
	assert_true(window_move(&win, START + 0x100, 0x200, &err));
	assert_int_equal(win.len, 0x200);
	assert_non_null(peek(START + 0x100, 0x200));
	assert_non_null(peek(START + 0x2f8, 8));
	assert_null(peek(START + 0x2f9, 8));
	assert_null(peek(START + 0xff, 8));
	assert_null(peek(START + 0x100, SIZE_MAX));
	assert_null(peek(UINT64_MAX - 3, 8));
}

static void all_else_can_be_read(void **state)
{
	(void)state;
	assert_true(window_move(&win, START, 0x100, &err));
	assert_int_equal(at(START + 0x80), 0x80);
	assert_int_equal(at(START + 0x8000), 0x8000);
}

static void a_page_that_is_asked_for_again_is_cached(void **state)
{
	uint64_t reads;

	(void)state;
	(void)at(START + PAGE);
	reads = fm.reads;
	assert_int_equal(at(START + PAGE + 64), PAGE + 64);
	assert_int_equal(at(START + 2 * PAGE - 8), 2 * PAGE - 8);
	assert_int_equal(fm.reads, reads);
}

static void reads_across_pages_are_whole(void **state)
{
	(void)state;
	fake_u64(&fm, START + PAGE - 4, 0x1122334455667788);
	assert_int_equal(at(START + PAGE - 4), 0x1122334455667788);
}

static void the_window_ends_where_memory_does(void **state)
{
	uint64_t v;

	(void)state;
	assert_true(window_move(&win, END - 0x100, 0x1000, &err));
	assert_int_equal(win.len, 0x100);
	assert_false(mem_u64(&win.mem, END, &v, &err));
	assert_int_equal(err.code, ERR_FAULT);
	assert_false(mem_u64(&win.mem, END - 4, &v, &err));
	assert_true(window_move(&win, END, 0x1000, &err));
	assert_int_equal(win.len, 0);
	assert_null(peek(END, 1));
}

static void it_is_never_larger_than_its_buffer(void **state)
{
	(void)state;
	assert_true(window_move(&win, START, UINT64_MAX, &err));
	assert_int_equal(win.len, FAKE_SIZE);
}

static void a_page_that_fails_is_not_cached(void **state)
{
	uint64_t v;

	(void)state;
	fake_fault(&fm, START + PAGE, 16);
	assert_false(mem_u64(&win.mem, START + PAGE, &v, &err));
	fm.n_faults = 0;
	assert_int_equal(at(START + PAGE), PAGE);
}

static void nothing_is_at_the_first_addresses(void **state)
{
	uint64_t v;

	(void)state;
	assert_false(mem_u64(&win.mem, 8, &v, &err));
	assert_false(mem_u64(&win.mem, 0, &v, &err));
	assert_int_equal(err.code, ERR_FAULT);
}

static void the_end_of_the_tracee_is_noticed(void **state)
{
	uint64_t v;

	(void)state;
	fake_exit_after(&fm, 0);
	assert_false(mem_u64(&win.mem, START, &v, &err));
	assert_int_equal(err.code, ERR_GONE);
	assert_false(window_move(&win, START, 64, &err));
	assert_int_equal(err.code, ERR_GONE);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_is_in_it_can_be_peeked_at),
		TEST(all_else_can_be_read),
		TEST(a_page_that_is_asked_for_again_is_cached),
		TEST(reads_across_pages_are_whole),
		TEST(the_window_ends_where_memory_does),
		TEST(it_is_never_larger_than_its_buffer),
		TEST(a_page_that_fails_is_not_cached),
		TEST(nothing_is_at_the_first_addresses),
		TEST(the_end_of_the_tracee_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
