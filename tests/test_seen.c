/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap/seen.h"

enum { FIRST = 0x7f0000000010, STEP = 0x210, MAX = 1 << 20,
       TAG = 1, OTHER = 4 };

static struct seen seen;

static int set_up(void **state)
{
	struct err err;

	(void)state;
	return seen_init(&seen, MAX, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	seen_fini(&seen);
	return 0;
}

static void an_address_is_new_once(void **state)
{
	(void)state;
	assert_int_equal(seen_add(&seen, FIRST, TAG), SEEN_NEW);
	assert_int_equal(seen_add(&seen, FIRST + 8, TAG), SEEN_NEW);
	assert_int_equal(seen_add(&seen, FIRST, TAG), SEEN_BEFORE);
	assert_int_equal(seen_add(&seen, UINT64_MAX - 7, TAG), SEEN_NEW);
	assert_int_equal(seen.n, 3);
}

static void it_is_new_as_something_else(void **state)
{
	(void)state;
	assert_int_equal(seen_add(&seen, FIRST, TAG), SEEN_NEW);
	assert_int_equal(seen_add(&seen, FIRST, TAG | OTHER), SEEN_NEW);
	assert_int_equal(seen_add(&seen, FIRST, TAG), SEEN_BEFORE);
	assert_int_equal(seen_add(&seen, FIRST, OTHER), SEEN_BEFORE);
	assert_int_equal(seen.n, 1);
}

static void when_full_it_still_knows_what_it_has(void **state)
{
	(void)state;
	for (raddr i = 0; i < MAX; i++)
		assert_int_equal(seen_add(&seen, FIRST + i * STEP, TAG),
				 SEEN_NEW);
	assert_int_equal(seen.n, MAX);
	assert_int_equal(seen_add(&seen, FIRST - STEP, TAG), SEEN_FULL);
	for (raddr i = 0; i < MAX; i++)
		assert_int_equal(seen_add(&seen, FIRST + i * STEP, TAG),
				 SEEN_BEFORE);
}

/* A heap with few large objects takes little memory. */
static void it_is_as_large_as_what_it_holds(void **state)
{
	(void)state;
	for (raddr i = 0; i < 100000; i++)
		assert_int_equal(seen_add(&seen, FIRST + i * STEP, TAG),
				 SEEN_NEW);
	assert_in_range((seen.mask + 1) * sizeof(*seen.slot), 100000 * 8,
			100000 * 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_address_is_new_once, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(it_is_new_as_something_else,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			it_is_as_large_as_what_it_holds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			when_full_it_still_knows_what_it_has, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
