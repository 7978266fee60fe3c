/* SPDX-License-Identifier: MIT */
#ifndef TUI_COLUMNS_H
#define TUI_COLUMNS_H

#include "tui/grid.h"
#include "tui/types_view.h"

/**
 * The columns of the table of types: titles, widths, and which of them a
 * narrow screen does without.
 */
struct column {
	const char *title;	/* NULL: not a column, but an order */
	const char *help;
	int width;
	int min_cols;		/* shown from that width on */
	enum element element;	/* of its numbers */
	void (*text)(const struct types_view *view,
		     const struct type_line *line, int width, char *ret);
};

const struct column *column_of(enum type_column column);

/** Where it starts in a table of @cols columns, or -1: not shown.  The name
 *  takes what is left. */
int column_x(enum type_column column, int cols);

/** Which one is at column @x, or COLUMN_AUTO. */
enum type_column column_at(int x, int cols);

/** As shown in a table that wide: 0 for all that is left. */
int column_width(enum type_column column, int cols);

#endif
