/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attach/pages.h"
#include "base/bounds.h"
#include "fakemem.h"

enum { START = 0x10000 };

static struct fakemem fm;
static struct pages pages;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	fake_init(&fm, START);
	for (uint64_t off = 0; off < FAKE_SIZE; off += 8)
		fake_u64(&fm, START + off, off);
	pages_init(&pages, &fm.mem);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pages_fini(&pages);
	fake_fini(&fm);
	return 0;
}

static uint64_t at(raddr a)
{
	uint64_t v = 0;

	assert_true(mem_u64(&pages.mem, a, &v, &err));
	return v;
}

static void a_page_is_read_once(void **state)
{
	(void)state;
	assert_int_equal(at(START + 8), 8);
	assert_int_equal(at(START + 4000), 4000);
	assert_int_equal(fm.reads, 1);
}

static void what_was_read_stays_when_the_tracee_goes_on(void **state)
{
	(void)state;
	at(START);
	pages_seal(&pages);
	fake_u64(&fm, START + 16, 77);
	assert_int_equal(at(START + 16), 16);
}

static void what_was_not_read_cannot_be_read_once_sealed(void **state)
{
	uint64_t v;

	(void)state;
	at(START);
	pages_seal(&pages);
	assert_false(mem_u64(&pages.mem, START + PAGES_SIZE, &v, &err));
	assert_int_equal(err.code, ERR_FAULT);
}

static void a_read_may_span_pages(void **state)
{
	uint64_t v[4];

	(void)state;
	assert_true(mem_read(&pages.mem, START + PAGES_SIZE - 16, v, sizeof(v),
			     &err));
	assert_int_equal(v[0], PAGES_SIZE - 16);
	assert_int_equal(v[3], PAGES_SIZE + 8);
	assert_null(pages.mem.ops->peek(&pages.mem, START + PAGES_SIZE - 4, 8));
	assert_non_null(pages.mem.ops->peek(&pages.mem, START + 8, 8));
}

static void many_pages_come_at_once(void **state)
{
	const raddr list[] = { START, START + 8, START + PAGES_SIZE, 0,
			       START + 9 * PAGES_SIZE, 0x999000 };

	(void)state;
	assert_true(pages_load(&pages, list, 6, &err));
	assert_int_equal(fm.reads, 4);
	assert_int_equal(at(START + PAGES_SIZE), PAGES_SIZE);
	assert_int_equal(at(START + 9 * PAGES_SIZE), 9 * PAGES_SIZE);
	assert_int_equal(fm.reads, 4);
}

static void an_unreadable_page_is_not_asked_for_again(void **state)
{
	uint64_t v;

	(void)state;
	fake_fault(&fm, START + PAGES_SIZE + 100, 1);
	assert_false(mem_u64(&pages.mem, START + PAGES_SIZE, &v, &err));
	assert_false(mem_u64(&pages.mem, START + PAGES_SIZE, &v, &err));
	assert_int_equal(fm.reads, 1);
	assert_false(mem_u64(&pages.mem, 8, &v, &err));
}

static void cleared_pages_are_read_anew(void **state)
{
	(void)state;
	at(START);
	fake_u64(&fm, START, 42);
	pages_clear(&pages);
	assert_int_equal(at(START), 42);
}

static void the_end_of_the_tracee_is_told(void **state)
{
	uint64_t v;

	(void)state;
	fake_exit_after(&fm, 0);
	assert_false(mem_u64(&pages.mem, START, &v, &err));
	assert_int_equal(err.code, ERR_GONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* A tracee that lies may have us read in circles: pages that are here, too. */
static void nothing_is_read_once_the_clock_has_run_down(void **state)
{
	uint64_t word;
	int n = 0;

	(void)state;
	pages_allow(&pages, 0);
	while (mem_u64(&pages.mem, START, &word, &err) && n < 100000)
		n++;
	assert_true(n < 100000);
	assert_true(pages.is_spent);
	assert_int_equal(err.code, ERR_FAULT);
	assert_false(mem_u64(&pages.mem, START + PAGES_SIZE, &word, &err));

	pages_allow(&pages, 60000);
	assert_false(pages.is_spent);
	assert_int_equal(at(START + 8), 8);
}

static void no_more_pages_are_copied_than_there_is_room_for(void **state)
{
	uint64_t word;

	(void)state;
	pages.n = MAX_COPIED_PAGES;
	assert_false(mem_u64(&pages.mem, START, &word, &err));
	assert_true(pages.is_full);
	assert_true(pages_load(&pages, &(raddr){ START }, 1, &err));
	assert_int_equal(fm.reads, 0);
	pages.n = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_read_once),
		TEST(what_was_read_stays_when_the_tracee_goes_on),
		TEST(what_was_not_read_cannot_be_read_once_sealed),
		TEST(a_read_may_span_pages),
		TEST(many_pages_come_at_once),
		TEST(an_unreadable_page_is_not_asked_for_again),
		TEST(cleared_pages_are_read_anew),
		TEST(the_end_of_the_tracee_is_told),
		TEST(nothing_is_read_once_the_clock_has_run_down),
		TEST(no_more_pages_are_copied_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
