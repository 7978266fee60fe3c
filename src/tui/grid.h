/* SPDX-License-Identifier: MIT */
#ifndef TUI_GRID_H
#define TUI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tui/glyph.h"
#include "tui/theme.h"
#include "tui/timeline.h"

/**
 * A picture made of cells, before any terminal sees it.
 *
 * Whatever falls outside is cut, so that nobody who draws has to look at the
 * size; a wide character that would be cut in half becomes a space.  No cell
 * holds a control character: foreign text is escaped on its way in.
 *
 * Owner: grid_fini().
 */
enum { CELL_TEXT = 24 };	/* a character and what combines with it */

struct cell {
	char text[CELL_TEXT];	/* UTF-8 (the locale's), with a NUL */
	uint8_t element;	/* enum element */
	uint8_t width;		/* 1, 2, or 0: right half of the one before */
};

struct grid {
	int rows, cols;
	bool ascii;		/* nothing else into it */
	struct cell *cell;	/* row by row */
};

/** A part of it. */
struct rect {
	int y, x, rows, cols;
};

MUST_CHECK bool grid_init(struct grid *grid, int rows, int cols, bool ascii,
			  struct err *err);
void grid_fini(struct grid *grid);

/** All spaces. */
void grid_clear(struct grid *grid);

/** Make @cols cells of @element, blank or as they are. */
void grid_fill(struct grid *grid, int y, int x, int cols,
	       enum element element);
void grid_paint(struct grid *grid, int y, int x, int cols,
		enum element element);

/** The cell there, or NULL. */
struct cell *grid_at(const struct grid *grid, int y, int x);

/** Text of ours, ASCII, in at most @cols columns; returns those used. */
int grid_puts(struct grid *grid, int y, int x, int cols, enum element element,
	      const char *text);
/** ... at the right end of @cols columns. */
void grid_puts_right(struct grid *grid, int y, int x, int cols,
		     enum element element, const char *text);

/** Foreign text, escaped, an ellipsis where it was cut; returns the columns
 *  used. */
int grid_foreign(struct grid *grid, int y, int x, int cols,
		 enum element element, const char *text);

/** A path: where it is too long its end is shown. */
int grid_path(struct grid *grid, int y, int x, int cols, enum element element,
	      const char *text);

/** How many columns it would use. */
int grid_foreign_width(const struct grid *grid, const char *text);

void grid_glyph(struct grid *grid, int y, int x, enum element element,
		enum glyph glyph);

/** A graph of @cols cells in one line; blank where nothing was known. */
void grid_graph(struct grid *grid, int y, int x, int cols,
		enum element element, const struct timeline *line,
		const int64_t *v);

/** @part of @whole as a bar. */
void grid_bar(struct grid *grid, int y, int x, int cols, enum element element,
	      int64_t part, int64_t whole);

/** Nothing but spaces on line @y, which exists? */
bool grid_is_blank(const struct grid *grid, int y);

/** A line as text, without the spaces at its end, the caller's to free; NULL:
 *  out of memory. */
char *grid_line(const struct grid *grid, int y);

/**
 * Where the next piece of a line goes.
 */
struct pen {
	struct grid *grid;
	int y, x, end;		/* @end is the first column not to be used */
};

static inline struct pen pen_at(struct grid *grid, int y, int x, int end)
{
	return (struct pen){ grid, y, x, end };
}

/** Text of ours. */
void pen_printf(struct pen *pen, enum element element, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/** Foreign text, at most @cols columns of it. */
void pen_foreign(struct pen *pen, enum element element, const char *text,
		 int cols);
void pen_path(struct pen *pen, enum element element, const char *text,
	      int cols);
void pen_glyph(struct pen *pen, enum element element, enum glyph glyph);
void pen_graph(struct pen *pen, enum element element, int cols,
	       const struct series *series);

#endif
