/* SPDX-License-Identifier: MIT */
#include "tui/warnings.h"

#include <string.h>

enum { MARK_COLS = 2, MAX_LINE = 512 };

static const char *of_dump(const struct dump *dump, size_t i)
{
	return i < dump->warnings.n ? dump->warnings.v[i] : NULL;
}

static bool is_in(const struct dump *dump, const char *text)
{
	for (size_t i = 0; i < dump->warnings.n; i++) {
		if (strcmp(dump->warnings.v[i], text) == 0)
			return true;
	}
	return false;
}

const char *warnings_get(const struct model *model, size_t i)
{
	const struct dump *heap = model->heap ? &model->heap->dump : NULL;
	const struct dump *last = model->last ? &model->last->dump : NULL;

	if (heap && i < heap->warnings.n)
		return of_dump(heap, i);
	if (!last || last == heap)
		return NULL;
	i -= heap ? heap->warnings.n : 0;
	for (size_t k = 0; k < last->warnings.n; k++) {
		if (heap && is_in(heap, last->warnings.v[k]))
			continue;
		if (i-- == 0)
			return last->warnings.v[k];
	}
	return NULL;
}

size_t warnings_count(const struct model *model)
{
	size_t n = 0;

	while (warnings_get(model, n))
		n++;
	return n;
}

/* The bytes of @text that go on one line: to the last space there is.  Where
 * bytes are not columns, a line is shorter than it could be, or cut. */
static size_t wrap(const char *text, int cols)
{
	size_t len = strlen(text), most = (size_t)(cols - MARK_COLS), n;

	if (cols <= MARK_COLS)
		return len;
	if (most > MAX_LINE - 1)
		most = MAX_LINE - 1;
	if (len <= most)
		return len;
	for (n = most; n > 0 && text[n] != ' '; n--)
		;
	if (n > 0)
		return n;
	/* Not in the middle of a character of UTF-8. */
	for (n = most; n > 1 && (text[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

static const char *next_line(const char *text, int cols)
{
	text += wrap(text, cols);
	return *text == ' ' ? text + 1 : text;
}

int warnings_lines(const struct model *model, int cols, int most)
{
	const char *text;
	int lines = 0;

	for (size_t i = 0; (text = warnings_get(model, i)); i++) {
		for (; *text && lines < most; text = next_line(text, cols))
			lines++;
	}
	return lines;
}

static void draw_line(struct grid *grid, int y, const char *text, bool first)
{
	size_t len = wrap(text, grid->cols);
	char line[MAX_LINE];

	if (len > sizeof(line) - 1)
		len = sizeof(line) - 1;
	memcpy(line, text, len);
	line[len] = '\0';
	grid_puts(grid, y, 0, MARK_COLS, EL_NOTICE, first ? "!" : "");
	grid_foreign(grid, y, MARK_COLS, grid->cols - MARK_COLS, EL_NOTICE,
		     line);
}

void warnings_draw(const struct model *model, struct grid *grid, int y,
		   int rows)
{
	bool all = warnings_lines(model, grid->cols, rows + 1) <= rows;
	size_t i = 0;
	const char *text;

	for (; (text = warnings_get(model, i)); i++) {
		bool first = true;

		for (; *text; text = next_line(text, grid->cols)) {
			if (rows == 1 && !all)
				goto more;
			if (rows-- <= 0)
				return;
			draw_line(grid, y++, text, first);
			first = false;
		}
	}
	return;
more:
	grid_puts(grid, y, 0, grid->cols, EL_NOTICE,
		  "! more warnings than there is room for: attach --batch "
		  "prints them");
}
