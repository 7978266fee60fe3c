/* SPDX-License-Identifier: MIT */
/*
 * The screen's tables as lines of text, for a pipe: drawn by the same panels,
 * in pieces, so that a table may be long.
 */
#include <stdlib.h>
#include <time.h>

#include "tui/header.h"
#include "tui/layout.h"
#include "tui/panel.h"
#include "tui/tui.h"
#include "tui/ui.h"
#include "tui/warnings.h"

enum { UNCUT_COLUMNS = 512, PIECE_ROWS = 64, THREADS_MAX = 500,
       WARNING_COLUMNS = 9 };

struct tui_text {
	struct ui ui;
};

struct sink {
	void (*put)(void *arg, const char *line);
	void *arg;
};

struct tui_text *tui_text_new(struct err *err)
{
	struct tui_options opt = { 0 };
	struct tui_text *text = malloc(sizeof(*text));

	if (text)
		ui_init(&text->ui, NULL, &opt);
	else
		err_nomem(err);
	return text;
}

void tui_text_free(struct tui_text *text)
{
	if (text)
		ui_fini(&text->ui);
	free(text);
}

bool tui_text_add(struct tui_text *text, struct news *news, struct err *err)
{
	return ui_news(&text->ui, news, err);
}

static bool put_lines(const struct grid *grid, int from, int to,
		      const struct sink *sink, struct err *err)
{
	for (int y = from; y < to; y++) {
		auto_free char *line = grid_line(grid, y);

		if (!line)
			return err_nomem(err);
		sink->put(sink->arg, line);
	}
	return true;
}

/* Each on a line of its own, however long that is. */
static bool put_warnings(const struct ui *ui, const struct sink *sink,
			 struct err *err)
{
	const char *text;

	for (size_t i = 0; (text = warnings_get(&ui->model, i)); i++) {
		struct grid grid = { .ascii = ui->ascii };
		int cols = grid_foreign_width(&grid, text) + WARNING_COLUMNS;
		struct pen pen;
		bool ok;

		if (!grid_init(&grid, 1, cols, ui->ascii, err))
			return false;
		pen = pen_at(&grid, 0, 0, cols);
		pen_printf(&pen, EL_NOTICE, "Warning: ");
		pen_foreign(&pen, EL_NOTICE, text, cols);
		ok = put_lines(&grid, 0, 1, sink, err);
		grid_fini(&grid);
		if (!ok)
			return false;
	}
	return true;
}

static bool put_header(struct ui *ui, const struct sink *sink,
		       struct err *err)
{
	bool notice = header_has_notice(ui), ok;
	struct grid grid;

	if (!grid_init(&grid, FULL_HEADER + 1, ui->cols, ui->ascii, err))
		return false;
	header_draw_full(ui, &grid, 0);
	if (notice)
		header_draw_notice(ui, &grid, FULL_HEADER);
	ok = put_lines(&grid, 0, FULL_HEADER + notice, sink, err);
	grid_fini(&grid);
	ok = ok && put_warnings(ui, sink, err);
	if (ok)
		sink->put(sink->arg, "");
	return ok;
}

/* A body of @rows lines, of which those in [@from, @to) are printed. */
static bool put_panel(struct ui *ui, int rows, int from, int to,
		      const struct sink *sink, struct err *err)
{
	struct rect at = { 0, 0, rows, ui->cols };
	struct grid grid;
	bool ok;

	if (!grid_init(&grid, rows, ui->cols, ui->ascii, err))
		return false;
	panels[ui->panel]->draw(ui, &grid, &at);
	ok = put_lines(&grid, from, to, sink, err);
	grid_fini(&grid);
	return ok;
}

static bool put_types(struct ui *ui, size_t most, const struct sink *sink,
		      struct err *err)
{
	size_t n;

	ui->panel = PANEL_TYPES;
	panel_types.update(ui, PIECE_ROWS);
	n = ui->types.lines.n;
	if (most && most < n)
		n = most;
	for (size_t top = 0; top == 0 || top < n; top += PIECE_ROWS) {
		size_t rows = n - top < PIECE_ROWS ? n - top : PIECE_ROWS;

		ui->types.list.top = top;
		if (!put_panel(ui, PIECE_ROWS + 1, top ? 1 : 0,
			       (int)rows + 1 + (n == 0), sink, err))
			return false;
	}
	sink->put(sink->arg, "");
	return true;
}

static bool put_threads(struct ui *ui, const struct sink *sink,
			struct err *err)
{
	size_t n = ui->model.stacks ?
		   ui->model.stacks->dump.stacks.threads.n : 1;
	int rows;

	if (n > THREADS_MAX)
		n = THREADS_MAX;
	rows = (int)n + 1;
	ui->panel = PANEL_THREADS;
	/* The stack below is not printed: it gets the other two thirds. */
	panel_threads.update(ui, 3 * rows);
	if (!put_panel(ui, 3 * rows, 0, rows, sink, err))
		return false;
	sink->put(sink->arg, "");
	return true;
}

/* A page is as long as it may become; the end of it may be blank. */
static bool put_page(struct ui *ui, enum panel_id panel,
		     const struct sink *sink, struct err *err)
{
	int rows = panels[panel]->page_rows(ui);
	struct rect at = { 0, 0, rows, ui->cols };
	struct grid grid;
	bool ok;

	if (!grid_init(&grid, rows, ui->cols, ui->ascii, err))
		return false;
	panels[panel]->draw(ui, &grid, &at);
	while (rows > 0 && grid_is_blank(&grid, rows - 1))
		rows--;
	ok = put_lines(&grid, 0, rows, sink, err);
	grid_fini(&grid);
	if (ok)
		sink->put(sink->arg, "");
	return ok;
}

bool tui_text_print(struct tui_text *text, const struct tui_text_options *opt,
		    void (*put)(void *arg, const char *line), void *arg,
		    struct err *err)
{
	struct sink sink = { put, arg };
	struct ui *ui = &text->ui;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ui->model.now_ns = (uint64_t)now.tv_sec * 1000000000 +
			   (uint64_t)now.tv_nsec;
	ui->cols = opt->columns > 0 ? opt->columns : UNCUT_COLUMNS;
	ui->ascii = opt->ascii;
	ui->types.choice.kinds = opt->kinds;
	return (!(opt->parts & TEXT_HEADER) || put_header(ui, &sink, err)) &&
	       (!(opt->parts & TEXT_TYPES) ||
		put_types(ui, (size_t)opt->rows, &sink, err)) &&
	       (!(opt->parts & TEXT_THREADS) ||
		put_threads(ui, &sink, err)) &&
	       (!(opt->parts & TEXT_GC) ||
		put_page(ui, PANEL_GC, &sink, err)) &&
	       (!(opt->parts & TEXT_MEMORY) ||
		put_page(ui, PANEL_MEMORY, &sink, err));
}
