/* SPDX-License-Identifier: MIT */
/*
 * Memory: the account of what is resident, and how full the arenas are.
 *
 * Until there is an account, and in lines for a pipe, which do without, stands
 * what any sample knows.  All numbers of the process are of one sample.  Not
 * each knows how much is private; the last that does is shown, and how old it
 * is.
 */
#include "base/units.h"
#include "tui/account_view.h"
#include "tui/number.h"
#include "tui/panel.h"

enum { LABEL_COLS = 22, SIZE_COLS = 8, SHARE_COLS = 6, BAR_X = 38,
       BAR_COLS = 24, ROWS_BESIDES = 16 };

static const struct tui_sample *sample_of(const struct ui *ui)
{
	return ui->model.memory ? ui->model.memory : ui->model.last;
}

/* NULL: no census yet, or it knows nothing of blocks. */
static const struct dump_blocks *blocks_of(const struct ui *ui)
{
	const struct dump_blocks *blocks;

	if (!ui->model.heap)
		return NULL;
	blocks = &ui->model.heap->dump.blocks;
	return blocks->in_pools < 0 ? NULL : blocks;
}

static int page_rows(const struct ui *ui)
{
	const struct dump_blocks *blocks = blocks_of(ui);

	return ROWS_BESIDES + (blocks ? (int)blocks->n_classes : 0) +
	       (ui->model.account ? account_view_rows(ui) : 0);
}

static void draw_part(struct grid *grid, int y, const struct rect *at,
		      const char *label, int64_t part, int64_t whole)
{
	char buf[NUMBER_TEXT];
	int bar = at->cols - BAR_X - 1;

	grid_puts(grid, y, at->x + 1, LABEL_COLS, EL_LABEL, label);
	grid_puts_right(grid, y, at->x + LABEL_COLS + 1, SIZE_COLS, EL_VALUE,
			number_bytes(buf, part));
	if (part < 0 || whole <= 0)
		return;
	grid_puts_right(grid, y, at->x + LABEL_COLS + SIZE_COLS + 1,
			SHARE_COLS, EL_DIM, number_share(buf, part, whole));
	grid_bar(grid, y, at->x + BAR_X, bar < BAR_COLS ? bar : BAR_COLS,
		 EL_GRAPH, part, whole);
}

static int64_t less(int64_t a, int64_t b)
{
	return a < 0 || b < 0 || a < b ? DUMP_UNKNOWN : a - b;
}

static int draw_resident(const struct ui *ui, struct grid *grid, int y,
			 const struct rect *at)
{
	const struct dump_memory *m = &sample_of(ui)->dump.memory;
	const struct dump_blocks *b = blocks_of(ui);
	int64_t arenas = b ? b->arena_bytes : DUMP_UNKNOWN;
	int64_t used = b ? b->in_use_bytes : DUMP_UNKNOWN;

	if (!ui->model.account) {
		draw_part(grid, y++, at, "resident (RSS)", m->rss, m->rss);
		draw_part(grid, y++, at, "  arenas, in use", used, m->rss);
		draw_part(grid, y++, at, "  arenas, free",
			  less(arenas, used), m->rss);
		draw_part(grid, y++, at, "  all else", less(m->rss, arenas),
			  m->rss);
	}
	draw_part(grid, y++, at, "private (USS)", m->uss, m->rss);
	draw_part(grid, y++, at, "shared with others", m->shared, m->rss);
	draw_part(grid, y++, at, "proportional (PSS)", m->pss, m->rss);
	draw_part(grid, y++, at, "swapped out", m->swap, 0);
	draw_part(grid, y++, at, "peak", m->peak_rss, 0);
	return y;
}

static int draw_note(const struct ui *ui, struct grid *grid, int y,
		     const struct rect *at)
{
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char clock[NUMBER_TEXT];

	if (!ui->model.account) {
		pen_printf(&pen, EL_DIM, "all else: large objects, C "
			   "libraries, code, stacks; at least, if arenas");
		pen = pen_at(grid, ++y, at->x + 1, at->x + at->cols);
		pen_printf(&pen, EL_DIM, "are not wholly resident.  ");
	}
	if (sample_of(ui) != ui->model.last)
		pen_printf(&pen, EL_DIM, "As it was at %s", number_clock(
			   clock, sample_of(ui)->dump.time.tv_sec));
	return y + 2;
}

static void draw_class_head(struct grid *grid, int y, const struct rect *at)
{
	struct pen pen = pen_at(grid, y, at->x, at->x + at->cols);

	grid_fill(grid, y, at->x, at->cols, EL_COLUMNS);
	pen_printf(&pen, EL_COLUMNS, "%7s %11s %9s %8s %6s  %s", "SIZE",
		   "BLOCKS", "FREE", "POOLS", "FULL %", "FILL");
}

static void draw_class(struct grid *grid, int y, const struct rect *at,
		       const struct dump_class *class)
{
	struct pen pen = pen_at(grid, y, at->x, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT], d[NUMBER_TEXT];
	int64_t all = class->in_use + class->free;
	int bar = at->cols - 47;

	pen_printf(&pen, EL_PLAIN, "%7u %11s %9s %8s %6s", class->size,
		   number_count(a, class->in_use, 11),
		   number_count(b, class->free, 9),
		   number_count(c, class->pools, 8),
		   number_share(d, class->in_use, all));
	if (bar > 0)
		grid_bar(grid, y, at->x + 47, bar < BAR_COLS ? bar : BAR_COLS,
			 EL_GRAPH, class->in_use, all);
}

static void draw_blocks(const struct ui *ui, struct grid *grid, int y,
			const struct rect *at)
{
	const struct dump_blocks *blocks = blocks_of(ui);
	struct pen pen = pen_at(grid, y++, at->x + 1, at->x + at->cols);
	char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT], d[NUMBER_TEXT];
	bool all_known = blocks && blocks->in_use >= 0;

	if (!blocks) {
		pen_printf(&pen, EL_DIM, "nothing is known of the arenas");
		return;
	}
	/* Stripped CPythons do not tell how many there are besides. */
	pen_printf(&pen, EL_PLAIN, "%s arenas (%s) of %s pools; %s blocks in "
		   "%s", units_count(a, blocks->arenas),
		   number_bytes(b, blocks->arena_bytes),
		   units_count(c, blocks->pools),
		   units_count(d, all_known ? blocks->in_use :
					      blocks->in_pools),
		   all_known ? "use" : "pools");
	if (blocks->in_use_bytes < 0) {
		grid_puts(grid, y, at->x + 1, at->cols - 1, EL_DIM,
			  "their fill is not known from this sample: x takes "
			  "an exact one");
		return;
	}
	draw_class_head(grid, y++, at);
	for (size_t i = 0; i < blocks->n_classes; i++) {
		if (blocks->classes[i].pools)
			draw_class(grid, y++, at, &blocks->classes[i]);
	}
}

static void draw(const struct ui *ui, struct grid *grid, const struct rect *at)
{
	int y = at->y;

	if (ui->model.account)
		y = account_view_draw(ui, grid, y, at);
	if (!ui->model.last) {
		grid_puts(grid, y, at->x + 1, at->cols - 1, EL_DIM,
			  "waiting for the first sample");
		return;
	}
	y = draw_resident(ui, grid, y, at);
	y = draw_note(ui, grid, y, at);
	draw_blocks(ui, grid, y, at);
}

static unsigned want(const struct ui *ui)
{
	(void)ui;
	return WANT_PSS | WANT_ACCOUNT;
}

const struct panel panel_memory = {
	.name = "Memory",
	.help = "where the resident memory is, what grows, how full arenas are",
	.want = want,
	.page_rows = page_rows,
	.draw = draw,
};
