/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap/seen.h"

enum { FIRST = 0x7f0000000010, STEP = 0x210 };

static struct seen seen;

static int set_up(void **state)
{
	struct err err;

	(void)state;
	return seen_init(&seen, &err) ? 0 : -1;
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
	assert_int_equal(seen_add(&seen, FIRST), SEEN_NEW);
	assert_int_equal(seen_add(&seen, FIRST + 8), SEEN_NEW);
	assert_int_equal(seen_add(&seen, FIRST), SEEN_BEFORE);
	assert_int_equal(seen_add(&seen, UINT64_MAX), SEEN_NEW);
	assert_int_equal(seen.n, 3);
}

static void when_full_it_still_knows_what_it_has(void **state)
{
	(void)state;
	for (raddr i = 0; i < SEEN_MAX; i++)
		assert_int_equal(seen_add(&seen, FIRST + i * STEP), SEEN_NEW);
	assert_int_equal(seen_add(&seen, FIRST - STEP), SEEN_FULL);
	for (raddr i = 0; i < SEEN_MAX; i++)
		assert_int_equal(seen_add(&seen, FIRST + i * STEP),
				 SEEN_BEFORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_address_is_new_once, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			when_full_it_still_knows_what_it_has, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
