/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account/account.h"
#include "fakemem.h"

/* A thread of glibc: its variables, struct pthread, and the table of blocks. */
#define THREAD 0x7f5500008000ull
#define DTV 0x7f5500002010ull
#define MADE 0x7f5500004040ull		/* in what was allocated for it, ... */
#define GIVEN 0x7f5500004010ull		/* ... to be aligned: here it began */

static struct fakemem fm;
static struct target target;
static struct capture cap;
static struct account_look look;
static uint64_t tcb[3];
static struct err err;

static void block(unsigned i, raddr at, raddr made)
{
	fake_u64(&fm, DTV + 16 * i, at);
	fake_u64(&fm, DTV + 16 * i + 8, made);
}

static int setup(void **state)
{
	(void)state;
	memset(&cap, 0, sizeof(cap));
	fake_init(&fm, 0x7f5500000000ull);
	target.mem = &fm.mem;
	cap.tr.target = &target;
	look = (struct account_look){ .cap = &cap };
	memcpy(tcb, (uint64_t[]){ THREAD, DTV, THREAD }, sizeof(tcb));
	fake_u64(&fm, DTV - 16, 16);
	block(1, THREAD - 0x80, 0);
	block(2, THREAD - 0x210, 0);
	block(3, UINT64_MAX, 0);
	block(4, MADE, GIVEN);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vec_free(&look.tls);
	fake_fini(&fm);
	return 0;
}

static raddr start_of(void)
{
	raddr start = 1;

	assert_true(account_tls_find(&look, 4711, THREAD, tcb, &start, &err));
	return start;
}

static void the_lowest_of_those_side_by_side_is_the_start(void **state)
{
	(void)state;
	assert_int_equal(start_of(), THREAD - 0x210);
}

static void the_table_and_what_was_made_later_are_noted(void **state)
{
	(void)state;
	start_of();
	assert_int_equal(look.tls.n, 2);
	assert_int_equal(look.tls.v[0].at, DTV - 16);
	assert_int_equal(look.tls.v[1].at, GIVEN);
	assert_int_equal(look.tls.v[1].tid, 4711);
}

static void a_block_far_below_is_none(void **state)
{
	(void)state;
	block(5, THREAD - (2 << 20), 0);
	assert_int_equal(start_of(), THREAD - 0x210);
}

static void a_table_that_names_no_memory_is_none(void **state)
{
	(void)state;
	block(5, 0xffffffff81000000, 0);
	assert_int_equal(start_of(), THREAD);
	assert_int_equal(look.tls.n, 0);
}

static void a_table_that_cannot_be_read_is_none(void **state)
{
	(void)state;
	fake_fault(&fm, DTV + 32, 8);
	assert_int_equal(start_of(), THREAD);
	assert_int_equal(look.tls.n, 0);
}

static void a_length_of_all_memory_is_bounded(void **state)
{
	(void)state;
	fake_u64(&fm, DTV - 16, UINT64_MAX);
	assert_int_equal(start_of(), THREAD - 0x210);
}

static void who_does_not_begin_with_itself_is_no_thread(void **state)
{
	(void)state;
	tcb[2]++;
	assert_int_equal(start_of(), 0);
	assert_int_equal(look.tls.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_lowest_of_those_side_by_side_is_the_start),
		TEST(the_table_and_what_was_made_later_are_noted),
		TEST(a_block_far_below_is_none),
		TEST(a_table_that_names_no_memory_is_none),
		TEST(a_table_that_cannot_be_read_is_none),
		TEST(a_length_of_all_memory_is_bounded),
		TEST(who_does_not_begin_with_itself_is_no_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
