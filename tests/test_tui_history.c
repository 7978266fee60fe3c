/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "tui/history.h"

static struct err err;

static const uint64_t second = 1000000000;

static void put(struct history *h, const char *name, int64_t count,
		int64_t bytes)
{
	struct history_item item = { .name = name, .count = count,
				     .bytes = bytes };

	assert_true(history_put(h, &item, &err));
}

/* A sample of one type, @s seconds in. */
static const struct history_row *sample(struct history *h, int s,
					const char *name, int64_t count,
					int64_t bytes)
{
	history_begin(h, 1000 * second + (uint64_t)s * second);
	put(h, name, count, bytes);
	assert_true(history_end(h, &err));
	return history_find(h, name);
}

static void one_sample_has_no_rate_and_no_growth(void **state)
{
	struct history h = { 0 };
	const struct history_row *row = sample(&h, 0, "int", 10, 280);

	(void)state;
	assert_true(isnan(row->count_rate));
	assert_int_equal(history_more(row), 0);
	assert_false(history_is_growing(row));
	history_fini(&h);
}

static void the_rate_is_what_was_gained_over_the_time_it_took(void **state)
{
	struct history h = { 0 };
	const struct history_row *row;

	(void)state;
	for (int i = 0; i < 100; i++)
		row = sample(&h, 2 * i, "S", 1000 * i, 48000 * i);
	assert_float_equal(row->count_rate, 500, 0.01);
	assert_float_equal(row->bytes_rate, 24000, 0.01);
	assert_int_equal(history_more(row), 99000);
	history_fini(&h);
}

static void a_rate_forgets_what_was_long_ago(void **state)
{
	struct history h = { 0 };
	const struct history_row *row;

	(void)state;
	for (int i = 0; i < 60; i++)
		row = sample(&h, i, "S", i < 30 ? 100 * i : 3000, 0);
	assert_float_equal(row->count_rate, 0, 0.01);
	history_fini(&h);
}

static void what_never_changes_stands_still_and_costs_no_ring(void **state)
{
	struct history h = { 0 };
	const struct history_row *row;

	(void)state;
	sample(&h, 0, "int", 10, 280);
	row = sample(&h, 2, "int", 10, 280);
	assert_float_equal(row->count_rate, 0, 0);
	assert_null(row->ring);
	history_fini(&h);
}

static void what_was_not_there_at_first_has_grown_from_nothing(void **state)
{
	struct history h = { 0 };
	const struct history_row *row;

	(void)state;
	sample(&h, 0, "int", 10, 280);
	sample(&h, 2, "int", 10, 280);
	row = sample(&h, 4, "new", 8, 80);
	assert_int_equal(history_more(row), 8);
	assert_float_equal(row->count_rate, 2, 0.01);
	row = history_find(&h, "int");
	assert_int_equal(row->count, 0);
	assert_int_equal(history_more_bytes(row), -280);
	history_fini(&h);
}

static void rows_of_one_name_are_summed(void **state)
{
	struct history h = { 0 };
	const struct history_row *row;

	(void)state;
	history_begin(&h, second);
	put(&h, "app.T", 1, 16);
	put(&h, "app.T", 2, 32);
	assert_true(history_end(&h, &err));
	row = history_find(&h, "app.T");
	assert_int_equal(row->count, 3);
	assert_int_equal(row->first_bytes, 48);
	history_fini(&h);
}

static void growing_is_to_rise_in_each_of_the_last_samples(void **state)
{
	struct history h = { 0 };
	const struct history_row *row = sample(&h, 0, "S", 1, 10);
	int i;

	(void)state;
	for (i = 1; i < HISTORY_GROWING; i++)
		row = sample(&h, i, "S", 1, 10 + i);
	assert_false(history_is_growing(row));
	row = sample(&h, i, "S", 1, 10 + i);
	assert_true(history_is_growing(row));
	row = sample(&h, i + 1, "S", 1, 10 + i);
	assert_false(history_is_growing(row));
	history_fini(&h);
}

static void a_baseline_is_compared_with_until_it_is_cleared(void **state)
{
	struct history h = { 0 };
	const struct history_row *row;

	(void)state;
	sample(&h, 0, "S", 100, 1000);
	sample(&h, 2, "S", 150, 1500);
	history_baseline(&h);
	row = sample(&h, 4, "S", 160, 1600);
	assert_int_equal(history_more(row), 10);
	assert_true(h.has_baseline);
	history_clear_baseline(&h);
	assert_int_equal(history_more(row), 60);
	assert_int_equal(history_more_bytes(row), 600);
	assert_false(h.has_baseline);
	history_fini(&h);
}

static void types_made_and_dropped_for_ever_do_not_fill_memory(void **state)
{
	struct history h = { 0 };
	char name[32];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		history_begin(&h, second * (uint64_t)(i + 1));
		for (int j = 0; j < 10; j++) {
			snprintf(name, sizeof(name), "T%d", 10 * i + j);
			put(&h, name, 1, 16);
		}
		put(&h, "kept", i, 16 * i);
		assert_true(history_end(&h, &err));
	}
	assert_true(h.rows.n < 10 * 3 * HISTORY_KEEP);
	assert_int_equal(history_find(&h, "kept")->count, 1999);
	/* The first sample is compared with, so it is remembered. */
	assert_non_null(history_find(&h, "T0"));
	assert_null(history_find(&h, "T500"));
	history_fini(&h);
}

static void rings_are_bounded_and_who_gets_none_has_no_rate(void **state)
{
	struct history h = { 0 };
	char name[32];

	(void)state;
	for (int i = 0; i < 3; i++) {
		history_begin(&h, second * (uint64_t)(2 * i + 1));
		for (int j = 0; j < HISTORY_RINGS + 10; j++) {
			snprintf(name, sizeof(name), "T%d", j);
			put(&h, name, i, 16 * i);
		}
		assert_true(history_end(&h, &err));
	}
	assert_int_equal(h.n_rings, HISTORY_RINGS);
	snprintf(name, sizeof(name), "T%d", HISTORY_RINGS + 9);
	assert_true(isnan(history_find(&h, name)->count_rate));
	assert_float_equal(history_find(&h, "T0")->count_rate, 0.5, 0.01);
	history_fini(&h);
}

static void fast_samples_share_a_slot_and_the_rate_is_right(void **state)
{
	struct series s = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		series_add(&s, second + (uint64_t)i * second / 10, 50 * i);
	assert_float_equal(series_rate(&s), 500, 0.01);
	assert_int_equal(s.line.n, TIMELINE_SLOTS);
}

static void a_graph_is_blank_where_nothing_was_known(void **state)
{
	struct series s = { 0 };
	int levels[12];

	(void)state;
	series_add(&s, 1000 * second, 100);
	series_add(&s, 1005 * second, 150);
	series_add(&s, 1010 * second, 200);
	series_add(&s, 1015 * second, 250);
	series_add(&s, 1020 * second, 300);
	timeline_levels(&s.line, s.v, 7, ARRAY_SIZE(levels), levels);
	assert_int_equal(levels[0], -1);
	assert_int_equal(levels[6], -1);
	assert_int_equal(levels[7], 0);
	assert_int_equal(levels[11], 7);
}

static void slow_samples_make_a_graph_of_more_than_a_minute(void **state)
{
	struct series s = { 0 };

	(void)state;
	assert_int_equal(timeline_span(&s.line), TIMELINE_SPAN_NS);
	for (int i = 0; i < 5; i++)
		series_add(&s, (uint64_t)(i + 1) * 30 * second, i);
	assert_int_equal(timeline_span(&s.line), 360 * second);
	assert_float_equal(series_rate(&s), 1.0 / 30, 0.001);
}

static void unknown_numbers_are_not_part_of_a_series(void **state)
{
	struct series s = { 0 };

	(void)state;
	series_add(&s, second, -1);
	assert_int_equal(s.line.n, 0);
	assert_true(isnan(series_rate(&s)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_sample_has_no_rate_and_no_growth),
		cmocka_unit_test(
			the_rate_is_what_was_gained_over_the_time_it_took),
		cmocka_unit_test(a_rate_forgets_what_was_long_ago),
		cmocka_unit_test(
			what_never_changes_stands_still_and_costs_no_ring),
		cmocka_unit_test(
			what_was_not_there_at_first_has_grown_from_nothing),
		cmocka_unit_test(rows_of_one_name_are_summed),
		cmocka_unit_test(
			growing_is_to_rise_in_each_of_the_last_samples),
		cmocka_unit_test(
			a_baseline_is_compared_with_until_it_is_cleared),
		cmocka_unit_test(
			types_made_and_dropped_for_ever_do_not_fill_memory),
		cmocka_unit_test(
			rings_are_bounded_and_who_gets_none_has_no_rate),
		cmocka_unit_test(
			fast_samples_share_a_slot_and_the_rate_is_right),
		cmocka_unit_test(a_graph_is_blank_where_nothing_was_known),
		cmocka_unit_test(
			slow_samples_make_a_graph_of_more_than_a_minute),
		cmocka_unit_test(unknown_numbers_are_not_part_of_a_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
