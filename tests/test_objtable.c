/* SPDX-License-Identifier: MIT */
/* Rows of objects: what is put in comes out, however large. */
#include "heap/objtable.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

enum { N = 1000 };

static struct objtable table;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	assert_true(objtable_init(&table, N, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	objtable_fini(&table);
	return 0;
}

static void comes_out(uint32_t number, uint64_t size, uint64_t allocated)
{
	const struct object_sizes in = { size, allocated };
	struct objrow row = { .type = MAX_TYPES - 1, .gen = 8,
			      .flags = OBJROW_IS_OBJECT | OBJROW_TRACKED };
	struct object_sizes out;

	assert_true(objtable_set(&table, number, row, &in, &err));
	out = objtable_sizes(&table, number);
	assert_int_equal(out.size, size);
	assert_int_equal(out.allocated, allocated);
	row = table.row[number];
	assert_int_equal(row.type, MAX_TYPES - 1);
	assert_int_equal(row.gen, 8);
	assert_int_equal(row.flags, OBJROW_IS_OBJECT | OBJROW_TRACKED);
}

static void a_row_nobody_wrote_is_no_object(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < N; n++) {
		assert_int_equal(table.row[n].flags, 0);
		assert_int_equal(table.holder[n], 0);
	}
}

static void every_size_comes_out_as_it_went_in(void **state)
{
	const uint64_t edge = OBJROW_WIDE, wide = edge * OBJROW_UNIT;

	(void)state;
	comes_out(0, 28, 32);
	comes_out(1, 0, 0);
	comes_out(2, edge - 1, wide - OBJROW_UNIT);
	comes_out(3, edge, 16);		/* the mark itself */
	comes_out(4, 16, wide);
	comes_out(5, edge + 1, wide + OBJROW_UNIT);
	comes_out(6, 5ull << 32, 6ull << 32);
	comes_out(7, UINT64_MAX, UINT64_MAX);
	comes_out(8, 40, 44);		/* not in units */
	comes_out(N - 1, 1ull << 40, 48);
	/* The neighbours are as they were. */
	assert_int_equal(objtable_sizes(&table, 2).size, edge - 1);
	assert_int_equal(objtable_sizes(&table, 6).size, 5ull << 32);
}

static void who_is_refused_is_no_object(void **state)
{
	(void)state;
	comes_out(17, 28, 32);
	objrow_refuse(&table.row[17]);
	assert_false(table.row[17].flags & OBJROW_IS_OBJECT);
}

static void the_first_holder_has_it(void **state)
{
	(void)state;
	objtable_hold(&table, 5, 3);
	objtable_hold(&table, 5, 4);
	assert_int_equal(table.holder[5], 3);
}

static void there_are_as_many_numbers_as_32_bits_have(void **state)
{
	struct objtable many;

	(void)state;
	assert_false(objtable_init(&many, 1ull << 32, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	objtable_fini(&many);
}

/* Ten times as many as there is room for at first. */
static void a_table_grows_as_rows_are_added(void **state)
{
	const struct object_sizes wide = { 5ull << 32, 6ull << 32 };
	const struct objrow row = { .type = 7, .flags = OBJROW_IS_OBJECT };
	struct objtable t;
	uint32_t first, n;

	(void)state;
	objtable_begin(&t);
	assert_int_equal(t.n, 0);
	assert_true(objtable_add(&t, row, &wide, &err));
	first = t.room;
	for (n = 1; n < 10 * first; n++) {
		const struct object_sizes sizes = { n % 1000, 16 };

		if (!objtable_add(&t, row, &sizes, &err))
			fail();
	}
	assert_int_equal(t.n, n);
	assert_int_equal(objtable_sizes(&t, 0).size, wide.size);
	for (n = 1; n < 10 * first; n++) {
		if (t.row[n].type != 7 || objtable_sizes(&t, n).size != n % 1000)
			fail_msg("row %u", n);
	}
	objtable_fini(&t);
}

static void who_is_known_to_be_in_a_list_is_told(void **state)
{
	(void)state;
	assert_false(objtable_list(&table, 4, 2));
	assert_true(objtable_list(&table, 4, 2));
	assert_false(objtable_list(&table, 4, 3));
	assert_int_equal(table.row[4].gen, 3);
	assert_int_equal(table.row[4].flags, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_nobody_wrote_is_no_object),
		TEST(every_size_comes_out_as_it_went_in),
		TEST(who_is_refused_is_no_object),
		TEST(the_first_holder_has_it),
		TEST(a_table_grows_as_rows_are_added),
		TEST(who_is_known_to_be_in_a_list_is_told),
		cmocka_unit_test(there_are_as_many_numbers_as_32_bits_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
