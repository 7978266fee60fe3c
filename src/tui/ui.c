/* SPDX-License-Identifier: MIT */
#include "tui/ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/header.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/number.h"
#include "tui/overlay.h"
#include "tui/panel.h"
#include "tui/prompt.h"
#include "tui/warnings.h"

const struct panel *const panels[PANEL_N] = {
	[PANEL_TYPES] = &panel_types,
	[PANEL_THREADS] = &panel_threads,
	[PANEL_GC] = &panel_gc,
	[PANEL_MEMORY] = &panel_memory,
	[PANEL_DETAILS] = &panel_details,
	[PANEL_HOLDERS] = &panel_holders,
};

void ui_init(struct ui *ui, struct feed *feed, const struct tui_options *opt)
{
	memset(ui, 0, sizeof(*ui));
	ui->feed = feed;
	ui->opt = *opt;
	ui->ascii = opt->ascii;
	ui->interval_ms = opt->interval_ms > 0 ? opt->interval_ms : 1000;
	ui->rows = 24;
	ui->cols = 80;
}

void ui_fini(struct ui *ui)
{
	model_fini(&ui->model);
	types_view_fini(&ui->types);
	list_fini(&ui->threads.list);
	list_fini(&ui->threads.stack);
	list_fini(&ui->details.instances);
	list_fini(&ui->details.fields);
	list_fini(&ui->holders.list);
	free(ui->holders.rows);
	list_fini(&ui->help);
	list_fini(&ui->sort);
	for (size_t i = 0; i < PANEL_N; i++)
		list_fini(&ui->page[i]);
	free(ui->details.type);
}

/* A frozen picture stays, but for the samples asked for by key. */
static bool drops(struct ui *ui, const struct news *news)
{
	if (!ui->frozen || news->kind != NEWS_SAMPLE)
		return false;
	/* Another may have been under way when it was asked for, and what was
	 * asked for may be two: a census, and an account. */
	return !ui->one_more || news->id != ui->one_more;
}

/* Nobody answers what was asked of another process. */
static bool answers_names(const struct ui *ui, const struct news *news)
{
	if (news->kind == NEWS_EVENT)
		return news->event.kind == EVENT_ATTACHED;
	return news->kind == NEWS_NAMES && news->id == ui->holders.names_id;
}

bool ui_news(struct ui *ui, struct news *news, struct err *err)
{
	if (drops(ui, news)) {
		news_free(news);
		return true;
	}
	/* Lines point into what it may move. */
	types_view_forget(&ui->types);
	ui->holders.n = 0;
	if (answers_names(ui, news))
		ui->holders.names_id = 0;
	return model_add(&ui->model, news, err);
}

uint32_t ui_ask(struct ui *ui, struct feed_ask *ask)
{
	ask->id = ++ui->last_id;
	if (ui->feed)
		feed_ask(ui->feed, ask);
	return ask->id;
}

void ui_show_panel(struct ui *ui, enum panel_id panel)
{
	ui->panel = panel;
	ui->mode = MODE_PANEL;
}

struct list *panel_list(struct ui *ui)
{
	const struct panel *panel = panels[ui->panel];

	return panel->list ? panel->list(ui) : &ui->page[ui->panel];
}

static void tell_wants(struct ui *ui)
{
	const struct panel *panel = panels[ui->panel];
	struct feed_ask ask = { .kind = ASK_WANT };

	ask.want = panel->want ? panel->want(ui) : 0;
	if (ask.want == ui->wanted)
		return;
	ui->wanted = ask.want;
	ui_ask(ui, &ask);
}

/* A page has no selected row: what moves is its top. */
static void update_page(struct ui *ui, const struct panel *panel, int rows)
{
	int all = panel->page_rows(ui);

	list_update(&ui->page[ui->panel],
		    all > rows ? (size_t)(all - rows + 1) : 1, 0);
}

void ui_update(struct ui *ui)
{
	const struct panel *panel = panels[ui->panel];
	int rows = layout_of(ui).body.rows;
	size_t help = help_lines(), seen = ui->rows > 2 ?
					   (size_t)ui->rows - 2 : 1;

	tell_wants(ui);
	if (panel->update)
		panel->update(ui, rows);
	else
		update_page(ui, panel, rows);
	list_update(&ui->help, help > seen ? help - seen + 1 : 1, 0);
}

/* --- drawing ------------------------------------------------------------- */

/* Of what is said beside the tabs, if there is room. */
enum { KINDS_COLS = 30, BASELINE_COLS = 26 };

static void draw_baseline(const struct ui *ui, struct grid *grid, int y)
{
	bool kinds = ui->types.choice.kinds && ui->panel == PANEL_TYPES;
	bool account = ui->panel == PANEL_MEMORY && ui->model.account;
	const struct model_times *times =
		account ? &ui->model.leaves_time :
		kinds ? &ui->model.kinds_time : &ui->model.types_time;
	char text[3 * NUMBER_TEXT], since[NUMBER_TEXT], of[NUMBER_TEXT];
	const int width = grid->cols - layout_tab_x(PANEL_N);

	if (!times->last)
		return;
	number_clock(since, times->baseline);
	/* Not every sample has kinds: these may be old. */
	if (kinds && (width >= KINDS_COLS ||
		      times->last != ui->model.types_time.last))
		snprintf(text, sizeof(text), width >= KINDS_COLS ?
			 "of %s, + since %s" : "of %s + %s",
			 number_clock(of, times->last), since);
	else
		snprintf(text, sizeof(text), "+ since %s%s",
			 !ui->model.types.has_baseline ? "" :
			 width >= BASELINE_COLS ? "baseline " : "base ",
			 since);
	grid_puts_right(grid, y, layout_tab_x(PANEL_N), width, EL_DIM, text);
}

static void draw_tabs(const struct ui *ui, struct grid *grid, int y)
{
	for (enum panel_id p = 0; p < PANEL_N; p++) {
		enum element element = p == ui->panel ? EL_TAB_ON : EL_TAB;
		struct pen pen = pen_at(grid, y, layout_tab_x(p), grid->cols);

		pen_printf(&pen, element, "%c%d %s%c",
			   p == ui->panel ? '[' : ' ', (int)p + 1,
			   panels[p]->name, p == ui->panel ? ']' : ' ');
	}
	if (grid->cols < FULL_COLS)
		return;
	if (ui->panel == PANEL_TYPES && *ui->types.choice.filter) {
		struct pen pen = pen_at(grid, y, layout_tab_x(PANEL_N),
					grid->cols);

		pen_printf(&pen, EL_NOTICE, "filter: ");
		pen_foreign(&pen, EL_NOTICE, ui->types.choice.filter,
			    grid->cols);
	} else {
		draw_baseline(ui, grid, y);
	}
}

static void draw_bar(struct grid *grid, int y)
{
	struct pen pen = pen_at(grid, y, 0, grid->cols);

	grid_fill(grid, y, 0, grid->cols, EL_KEY_TEXT);
	for (size_t i = 0; i < n_keys; i++) {
		if (!keys[i].label)
			continue;
		pen_printf(&pen, EL_KEY, "%.*s",
			   (int)strcspn(keys[i].shown, " "), keys[i].shown);
		pen_printf(&pen, EL_KEY_TEXT, "%s ", keys[i].label);
	}
}

/* Drawn as long as it is, and shown from where it was scrolled to. */
static void draw_page(const struct ui *ui, struct grid *grid,
		      const struct panel *panel, const struct rect *at)
{
	int rows = panel->page_rows(ui), top = (int)ui->page[ui->panel].at;
	struct rect all = { 0, 0, rows, at->cols };
	struct grid page;
	struct err err;

	if (!grid_init(&page, rows, at->cols, grid->ascii, &err))
		return;
	panel->draw(ui, &page, &all);
	for (int y = 0; y < at->rows && y + top < rows; y++)
		memcpy(grid_at(grid, at->y + y, 0), grid_at(&page, y + top, 0),
		       (size_t)at->cols * sizeof(struct cell));
	grid_fini(&page);
}

void ui_draw(const struct ui *ui, struct grid *grid)
{
	const struct panel *panel = panels[ui->panel];
	struct layout l = layout_of(ui);

	grid_clear(grid);
	if (layout_is_tiny(ui)) {
		grid_puts(grid, 0, 0, grid->cols, EL_NOTICE,
			  "needs 40x8; q quits");
		return;
	}
	if (ui->mode == MODE_HELP) {
		help_draw(ui, grid);
		return;
	}
	if (l.is_full)
		header_draw_full(ui, grid, 0);
	else
		header_draw_small(ui, grid, 0);
	if (l.notice_y >= 0) {
		grid_fill(grid, l.notice_y, 0, grid->cols, EL_PLAIN);
		header_draw_notice(ui, grid, l.notice_y);
	}
	if (l.warnings_rows)
		warnings_draw(&ui->model, grid, l.warnings_y, l.warnings_rows);
	draw_tabs(ui, grid, l.tabs_y);
	if (panel->page_rows)
		draw_page(ui, grid, panel, &l.body);
	else
		panel->draw(ui, grid, &l.body);
	if (ui->mode == MODE_SORT)
		sort_draw(ui, grid, &l.body);
	if (ui->mode == MODE_PROMPT)
		prompt_draw(ui, grid, l.bar_y);
	else
		draw_bar(grid, l.bar_y);
}
