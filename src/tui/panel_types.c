/* SPDX-License-Identifier: MIT */
/* Types: what is there, how much of it, and what grows. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui/columns.h"
#include "tui/number.h"
#include "tui/panel.h"

enum { SHORTEST_NAME = 12 };

static const struct history *history_of(const struct ui *ui)
{
	return ui->types.choice.kinds ? &ui->model.kinds : &ui->model.types;
}

static unsigned want(const struct ui *ui)
{
	return ui->types.choice.kinds ? WANT_KINDS : 0;
}

static void update(struct ui *ui, int rows)
{
	types_view_update(&ui->types, history_of(ui));
	list_show(&ui->types.list, rows > 1 ? (size_t)rows - 1 : 1);
}

static struct list *list(struct ui *ui)
{
	return &ui->types.list;
}

static int list_y(const struct ui *ui, int rows)
{
	(void)ui;
	(void)rows;
	return 1;
}

static const struct type_line *selected(const struct ui *ui)
{
	size_t at = ui->types.list.at;

	return at < ui->types.lines.n ? &ui->types.lines.v[at] : NULL;
}

static void hold(struct ui *ui)
{
	const struct type_line *line = selected(ui);

	list_hold(&ui->types.list, line ? line->key : NULL);
}

static const char *text(const struct ui *ui, size_t row)
{
	return row < ui->types.lines.n ? ui->types.lines.v[row].key : NULL;
}

static void enter(struct ui *ui)
{
	const struct type_line *line = selected(ui);

	if (!line)
		return;
	hold(ui);
	if (!line->row)
		types_view_toggle(&ui->types, line->key);
	else if (ui->types.choice.kinds)
		model_note(&ui->model, "a kind has no details: k shows types");
	else
		ui_show_type(ui, line->key);
}

/* --- drawing ------------------------------------------------------------- */

static const char *title_of(const struct types_view *view,
			    const struct history *history,
			    enum type_column column, char buf[NUMBER_TEXT])
{
	uint64_t span = timeline_span(&history->line);

	if (column == COLUMN_NAME && view->choice.kinds)
		return "KIND";
	if (column == COLUMN_GRAPH && span > TIMELINE_SPAN_NS * 5 / 4)
		return number_time(buf, (double)span / 1e9);
	return column_of(column)->title;
}

static void draw_title(const struct ui *ui, struct grid *grid,
		       const struct rect *at, enum type_column c)
{
	const struct types_view *view = &ui->types;
	int x = column_x(c, at->cols), width = column_width(c, at->cols);
	enum element element = EL_COLUMNS;
	bool down = view->choice.reversed == types_view_is_text(c);
	char buf[NUMBER_TEXT];
	const char *title;

	if (x < 0)
		return;
	title = title_of(view, history_of(ui), c, buf);
	if (!width)
		width = (int)strlen(title) + 2;
	x += at->x;
	if (c == view->sorted_by) {
		element = EL_COLUMN_ON;
		grid_paint(grid, at->y, x, width, element);
	}
	if (c == COLUMN_NAME)
		grid_puts(grid, at->y, x + 2, width, element, title);
	else
		grid_puts_right(grid, at->y, x, width, element, title);
	if (c == view->sorted_by)
		grid_glyph(grid, at->y, x, element,
			   down ? GLYPH_DOWN : GLYPH_ASCENDING);
}

static enum element name_element(const struct type_line *line)
{
	if (!line->row)
		return EL_GROUP;
	if (line->tagged)
		return EL_TAGGED;
	return line->growing ? EL_GROWING : EL_PLAIN;
}

/* The name, and how many classes bear it, for which the name may be cut. */
static void put_name(struct pen *pen, enum element element,
		     const struct type_line *line)
{
	int64_t classes = line->row ? line->row->classes : 1;
	int end = pen->end, suffix = 0;
	char text[UNITS_TEXT + 16], buf[UNITS_TEXT];

	if (classes > 1)
		suffix = snprintf(text, sizeof(text), " (%s classes)",
				  units_count(buf, classes));
	if (end - pen->x - suffix < SHORTEST_NAME)
		suffix = 0;
	pen_foreign(pen, element, line->name, end - suffix - pen->x);
	if (suffix)
		pen_printf(pen, EL_DIM, "%s", text);
}

static void draw_name(const struct ui *ui, struct grid *grid, int y, int x,
		      int end, const struct type_line *line)
{
	enum element element = name_element(line);
	struct pen pen = pen_at(grid, y, x, end);

	if (line->tagged)
		pen_glyph(&pen, element, GLYPH_TAG);
	else if (line->growing)
		pen_glyph(&pen, element, GLYPH_UP);
	else
		pen.x++;
	if (!line->row)
		pen_glyph(&pen, element,
			  ui->types.groups.v[line->group].is_closed ?
			  GLYPH_CLOSED : GLYPH_OPEN);
	else if (ui->types.groups.n)
		pen.x += 2;
	pen.x++;
	put_name(&pen, element, line);
}

static void draw_number(const struct ui *ui, struct grid *grid, int y,
			const struct rect *at, const struct type_line *line,
			enum type_column c)
{
	const struct column *column = column_of(c);
	int x = column_x(c, at->cols), width = column_width(c, at->cols);
	enum element element = column->element;
	char buf[NUMBER_TEXT];

	if (x < 0)
		return;
	if (c == COLUMN_GRAPH && line->row && line->row->ring)
		grid_graph(grid, y, at->x + x, width, element,
			   &history_of(ui)->line, line->row->ring->bytes);
	if (!column->text)
		return;
	column->text(&ui->types, line, width, buf);
	if (element == EL_MORE && *buf == '-')
		element = EL_LESS;
	grid_puts_right(grid, y, at->x + x, width, element, buf);
}

static void draw_line(const struct ui *ui, struct grid *grid, int y,
		      const struct rect *at, size_t i)
{
	const struct type_line *line = &ui->types.lines.v[i];

	for (enum type_column c = COLUMN_COUNT; c < COLUMN_NAME; c++)
		draw_number(ui, grid, y, at, line, c);
	draw_name(ui, grid, y, at->x + column_x(COLUMN_NAME, at->cols),
		  at->x + at->cols, line);
	if (i == ui->types.list.at)
		grid_paint(grid, y, at->x, at->cols, EL_SELECTED);
}

static void draw_nothing(const struct ui *ui, struct grid *grid,
			 const struct rect *at)
{
	const char *why = "waiting for the first sample";

	if (*ui->types.choice.filter)
		why = "no name has what the filter asks for: F4 changes it";
	else if (ui->types.choice.kinds && ui->model.heap)
		why = "kinds are counted in exact samples: x takes one";
	grid_puts(grid, at->y + 1, at->x + 1, at->cols - 1, EL_DIM, why);
}

static void draw(const struct ui *ui, struct grid *grid, const struct rect *at)
{
	grid_fill(grid, at->y, at->x, at->cols, EL_COLUMNS);
	for (enum type_column c = COLUMN_COUNT; c < COLUMN_N; c++)
		draw_title(ui, grid, at, c);
	for (int y = 1; y < at->rows; y++) {
		size_t i = ui->types.list.top + (size_t)y - 1;

		if (i < ui->types.lines.n)
			draw_line(ui, grid, at->y + y, at, i);
	}
	if (!ui->types.lines.n)
		draw_nothing(ui, grid, at);
}

const struct panel panel_types = {
	.name = "Types",
	.help = "what is there, how much of it, and what grows",
	.want = want,
	.update = update,
	.list = list,
	.list_y = list_y,
	.hold = hold,
	.text = text,
	.enter = enter,
	.draw = draw,
};
