/* SPDX-License-Identifier: MIT */
/*
 * What is on the screen, byte by byte, against the files in tests/golden/tui/;
 * `make update-golden` rewrites them.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canned.h"
#include "tui/keys.h"
#include "tui/tui.h"

static struct err err;

static const struct {
	int rows, cols;
} sizes[] = { { 24, 80 }, { 40, 120 }, { 8, 40 } };

enum { N_SAMPLES = 10 };

static void put_line(void *arg, const char *line)
{
	fprintf(arg, "%s\n", line);
}

static void check_file(const char *name, const char *is, size_t len)
{
	char path[200], want[65536] = { 0 };
	FILE *f;

	snprintf(path, sizeof(path), "tests/golden/tui/%s.txt", name);
	if (getenv("UPDATE_GOLDEN")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fwrite(is, 1, len, f);
		assert_int_equal(fclose(f), 0);
	}
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(want, 1, sizeof(want) - 1, f) < sizeof(want) - 1);
	fclose(f);
	assert_string_equal(is, want);
}

/* The picture as it is now, to be what the file says. */
static void check(struct ui *ui, const char *name)
{
	char file[100], *text;
	struct grid grid;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	ui_update(ui);
	assert_true(grid_init(&grid, ui->rows, ui->cols, ui->ascii, &err));
	ui_draw(ui, &grid);
	for (int y = 0; y < grid.rows; y++) {
		char *line = grid_line(&grid, y);

		assert_non_null(line);
		put_line(f, line);
		free(line);
	}
	fclose(f);
	snprintf(file, sizeof(file), "%s-%dx%d", name, ui->cols, ui->rows);
	check_file(file, text, len);
	free(text);
	grid_fini(&grid);
}

/* @name in every size, after @keys (letters) were pressed. */
static void check_sizes(const char *name, const char *letters)
{
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ui ui;

		canned_ui(&ui, sizes[i].rows, sizes[i].cols, N_SAMPLES);
		for (const char *c = letters; *c; c++) {
			keys_press(&ui, (unsigned char)*c);
			ui_update(&ui);
		}
		check(&ui, name);
		ui_fini(&ui);
	}
}

static void types_by_growth(void **state)
{
	(void)state;
	check_sizes("types", "");
}

static void types_as_a_tree(void **state)
{
	(void)state;
	check_sizes("tree", "t");
}

static void threads_with_native_frames_and_locals(void **state)
{
	(void)state;
	check_sizes("threads", "2nl");
}

static void the_collector(void **state)
{
	(void)state;
	check_sizes("gc", "3");
}

static void the_memory(void **state)
{
	(void)state;
	check_sizes("memory", "4");
}

/* From the second on compared with the first; or, @b, the third with the
 * second. */
static void accounts(struct ui *ui, bool b)
{
	keys_press(ui, '4');
	ui_update(ui);
	for (int i = 0; i < 3; i++) {
		canned_news(ui, canned_account(N_SAMPLES + i));
		if (b && i == 1)
			keys_press(ui, 'b');
	}
	ui->model.now_ns = canned_ns(N_SAMPLES + 30);
}

static void the_account_of_the_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ui ui;

		canned_ui(&ui, sizes[i].rows, sizes[i].cols, N_SAMPLES);
		accounts(&ui, false);
		check(&ui, "account");
		ui_fini(&ui);
	}
}

static void the_rest_of_the_account_and_what_grew_since_b(void **state)
{
	struct ui ui;

	(void)state;
	canned_ui(&ui, 40, 80, N_SAMPLES);
	accounts(&ui, true);
	for (int i = 0; i < 14; i++) {
		ui_update(&ui);
		keys_press(&ui, INPUT_DOWN);
	}
	check(&ui, "account-baseline");
	ui_fini(&ui);
}

/* Stripped CPythons do not say how many blocks there are outside pools. */
static void the_memory_where_only_pools_are_known(void **state)
{
	struct ui ui;

	(void)state;
	canned_ui(&ui, 24, 80, N_SAMPLES);
	ui.model.heap->dump.blocks.in_use = DUMP_UNKNOWN;
	keys_press(&ui, '4');
	check(&ui, "memory-pools");
	ui_fini(&ui);
}

static void the_holders_of_what_grows(void **state)
{
	(void)state;
	check_sizes("holders-asked", "6");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ui ui;

		canned_ui(&ui, sizes[i].rows, sizes[i].cols, N_SAMPLES);
		keys_press(&ui, '6');
		ui_update(&ui);
		canned_news(&ui, canned_names(ui.last_id));
		check(&ui, "holders");
		ui_fini(&ui);
	}
}

static void holders_compared_with_b(void **state)
{
	struct ui ui;

	(void)state;
	canned_ui(&ui, 24, 80, N_SAMPLES);
	keys_press(&ui, '6');
	keys_press(&ui, 'b');
	canned_news(&ui, canned_sample(N_SAMPLES, SAMPLE_LIVE));
	check(&ui, "holders-baseline");
	ui_fini(&ui);
}

static void details_of_nothing(void **state)
{
	(void)state;
	check_sizes("details-none", "5");
}

static void the_help(void **state)
{
	(void)state;
	check_sizes("help", "h");
}

static void the_sort_menu(void **state)
{
	(void)state;
	check_sizes("sort", ">");
}

static void a_filter_being_typed(void **state)
{
	(void)state;
	check_sizes("filter", "\\app");
}

static void kinds(void **state)
{
	(void)state;
	check_sizes("kinds", "k");
}

static void instances_of_a_type_and_fields_of_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ui ui;

		canned_ui(&ui, sizes[i].rows, sizes[i].cols, N_SAMPLES);
		ui_show_type(&ui, "__main__.Session");
		check(&ui, "details-asked");
		canned_news(&ui, canned_instances(ui.last_id));
		check(&ui, "details");
		keys_press(&ui, INPUT_ENTER);
		canned_news(&ui, canned_fields(ui.details.fields_id));
		check(&ui, "fields");
		keys_press(&ui, 'o');
		canned_news(&ui, canned_referrers(ui.details.referrers_id));
		check(&ui, "referrers");
		ui_fini(&ui);
	}
}

static void before_the_first_sample(void **state)
{
	struct tui_options opt = { .pid = 1, .title = "app\033[2J" };
	struct ui ui;

	(void)state;
	ui_init(&ui, NULL, &opt);
	check(&ui, "empty");
	ui_fini(&ui);
}

static void what_went_wrong_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ui ui;

		canned_ui(&ui, sizes[i].rows, sizes[i].cols, N_SAMPLES);
		canned_news(&ui, canned_event(EVENT_FAILED,
					      "cannot read \033[1m memory"));
		canned_news(&ui, canned_event(EVENT_GONE, NULL));
		check(&ui, "gone");
		ui_fini(&ui);
	}
}

/* All that a dump would print: of the census, and of a newer look. */
static void warn(struct ui *ui)
{
	struct news *light = canned_sample(N_SAMPLES, SAMPLE_LIGHT);

	dump_warn(&ui->model.heap->dump, "read while it ran: what changed "
		  "meanwhile may be missed or counted twice");
	dump_warn(&ui->model.heap->dump, "12,000 large objects of \033[31m"
		  "red.Type were not counted: more than there is memory for, "
		  "and this is a long text");
	dump_warn(&light->sample->dump, "%s",
		  ui->model.heap->dump.warnings.v[0]);
	dump_warn(&light->sample->dump, "2 threads are not whole");
	canned_news(ui, light);
}

static void each_warning_is_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ui ui;

		canned_ui(&ui, sizes[i].rows, sizes[i].cols, N_SAMPLES);
		warn(&ui);
		check(&ui, "warnings");
		ui_fini(&ui);
	}
}

static void more_warnings_than_room_are_told(void **state)
{
	struct ui ui;

	(void)state;
	canned_ui(&ui, 24, 80, N_SAMPLES);
	warn(&ui);
	for (int i = 0; i < 9; i++)
		dump_warn(&ui.model.heap->dump, "one more, number %d", i);
	check(&ui, "warnings-many");
	ui_fini(&ui);
}

static void ascii_and_nothing_else(void **state)
{
	struct ui ui;

	(void)state;
	canned_ui(&ui, 24, 80, N_SAMPLES);
	ui.ascii = true;
	check(&ui, "ascii");
	ui_fini(&ui);
}

static void too_small_a_screen_says_so(void **state)
{
	struct ui ui;

	(void)state;
	canned_ui(&ui, 7, 80, N_SAMPLES);
	check(&ui, "tiny");
	ui_fini(&ui);
}

static void lines_for_a_pipe(void **state)
{
	struct tui_text_options opt = { .parts = ~0u, .columns = 100 };
	struct tui_text *text = tui_text_new(&err);
	char *is;
	size_t len;
	FILE *f = open_memstream(&is, &len);

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < N_SAMPLES; i++) {
		struct news *news = canned_sample(i, SAMPLE_LIVE);

		/* As new as can be, whenever this runs. */
		news->sample->taken_ns += 1ull << 60;
		if (i == N_SAMPLES - 1)
			dump_warn(&news->sample->dump, "of \033[31mred, and "
				  "longer than any of the lines of this table "
				  "is, which is no reason to cut it");
		assert_true(tui_text_add(text, news, &err));
	}
	assert_true(tui_text_print(text, &opt, put_line, f, &err));
	fclose(f);
	check_file("text", is, len);
	free(is);
	tui_text_free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_by_growth),
		cmocka_unit_test(types_as_a_tree),
		cmocka_unit_test(threads_with_native_frames_and_locals),
		cmocka_unit_test(the_collector),
		cmocka_unit_test(the_memory),
		cmocka_unit_test(the_account_of_the_memory),
		cmocka_unit_test(
			the_rest_of_the_account_and_what_grew_since_b),
		cmocka_unit_test(the_memory_where_only_pools_are_known),
		cmocka_unit_test(the_holders_of_what_grows),
		cmocka_unit_test(holders_compared_with_b),
		cmocka_unit_test(details_of_nothing),
		cmocka_unit_test(the_help),
		cmocka_unit_test(the_sort_menu),
		cmocka_unit_test(a_filter_being_typed),
		cmocka_unit_test(kinds),
		cmocka_unit_test(instances_of_a_type_and_fields_of_one),
		cmocka_unit_test(before_the_first_sample),
		cmocka_unit_test(what_went_wrong_is_said),
		cmocka_unit_test(each_warning_is_shown),
		cmocka_unit_test(more_warnings_than_room_are_told),
		cmocka_unit_test(ascii_and_nothing_else),
		cmocka_unit_test(too_small_a_screen_says_so),
		cmocka_unit_test(lines_for_a_pipe),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
