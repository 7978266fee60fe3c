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

#include "tui/grid.h"
#include "tui/number.h"

static struct err err;

/* What @text looks like in @cols columns of a line of twelve. */
static const char *cut(const char *text, int cols, bool ascii)
{
	static char shown[12 * CELL_TEXT];
	struct grid grid;
	char *line;
	int used;

	assert_true(grid_init(&grid, 1, 12, ascii, &err));
	used = grid_foreign(&grid, 0, 0, cols, EL_PLAIN, text);
	assert_true(used <= cols);
	line = grid_line(&grid, 0);
	assert_non_null(line);
	strcpy(shown, line);
	free(line);
	grid_fini(&grid);
	return shown;
}

static void names_are_cut_with_an_ellipsis(void **state)
{
	(void)state;
	assert_string_equal(cut("Session", 12, false), "Session");
	assert_string_equal(cut("Session", 7, false), "Session");
	assert_string_equal(cut("Session", 6, false), "Sessi\u2026");
	assert_string_equal(cut("Session", 6, true), "Sessi~");
	assert_string_equal(cut("Session", 1, false), "\u2026");
	assert_string_equal(cut("Session", 0, false), "");
}

static void what_controls_a_terminal_is_escaped(void **state)
{
	(void)state;
	assert_string_equal(cut("\033[31m", 12, false), "\\033[31m");
	assert_string_equal(cut("a\nb\tc\a", 12, false), "a\\nb\\tc\\a");
	assert_string_equal(cut("\xc2\x9b" "31m", 12, false),
			    "\\302\\23331m");
	/* Right-to-left override, zero width space. */
	assert_string_equal(cut("\u202ex", 12, false), "\\342\\200\u2026");
	assert_string_equal(cut("\x7f", 12, false), "\\177");
}

static void of_a_long_path_the_end_is_shown(void **state)
{
	struct grid grid;
	char *line;

	(void)state;
	assert_true(grid_init(&grid, 1, 12, true, &err));
	assert_int_equal(grid_path(&grid, 0, 0, 12, EL_PLAIN, "/srv/app.py"),
			 11);
	assert_int_equal(grid_path(&grid, 0, 0, 7, EL_PLAIN, "/srv/app.py"),
			 7);
	line = grid_line(&grid, 0);
	assert_string_equal(line, "~app.pyp.py");
	free(line);
	/* Not half of an escape. */
	assert_int_equal(grid_path(&grid, 0, 0, 4, EL_PLAIN, "/x\033\033"),
			 1);
	assert_int_equal(grid_path(&grid, 0, 0, 1, EL_PLAIN, "/srv"), 1);
	assert_int_equal(grid_path(&grid, 0, 0, 0, EL_PLAIN, "/srv"), 0);
	grid_fini(&grid);
}

static void an_escape_is_cut_like_letters(void **state)
{
	(void)state;
	assert_string_equal(cut("ab\033", 6, false), "ab\\033");
	assert_string_equal(cut("ab\033", 5, false), "ab\u2026");
}

static void invalid_bytes_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(cut("a\xff\xc3(", 12, false), "a\\377\\303(");
	assert_string_equal(cut("\xed\xb2\x80", 12, false),
			    "\\355\\262\\200");
}

static void wide_characters_are_cut_by_columns(void **state)
{
	(void)state;
	assert_string_equal(cut("\u86c7\u86c7\u86c7", 6, false),
			    "\u86c7\u86c7\u86c7");
	assert_string_equal(cut("\u86c7\u86c7\u86c7", 5, false),
			    "\u86c7\u86c7\u2026");
	assert_string_equal(cut("\u86c7\u86c7\u86c7", 4, false),
			    "\u86c7\u2026");
	assert_string_equal(cut("\u86c7", 12, true), "\\350\\233\\207");
}

static void combining_characters_go_on_the_one_before(void **state)
{
	char text[10000] = "e";

	(void)state;
	assert_string_equal(cut("e\u0301x", 2, false), "e\u0301x");
	/* Of a tower of them the first few, and then escapes. */
	while (strlen(text) < sizeof(text) - 3)
		strcat(text, "\u0301");
	assert_string_equal(cut(text, 12, false),
			    "e\u0301\u0301\u0301\u0301\\314\\201\u2026");
	assert_string_equal(cut("\u0301x", 12, false), "\\314\\201x");
	assert_string_equal(cut("e\u0301x", 12, true), "e\\314\\201x");
}

static void ten_thousand_letters_are_one_line(void **state)
{
	char text[10001];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(cut(text, 12, false), "aaaaaaaaaaa\u2026");
}

static void nothing_is_drawn_outside(void **state)
{
	struct grid grid;

	(void)state;
	assert_true(grid_init(&grid, 2, 4, false, &err));
	grid_foreign(&grid, 0, 2, 10, EL_PLAIN, "abcdef");
	grid_foreign(&grid, -1, -5, 10, EL_PLAIN, "abcdef");
	grid_foreign(&grid, 1, 3, 4, EL_PLAIN, "\u86c7");
	grid_fill(&grid, 5, 5, 10, EL_PLAIN);
	grid_bar(&grid, 1, 2, 99, EL_PLAIN, 1, 1);
	assert_null(grid_at(&grid, 2, 0));
	assert_string_equal(grid_at(&grid, 1, 3)->text,
			    glyph_text(GLYPH_BAR, false));
	grid_fini(&grid);
	assert_true(grid_init(&grid, 0, 0, false, &err));
	grid_puts(&grid, 0, 0, 4, EL_PLAIN, "x");
	grid_clear(&grid);
	grid_fini(&grid);
}

static void half_of_a_wide_character_is_no_character(void **state)
{
	struct grid grid;
	char *line;

	(void)state;
	assert_true(grid_init(&grid, 1, 6, false, &err));
	grid_foreign(&grid, 0, 0, 6, EL_PLAIN, "\u86c7\u86c7\u86c7");
	grid_puts(&grid, 0, 1, 1, EL_PLAIN, "x");
	grid_puts(&grid, 0, 4, 1, EL_PLAIN, "y");
	line = grid_line(&grid, 0);
	assert_string_equal(line, " x\u86c7y");
	free(line);
	grid_fini(&grid);
}

static void numbers_are_never_cut(void **state)
{
	struct grid grid;
	struct pen pen;
	char *line;

	(void)state;
	assert_true(grid_init(&grid, 1, 12, true, &err));
	pen = pen_at(&grid, 0, 0, 12);
	pen_printf(&pen, EL_PLAIN, "RSS ");
	pen_printf(&pen, EL_PLAIN, "12 of 123456");
	pen_printf(&pen, EL_PLAIN, "7");
	line = grid_line(&grid, 0);
	assert_string_equal(line, "RSS 12 of ~");
	free(line);
	grid_clear(&grid);
	grid_puts_right(&grid, 0, 0, 4, EL_PLAIN, "123456");
	line = grid_line(&grid, 0);
	assert_string_equal(line, "123~");
	free(line);
	grid_fini(&grid);
}

static void numbers_have_few_columns(void **state)
{
	char buf[NUMBER_TEXT];

	(void)state;
	assert_string_equal(number_bytes(buf, -1), "-");
	assert_string_equal(number_bytes(buf, 0), "0");
	assert_string_equal(number_bytes(buf, 1023), "1023");
	assert_string_equal(number_bytes(buf, 1024), "1.0K");
	assert_string_equal(number_bytes(buf, 12582912), "12.0M");
	assert_string_equal(number_bytes(buf, 111648768), "106M");
	for (int64_t v = 1; v < INT64_MAX / 7; v = v * 7 / 2 + 1) {
		assert_true(strlen(number_bytes(buf, v)) <= 5);
		assert_true(strlen(number_count(buf, v, 10)) <= 10);
		assert_true(strlen(number_more_bytes(buf, -v)) <= 6);
		assert_true(strlen(number_more_count(buf, -v, 8)) <= 8);
		assert_true(strlen(number_rate(buf, (double)v / 10)) <= 6);
	}
	assert_string_equal(number_count(buf, 1261640, 10), "1,261,640");
	assert_string_equal(number_count(buf, 1261640, 6), "1.3M");
	assert_string_equal(number_more_count(buf, 0, 8), "");
	assert_string_equal(number_more_count(buf, -1200, 8), "-1,200");
	assert_string_equal(number_rate(buf, NAN), "-");
	assert_string_equal(number_rate(buf, 500), "+500");
	assert_string_equal(number_rate(buf, -0.5), "-0.5");
	assert_string_equal(number_rate(buf, 0.01), "");
	assert_string_equal(number_share(buf, 1, 0), "");
	assert_string_equal(number_share(buf, 1, 3), "33.3");
}

static void times_are_short(void **state)
{
	char buf[NUMBER_TEXT];

	(void)state;
	assert_string_equal(number_time(buf, -1), "-");
	assert_string_equal(number_time(buf, 0.0612), "61 ms");
	assert_string_equal(number_time(buf, 2.34), "2.3 s");
	assert_string_equal(number_time(buf, 59), "59 s");
	assert_string_equal(number_time(buf, 61), "1:01");
	assert_string_equal(number_time(buf, 7985), "2:13:05");
	assert_string_equal(number_time(buf, 3 * 86400 + 7980),
			    "3 d 02:13");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_cut_with_an_ellipsis),
		cmocka_unit_test(what_controls_a_terminal_is_escaped),
		cmocka_unit_test(of_a_long_path_the_end_is_shown),
		cmocka_unit_test(an_escape_is_cut_like_letters),
		cmocka_unit_test(invalid_bytes_are_escaped),
		cmocka_unit_test(wide_characters_are_cut_by_columns),
		cmocka_unit_test(combining_characters_go_on_the_one_before),
		cmocka_unit_test(ten_thousand_letters_are_one_line),
		cmocka_unit_test(nothing_is_drawn_outside),
		cmocka_unit_test(half_of_a_wide_character_is_no_character),
		cmocka_unit_test(numbers_are_never_cut),
		cmocka_unit_test(numbers_have_few_columns),
		cmocka_unit_test(times_are_short),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
