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
#include "tui/columns.h"
#include "tui/types_view.h"

static struct err err;

static struct item {
	const char *name, *module, *label;
	int64_t count, bytes;
} now[] = {
	{ "dict", "builtins", "dict", 50, 5000 },
	{ "int", "builtins", "int", 900, 900 },
	{ "app.A", "app", "A", 10, 100 },
	{ "app.B", "app", "B", 20, 3000 },
};

static void add(struct history *h, uint64_t t)
{
	history_begin(h, t * 1000000000);
	for (size_t i = 0; i < ARRAY_SIZE(now); i++) {
		struct history_item item = {
			now[i].name, now[i].module, now[i].label,
			now[i].count, now[i].bytes, now[i].bytes, 0, 1,
		};

		assert_true(history_put(h, &item, &err));
	}
	assert_true(history_end(h, &err));
}

/* The names shown, in order, with a space behind each. */
static const char *shown(const struct types_view *view)
{
	static char text[400];

	*text = '\0';
	for (size_t i = 0; i < view->lines.n; i++) {
		strcat(text, view->lines.v[i].name);
		strcat(text, " ");
	}
	return text;
}

static const char *sorted(struct types_view *view, const struct history *h,
			  enum type_column column, bool reversed)
{
	view->choice.sort = column;
	view->choice.reversed = reversed;
	types_view_update(view, h);
	return shown(view);
}

static void every_column_sorts(void **state)
{
	struct types_view view = { 0 };
	struct history h = { 0 };

	(void)state;
	add(&h, 1);
	assert_string_equal(sorted(&view, &h, COLUMN_COUNT, false),
			    "int dict app.B app.A ");
	assert_string_equal(sorted(&view, &h, COLUMN_COUNT, true),
			    "app.A app.B dict int ");
	assert_string_equal(sorted(&view, &h, COLUMN_BYTES, false),
			    "dict app.B int app.A ");
	assert_string_equal(sorted(&view, &h, COLUMN_ALLOCATED, false),
			    "dict app.B int app.A ");
	assert_string_equal(sorted(&view, &h, COLUMN_NAME, false),
			    "app.A app.B dict int ");
	assert_string_equal(sorted(&view, &h, COLUMN_NAME, true),
			    "int dict app.B app.A ");
	types_view_fini(&view);
	history_fini(&h);
}

static void size_sorts_until_something_grows(void **state)
{
	struct types_view view = { 0 };
	struct history h = { 0 };

	(void)state;
	add(&h, 1);
	add(&h, 3);
	types_view_update(&view, &h);
	assert_int_equal(view.sorted_by, COLUMN_BYTES);
	now[2].bytes = 200;
	now[2].count = 11;
	add(&h, 5);
	types_view_update(&view, &h);
	assert_int_equal(view.sorted_by, COLUMN_MORE_BYTES);
	assert_string_equal(shown(&view), "app.A dict app.B int ");
	assert_string_equal(sorted(&view, &h, COLUMN_RATE, false),
			    "app.A dict app.B int ");
	now[2].bytes = 100;
	now[2].count = 10;
	types_view_fini(&view);
	history_fini(&h);
}

static void the_cursor_stays_on_its_type_when_rows_move(void **state)
{
	struct types_view view = { 0 };
	struct history h = { 0 };

	(void)state;
	add(&h, 1);
	sorted(&view, &h, COLUMN_BYTES, false);
	list_move(&view.list, 1);
	list_hold(&view.list, "app.B");
	sorted(&view, &h, COLUMN_COUNT, false);
	assert_int_equal(view.list.at, 2);
	now[3].count = 100000;
	add(&h, 3);
	types_view_update(&view, &h);
	assert_int_equal(view.list.at, 0);
	assert_string_equal(view.lines.v[view.list.at].name, "app.B");
	now[3].count = 20;
	types_view_fini(&view);
	history_fini(&h);
}

static void an_unmoved_cursor_stays_on_the_first_row(void **state)
{
	struct types_view view = { 0 };
	struct history h = { 0 };

	(void)state;
	add(&h, 1);
	sorted(&view, &h, COLUMN_BYTES, false);
	sorted(&view, &h, COLUMN_COUNT, false);
	assert_int_equal(view.list.at, 0);
	types_view_fini(&view);
	history_fini(&h);
}

static void a_cursor_whose_type_is_gone_keeps_its_place(void **state)
{
	struct list list = { 0 };

	(void)state;
	list_update(&list, 10, 10);
	list_move(&list, 5);
	list_hold(&list, "x");
	list_update(&list, 10, 10);
	assert_int_equal(list.at, 5);
	list_update(&list, 3, 3);
	assert_int_equal(list.at, 2);
	list_update(&list, 0, 0);
	assert_int_equal(list.at, 0);
	list_move(&list, -3);
	list_move(&list, 3);
	assert_int_equal(list.at, 0);
	list_fini(&list);
}

static void a_list_shows_the_selected_row(void **state)
{
	struct list list = { 0 };

	(void)state;
	list_update(&list, 100, 100);
	list_move(&list, 50);
	list_show(&list, 10);
	assert_int_equal(list.top, 41);
	list_move(&list, -20);
	list_show(&list, 10);
	assert_int_equal(list.top, 30);
	list_show(&list, 0);
	assert_int_equal(list.top, 30);
	list_update(&list, 4, 4);
	list_show(&list, 10);
	assert_int_equal(list.top, 0);
	list_fini(&list);
}

static void a_filter_hides_all_but_tagged_types(void **state)
{
	struct types_view view = { .choice.filter = "APP." };
	struct history h = { 0 };

	(void)state;
	add(&h, 1);
	history_tag(&h, history_find(&h, "int"));
	assert_string_equal(sorted(&view, &h, COLUMN_NAME, false),
			    "app.A app.B int ");
	strcpy(view.choice.filter, "no such type");
	types_view_update(&view, &h);
	assert_string_equal(shown(&view), "int ");
	types_view_fini(&view);
	history_fini(&h);
}

static void a_tree_has_modules_in_order_with_their_types_below(void **state)
{
	struct types_view view = { .choice.tree = true };
	struct history h = { 0 };

	(void)state;
	add(&h, 1);
	assert_string_equal(sorted(&view, &h, COLUMN_BYTES, false),
			    "builtins dict int app B A ");
	assert_int_equal(view.lines.v[0].bytes, 5900);
	types_view_toggle(&view, "builtins");
	types_view_update(&view, &h);
	assert_string_equal(shown(&view), "builtins app B A ");
	assert_int_equal(view.lines.v[0].bytes, 5900);
	types_view_toggle(&view, "builtins");
	assert_string_equal(sorted(&view, &h, COLUMN_COUNT, false),
			    "builtins int dict app B A ");
	types_view_fini(&view);
	history_fini(&h);
}

static void columns_fit_side_by_side_at_every_width(void **state)
{
	(void)state;
	for (int cols = 40; cols < 300; cols++) {
		int end = 0;

		for (enum type_column c = COLUMN_COUNT; c < COLUMN_N; c++) {
			int x = column_x(c, cols);

			if (x < 0)
				continue;
			assert_true(x >= end);
			assert_int_equal(column_at(x, cols), c);
			end = x + column_width(c, cols);
		}
		/* Names get a third of it, and never less than 14. */
		assert_true(cols - column_x(COLUMN_NAME, cols) >= 14);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_sorts),
		cmocka_unit_test(size_sorts_until_something_grows),
		cmocka_unit_test(the_cursor_stays_on_its_type_when_rows_move),
		cmocka_unit_test(an_unmoved_cursor_stays_on_the_first_row),
		cmocka_unit_test(a_cursor_whose_type_is_gone_keeps_its_place),
		cmocka_unit_test(a_list_shows_the_selected_row),
		cmocka_unit_test(a_filter_hides_all_but_tagged_types),
		cmocka_unit_test(
			a_tree_has_modules_in_order_with_their_types_below),
		cmocka_unit_test(columns_fit_side_by_side_at_every_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
