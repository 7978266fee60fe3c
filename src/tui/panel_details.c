/* SPDX-License-Identifier: MIT */
/* Details: a type, its objects, and what is in one of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "tui/number.h"
#include "tui/panel.h"

enum { INSTANCES_MAX = 1000, HEAD_ROWS = 4, SMALL_HEAD_ROWS = 2 };

/* The last of them is the head of the table. */
static int head_rows(int rows)
{
	return rows > 2 * HEAD_ROWS ? HEAD_ROWS : SMALL_HEAD_ROWS;
}

/* The answers, if they are to what was asked last. */
static const struct instances *instances_of(const struct ui *ui)
{
	const struct news *news = ui->model.instances;

	return news && news->id == ui->details.instances_id ?
	       &news->instances : NULL;
}

static const struct fields *fields_of(const struct ui *ui)
{
	const struct news *news = ui->model.fields;

	return news && news->id == ui->details.fields_id ? &news->fields :
							   NULL;
}

static const struct referrers *referrers_of(const struct ui *ui)
{
	const struct news *news = ui->model.referrers;

	return news && news->id == ui->details.referrers_id ?
	       &news->referrers : NULL;
}

static bool in_fields(const struct ui *ui)
{
	return ui->details.n_path > 0;
}

void ui_show_type(struct ui *ui, const char *type)
{
	struct details_view *view = &ui->details;
	struct feed_ask ask = { .kind = ASK_INSTANCES, .limit = INSTANCES_MAX };
	char *copy = strdup(type);

	if (!copy)
		return;
	free(view->type);
	view->type = copy;
	view->n_path = 0;
	view->referrers = false;
	list_reset(&view->instances);
	ask.type = view->type;
	view->instances_id = ui_ask(ui, &ask);
	ui_show_panel(ui, PANEL_DETAILS);
}

/* What is in the object, or who refers to it. */
static void ask_fields(struct ui *ui)
{
	struct details_view *view = &ui->details;
	struct feed_ask ask = { .kind = ASK_FIELDS, .limit = INSTANCES_MAX };

	if (!view->n_path)
		return;
	ask.address = view->path[view->n_path - 1];
	list_reset(&view->fields);
	if (view->referrers) {
		ask.kind = ASK_REFERRERS;
		view->referrers_id = ui_ask(ui, &ask);
	} else {
		view->fields_id = ui_ask(ui, &ask);
	}
}

void ui_show_object(struct ui *ui, const char *type, raddr address)
{
	struct details_view *view = &ui->details;
	char *copy = strdup(type);

	if (!copy)
		return;
	free(view->type);
	view->type = copy;
	view->path[0] = address;
	view->n_path = 1;
	view->referrers = false;
	ask_fields(ui);
	ui_show_panel(ui, PANEL_DETAILS);
}

static void update(struct ui *ui, int rows)
{
	const struct instances *instances = instances_of(ui);
	const struct fields *fields = fields_of(ui);
	const struct referrers *by = referrers_of(ui);
	const size_t n = ui->details.referrers ?
			 (by ? by->of.referrers.n : 0) :
			 (fields ? fields->rows.n : 0);
	size_t visible = rows > head_rows(rows) + 1 ?
			 (size_t)(rows - head_rows(rows)) : 1;
	struct details_view *view = &ui->details;

	list_update(&view->instances, instances ? instances->rows.n : 0, 0);
	list_update(&view->fields, n, 0);
	list_show(&view->instances, visible);
	list_show(&view->fields, visible);
}

static struct list *list(struct ui *ui)
{
	return in_fields(ui) ? &ui->details.fields : &ui->details.instances;
}

static int list_y(const struct ui *ui, int rows)
{
	(void)ui;
	return head_rows(rows);
}

static raddr selected(const struct ui *ui)
{
	const struct instances *instances = instances_of(ui);
	const struct fields *fields = fields_of(ui);
	const struct referrers *by = referrers_of(ui);
	size_t at;

	if (in_fields(ui) && ui->details.referrers) {
		at = ui->details.fields.at;
		return by && at < by->of.referrers.n ?
		       by->of.referrers.v[at].address : 0;
	}
	if (in_fields(ui)) {
		at = ui->details.fields.at;
		return fields && at < fields->rows.n ?
		       fields->rows.v[at].address : 0;
	}
	at = ui->details.instances.at;
	return instances && at < instances->rows.n ?
	       instances->rows.v[at].address : 0;
}

static void enter(struct ui *ui)
{
	struct details_view *view = &ui->details;
	raddr at = selected(ui);

	if (!at || view->n_path == UI_PATH_MAX)
		return;
	view->path[view->n_path++] = at;
	ask_fields(ui);
}

static bool back(struct ui *ui)
{
	struct details_view *view = &ui->details;

	if (!in_fields(ui)) {
		ui_show_panel(ui, PANEL_TYPES);
		return true;
	}
	view->n_path--;
	ask_fields(ui);
	return true;
}

void ui_show_referrers(struct ui *ui)
{
	struct details_view *view = &ui->details;
	raddr at = in_fields(ui) ? 0 : selected(ui);

	if (!at && !in_fields(ui))
		return;
	if (at)
		view->path[view->n_path++] = at;
	view->referrers = !view->referrers || at;
	ask_fields(ui);
}

static const char *text(const struct ui *ui, size_t row)
{
	const struct fields *fields = fields_of(ui);
	const struct referrers *by = referrers_of(ui);

	if (ui->details.referrers)
		return by && row < by->of.referrers.n ?
		       by->of.referrers.v[row].name : NULL;
	return in_fields(ui) && fields && row < fields->rows.n ?
	       fields->rows.v[row].name : NULL;
}

/* --- drawing ------------------------------------------------------------- */

static void draw_type(const struct ui *ui, struct grid *grid,
		      const struct rect *at)
{
	const struct history_row *row = history_find(&ui->model.types,
						     ui->details.type);
	struct pen pen = pen_at(grid, at->y, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];

	pen_foreign(&pen, EL_TITLE, ui->details.type, at->cols);
	if (row && row->module) {
		pen_printf(&pen, EL_LABEL, "  module ");
		pen_foreign(&pen, EL_PLAIN, row->module, at->cols);
	}
	pen = pen_at(grid, at->y + 1, at->x + 1, at->x + at->cols);
	if (!row) {
		pen_printf(&pen, EL_DIM, "none of them in the last sample");
		return;
	}
	pen_printf(&pen, EL_PLAIN, "%s objects, %s, allocated %s, ",
		   units_count(a, row->count), number_bytes(b, row->bytes),
		   number_bytes(c, row->allocated));
	pen_printf(&pen, EL_MORE, "%s a second",
		   *number_rate(a, row->count_rate) ? a : "+0");
}

static void draw_about(const struct ui *ui, struct grid *grid, int y,
		       const struct rect *at)
{
	const struct instances *instances = instances_of(ui);
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT];

	if (!instances)
		return;
	pen_printf(&pen, EL_LABEL, "bases ");
	for (size_t i = 0; i < instances->bases.n; i++) {
		pen_printf(&pen, EL_PLAIN, "%s", i ? " > " : "");
		pen_foreign(&pen, EL_PLAIN, instances->bases.v[i], at->cols);
	}
	if (!instances->bases.n)
		pen_printf(&pen, EL_PLAIN, "unknown");
	pen_printf(&pen, EL_LABEL, "  sizes ");
	pen_printf(&pen, EL_PLAIN, "%s to %s",
		   units_count(a, instances->min_size),
		   units_count(b, instances->max_size));
}

/* What stands where rows are to be when there are none. */
static void draw_why(struct grid *grid, const struct rect *at, bool answered,
		     const char *problem)
{
	struct pen pen = pen_at(grid, at->y + head_rows(at->rows),
				at->x + 1, at->x + at->cols);

	if (!answered)
		pen_printf(&pen, EL_DIM, "asking...");
	else if (problem)
		pen_foreign(&pen, EL_NOTICE, problem, at->cols);
	else
		pen_printf(&pen, EL_DIM, "none");
}

static void draw_head(struct grid *grid, const struct rect *at,
		      const char *columns, const char *problem)
{
	struct pen pen = pen_at(grid, at->y + head_rows(at->rows) - 1,
				at->x, at->x + at->cols);

	grid_fill(grid, pen.y, at->x, at->cols, EL_COLUMNS);
	pen_printf(&pen, EL_COLUMNS, "%s", columns);
	if (problem) {
		pen_printf(&pen, EL_COLUMNS, "  (");
		pen_foreign(&pen, EL_COLUMNS, problem, at->cols);
		pen_printf(&pen, EL_COLUMNS, ")");
	}
}

static void draw_instance(struct grid *grid, int y, const struct rect *at,
			  const struct instance *row)
{
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT];

	pen_printf(&pen, EL_PLAIN, "0x%-16" PRIx64 " %10s %10s", row->address,
		   units_count(a, row->size), units_count(b, row->allocated));
	if (row->generation >= 0)
		pen_printf(&pen, EL_PLAIN, " %5d", row->generation);
	else
		pen_printf(&pen, EL_DIM, "     -");
}

static void draw_instances(const struct ui *ui, struct grid *grid,
			   const struct rect *at)
{
	const struct instances *in = instances_of(ui);
	size_t top = ui->details.instances.top;
	int head = head_rows(at->rows);

	if (head == HEAD_ROWS)
		draw_about(ui, grid, at->y + 2, at);
	draw_head(grid, at, " ADDRESS                  SIZE  ALLOCATED   GEN",
		  in && in->rows.n ? in->problem : NULL);
	if (!in || !in->rows.n) {
		draw_why(grid, at, in != NULL, in ? in->problem : NULL);
		return;
	}
	for (int y = head; y < at->rows; y++) {
		size_t i = top + (size_t)(y - head);

		if (i >= in->rows.n)
			break;
		draw_instance(grid, at->y + y, at, &in->rows.v[i]);
		if (i == ui->details.instances.at)
			grid_paint(grid, at->y + y, at->x, at->cols,
				   EL_SELECTED);
	}
}

static void draw_field(struct grid *grid, int y, const struct rect *at,
		       const struct field *row)
{
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	int name = at->cols / 4, type = at->cols / 5;

	pen_foreign(&pen, EL_LABEL, row->name ? row->name : "?", name);
	pen.x = at->x + name + 2;
	pen_foreign(&pen, EL_DIM, row->type ? row->type : "?", type);
	pen.x = at->x + name + type + 3;
	if (row->value)
		pen_foreign(&pen, EL_PLAIN, row->value, at->cols);
	else if (row->address)
		pen_printf(&pen, EL_PLAIN, "at 0x%" PRIx64, row->address);
	else
		pen_printf(&pen, EL_DIM, "-");
}

static void draw_object(const struct ui *ui, struct grid *grid, int y,
			const struct rect *at)
{
	const struct details_view *view = &ui->details;
	const struct fields *fields = fields_of(ui);
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT];

	pen_printf(&pen, EL_LABEL, "object ");
	pen_printf(&pen, EL_PLAIN, "0x%" PRIx64, view->path[view->n_path - 1]);
	if (!fields)
		return;
	if (fields->type) {
		pen_printf(&pen, EL_LABEL, "  type ");
		pen_foreign(&pen, EL_TITLE, fields->type, at->cols / 2);
	}
	pen_printf(&pen, EL_LABEL, "  size ");
	pen_printf(&pen, EL_PLAIN, "%s, allocated %s",
		   units_count(a, fields->size),
		   units_count(b, fields->allocated));
}

static void draw_fields(const struct ui *ui, struct grid *grid,
			const struct rect *at)
{
	const struct fields *fields = fields_of(ui);
	size_t top = ui->details.fields.top;
	int head = head_rows(at->rows);

	if (head == HEAD_ROWS)
		draw_object(ui, grid, at->y + 2, at);
	draw_head(grid, at, " FIELD, TYPE, VALUE",
		  fields && fields->rows.n ? fields->problem : NULL);
	if (!fields || !fields->rows.n) {
		draw_why(grid, at, fields != NULL,
			 fields ? fields->problem : NULL);
		return;
	}
	for (int y = head; y < at->rows; y++) {
		size_t i = top + (size_t)(y - head);

		if (i >= fields->rows.n)
			break;
		draw_field(grid, at->y + y, at, &fields->rows.v[i]);
		if (i == ui->details.fields.at)
			grid_paint(grid, at->y + y, at->x, at->cols,
				   EL_SELECTED);
	}
}

/* --- who refers to it ---------------------------------------------------- */

static void draw_retained(const struct ui *ui, struct grid *grid, int y,
			  const struct rect *at)
{
	const struct details_view *view = &ui->details;
	const struct referrers *by = referrers_of(ui);
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT];

	pen_printf(&pen, EL_LABEL, "object ");
	pen_printf(&pen, EL_PLAIN, "0x%" PRIx64, view->path[view->n_path - 1]);
	if (!by || by->problem)
		return;
	pen_printf(&pen, EL_LABEL, "  retains ");
	pen_printf(&pen, EL_PLAIN, "%s (%s objects)",
		   number_bytes(a, by->of.retained),
		   units_count(b, by->of.retained_objects));
	pen_printf(&pen, EL_LABEL, "  ");
	pen_foreign(&pen, EL_TITLE, by->of.path ? by->of.path :
		    "cyclic garbage: no way leads to it", at->cols);
}

static void draw_referrer(struct grid *grid, int y, const struct rect *at,
			  const struct inspect_ref *row)
{
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	const int name = at->cols * 3 / 5;

	pen_foreign(&pen, EL_LABEL, row->name ? row->name : "?", name);
	pen.x = at->x + name + 2;
	pen_foreign(&pen, EL_DIM, row->type ? row->type : "", at->cols);
}

static void draw_referrers(const struct ui *ui, struct grid *grid,
			   const struct rect *at)
{
	const struct referrers *by = referrers_of(ui);
	const size_t top = ui->details.fields.top;
	const int head = head_rows(at->rows);

	if (head == HEAD_ROWS)
		draw_retained(ui, grid, at->y + 2, at);
	draw_head(grid, at, " REFERRED TO BY, TYPE", NULL);
	if (!by || !by->of.referrers.n) {
		draw_why(grid, at, by != NULL, by ? by->problem : NULL);
		return;
	}
	for (int y = head; y < at->rows; y++) {
		size_t i = top + (size_t)(y - head);

		if (i >= by->of.referrers.n)
			break;
		draw_referrer(grid, at->y + y, at, &by->of.referrers.v[i]);
		if (i == ui->details.fields.at)
			grid_paint(grid, at->y + y, at->x, at->cols,
				   EL_SELECTED);
	}
}

static void draw(const struct ui *ui, struct grid *grid, const struct rect *at)
{
	if (!ui->details.type) {
		grid_puts(grid, at->y, at->x + 1, at->cols - 1, EL_DIM,
			  "no type chosen: 1 shows them, Enter chooses one");
		return;
	}
	draw_type(ui, grid, at);
	if (in_fields(ui) && ui->details.referrers)
		draw_referrers(ui, grid, at);
	else if (in_fields(ui))
		draw_fields(ui, grid, at);
	else
		draw_instances(ui, grid, at);
}

const struct panel panel_details = {
	.name = "Details",
	.help = "a type, its objects, and what is in one",
	.update = update,
	.list = list,
	.list_y = list_y,
	.text = text,
	.enter = enter,
	.back = back,
	.draw = draw,
};
