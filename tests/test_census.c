/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap/census.h"

static struct census census;

static void row(int64_t count, int64_t bytes, int64_t inferred)
{
	struct err err;
	struct tally *t = vec_add(&census.by_type, &err);

	assert_non_null(t);
	*t = (struct tally){ .count = count, .bytes = bytes,
			     .allocated = bytes, .inferred = inferred };
}

static void is_row(size_t i, int64_t count, int64_t bytes, int64_t inferred)
{
	const struct tally *t = &census.by_type.v[i];

	assert_int_equal(t->count, count);
	assert_int_equal(t->bytes, bytes);
	assert_int_equal(t->allocated, bytes);
	assert_int_equal(t->inferred, inferred);
}

/* Another object stood where one had been counted. */
static void what_was_taken_back_uncounted_is_nothing(void **state)
{
	(void)state;
	row(-1, -64, -1);
	row(0, -16, 0);
	row(3, 120, 4);
	row(2, 80, 1);
	census.faults = (uint64_t)0 - 2;
	census_settle(&census);
	census_sum(&census);
	is_row(0, 0, 0, 0);
	is_row(1, 0, 0, 0);
	is_row(2, 3, 120, 3);
	is_row(3, 2, 80, 1);
	assert_int_equal(census.total.count, 5);
	assert_int_equal(census.total.bytes, 200);
	assert_int_equal(census.faults, 0);
	census_fini(&census);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_taken_back_uncounted_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
