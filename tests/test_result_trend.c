/* SPDX-License-Identifier: MIT */
/* When a limit is reached that a number grows towards. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "result/account.h"

enum { MIB = 1 << 20 };

static struct trend of(const int64_t *value, size_t n)
{
	struct trend t = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		trend_add(&t, 10. * (double)i, value[i]);
	return t;
}

#define OF(...)                                                        \
	of((const int64_t[]){ __VA_ARGS__ },                           \
	   sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static void a_line_is_told_as_it_is(void **state)
{
	struct trend t = OF(100, 200, 300, 400);

	(void)state;
	assert_true(fabs(trend_rate(&t) - 10) < 1e-9);
	assert_int_equal(trend_seconds_to(&t, 1000), 100);
	t = OF(400, 300, 200);
	assert_true(fabs(trend_rate(&t) + 10) < 1e-9);
}

static void two_looks_are_too_few(void **state)
{
	struct trend none = { .n = 0 }, t = OF(100, 200);

	(void)state;
	assert_true(isnan(trend_rate(&none)));
	assert_true(isnan(trend_rate(&t)));
	assert_int_equal(trend_seconds_to(&t, 1000), -1);
	trend_add(&t, 20, 300);
	assert_int_equal(trend_seconds_to(&t, 1000), 100);
}

static void looks_at_one_time_are_one(void **state)
{
	struct trend t = { .n = 0 };

	(void)state;
	for (int i = 0; i < 5; i++)
		trend_add(&t, 7, i);
	assert_true(isnan(trend_rate(&t)));
}

static void what_does_not_grow_reaches_nothing(void **state)
{
	struct trend still = OF(500, 500, 500, 500), less = OF(9, 6, 3);

	(void)state;
	assert_true(trend_rate(&still) == 0);
	assert_int_equal(trend_seconds_to(&still, 1), -1);
	assert_int_equal(trend_seconds_to(&less, 1), -1);
}

static void a_tooth_of_a_saw_is_no_growth_but_many_that_rise_are(void **state)
{
	struct trend t = OF(0, 40, 80, 0, 40, 80, 0, 40);

	(void)state;
	assert_true(isnan(trend_rate(&t)));
	t.n = 0;
	for (int i = 0; i < 60; i++)
		trend_add(&t, i, 5 * i + i % 4 * 20);
	assert_true(fabs(trend_rate(&t) - 5) < .2);
}

static void old_looks_are_forgotten(void **state)
{
	struct trend t = { .n = 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		trend_add(&t, i, 1000 - i);
	for (int i = 0; i < TREND_LOOKS; i++)
		trend_add(&t, 1000 + i, 3 * i);
	assert_true(fabs(trend_rate(&t) - 3) < 1e-9);
}

static void what_is_reached_takes_no_time_and_what_is_far_for_ever(void **state)
{
	struct trend t = OF(0, 10, 20);

	(void)state;
	assert_int_equal(trend_seconds_to(&t, 0), 0);
	assert_int_equal(trend_seconds_to(&t, -5), 0);
	assert_int_equal(trend_seconds_to(&t, INT64_MAX), -1);
}

static struct account_cgroup group(int64_t usage, int64_t file, int64_t shmem)
{
	return (struct account_cgroup){
		.version = 2, .limit = 4096ll * MIB, .usage = usage,
		.file = file, .shmem = shmem,
	};
}

static void page_cache_gives_way_and_shared_memory_does_not(void **state)
{
	struct account_cgroup cg = group(1000, 600, 100);

	(void)state;
	assert_int_equal(account_cgroup_held(&cg), 500);
	cg = group(1000, -1, 100);
	assert_int_equal(account_cgroup_held(&cg), 1000);
	cg = group(-1, 600, 100);
	assert_int_equal(account_cgroup_held(&cg), -1);
	cg = group(300, 600, 100);
	assert_int_equal(account_cgroup_held(&cg), 0);
}

static void the_time_to_the_limit_is_told_in_words(void **state)
{
	struct account_cgroup cg = group(2185ll * MIB, 0, 0);
	struct account_cgroup none = { .version = 0 };
	struct trend t = { .n = 0 };
	char text[ACCOUNT_LIMIT_TEXT];

	(void)state;
	for (int i = 0; i < 2; i++)
		trend_add(&t, 3600. * i, (2123ll + 31 * i) * MIB);
	account_cgroup_foresee(&cg, &t);
	assert_int_equal(cg.seconds_to_limit, -1);
	assert_string_equal(account_cgroup_limit(text, &cg),
			    "of a limit of 4.0 GiB");
	trend_add(&t, 7200, 2185ll * MIB);
	account_cgroup_foresee(&cg, &t);
	assert_int_equal(cg.seconds_to_limit, (4096 - 2185) * 3600 / 31);
	assert_string_equal(account_cgroup_limit(text, &cg),
			    "of a limit of 4.0 GiB; at +31.0 MiB/h it is "
			    "reached in 2 d 13 h");
	cg.usage = -1;
	account_cgroup_foresee(&cg, &t);
	assert_int_equal(cg.seconds_to_limit, -1);
	assert_string_equal(account_cgroup_limit(text, &none), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_told_as_it_is),
		cmocka_unit_test(two_looks_are_too_few),
		cmocka_unit_test(looks_at_one_time_are_one),
		cmocka_unit_test(what_does_not_grow_reaches_nothing),
		cmocka_unit_test(
			a_tooth_of_a_saw_is_no_growth_but_many_that_rise_are),
		cmocka_unit_test(old_looks_are_forgotten),
		cmocka_unit_test(
			what_is_reached_takes_no_time_and_what_is_far_for_ever),
		cmocka_unit_test(
			page_cache_gives_way_and_shared_memory_does_not),
		cmocka_unit_test(the_time_to_the_limit_is_told_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
