/* SPDX-License-Identifier: MIT */
#include "tui/columns.h"

#include "tui/number.h"

static void put_count(const struct types_view *view,
		      const struct type_line *line, int width, char *ret)
{
	(void)view;
	number_count(ret, line->count, width);
}

static void put_bytes(const struct types_view *view,
		      const struct type_line *line, int width, char *ret)
{
	(void)view;
	(void)width;
	number_bytes(ret, line->bytes);
}

static void put_share(const struct types_view *view,
		      const struct type_line *line, int width, char *ret)
{
	(void)width;
	number_share(ret, line->bytes, view->total_bytes);
}

static void put_allocated(const struct types_view *view,
			  const struct type_line *line, int width, char *ret)
{
	(void)view;
	(void)width;
	number_bytes(ret, line->allocated);
}

static void put_more(const struct types_view *view,
		     const struct type_line *line, int width, char *ret)
{
	(void)view;
	number_more_count(ret, line->more, width);
}

static void put_more_bytes(const struct types_view *view,
			   const struct type_line *line, int width, char *ret)
{
	(void)view;
	(void)width;
	number_more_bytes(ret, line->more_bytes);
}

static void put_rate(const struct types_view *view,
		     const struct type_line *line, int width, char *ret)
{
	(void)view;
	(void)width;
	number_rate(ret, line->rate);
}

static void put_bytes_rate(const struct types_view *view,
			   const struct type_line *line, int width, char *ret)
{
	(void)view;
	(void)width;
	number_bytes_rate(ret, line->bytes_rate);
}

/* clang-format off */
static const struct column columns[COLUMN_N] = {
	[COLUMN_AUTO] = { NULL, "growth, once there is any; else size",
			  0, 0, EL_PLAIN, NULL },
	[COLUMN_COUNT] = { "COUNT", "objects",
			   10, 0, EL_PLAIN, put_count },
	[COLUMN_BYTES] = { "BYTES", "their sizes, as sys.getsizeof() has them",
			   6, 0, EL_PLAIN, put_bytes },
	[COLUMN_SHARE] = { "%", "of all bytes",
			   4, 72, EL_DIM, put_share },
	[COLUMN_ALLOCATED] = { "ALLOC", "what was set aside for them",
			       6, 108, EL_PLAIN, put_allocated },
	[COLUMN_MORE] = { "+COUNT", "more objects than at the baseline",
			  8, 60, EL_MORE, put_more },
	[COLUMN_MORE_BYTES] = { "+BYTES", "more bytes than at the baseline",
				7, 0, EL_MORE, put_more_bytes },
	[COLUMN_RATE] = { "+/s", "more objects a second, lately",
			  7, 52, EL_MORE, put_rate },
	[COLUMN_BYTES_RATE] = { "+B/s", "more bytes a second, lately",
				7, 96, EL_MORE, put_bytes_rate },
	[COLUMN_GRAPH] = { "MINUTE", "the last minute's bytes",
			   8, 76, EL_GRAPH, NULL },
	[COLUMN_NAME] = { "TYPE", "module and name",
			  0, 0, EL_PLAIN, NULL },
};
/* clang-format on */

enum { WIDE_COLS = 116, WIDE_GRAPH = 20 };

const struct column *column_of(enum type_column column)
{
	return &columns[column];
}

int column_width(enum type_column column, int cols)
{
	if (column == COLUMN_GRAPH && cols >= WIDE_COLS)
		return WIDE_GRAPH;
	return columns[column].width;
}

int column_x(enum type_column column, int cols)
{
	int x = 0;

	if (cols < columns[column].min_cols || !columns[column].title)
		return -1;
	for (enum type_column c = COLUMN_COUNT; c < column; c++) {
		if (cols >= columns[c].min_cols)
			x += column_width(c, cols) + 1;
	}
	return x;
}

enum type_column column_at(int x, int cols)
{
	enum type_column found = COLUMN_AUTO;

	for (enum type_column c = COLUMN_COUNT; c < COLUMN_N; c++) {
		int start = column_x(c, cols);

		if (start >= 0 && start <= x)
			found = c;
	}
	return found;
}
