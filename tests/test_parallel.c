/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/parallel.h"

static void add_one(void *arg, unsigned i)
{
	__atomic_fetch_add(&((int *)arg)[i], 1, __ATOMIC_RELAXED);
}

static void each_part_is_done_once(void **state)
{
	int done[PARALLEL_MAX + 1] = { 0 };

	(void)state;
	parallel_run(PARALLEL_MAX, add_one, done);
	for (int i = 0; i < PARALLEL_MAX; i++)
		assert_int_equal(done[i], 1);
	assert_int_equal(done[PARALLEL_MAX], 0);
}

static void set(void *arg)
{
	*(int *)arg = 42;
}

static void what_is_done_aside_is_done_when_waited_for(void **state)
{
	struct aside aside;
	int value = 0;

	(void)state;
	aside_start(&aside, set, &value);
	aside_wait(&aside);
	assert_int_equal(value, 42);
}

static void without_a_thread_it_is_done_then(void **state)
{
	struct aside aside;
	int value = 0;

	(void)state;
	aside = (struct aside){ .fn = set, .arg = &value };
	aside_wait(&aside);
	assert_int_equal(value, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_is_done_once),
		cmocka_unit_test(what_is_done_aside_is_done_when_waited_for),
		cmocka_unit_test(without_a_thread_it_is_done_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
