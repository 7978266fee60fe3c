/* SPDX-License-Identifier: MIT */
/*
 * Numbers come first, as in the table of types: names may be long, and are
 * cut.
 */
#include "tui/account_view.h"

#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "result/account_rows.h"
#include "result/fullness.h"
#include "tui/number.h"

enum {
	CHANGED = 8,		/* leaves that are shown */
	/* So wide the screen must be for rates, and for a graph. */
	RATES_FROM = 60, GRAPH_FROM = 96,
	RATES_COLS = 16, GRAPH_COLS = 20,
	RATES_X = 21, GRAPH_X = RATES_X + RATES_COLS,
	ARENAS_X = 9,
	/* Heads, the sum, the limit, costs, and blank lines in between. */
	OTHERS = 12,
	PICTURE_ROWS = FULLNESS_MOST / FULLNESS_COLUMNS + 1,
};

/* -- Rows ----------------------------------------------------------------- */

static int name_x(const struct rect *at)
{
	if (at->cols >= GRAPH_FROM)
		return GRAPH_X + GRAPH_COLS + 1;
	return at->cols >= RATES_FROM ? GRAPH_X : RATES_X;
}

static void draw_head(struct grid *grid, int y, const struct rect *at,
		      const char *what)
{
	struct pen pen = pen_at(grid, y, at->x, at->x + at->cols);

	grid_fill(grid, y, at->x, at->cols, EL_COLUMNS);
	pen_printf(&pen, EL_COLUMNS, "%6s %5s %7s", "BYTES", "%", "+BYTES");
	if (at->cols >= RATES_FROM)
		pen_printf(&pen, EL_COLUMNS, " %7s %7s", "+B/s", "+B/h");
	if (at->cols >= GRAPH_FROM)
		pen_printf(&pen, EL_COLUMNS, " %*s", GRAPH_COLS, "MINUTE");
	pen.x = at->x + name_x(at);
	pen_printf(&pen, EL_COLUMNS, "%s", what);
}

static void draw_change(struct grid *grid, int y, int x, const char *text)
{
	grid_puts_right(grid, y, x, 7, *text == '-' ? EL_LESS : EL_MORE, text);
}

static void draw_numbers(const struct ui *ui, struct grid *grid, int y,
			 const struct rect *at, const struct history_row *row)
{
	const struct history *history = &ui->model.leaves;
	char buf[NUMBER_TEXT];

	grid_puts_right(grid, y, at->x, 6, EL_PLAIN,
			number_bytes(buf, row->bytes));
	grid_puts_right(grid, y, at->x + 7, 5, EL_DIM,
			number_share(buf, row->bytes,
				     ui->model.account->account.rss));
	draw_change(grid, y, at->x + 13,
		    number_more_bytes(buf, history_more_bytes(row)));
	if (at->cols < RATES_FROM)
		return;
	draw_change(grid, y, at->x + RATES_X,
		    number_bytes_rate(buf, row->bytes_rate));
	draw_change(grid, y, at->x + RATES_X + RATES_COLS / 2,
		    number_bytes_rate(buf, row->bytes_rate * 3600));
	if (at->cols >= GRAPH_FROM && row->ring)
		grid_graph(grid, y, at->x + GRAPH_X, GRAPH_COLS, EL_GRAPH,
			   &history->line, row->ring->bytes);
}

static const struct history_row *row_of(const struct ui *ui,
					enum account_row_id id)
{
	char name[MODEL_LEAF_TEXT];

	return history_find(&ui->model.leaves, model_row_name(name, id));
}

static int draw_row(const struct ui *ui, struct grid *grid, int y,
		    const struct rect *at, enum account_row_id id)
{
	const struct account *acc = &ui->model.account->account;
	const struct history_row *row = row_of(ui, id);
	struct pen pen = pen_at(grid, y, at->x + name_x(at),
				at->x + at->cols);
	char name[ACCOUNT_ROW_TEXT];

	if (!row || (id < ACCOUNT_ROWS &&
		     !account_row_is_shown(acc, id, row->bytes) &&
		     !history_more_bytes(row)))
		return y;
	draw_numbers(ui, grid, y, at, row);
	pen_printf(&pen, id < ACCOUNT_ROWS ? EL_PLAIN : EL_GROUP, "%s",
		   id < ACCOUNT_ROWS ? account_row_name(acc, id, name) :
		   acc->of_core ? "what the core holds, resident or not" :
				  "resident (RSS)");
	return y + 1;
}

/* -- The leaves that changed most ----------------------------------------- */

/* Which of the two stands above the other? */
static bool is_above(const struct history_row *row,
		     const struct history_row *other)
{
	int64_t a = llabs(history_more_bytes(row));
	int64_t b = llabs(history_more_bytes(other));

	return a > b || (a == b && row < other);
}

/* The one that follows @before; NULL: no other changed. */
static const struct history_row *next_changed(const struct history *history,
					      const struct history_row *before)
{
	const struct history_row *next = NULL;

	for (size_t i = 0; i < history->rows.n; i++) {
		const struct history_row *row = &history->rows.v[i];

		if (!model_is_leaf(row) || !history_more_bytes(row) ||
		    (before && !is_above(before, row)))
			continue;
		if (!next || is_above(row, next))
			next = row;
	}
	return next;
}

static int draw_changed(const struct ui *ui, struct grid *grid, int y,
			const struct rect *at)
{
	const struct history_row *row = next_changed(&ui->model.leaves, NULL);

	if (!row)
		return y;
	draw_head(grid, y++, at, "WHAT CHANGED MOST");
	for (int i = 0; i < CHANGED && row; i++) {
		draw_numbers(ui, grid, y, at, row);
		grid_foreign(grid, y++, at->x + name_x(at),
			     at->cols - name_x(at), EL_PLAIN, row->name);
		row = next_changed(&ui->model.leaves, row);
	}
	return y + 1;
}

/* -- Arenas --------------------------------------------------------------- */

static enum element element_of(char sign)
{
	if (sign == '#')
		return EL_FULL;
	if (sign == '.')
		return EL_EMPTY;
	if (sign == '+')
		return EL_DIM;
	return sign <= '3' ? EL_SPARSE : EL_PARTLY;
}

static int draw_picture(struct grid *grid, int y, const struct rect *at,
			const char *name, const struct account_arena *arenas,
			size_t n, size_t stride)
{
	char picture[FULLNESS_MOST + 1], text[2] = "", count[UNITS_TEXT];
	size_t each = fullness_draw(arenas, n, stride, picture);
	struct pen pen;

	grid_puts(grid, y, at->x + 1, ARENAS_X - 1, EL_LABEL, name);
	for (size_t i = 0; picture[i]; i++) {
		*text = picture[i];
		grid_puts(grid, y + (int)(i / FULLNESS_COLUMNS),
			  at->x + ARENAS_X + (int)(i % FULLNESS_COLUMNS), 1,
			  element_of(picture[i]), text);
		if (!picture[i + 1])
			y += (int)(i / FULLNESS_COLUMNS) + 1;
	}
	if (each > 1) {
		pen = pen_at(grid, y++, at->x + ARENAS_X, at->x + at->cols);
		pen_printf(&pen, EL_DIM, "(%s arenas a character)",
			   units_count(count, (int64_t)each));
	}
	return y;
}

static int draw_arenas(const struct account *acc, struct grid *grid, int y,
		       const struct rect *at)
{
	if (!acc->pools.n && !acc->malloc.n)
		return y;
	grid_puts(grid, y++, at->x + 1, at->cols - 1, EL_DIM,
		  "arenas, by address: 1 to 9 at most so many tenths in use, # "
		  "more,");
	grid_puts(grid, y++, at->x + 1, at->cols - 1, EL_DIM,
		  ". nothing, + still being filled");
	if (acc->pools.n)
		y = draw_picture(grid, y, at, "pools", acc->pools.v,
				 acc->pools.n, sizeof(*acc->pools.v));
	if (acc->malloc.n)
		y = draw_picture(grid, y, at, "malloc", &acc->malloc.v->arena,
				 acc->malloc.n, sizeof(*acc->malloc.v));
	return y + 1;
}

/* -- All of it ------------------------------------------------------------ */

static int draw_limit(const struct account_cgroup *cg, struct grid *grid,
		      int y, const struct rect *at)
{
	char text[ACCOUNT_LIMIT_TEXT];

	if (!cg->version)
		return y;
	grid_puts(grid, y, at->x + 1, at->cols - 1,
		  cg->seconds_to_limit >= 0 ? EL_NOTICE : EL_PLAIN,
		  account_cgroup_limit(text, cg));
	return y + 1;
}

static int draw_cost(const struct tui_sample *sample, struct grid *grid, int y,
		     const struct rect *at)
{
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	const struct dump *dump = &sample->dump;
	char clock[NUMBER_TEXT], took[NUMBER_TEXT], paused[NUMBER_TEXT];

	pen_printf(&pen, EL_DIM, "account of %s, made in %s",
		   number_clock(clock, dump->time.tv_sec),
		   number_time(took, dump->duration_ms / 1000));
	if (sample->cpu_ms >= 0)
		pen_printf(&pen, EL_DIM, ", %s of a CPU",
			   number_time(took, (double)sample->cpu_ms / 1000));
	if (dump->mode == DUMP_LIVE)
		pen_printf(&pen, EL_DIM, "; not paused");
	else if (dump->mode == DUMP_STOP)
		pen_printf(&pen, EL_DIM, "; paused %s",
			   number_time(paused, dump->pause_ms / 1000));
	return y + 1;
}

int account_view_rows(const struct ui *ui)
{
	(void)ui;
	return ACCOUNT_ROWS + CHANGED + 2 * PICTURE_ROWS + OTHERS;
}

int account_view_draw(const struct ui *ui, struct grid *grid, int y,
		      const struct rect *at)
{
	const struct tui_sample *sample = ui->model.account;

	draw_head(grid, y++, at, "WHERE THE MEMORY IS");
	y = draw_row(ui, grid, y, at, ACCOUNT_ROWS);
	for (enum account_row_id id = 0; id < ACCOUNT_ROWS; id++)
		y = draw_row(ui, grid, y, at, id);
	y = draw_limit(&sample->account.cgroup, grid, y, at);
	y = draw_cost(sample, grid, y, at) + 1;
	y = draw_changed(ui, grid, y, at);
	return draw_arenas(&sample->account, grid, y, at);
}
