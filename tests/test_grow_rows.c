/* SPDX-License-Identifier: MIT */
/* Views of what grew: what is known of a line, and what is a guess. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "result/growth.h"

static struct err err;
static struct growth growth;
static struct growth_rows rows;

static void stack_that_grew(enum growth_how how, int32_t line, int64_t bytes)
{
	const struct growth_frame frame = {
		.file = growth_text(&growth, "app.py", &err),
		.function = growth_text(&growth, "handle", &err),
		.line = line,
	};
	uint32_t number = growth_add_frame(&growth, &frame, &err);
	uint32_t stack = growth_stack(&growth, how, 4711, &number, 1, &err);

	growth.stacks.v[stack].grew += bytes;
	growth.stacks.v[stack].stayed += bytes;
}

static int set_up(void **state)
{
	(void)state;
	growth = (struct growth){ 0 };
	stack_that_grew(GROWTH_LINE, 31, 40960);
	stack_that_grew(GROWTH_MOVED, 31, 8192);
	stack_that_grew(GROWTH_GUESSED, 31, 4096);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	growth_rows_fini(&rows);
	growth_fini(&growth);
	return 0;
}

static void what_had_returned_is_the_same_line(void **state)
{
	(void)state;
	assert_true(growth_rows_make(&growth, GROWTH_BY_LINE, &rows, &err));
	assert_int_equal(rows.v.v[0].how, GROWTH_LINE);
	assert_int_equal(rows.v.v[0].stayed, 49152);
}

static void a_guess_is_a_row_of_its_own(void **state)
{
	(void)state;
	assert_true(growth_rows_make(&growth, GROWTH_BY_LINE, &rows, &err));
	assert_int_equal(rows.v.n, 2);
	assert_int_equal(rows.v.v[1].how, GROWTH_GUESSED);
	assert_int_equal(rows.v.v[1].line, 31);
	assert_int_equal(rows.v.v[1].stayed, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_had_returned_is_the_same_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_guess_is_a_row_of_its_own,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
