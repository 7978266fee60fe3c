/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canned.h"
#include "tui/header.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/overlay.h"
#include "tui/panel.h"

static struct err err;

/* A feed that remembers what it was asked last. */
static struct asked {
	struct feed feed;
	size_t n_names;
	struct feed_ask last[ASK_N];
	int n[ASK_N];
	char path[200];
} asked;

static void remember(struct feed *feed, const struct feed_ask *ask)
{
	(void)feed;
	asked.last[ask->kind] = *ask;
	asked.n[ask->kind]++;
	asked.n_names = ask->names ? ask->names->v.n : 0;
	if (ask->path)
		snprintf(asked.path, sizeof(asked.path), "%s", ask->path);
}

static const struct feed_ops ops = { .ask = remember };

static void start(struct ui *ui, int n)
{
	memset(&asked, 0, sizeof(asked));
	asked.feed.ops = &ops;
	canned_ui(ui, 24, 80, n);
	ui->feed = &asked.feed;
}

static void press(struct ui *ui, int code)
{
	keys_press(ui, code);
	ui_update(ui);
}

static void type(struct ui *ui, const char *text)
{
	for (; *text; text++)
		press(ui, (unsigned char)*text);
}

static const char *selected(const struct ui *ui)
{
	return ui->types.lines.v[ui->types.list.at].key;
}

/* Is @text on the screen? */
static bool shows(struct ui *ui, const char *text)
{
	struct grid grid;
	bool found = false;

	ui_update(ui);
	assert_true(grid_init(&grid, ui->rows, ui->cols, false, &err));
	ui_draw(ui, &grid);
	for (int y = 0; y < grid.rows; y++) {
		char *line = grid_line(&grid, y);

		assert_non_null(line);
		found |= strstr(line, text) != NULL;
		free(line);
	}
	grid_fini(&grid);
	return found;
}

static void no_key_does_two_things(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_keys * 3; i++) {
		int code = keys[i / 3].codes[i % 3];

		for (size_t j = 0; code && j < i; j++)
			assert_int_not_equal(code, keys[j / 3].codes[j % 3]);
	}
}

static void every_key_has_a_name_a_line_of_help_and_an_action(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_keys; i++) {
		assert_true(keys[i].codes[0]);
		assert_non_null(keys[i].press);
		assert_true(strlen(keys[i].help) > 3);
		assert_true(strlen(keys[i].help) <= 64);
		assert_true(strlen(keys[i].shown) > 0);
	}
}

static void the_help_shows_all_of_it_on_any_screen(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 1);
	ui.rows = 8;
	ui.cols = 120;
	press(&ui, '?');
	for (size_t i = 0; i < n_keys; i++) {
		assert_true(shows(&ui, keys[i].help));
		press(&ui, INPUT_DOWN);
	}
	press(&ui, INPUT_END);
	assert_true(shows(&ui, "may be torn"));
	press(&ui, INPUT_ESC);
	assert_int_equal(ui.mode, MODE_PANEL);
	ui_fini(&ui);
}

static void q_quits_and_F10_does(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 1);
	press(&ui, 'q');
	assert_true(ui.quit);
	ui.quit = false;
	press(&ui, INPUT_F0 + 10);
	assert_true(ui.quit);
	ui_fini(&ui);
}

static void panels_have_numbers_and_Tab_goes_round(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 1);
	for (int i = 0; i < PANEL_N; i++) {
		press(&ui, '1' + i);
		assert_int_equal(ui.panel, i);
	}
	press(&ui, INPUT_TAB);
	assert_int_equal(ui.panel, PANEL_TYPES);
	press(&ui, INPUT_BACKTAB);
	assert_int_equal(ui.panel, PANEL_HOLDERS);
	ui_fini(&ui);
}

static void names_of_holders_are_asked_for_once_and_only_while_shown(
	void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 4);
	assert_int_equal(asked.n[ASK_NAMES], 0);
	press(&ui, '6');
	assert_int_equal(asked.n[ASK_NAMES], 1);
	assert_int_equal(asked.n_names, 2);
	/* Not again while nobody answered, */
	canned_news(&ui, canned_sample(4, SAMPLE_LIVE));
	ui_update(&ui);
	assert_int_equal(asked.n[ASK_NAMES], 1);
	/* ... nor for what was not found, for a while. */
	canned_news(&ui, canned_names(asked.last[ASK_NAMES].id));
	ui_update(&ui);
	assert_int_equal(asked.n[ASK_NAMES], 1);
	ui.model.now_ns += 60000000000;
	ui_update(&ui);
	assert_int_equal(asked.n[ASK_NAMES], 2);
	assert_int_equal(asked.n_names, 1);
	ui_fini(&ui);
}

static void who_refers_to_an_object_is_shown_and_can_be_followed(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 4);
	press(&ui, 'o');
	assert_int_equal(asked.n[ASK_REFERRERS], 0);
	press(&ui, '6');
	press(&ui, INPUT_ENTER);
	press(&ui, 'o');
	assert_int_equal(asked.n[ASK_REFERRERS], 1);
	canned_news(&ui, canned_referrers(asked.last[ASK_REFERRERS].id));
	ui_update(&ui);
	assert_true(shows(&ui, "app.CACHE.sessions[key]"));
	/* Up to who refers to the first of those, */
	press(&ui, INPUT_ENTER);
	assert_int_equal(asked.n[ASK_REFERRERS], 2);
	assert_int_equal(ui.details.n_path, 2);
	/* ... back, and what is in it again. */
	press(&ui, INPUT_ESC);
	assert_int_equal(asked.n[ASK_REFERRERS], 3);
	press(&ui, 'o');
	assert_int_equal(asked.n[ASK_FIELDS], 2);
	ui_fini(&ui);
}

static void what_is_in_a_holder_is_shown(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 4);
	press(&ui, '6');
	press(&ui, INPUT_ENTER);
	assert_int_equal(ui.panel, PANEL_DETAILS);
	assert_int_equal(asked.n[ASK_FIELDS], 1);
	assert_int_equal(asked.last[ASK_FIELDS].address,
			 ui.holders.rows[0]->address);
	assert_true(shows(&ui, "collections.deque"));
	ui_fini(&ui);
}

static void a_panel_says_what_samples_should_hold(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 1);
	press(&ui, '2');
	assert_int_equal(asked.last[ASK_WANT].want, WANT_STACKS);
	press(&ui, 'n');
	press(&ui, 'l');
	assert_int_equal(asked.last[ASK_WANT].want,
			 WANT_STACKS | WANT_NATIVE | WANT_LOCALS);
	press(&ui, '4');
	assert_int_equal(asked.last[ASK_WANT].want, WANT_PSS | WANT_ACCOUNT);
	press(&ui, 'k');
	assert_int_equal(asked.last[ASK_WANT].want, WANT_KINDS);
	press(&ui, 'k');
	assert_int_equal(asked.last[ASK_WANT].want, 0);
	ui_fini(&ui);
}

/* The sample that answers the last ask of this kind. */
static struct news *answering(enum feed_ask_kind kind, struct news *news)
{
	news->id = asked.last[kind].id;
	return news;
}

static void a_frozen_picture_stays_and_can_be_browsed(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, 'Z');
	assert_int_equal(asked.n[ASK_PAUSE], 1);
	canned_news(&ui, canned_sample(5, SAMPLE_LIVE));
	ui_update(&ui);
	assert_int_equal(ui.model.heap->taken_ns, canned_ns(2));
	assert_true(shows(&ui, "FROZEN"));
	press(&ui, INPUT_DOWN);
	assert_int_equal(ui.types.list.at, 1);
	press(&ui, 'x');
	/* This one was under way. */
	canned_news(&ui, canned_sample(5, SAMPLE_LIVE));
	assert_int_equal(ui.model.heap->taken_ns, canned_ns(2));
	canned_news(&ui, answering(ASK_EXACT, canned_sample(6, SAMPLE_EXACT)));
	assert_int_equal(ui.model.heap->taken_ns, canned_ns(6));
	canned_news(&ui, canned_sample(7, SAMPLE_LIVE));
	assert_int_equal(ui.model.heap->taken_ns, canned_ns(6));
	press(&ui, 'Z');
	assert_int_equal(asked.n[ASK_RESUME], 1);
	canned_news(&ui, canned_sample(8, SAMPLE_LIVE));
	assert_int_equal(ui.model.heap->taken_ns, canned_ns(8));
	ui_fini(&ui);
}

static void that_the_process_ended_is_said_even_when_frozen(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, 'Z');
	canned_news(&ui, canned_event(EVENT_GONE, NULL));
	assert_true(shows(&ui, "the process ended at"));
	assert_true(shows(&ui, "__main__.Session"));
	press(&ui, 'x');
	assert_int_equal(asked.n[ASK_EXACT], 0);
	ui_fini(&ui);
}

static void another_process_begins_anew(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 3);
	canned_news(&ui, canned_event(EVENT_GONE, NULL));
	canned_news(&ui, canned_event(EVENT_WAITING, "app.py"));
	assert_true(shows(&ui, "waiting for a process"));
	canned_news(&ui, canned_event(EVENT_ATTACHED, NULL));
	assert_null(ui.model.heap);
	assert_false(shows(&ui, "__main__.Session"));
	canned_news(&ui, canned_sample(9, SAMPLE_LIVE));
	assert_true(shows(&ui, "__main__.Session"));
	assert_false(header_has_notice(&ui));
	ui_fini(&ui);
}

static void plus_and_minus_change_the_interval_step_by_step(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 1);
	press(&ui, '+');
	assert_int_equal(asked.last[ASK_INTERVAL].interval_ms, 1000);
	press(&ui, '-');
	press(&ui, '-');
	assert_int_equal(asked.last[ASK_INTERVAL].interval_ms, 5000);
	for (int i = 0; i < 20; i++)
		press(&ui, '+');
	assert_int_equal(asked.last[ASK_INTERVAL].interval_ms, 100);
	for (int i = 0; i < 20; i++)
		press(&ui, '-');
	assert_int_equal(asked.last[ASK_INTERVAL].interval_ms, 60000);
	ui_fini(&ui);
}

static void b_takes_the_baseline_and_B_clears_it(void **state)
{
	const struct history_row *row;
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, 'b');
	canned_news(&ui, canned_sample(3, SAMPLE_LIVE));
	row = history_find(&ui.model.types, "__main__.Session");
	assert_int_equal(history_more(row), 1000);
	assert_true(ui.model.types.has_baseline);
	press(&ui, 'B');
	assert_int_equal(history_more(row), 3000);
	ui_fini(&ui);
}

static void search_goes_to_the_next_row_named_like_that(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, '/');
	type(&ui, "app.mod");
	press(&ui, INPUT_ENTER);
	assert_string_equal(selected(&ui), "app.models.Visitor");
	press(&ui, 'N');
	assert_string_equal(selected(&ui), "app.models.Order");
	press(&ui, 'N');
	assert_string_equal(selected(&ui), "app.models.Visitor");
	press(&ui, '/');
	type(&ui, "no such type");
	press(&ui, INPUT_ENTER);
	assert_true(shows(&ui, "nothing here is named like that"));
	ui_fini(&ui);
}

static void the_selection_follows_its_type_over_samples(void **state)
{
	struct news *news;
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, '/');
	type(&ui, "Visitor");
	press(&ui, INPUT_ENTER);
	news = canned_sample(4, SAMPLE_LIVE);
	for (size_t i = 0; i < news->sample->dump.types.n; i++) {
		struct dump_type *type = &news->sample->dump.types.v[i];

		if (strcmp(type->type, "app.models.Visitor") == 0)
			type->bytes = 1ll << 40;
	}
	canned_news(&ui, news);
	ui_update(&ui);
	assert_string_equal(selected(&ui), "app.models.Visitor");
	assert_int_equal(ui.types.list.at, 0);
	ui_fini(&ui);
}

static void a_filter_is_taken_back_by_escape(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, '\\');
	type(&ui, "models");
	assert_int_equal(ui.types.lines.n, 2);
	press(&ui, INPUT_BACKSPACE);
	press(&ui, INPUT_ENTER);
	assert_int_equal(ui.types.lines.n, 2);
	press(&ui, INPUT_ESC);
	assert_true(ui.types.lines.n > 5);
	ui_fini(&ui);
}

static void the_sort_menu_sorts(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, '>');
	press(&ui, INPUT_DOWN);
	press(&ui, INPUT_ENTER);
	assert_int_equal(ui.types.choice.sort, COLUMN_COUNT);
	assert_string_equal(selected(&ui), "int");
	press(&ui, 'I');
	assert_true(ui.types.lines.v[0].count == 1);
	ui_fini(&ui);
}

static void w_writes_the_sample_that_is_shown(void **state)
{
	struct news *news;
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, 'w');
	press(&ui, 'U' - '@');
	type(&ui, "/tmp/x.json");
	press(&ui, INPUT_ENTER);
	assert_ptr_equal(asked.last[ASK_WRITE].sample, ui.model.heap);
	assert_string_equal(asked.path, "/tmp/x.json");
	news = news_new(NEWS_WRITTEN);
	assert_non_null(news);
	news->written.problem = strdup("no space left");
	canned_news(&ui, news);
	assert_true(shows(&ui, "not written: no space left"));
	ui_fini(&ui);
}

static void details_go_into_objects_and_back(void **state)
{
	struct ui ui;

	(void)state;
	start(&ui, 3);
	press(&ui, INPUT_ENTER);
	assert_int_equal(ui.panel, PANEL_DETAILS);
	assert_int_equal(asked.n[ASK_INSTANCES], 1);
	/* An answer to what was asked before is no answer. */
	canned_news(&ui, canned_instances(ui.details.instances_id - 1));
	assert_true(shows(&ui, "asking"));
	canned_news(&ui, canned_instances(ui.details.instances_id));
	assert_true(shows(&ui, "0x7f0000001040"));
	press(&ui, INPUT_DOWN);
	press(&ui, INPUT_ENTER);
	assert_int_equal(asked.last[ASK_FIELDS].address, 0x7f0000001040);
	canned_news(&ui, canned_fields(ui.details.fields_id));
	assert_true(shows(&ui, "basket"));
	press(&ui, INPUT_ENTER);
	assert_int_equal(asked.last[ASK_FIELDS].address, 0x7f0000002000);
	press(&ui, INPUT_ESC);
	assert_int_equal(asked.last[ASK_FIELDS].address, 0x7f0000001040);
	press(&ui, INPUT_ESC);
	assert_true(shows(&ui, "0x7f0000001080"));
	press(&ui, INPUT_ESC);
	assert_int_equal(ui.panel, PANEL_TYPES);
	ui_fini(&ui);
}

static void the_mouse_clicks_tabs_titles_rows_and_keys(void **state)
{
	struct layout l;
	struct ui ui;

	(void)state;
	start(&ui, 3);
	l = layout_of(&ui);
	keys_mouse(&ui, &(struct mouse){ MOUSE_CLICK, l.tabs_y,
					 layout_tab_x(PANEL_GC) + 1 });
	assert_int_equal(ui.panel, PANEL_GC);
	keys_mouse(&ui, &(struct mouse){ MOUSE_CLICK, l.tabs_y, 0 });
	ui_update(&ui);
	keys_mouse(&ui, &(struct mouse){ MOUSE_CLICK, l.body.y, 5 });
	assert_int_equal(ui.types.choice.sort, COLUMN_COUNT);
	ui_update(&ui);
	keys_mouse(&ui, &(struct mouse){ MOUSE_CLICK, l.body.y + 3, 5 });
	assert_int_equal(ui.types.list.at, 2);
	keys_mouse(&ui, &(struct mouse){ MOUSE_CLICK, l.bar_y, 1 });
	assert_int_equal(ui.mode, MODE_HELP);
	keys_mouse(&ui, &(struct mouse){ MOUSE_WHEEL_DOWN, 5, 5 });
	assert_true(ui.help.at > 0);
	ui_fini(&ui);
}

/* Whatever is typed on whatever screen, with news coming in between. */
static void any_keys_at_any_size_do_no_harm(void **state)
{
	struct grid grid;
	struct ui ui;

	(void)state;
	srandom(1);
	start(&ui, 2);
	for (int i = 0; i < 4000; i++) {
		const struct key *key = &keys[(size_t)random() % n_keys];

		ui.rows = 1 + (int)(random() % 50);
		ui.cols = 1 + (int)(random() % 140);
		ui_update(&ui);
		if (random() % 4)
			keys_press(&ui, key->codes[0]);
		else
			keys_mouse(&ui, &(struct mouse){
				(enum mouse_kind)(random() % 4),
				(int)(random() % 50), (int)(random() % 140) });
		if (random() % 8 == 0)
			canned_news(&ui, canned_sample(
				3 + i, (enum tui_sample_kind)(random() % 4)));
		if (random() % 8 == 0)
			canned_news(&ui,
				    canned_instances(ui.details.instances_id));
		if (random() % 8 == 0)
			canned_news(&ui,
				    canned_fields(ui.details.fields_id));
		ui_update(&ui);
		assert_true(grid_init(&grid, ui.rows, ui.cols, random() % 2,
				      &err));
		ui_draw(&ui, &grid);
		grid_fini(&grid);
	}
	ui_fini(&ui);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_does_two_things),
		cmocka_unit_test(
			every_key_has_a_name_a_line_of_help_and_an_action),
		cmocka_unit_test(the_help_shows_all_of_it_on_any_screen),
		cmocka_unit_test(q_quits_and_F10_does),
		cmocka_unit_test(panels_have_numbers_and_Tab_goes_round),
		cmocka_unit_test(
			names_of_holders_are_asked_for_once_and_only_while_shown),
		cmocka_unit_test(what_is_in_a_holder_is_shown),
		cmocka_unit_test(
			who_refers_to_an_object_is_shown_and_can_be_followed),
		cmocka_unit_test(a_panel_says_what_samples_should_hold),
		cmocka_unit_test(a_frozen_picture_stays_and_can_be_browsed),
		cmocka_unit_test(
			that_the_process_ended_is_said_even_when_frozen),
		cmocka_unit_test(another_process_begins_anew),
		cmocka_unit_test(
			plus_and_minus_change_the_interval_step_by_step),
		cmocka_unit_test(b_takes_the_baseline_and_B_clears_it),
		cmocka_unit_test(search_goes_to_the_next_row_named_like_that),
		cmocka_unit_test(the_selection_follows_its_type_over_samples),
		cmocka_unit_test(a_filter_is_taken_back_by_escape),
		cmocka_unit_test(the_sort_menu_sorts),
		cmocka_unit_test(w_writes_the_sample_that_is_shown),
		cmocka_unit_test(details_go_into_objects_and_back),
		cmocka_unit_test(the_mouse_clicks_tabs_titles_rows_and_keys),
		cmocka_unit_test(any_keys_at_any_size_do_no_harm),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
