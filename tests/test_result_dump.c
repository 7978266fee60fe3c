/* SPDX-License-Identifier: MIT */
/* What a dump knows of resident memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "result/dump.h"

static struct dump dump;

static int setup(void **state)
{
	(void)state;
	dump_init(&dump);
	dump.memory.rss = 14000;
	dump.memory.file = 6000;
	dump.memory.peak_rss = 16000;
	dump.mode = DUMP_STOP;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dump_fini(&dump);
	return 0;
}

static void what_was_never_touched_is_not_resident(void **state)
{
	(void)state;
	dump.allocated = 36000;
	assert_int_equal(dump_resident(&dump).absent, 20000);
}

static void what_may_be_resident_is_not_said_to_be_absent(void **state)
{
	(void)state;
	dump.allocated = 8000;
	assert_int_equal(dump_resident(&dump).absent, 0);
}

static void what_went_after_the_look_was_resident(void **state)
{
	(void)state;
	dump.allocated = 15000;
	assert_int_equal(dump_resident(&dump).absent, 0);
}

static void objects_of_one_who_runs_were_not_there_at_once(void **state)
{
	(void)state;
	dump.allocated = 36000;
	dump.mode = DUMP_LIVE;
	assert_int_equal(dump_resident(&dump).absent, DUMP_UNKNOWN);
}

static void who_does_not_know_what_is_resident_says_nothing(void **state)
{
	(void)state;
	dump.allocated = 36000;
	dump.memory.file = DUMP_UNKNOWN;
	assert_int_equal(dump_resident(&dump).absent, DUMP_UNKNOWN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_was_never_touched_is_not_resident),
		TEST(what_may_be_resident_is_not_said_to_be_absent),
		TEST(what_went_after_the_look_was_resident),
		TEST(objects_of_one_who_runs_were_not_there_at_once),
		TEST(who_does_not_know_what_is_resident_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
