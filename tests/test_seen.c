/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/parallel.h"
#include "heap/seen.h"

enum { FIRST = 0x7f0000000010, STEP = 0x210, MAX = 1 << 20,
       TAG = 1, OTHER = 4, THREADS = 4 };

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

static struct seen_shared shared;

/* Each thread's are those of a page of its own, and all of one that they share. */
static void add_some(void *arg, unsigned i)
{
	unsigned *news = arg;

	for (raddr at = 0; at < ADDR_PAGE; at += 16) {
		if (seen_shared_add(&shared, FIRST + (i + 1) * ADDR_PAGE + at,
				    TAG) == SEEN_NEW)
			__atomic_fetch_add(news, 1, __ATOMIC_RELAXED);
		if (seen_shared_add(&shared, FIRST + at, TAG) == SEEN_NEW)
			__atomic_fetch_add(news, 1, __ATOMIC_RELAXED);
	}
}

static void among_threads_an_address_is_new_once(void **state)
{
	struct err err;
	unsigned news = 0;
	uint64_t dropped;

	(void)state;
	assert_true(seen_shared_init(&shared, MAX, &err));
	parallel_run(THREADS, add_some, &news);
	assert_int_equal(news, (THREADS + 1) * (ADDR_PAGE / 16));
	assert_int_equal(seen_shared_count(&shared, &dropped), news);
	assert_int_equal(dropped, 0);
	seen_shared_fini(&shared);
}

static void what_does_not_fit_is_counted(void **state)
{
	struct err err;
	uint64_t dropped;
	size_t n = 0;

	(void)state;
	assert_true(seen_shared_init(&shared, SEEN_PARTS, &err));
	for (raddr at = 0; at < ADDR_PAGE; at += 16)
		n += seen_shared_add(&shared, FIRST - FIRST % ADDR_PAGE + at,
				     TAG) == SEEN_NEW;
	assert_true(n > 0 && n < ADDR_PAGE / 16);
	assert_int_equal(seen_shared_count(&shared, &dropped), n);
	assert_int_equal(dropped, ADDR_PAGE / 16 - n);
	seen_shared_fini(&shared);
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
		cmocka_unit_test(among_threads_an_address_is_new_once),
		cmocka_unit_test(what_does_not_fit_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
