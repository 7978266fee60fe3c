/* SPDX-License-Identifier: MIT */
/*
 * Holders: the containers that have more items than at the baseline, and what
 * they are called.
 *
 * How many items there are each census says.  Names take a graph, which is made
 * seldom: they are asked for those that are shown and have none yet, and come
 * when there is time for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "tui/number.h"
#include "tui/panel.h"

enum {
	HEAD_ROWS = 2,		/* how many there are; the columns */
	TYPE_X = 33, TYPE_COLS = 16, NAME_X = TYPE_X + TYPE_COLS + 1,
	NAMES_MOST = 64,	/* asked for at once */
};

#define NAMES_AGAIN_NS 30000000000u	/* after trouble, or where none was */

static const struct holder *holders_row(const struct ui *ui, size_t i)
{
	return i < ui->holders.n ? ui->holders.rows[i] : NULL;
}

static const struct holder_name *holders_name(const struct ui *ui,
					      const struct holder *row)
{
	return holder_names_find(&ui->model.names, row->address, row->type);
}

static void holders_key(char key[24], const struct holder *row)
{
	snprintf(key, 24, "0x%" PRIx64, row->address);
}

static size_t holders_find(const struct ui *ui)
{
	const struct list *list = &ui->holders.list;
	raddr at = list->key ? strtoull(list->key, NULL, 16) : 0;
	size_t i;

	for (i = 0; i < ui->holders.n; i++) {
		if (at && ui->holders.rows[i]->address == at)
			break;
	}
	return i;
}

/* --- names --------------------------------------------------------------- */

static bool may_ask(const struct ui *ui)
{
	const struct model *model = &ui->model;

	return !ui->holders.names_id && !ui->frozen && !model_is_gone(model);
}

static bool wants_name(const struct ui *ui, const struct holder *row)
{
	const struct model *model = &ui->model;
	const struct holder_name *name = holders_name(ui, row);
	const bool is_old = model->now_ns - model->names_ns > NAMES_AGAIN_NS;

	if (name && name->name)
		return false;
	return is_old || (!name && !model->names_trouble);
}

static void ask_names(struct ui *ui, size_t visible)
{
	struct holder_names names = { .v = { .n = 0 } };
	struct feed_ask ask = { .kind = ASK_NAMES, .names = &names };
	const size_t top = ui->holders.list.top;
	struct err ignored;

	for (size_t i = top; i < top + visible && names.v.n < NAMES_MOST; i++) {
		const struct holder *row = holders_row(ui, i);

		if (row && wants_name(ui, row) &&
		    !holder_names_ask(&names, row->address, row->type,
				      &ignored))
			break;
	}
	if (names.v.n)
		ui->holders.names_id = ui_ask(ui, &ask);
	holder_names_fini(&names);
}

/* --- the panel ----------------------------------------------------------- */

static void update(struct ui *ui, int rows)
{
	struct holders_view *view = &ui->holders;
	const size_t visible = rows > HEAD_ROWS ? (size_t)(rows - HEAD_ROWS) :
						  1;
	struct err ignored;

	free(view->rows);
	view->rows = NULL;
	view->n = 0;
	if (!holders_rank(&ui->model.holders, &view->rows, &view->n, &ignored))
		return;
	list_update(&view->list, view->n, holders_find(ui));
	list_show(&view->list, visible);
	if (may_ask(ui))
		ask_names(ui, visible);
}

static struct list *list(struct ui *ui)
{
	return &ui->holders.list;
}

static int list_y(const struct ui *ui, int rows)
{
	(void)ui;
	(void)rows;
	return HEAD_ROWS;
}

static void hold(struct ui *ui)
{
	const struct holder *row = holders_row(ui, ui->holders.list.at);
	char key[24];

	if (!row)
		return;
	holders_key(key, row);
	list_hold(&ui->holders.list, key);
}

static const char *text(const struct ui *ui, size_t i)
{
	const struct holder *row = holders_row(ui, i);
	const struct holder_name *name = row ? holders_name(ui, row) : NULL;

	if (name && name->name)
		return name->name;
	return row ? holders_type(&ui->model.holders, row) : NULL;
}

static void enter(struct ui *ui)
{
	const struct holder *row = holders_row(ui, ui->holders.list.at);

	if (!row)
		return;
	hold(ui);
	ui_show_object(ui, holders_type(&ui->model.holders, row),
		       row->address);
}

/* --- drawing ------------------------------------------------------------- */

static void draw_about(const struct ui *ui, struct grid *grid,
		       const struct rect *at)
{
	const struct holders *holders = &ui->model.holders;
	struct pen pen = pen_at(grid, at->y, at->x + 1, at->x + at->cols);
	char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];

	pen_printf(&pen, EL_DIM, "of %s containers of %s items or more; "
		   "%s lost from sight",
		   units_count(a, (int64_t)holders->rows.n),
		   units_count(b, holders->least),
		   units_count(c, holders_missing(holders)));
	if (ui->model.names_trouble) {
		pen_printf(&pen, EL_NOTICE, "  no names: ");
		pen_foreign(&pen, EL_NOTICE, ui->model.names_trouble,
			    at->cols);
	}
}

static void draw_columns(struct grid *grid, const struct rect *at)
{
	struct pen pen = pen_at(grid, at->y + 1, at->x, at->x + at->cols);

	grid_fill(grid, at->y + 1, at->x, at->cols, EL_COLUMNS);
	pen_printf(&pen, EL_COLUMNS, "%11s %10s %8s  %-*s %s", "ITEMS", "+",
		   "A SECOND", TYPE_COLS, "TYPE", "NAME, WHAT IT HOLDS");
}

static void draw_name(const struct ui *ui, struct pen *pen,
		      const struct holder *row)
{
	const struct holder_name *name = holders_name(ui, row);

	if (!name || !name->name) {
		pen_printf(pen, EL_DIM, "0x%" PRIx64 "%s", row->address,
			   !name && ui->holders.names_id ? ", asking" : "");
		return;
	}
	pen_foreign(pen, EL_PLAIN, name->name, pen->end - pen->x);
	if (name->held) {
		pen_printf(pen, EL_DIM, ", holds ");
		pen_foreign(pen, EL_DIM, name->held, pen->end - pen->x);
	}
}

static void draw_row(const struct ui *ui, struct grid *grid, int y,
		     const struct rect *at, const struct holder *row)
{
	const struct holders *holders = &ui->model.holders;
	const bool grows = row->rises >= HOLDERS_GROWING;
	struct pen pen = pen_at(grid, y, at->x, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];

	pen_printf(&pen, EL_PLAIN, "%11s ", number_count(a, row->length, 10));
	pen_printf(&pen, EL_MORE, "%10s %8s", number_more_count(
		   b, holder_more(row), 10),
		   number_rate(c, holder_rate(holders, row)));
	if (grows)
		grid_glyph(grid, y, at->x, EL_GROWING, GLYPH_UP);
	pen.x = at->x + TYPE_X - 1;
	pen_foreign(&pen, EL_DIM, holders_type(holders, row), TYPE_COLS);
	pen.x = at->x + NAME_X - 1;
	draw_name(ui, &pen, row);
}

static void draw(const struct ui *ui, struct grid *grid, const struct rect *at)
{
	if (ui->model.holders.looks < 2) {
		grid_puts(grid, at->y, at->x + 1, at->cols - 1, EL_DIM,
			  "waiting for a second sample to compare");
		return;
	}
	draw_about(ui, grid, at);
	draw_columns(grid, at);
	if (!ui->holders.n)
		grid_puts(grid, at->y + HEAD_ROWS, at->x + 1, at->cols - 1,
			  EL_DIM, "none of them has more items now");
	for (int y = HEAD_ROWS; y < at->rows; y++) {
		const size_t i = ui->holders.list.top +
				 (size_t)(y - HEAD_ROWS);
		const struct holder *row = holders_row(ui, i);

		if (!row)
			break;
		draw_row(ui, grid, at->y + y, at, row);
		if (i == ui->holders.list.at)
			grid_paint(grid, at->y + y, at->x, at->cols,
				   EL_SELECTED);
	}
}

const struct panel panel_holders = {
	.name = "Holders",
	.help = "the containers that grow, and what they are called",
	.update = update,
	.list = list,
	.list_y = list_y,
	.hold = hold,
	.text = text,
	.enter = enter,
	.draw = draw,
};
