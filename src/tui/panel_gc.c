/* SPDX-License-Identifier: MIT */
/* GC: how the collector keeps up, generation by generation. */
#include <math.h>

#include "base/units.h"
#include "tui/number.h"
#include "tui/panel.h"

enum { ROWS_BESIDES = 8, GRAPH_X = 64, GRAPH_COLS = 24 };

static const struct dump_gc *gc_of(const struct ui *ui)
{
	return ui->model.last ? &ui->model.last->dump.gc : NULL;
}

/* More than one, or 0. */
static size_t n_interps(const struct ui *ui)
{
	size_t n = ui->model.last ? ui->model.last->dump.interps.n : 0;

	return n > 1 ? n : 0;
}

static int page_rows(const struct ui *ui)
{
	if (!gc_of(ui))
		return ROWS_BESIDES;
	return ROWS_BESIDES + (int)gc_of(ui)->generations.n +
	       (int)n_interps(ui);
}

static void put_number(struct grid *grid, int y, int x, int cols, int64_t v)
{
	char buf[NUMBER_TEXT];

	grid_puts_right(grid, y, x, cols, EL_PLAIN,
			number_count(buf, v, cols));
}

static void draw_generation(const struct ui *ui, struct grid *grid, int y,
			    const struct rect *at, size_t i)
{
	const struct dump_generation *g = &gc_of(ui)->generations.v[i];
	const struct series *objects, *runs;
	char buf[NUMBER_TEXT];
	int x = at->x;

	put_number(grid, y, x, 4, g->generation);
	put_number(grid, y, x + 5, 10, g->count);
	put_number(grid, y, x + 16, 10, g->threshold);
	put_number(grid, y, x + 27, 11, g->objects);
	put_number(grid, y, x + 39, 9, g->collections);
	if (i < MODEL_GENERATIONS) {
		objects = &ui->model.metric[METRIC_GENERATION + i];
		runs = &ui->model.metric[METRIC_COLLECTIONS_OF + i];
		grid_puts_right(grid, y, x + 49, 6, EL_MORE,
				number_rate(buf, series_rate(runs)));
		if (at->cols > GRAPH_X + 8)
			grid_graph(grid, y, x + GRAPH_X,
				   at->cols - GRAPH_X < GRAPH_COLS ?
				   at->cols - GRAPH_X : GRAPH_COLS, EL_GRAPH,
				   &objects->line, objects->v);
	}
	put_number(grid, y, x + 56, 7, g->collected);
}

static const char *word(int known)
{
	return known == 1 ? "yes" : known == 0 ? "no" : "unknown";
}

static void draw_facts(const struct dump_gc *gc, struct grid *grid, int y,
		       const struct rect *at)
{
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT];

	pen_printf(&pen, EL_LABEL, "enabled ");
	pen_printf(&pen, EL_VALUE, "%s", word(gc->enabled));
	pen_printf(&pen, EL_LABEL, "   collecting ");
	pen_printf(&pen, EL_VALUE, "%s", word(gc->collecting));
	pen_printf(&pen, EL_LABEL, "   gc.garbage ");
	pen_printf(&pen, EL_VALUE, "%s", units_count(a, gc->garbage));
	pen_printf(&pen, EL_LABEL, "   frozen ");
	pen_printf(&pen, EL_VALUE, "%s", units_count(b, gc->frozen));
}

/* Objects that no collection has looked at. */
static int64_t young(const struct dump_gc *gc)
{
	return gc->generations.n ? gc->generations.v[0].objects :
				   DUMP_UNKNOWN;
}

static void draw_words(const struct dump_gc *gc, struct grid *grid, int y,
		       const struct rect *at)
{
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT];

	if (gc->enabled == DUMP_UNKNOWN)
		pen_printf(&pen, EL_NOTICE, "Whether the collector is enabled "
			   "is not known.");
	else if (!gc->enabled && young(gc) >= 0)
		pen_printf(&pen, EL_NOTICE, "The collector is disabled: %s "
			   "objects wait in generation 0.",
			   units_count(a, young(gc)));
	else if (!gc->enabled)
		pen_printf(&pen, EL_NOTICE, "The collector is disabled.");
	else if (gc->generations.n && gc->generations.v[0].threshold == 0)
		pen_printf(&pen, EL_NOTICE, "The collector is enabled, but "
			   "threshold 0 keeps it from running.");
	else
		pen_printf(&pen, EL_PLAIN, "The collector is enabled%s.",
			   gc->collecting == 1 ?
			   " and runs at this moment" : "");
}

static void draw_oddities(const struct dump_gc *gc, struct grid *grid, int y,
			  const struct rect *at)
{
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT];

	if (gc->garbage > 0)
		pen_printf(&pen, EL_NOTICE, "%s objects in gc.garbage: found "
			   "unreachable, and kept.  ",
			   units_count(a, gc->garbage));
	if (gc->frozen > 0)
		pen_printf(&pen, EL_PLAIN, "%s objects are frozen: no "
			   "collection looks at them.",
			   units_count(a, gc->frozen));
}

/* What is above is all of them together. */
static void draw_interps(const struct ui *ui, struct grid *grid, int y,
			 const struct rect *at)
{
	for (size_t i = 0; i < n_interps(ui); i++) {
		const struct dump_interp *interp =
			&ui->model.last->dump.interps.v[i];
		struct pen pen = pen_at(grid, y++, at->x + 1,
					at->x + at->cols);
		char a[NUMBER_TEXT], b[NUMBER_TEXT];

		pen_printf(&pen, EL_LABEL, "interpreter %lld   enabled ",
			   (long long)interp->id);
		pen_printf(&pen, EL_VALUE, "%s", word(interp->gc.enabled));
		pen_printf(&pen, EL_LABEL, "   objects ");
		pen_printf(&pen, EL_VALUE, "%s",
			   units_count(a, interp->tracked));
		pen_printf(&pen, EL_LABEL, "   runs ");
		pen_printf(&pen, EL_VALUE, "%s",
			   units_count(b, dump_collections(&interp->gc)));
	}
}

static void draw(const struct ui *ui, struct grid *grid, const struct rect *at)
{
	const struct dump_gc *gc = gc_of(ui);
	struct pen pen = pen_at(grid, at->y, at->x, at->x + at->cols);
	int y = at->y + 1;

	grid_fill(grid, at->y, at->x, at->cols, EL_COLUMNS);
	pen_printf(&pen, EL_COLUMNS, " GEN      COUNT  THRESHOLD     OBJECTS"
		   "      RUNS    +/s   FREED OBJECTS, LATELY");
	if (!gc || !gc->generations.n) {
		grid_puts(grid, y, at->x + 1, at->cols - 1, EL_DIM, gc ?
			  "nothing is known of the generations" :
			  "waiting for the first sample");
		return;
	}
	for (size_t i = 0; i < gc->generations.n; i++)
		draw_generation(ui, grid, y++, at, i);
	draw_words(gc, grid, ++y, at);
	draw_oddities(gc, grid, ++y, at);
	draw_facts(gc, grid, y + 2, at);
	draw_interps(ui, grid, y + 3, at);
}

const struct panel panel_gc = {
	.name = "GC",
	.help = "how the garbage collector keeps up",
	.page_rows = page_rows,
	.draw = draw,
};
