/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "pyabi/codelines.h"

#define FIND(shape, table, first, lasti) \
	codelines_find(shape, table, sizeof(table), first, lasti)

static void assert_position(struct code_position pos, int64_t line,
			    int64_t end_line, int64_t column,
			    int64_t end_column)
{
	assert_int_equal(pos.line, line);
	assert_int_equal(pos.end_line, end_line);
	assert_int_equal(pos.column, column);
	assert_int_equal(pos.end_column, end_column);
}

static void what_has_not_begun_is_at_its_first_line(void **state)
{
	static const uint8_t table[] = { 0xf0, 3, 1, 2, 3 };

	(void)state;
	for (int shape = CODE_LINES_LNOTAB; shape <= CODE_LINES_LOCATIONS;
	     shape++)
		assert_position(FIND(shape, table, 7, -1), 7, -1, -1, -1);
}

static void an_lnotab_holds_the_last_line_begun(void **state)
{
	static const uint8_t table[] = { 0, 1, 6, 2, 4, (uint8_t)-1 };

	(void)state;
	assert_int_equal(FIND(CODE_LINES_LNOTAB, table, 10, 0).line, 11);
	assert_int_equal(FIND(CODE_LINES_LNOTAB, table, 10, 5).line, 11);
	assert_int_equal(FIND(CODE_LINES_LNOTAB, table, 10, 6).line, 13);
	assert_int_equal(FIND(CODE_LINES_LNOTAB, table, 10, 10).line, 12);
	assert_int_equal(FIND(CODE_LINES_LNOTAB, table, 10, 999).line, 12);
}

static void half_a_pair_counts_for_nothing(void **state)
{
	static const uint8_t table[] = { 0, 1, 6 };

	(void)state;
	assert_int_equal(FIND(CODE_LINES_LNOTAB, table, 10, 8).line, 11);
	assert_int_equal(FIND(CODE_LINES_LINETABLE, table, 10, 8).line, -1);
}

static void a_range_of_a_linetable_may_have_no_line(void **state)
{
	static const uint8_t table[] = { 4, 1, 2, 0x80, 4, 3, 0, 5, 2, 0 };

	(void)state;
	assert_int_equal(FIND(CODE_LINES_LINETABLE, table, 10, 2).line, 11);
	assert_int_equal(FIND(CODE_LINES_LINETABLE, table, 10, 4).line, -1);
	assert_int_equal(FIND(CODE_LINES_LINETABLE, table, 10, 6).line, 14);
	assert_int_equal(FIND(CODE_LINES_LINETABLE, table, 10, 10).line, 19);
	assert_int_equal(FIND(CODE_LINES_LINETABLE, table, 10, 12).line, -1);
}

/* Each form once; the low bits say how many units but one it covers. */
static const uint8_t locations[] = {
	0xf0, 3, 1, 2, 3,	/* long: +(-1), to +1, 2 - 1, 3 - 1 */
	0x80 | 2 << 3 | 1, 0x35,	/* short: two units, column 19, +5 */
	0x80 | 11 << 3, 4, 60,	/* one line, +1 */
	0x80 | 13 << 3, 0x54, 1,	/* no columns: +42 */
	0x80 | 15 << 3 | 7,	/* nowhere, eight units */
	0x80 | 10 << 3, 0, 1,
};

static void every_form_of_location_is_known(void **state)
{
	(void)state;
	assert_position(FIND(CODE_LINES_LOCATIONS, locations, 100, 0),
			99, 100, 1, 2);
	assert_position(FIND(CODE_LINES_LOCATIONS, locations, 100, 2),
			99, 99, 19, 24);
	assert_position(FIND(CODE_LINES_LOCATIONS, locations, 100, 4),
			99, 99, 19, 24);
	assert_position(FIND(CODE_LINES_LOCATIONS, locations, 100, 6),
			100, 100, 4, 60);
	assert_position(FIND(CODE_LINES_LOCATIONS, locations, 100, 8),
			142, 142, -1, -1);
}

static void an_entry_without_line_does_not_change_the_next(void **state)
{
	(void)state;
	assert_position(FIND(CODE_LINES_LOCATIONS, locations, 100, 10),
			-1, -1, -1, -1);
	assert_position(FIND(CODE_LINES_LOCATIONS, locations, 100, 26),
			142, 142, 0, 1);
	assert_position(FIND(CODE_LINES_LOCATIONS, locations, 100, 28),
			-1, -1, -1, -1);
}

static void zero_of_a_long_form_is_no_column(void **state)
{
	static const uint8_t table[] = { 0xf0, 2, 0, 0, 0 };

	(void)state;
	assert_position(FIND(CODE_LINES_LOCATIONS, table, 5, 0), 6, 6, -1, -1);
}

static void an_empty_table_says_nothing(void **state)
{
	(void)state;
	assert_int_equal(codelines_find(CODE_LINES_LNOTAB, NULL, 0, 9, 4).line,
			 9);
	assert_int_equal(codelines_find(CODE_LINES_LINETABLE, NULL, 0, 9, 4)
			 .line, -1);
	assert_int_equal(codelines_find(CODE_LINES_LOCATIONS, NULL, 0, 9, 4)
			 .line, -1);
}

/* A number without end: all bytes say that more follow. */
static void a_table_that_breaks_off_ends_the_search(void **state)
{
	static const uint8_t table[] = { 0xf0, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
					 0x7f, 0x7f, 0x7f };

	(void)state;
	FIND(CODE_LINES_LOCATIONS, table, 5, 0);
	assert_position(FIND(CODE_LINES_LOCATIONS, table, 5, 2),
			-1, -1, -1, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_not_begun_is_at_its_first_line),
		cmocka_unit_test(an_lnotab_holds_the_last_line_begun),
		cmocka_unit_test(half_a_pair_counts_for_nothing),
		cmocka_unit_test(a_range_of_a_linetable_may_have_no_line),
		cmocka_unit_test(every_form_of_location_is_known),
		cmocka_unit_test(an_entry_without_line_does_not_change_the_next),
		cmocka_unit_test(zero_of_a_long_form_is_no_column),
		cmocka_unit_test(an_empty_table_says_nothing),
		cmocka_unit_test(a_table_that_breaks_off_ends_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
