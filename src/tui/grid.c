/* SPDX-License-Identifier: MIT */
#include "tui/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "base/visible.h"

enum { GRAPH_MAX = 64 };	/* cells of a graph at most */

bool grid_init(struct grid *grid, int rows, int cols, bool ascii,
	       struct err *err)
{
	*grid = (struct grid){ .ascii = ascii };
	if (rows < 1 || cols < 1)
		return true;
	grid->cell = reallocarray(NULL, (size_t)rows * (size_t)cols,
				  sizeof(*grid->cell));
	if (!grid->cell)
		return err_nomem(err);
	grid->rows = rows;
	grid->cols = cols;
	grid_clear(grid);
	return true;
}

void grid_fini(struct grid *grid)
{
	free(grid->cell);
	*grid = (struct grid){ 0 };
}

struct cell *grid_at(const struct grid *grid, int y, int x)
{
	if (y < 0 || x < 0 || y >= grid->rows || x >= grid->cols)
		return NULL;
	return &grid->cell[(size_t)y * (size_t)grid->cols + (size_t)x];
}

static void blank(struct cell *cell)
{
	memcpy(cell->text, " ", 2);
	cell->width = 1;
}

/* About to be written over: the other half of a wide character goes, too. */
static void split(struct grid *grid, int y, int x)
{
	struct cell *cell = grid_at(grid, y, x);
	struct cell *other;

	if (!cell || cell->width == 1)
		return;
	other = grid_at(grid, y, cell->width == 2 ? x + 1 : x - 1);
	if (other)
		blank(other);
	blank(cell);
}

static void set(struct grid *grid, int y, int x, int width,
		enum element element, const char *text, size_t len)
{
	struct cell *cell = grid_at(grid, y, x);
	struct cell *right = grid_at(grid, y, x + 1);

	if (!cell || len >= CELL_TEXT)
		return;
	split(grid, y, x);
	if (width == 2)
		split(grid, y, x + 1);
	if (width == 2 && !right) {
		blank(cell);
		cell->element = (uint8_t)element;
		return;
	}
	memcpy(cell->text, text, len);
	cell->text[len] = '\0';
	cell->element = (uint8_t)element;
	cell->width = (uint8_t)width;
	if (width == 2)
		*right = (struct cell){ .element = (uint8_t)element };
}

void grid_clear(struct grid *grid)
{
	for (int y = 0; y < grid->rows; y++)
		grid_fill(grid, y, 0, grid->cols, EL_PLAIN);
}

void grid_fill(struct grid *grid, int y, int x, int cols, enum element element)
{
	for (int i = 0; i < cols; i++) {
		struct cell *cell = grid_at(grid, y, x + i);

		if (!cell)
			continue;
		blank(cell);
		cell->element = (uint8_t)element;
	}
}

void grid_paint(struct grid *grid, int y, int x, int cols,
		enum element element)
{
	for (int i = 0; i < cols; i++) {
		struct cell *cell = grid_at(grid, y, x + i);

		if (cell)
			cell->element = (uint8_t)element;
	}
}

int grid_puts(struct grid *grid, int y, int x, int cols, enum element element,
	      const char *text)
{
	int i;

	for (i = 0; i < cols && text[i]; i++) {
		bool shows = text[i] >= ' ' && text[i] <= '~';

		set(grid, y, x + i, 1, element, shows ? &text[i] : "?", 1);
	}
	return i;
}

void grid_puts_right(struct grid *grid, int y, int x, int cols,
		     enum element element, const char *text)
{
	int len = (int)strlen(text);

	if (len > cols) {
		/* Part of a number would be another number. */
		grid_puts(grid, y, x, cols - 1, element, text);
		grid_glyph(grid, y, x + cols - 1, element, GLYPH_ELLIPSIS);
		return;
	}
	grid_puts(grid, y, x + cols - len, len, element, text);
}

/* As visible_char(), but without anything that is not ASCII. */
static size_t next_char(const struct grid *grid, const char **s, char *to,
			size_t *ret_columns)
{
	unsigned char c = (unsigned char)**s;
	const char one[2] = { **s }, *at = one;

	if (!grid->ascii)
		return visible_char(s, to, ret_columns);
	(*s)++;
	if (c < 0x80)
		return visible_char(&at, to, ret_columns);
	*ret_columns = 4;
	return (size_t)snprintf(to, VISIBLE_MAX, "\\%03o", c);
}

int grid_foreign_width(const struct grid *grid, const char *text)
{
	char shown[VISIBLE_MAX];
	size_t width = 0, more;

	while (*text && width < INT16_MAX) {
		next_char(grid, &text, shown, &more);
		width += more;
	}
	return (int)width;
}

/* An escape is several columns, a cell each. */
static void set_char(struct grid *grid, int y, int x, size_t width,
		     enum element element, const char *text, size_t len)
{
	if (width == len) {
		for (size_t i = 0; i < len; i++)
			set(grid, y, x + (int)i, 1, element, text + i, 1);
	} else {
		set(grid, y, x, width == 2 ? 2 : 1, element, text, len);
	}
}

int grid_foreign(struct grid *grid, int y, int x, int cols,
		 enum element element, const char *text)
{
	int used = 0;

	while (*text) {
		char shown[VISIBLE_MAX];
		const char *after = text;
		size_t width, len = next_char(grid, &after, shown, &width);
		int rest = cols - used - (int)width;

		/* Its last column is for the ellipsis, if any. */
		if (rest < (*after ? 1 : 0) &&
		    grid_foreign_width(grid, text) > cols - used)
			break;
		set_char(grid, y, x + used, width, element, shown, len);
		used += (int)width;
		text = after;
	}
	if (*text && used < cols) {
		grid_glyph(grid, y, x + used, element, GLYPH_ELLIPSIS);
		used++;
	}
	return used;
}

int grid_path(struct grid *grid, int y, int x, int cols, enum element element,
	      const char *text)
{
	int width = grid_foreign_width(grid, text);
	char shown[VISIBLE_MAX];
	size_t more;

	if (width <= cols || cols < 1)
		return grid_foreign(grid, y, x, cols, element, text);
	while (*text && width > cols - 1) {
		next_char(grid, &text, shown, &more);
		width -= (int)more;
	}
	grid_glyph(grid, y, x, element, GLYPH_ELLIPSIS);
	return 1 + grid_foreign(grid, y, x + 1, cols - 1, element, text);
}

void grid_glyph(struct grid *grid, int y, int x, enum element element,
		enum glyph glyph)
{
	const char *text = glyph_text(glyph, grid->ascii);

	set(grid, y, x, 1, element, text, strlen(text));
}

void grid_graph(struct grid *grid, int y, int x, int cols,
		enum element element, const struct timeline *line,
		const int64_t *v)
{
	int levels[GRAPH_MAX];

	if (cols > GRAPH_MAX)
		cols = GRAPH_MAX;
	if (cols < 1)
		return;
	timeline_levels(line, v, GLYPH_LEVELS - 1, (size_t)cols, levels);
	for (int i = 0; i < cols; i++) {
		if (levels[i] >= 0)
			grid_glyph(grid, y, x + i, element,
				   GLYPH_LEVEL_0 + (unsigned)levels[i]);
	}
}

void grid_bar(struct grid *grid, int y, int x, int cols, enum element element,
	      int64_t part, int64_t whole)
{
	int full = 0;

	if (whole > 0 && part > 0)
		full = (int)((double)part / (double)whole * cols + 0.5);
	for (int i = 0; i < cols; i++)
		grid_glyph(grid, y, x + i, element,
			   i < full ? GLYPH_BAR : GLYPH_BAR_REST);
}

bool grid_is_blank(const struct grid *grid, int y)
{
	for (int x = 0; x < grid->cols; x++) {
		if (strcmp(grid_at(grid, y, x)->text, " ") != 0)
			return false;
	}
	return true;
}

char *grid_line(const struct grid *grid, int y)
{
	char *line = calloc((size_t)grid->cols + 1, CELL_TEXT);
	char *to = line, *end = line;

	for (int x = 0; line && x < grid->cols; x++) {
		const struct cell *cell = grid_at(grid, y, x);

		if (!cell || cell->width == 0)
			continue;
		to = stpcpy(to, cell->text);
		if (strcmp(cell->text, " ") != 0)
			end = to;
	}
	if (line)
		*end = '\0';
	return line;
}

/* Cut between words: part of a number would be another number. */
static void put_cut(struct pen *pen, enum element element, const char *text,
		    int cols)
{
	int n = cols - 1;

	while (n > 0 && text[n - 1] != ' ')
		n--;
	grid_puts(pen->grid, pen->y, pen->x, n, element, text);
	grid_glyph(pen->grid, pen->y, pen->x + n, element, GLYPH_ELLIPSIS);
	pen->x = pen->end;
}

void pen_printf(struct pen *pen, enum element element, const char *fmt, ...)
{
	int cols = pen->end - pen->x;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (cols <= 0)
		return;
	if ((int)strlen(text) > cols)
		put_cut(pen, element, text, cols);
	else
		pen->x += grid_puts(pen->grid, pen->y, pen->x, cols, element,
				    text);
}

void pen_foreign(struct pen *pen, enum element element, const char *text,
		 int cols)
{
	if (cols > pen->end - pen->x)
		cols = pen->end - pen->x;
	if (cols > 0)
		pen->x += grid_foreign(pen->grid, pen->y, pen->x, cols,
				       element, text);
}

void pen_path(struct pen *pen, enum element element, const char *text,
	      int cols)
{
	if (cols > pen->end - pen->x)
		cols = pen->end - pen->x;
	if (cols > 0)
		pen->x += grid_path(pen->grid, pen->y, pen->x, cols, element,
				    text);
}

void pen_glyph(struct pen *pen, enum element element, enum glyph glyph)
{
	if (pen->x < pen->end)
		grid_glyph(pen->grid, pen->y, pen->x++, element, glyph);
}

void pen_graph(struct pen *pen, enum element element, int cols,
	       const struct series *series)
{
	if (cols > pen->end - pen->x)
		cols = pen->end - pen->x;
	if (cols <= 0)
		return;
	grid_graph(pen->grid, pen->y, pen->x, cols, element, &series->line,
		   series->v);
	pen->x += cols;
}
