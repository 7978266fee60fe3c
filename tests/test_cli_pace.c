/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/pace.h"

#define SECOND 1000000000ull
#define MS 1000000ull

static void a_cheap_census_may_be_every_time(void **state)
{
	struct pace pace;
	uint64_t now = 5 * SECOND, cpu = 0;

	(void)state;
	pace_init(&pace, 0.1, 2 * SECOND, now, cpu);
	pace.cost = 20 * MS;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(pace_wait(&pace), 0);
		now += 2 * SECOND;
		cpu += 20 * MS;
		pace_account(&pace, now, cpu);
	}
	assert_int_equal(pace_interval(&pace), 2 * SECOND);
}

/* However long each takes: after a while the share is kept. */
static void a_costly_one_keeps_to_its_share(void **state)
{
	struct pace pace;
	uint64_t now = 0, cpu = 0;

	(void)state;
	pace_init(&pace, 0.1, 2 * SECOND, now, cpu);
	for (int i = 0; i < 100; i++) {
		now += pace_wait(&pace) + SECOND;
		cpu += SECOND;
		pace.cost = SECOND;
		pace_account(&pace, now, cpu);
	}
	assert_true(cpu <= now / 10 + SECOND + SECOND / 5);
	assert_true(cpu >= now / 11);
	assert_int_equal(pace_interval(&pace), 10 * SECOND);
}

static void what_the_screen_takes_counts_too(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0.1, SECOND, 0, 0);
	pace_account(&pace, SECOND, 2 * SECOND);
	assert_true(pace_wait(&pace) > 15 * SECOND);
}

static void idle_hours_are_not_saved_up(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0.5, SECOND, 0, 0);
	pace_account(&pace, 7200 * SECOND, 0);
	pace_account(&pace, 7203 * SECOND, 3 * SECOND);
	assert_true(pace_wait(&pace) > 0);
}

static void a_clock_that_stands_still_is_no_trouble(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0.1, SECOND, 10 * SECOND, 5 * SECOND);
	pace_account(&pace, 10 * SECOND, 5 * SECOND);
	pace_account(&pace, 9 * SECOND, 4 * SECOND);
	assert_int_equal(pace_wait(&pace), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cheap_census_may_be_every_time),
		cmocka_unit_test(a_costly_one_keeps_to_its_share),
		cmocka_unit_test(what_the_screen_takes_counts_too),
		cmocka_unit_test(idle_hours_are_not_saved_up),
		cmocka_unit_test(a_clock_that_stands_still_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
