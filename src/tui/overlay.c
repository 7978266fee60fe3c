/* SPDX-License-Identifier: MIT */
#include "tui/overlay.h"

#include "base/compiler.h"
#include "tui/columns.h"
#include "tui/keys.h"
#include "tui/panel.h"

enum { KEY_COLS = 12, SORT_COLS = 52 };

static const char *const notes[] = {
	"Sizes are what sys.getsizeof() says; ALLOC what was set aside.",
	"K, M, G of bytes are powers of 1024, of all else of 1000.",
	"+ columns compare with the baseline: the first sample, or b's.",
	"A triangle before a name (^ in ASCII): its bytes rose in each",
	"of the last three samples.  - is what is not known.",
	"A live sample is read while the process runs: counts may be torn.",
};

size_t help_lines(void)
{
	return n_keys + 1 + PANEL_N + 1 + ARRAY_SIZE(notes);
}

static void draw_row(struct pen *pen, const char *left, const char *right)
{
	pen_printf(pen, EL_VALUE, "%*s", KEY_COLS, left);
	pen_printf(pen, EL_PLAIN, "  %s", right);
}

static void help_line(struct pen *pen, size_t i)
{
	if (i < n_keys) {
		draw_row(pen, keys[i].shown, keys[i].help);
		return;
	}
	i -= n_keys;
	if (i == 0 || i == PANEL_N + 1)
		return;
	if (i <= PANEL_N)
		draw_row(pen, panels[i - 1]->name, panels[i - 1]->help);
	else if (i - PANEL_N - 2 < ARRAY_SIZE(notes))
		pen_printf(pen, EL_DIM, "  %s", notes[i - PANEL_N - 2]);
}

void help_draw(const struct ui *ui, struct grid *grid)
{
	struct pen pen = pen_at(grid, 0, 0, grid->cols);
	size_t top = ui->help.at;

	grid_fill(grid, 0, 0, grid->cols, EL_COLUMNS);
	pen_printf(&pen, EL_COLUMNS, " pyheapspy: keys");
	for (int y = 1; y < grid->rows - 1; y++) {
		pen = pen_at(grid, y, 0, grid->cols);
		help_line(&pen, top + (size_t)y - 1);
	}
	grid_fill(grid, grid->rows - 1, 0, grid->cols, EL_KEY_TEXT);
	grid_puts(grid, grid->rows - 1, 1, grid->cols - 1, EL_KEY_TEXT,
		  "arrows move, any other key goes back");
}

void sort_draw(const struct ui *ui, struct grid *grid, const struct rect *at)
{
	int rows = at->rows < COLUMN_N + 1 ? at->rows : COLUMN_N + 1;
	int cols = at->cols < SORT_COLS ? at->cols : SORT_COLS;
	size_t top = ui->sort.at + 2 > (size_t)rows ?
		     ui->sort.at + 2 - (size_t)rows : 0;

	grid_fill(grid, at->y, at->x, cols, EL_TAB_ON);
	grid_puts(grid, at->y, at->x + 1, cols - 1, EL_TAB_ON, "SORT BY");
	for (int y = 1; y < rows; y++) {
		enum type_column c = (enum type_column)(top + (size_t)y - 1);
		const struct column *column = column_of(c);
		struct pen pen = pen_at(grid, at->y + y, at->x + 1,
					at->x + cols);

		grid_fill(grid, at->y + y, at->x, cols, EL_PLAIN);
		pen_printf(&pen, EL_VALUE, "%-7s ",
			   column->title ? column->title : "auto");
		pen_printf(&pen, EL_PLAIN, "%s", column->help);
		if (c == ui->sort.at)
			grid_paint(grid, at->y + y, at->x, cols, EL_SELECTED);
	}
}
