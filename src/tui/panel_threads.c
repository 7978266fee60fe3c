/* SPDX-License-Identifier: MIT */
/* Threads: what each is doing, and the stack of one of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tui/number.h"
#include "tui/panel.h"

enum { BOTH_ROWS = 8,	/* room for threads and a stack */
       MIN_THREADS = 2, NAME_COLS = 16, LOCAL_INDENT = 6, LINE_COLS = 7,
       ADDRESS_COLS = 16 };

static const struct stacks *stacks_of(const struct ui *ui)
{
	return ui->model.stacks ? &ui->model.stacks->dump.stacks : NULL;
}

static size_t n_threads(const struct ui *ui)
{
	return stacks_of(ui) ? stacks_of(ui)->threads.n : 0;
}

static const struct stack_thread *selected(const struct ui *ui)
{
	size_t at = ui->threads.list.at;

	return at < n_threads(ui) ? &stacks_of(ui)->threads.v[at] : NULL;
}

static unsigned want(const struct ui *ui)
{
	return WANT_STACKS | (ui->threads.native ? WANT_NATIVE : 0) |
	       (ui->threads.locals ? WANT_LOCALS : 0);
}

/* Lines of the body for the threads, with their head; the rest, behind a
 * line of its own, is for the stack.  Where both have no room it is either. */
static int threads_rows(const struct ui *ui, int rows)
{
	int n = (int)n_threads(ui) + 1, most = rows * 2 / 5;

	if (rows < BOTH_ROWS)
		return ui->threads.in_stack ? 0 : rows;
	if (most < MIN_THREADS + 1)
		most = MIN_THREADS + 1;
	return n < most ? n : most;
}

/* --- the stack, as lines ------------------------------------------------- */

/* A line of the stack: a frame, or a local variable of it. */
struct stack_line {
	const struct stack_frame *frame;
	const struct stack_local *local;
};

static bool shows(const struct ui *ui, const struct stack_frame *frame)
{
	return frame->kind == FRAME_PYTHON || ui->threads.native;
}

static size_t lines_of(const struct ui *ui, const struct stack_frame *frame)
{
	if (!shows(ui, frame))
		return 0;
	return 1 + (ui->threads.locals ? frame->locals.n : 0);
}

static size_t stack_lines(const struct ui *ui)
{
	const struct stack_thread *thread = selected(ui);
	size_t n = 0;

	for (size_t i = 0; thread && i < thread->frames.n; i++)
		n += lines_of(ui, &thread->frames.v[i]);
	return n;
}

static bool stack_line(const struct ui *ui, size_t at, struct stack_line *ret)
{
	const struct stack_thread *thread = selected(ui);

	for (size_t i = 0; thread && i < thread->frames.n; i++) {
		const struct stack_frame *frame = &thread->frames.v[i];
		size_t n = lines_of(ui, frame);

		if (at < n) {
			ret->frame = frame;
			ret->local = at ? &frame->locals.v[at - 1] : NULL;
			return true;
		}
		at -= n;
	}
	return false;
}

/* --- moving -------------------------------------------------------------- */

static size_t find(const struct ui *ui)
{
	int64_t tid = ui->threads.list.key ? atoll(ui->threads.list.key) : 0;
	size_t n = n_threads(ui);

	for (size_t i = 0; tid && i < n; i++) {
		if (stacks_of(ui)->threads.v[i].tid == tid)
			return i;
	}
	return n;
}

static void update(struct ui *ui, int rows)
{
	struct threads_view *view = &ui->threads;
	int upper = threads_rows(ui, rows);

	list_update(&view->list, n_threads(ui), find(ui));
	list_show(&view->list, upper > 1 ? (size_t)upper - 1 : 1);
	list_update(&view->stack, stack_lines(ui), 0);
	list_show(&view->stack,
		  rows > upper + 1 ? (size_t)(rows - upper - 1) : 1);
}

static struct list *list(struct ui *ui)
{
	return ui->threads.in_stack ? &ui->threads.stack : &ui->threads.list;
}

static int list_y(const struct ui *ui, int rows)
{
	return ui->threads.in_stack ? threads_rows(ui, rows) + 1 : 1;
}

static void hold(struct ui *ui)
{
	const struct stack_thread *thread = selected(ui);
	char key[24];

	if (ui->threads.in_stack || !thread)
		return;
	snprintf(key, sizeof(key), "%" PRId64, thread->tid);
	list_hold(&ui->threads.list, key);
	list_reset(&ui->threads.stack);
}

static const char *name_of(const struct stack_thread *thread)
{
	if (thread->name)
		return thread->name;
	return thread->comm ? thread->comm : "-";
}

static const char *text(const struct ui *ui, size_t row)
{
	struct stack_line line;

	if (!ui->threads.in_stack)
		return row < n_threads(ui) ?
		       name_of(&stacks_of(ui)->threads.v[row]) : NULL;
	if (!stack_line(ui, row, &line))
		return NULL;
	return line.local ? line.local->name : line.frame->function;
}

static void enter(struct ui *ui)
{
	if (!selected(ui))
		return;
	hold(ui);
	ui->threads.in_stack = true;
}

static bool back(struct ui *ui)
{
	bool was = ui->threads.in_stack;

	ui->threads.in_stack = false;
	return was;
}

/* --- drawing ------------------------------------------------------------- */

static const char *gil_word(const struct stack_thread *thread)
{
	static const char *const word[] = {
		[GIL_UNKNOWN] = "-", [GIL_NO] = "no",
		[GIL_WAITING] = "waits", [GIL_HELD] = "HELD",
	};

	return word[thread->gil];
}

static void put_place(struct pen *pen, const struct stack_frame *frame,
		      enum element element)
{
	const char *name = frame->qualname ? frame->qualname :
			   frame->function ? frame->function : "?";

	pen_foreign(pen, element, name, pen->end - pen->x);
	if (frame->kind == FRAME_NATIVE) {
		pen_printf(pen, EL_DIM, "  ");
		pen_path(pen, EL_DIM, frame->module ? frame->module : "?",
			 pen->end - pen->x - ADDRESS_COLS);
		pen_printf(pen, EL_DIM, " 0x%" PRIx64, frame->address);
		return;
	}
	pen_printf(pen, EL_DIM, "  ");
	pen_path(pen, EL_DIM, frame->file ? frame->file : "?",
		 pen->end - pen->x - LINE_COLS);
	if (frame->line > 0)
		pen_printf(pen, EL_PLAIN, ":%" PRId64, frame->line);
}

static void put_cpu(char buf[NUMBER_TEXT], int64_t permille)
{
	if (permille < 0)
		snprintf(buf, NUMBER_TEXT, "-");
	else
		snprintf(buf, NUMBER_TEXT, "%.1f", (double)permille / 10);
}

static const struct stack_frame *innermost(const struct stack_thread *thread)
{
	for (size_t i = 0; i < thread->frames.n; i++) {
		if (thread->frames.v[i].kind == FRAME_PYTHON)
			return &thread->frames.v[i];
	}
	return NULL;
}

static void draw_thread(const struct ui *ui, struct grid *grid, int y,
			const struct rect *at, size_t i)
{
	const struct stack_thread *thread = &stacks_of(ui)->threads.v[i];
	const struct stack_frame *frame = innermost(thread);
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);
	char cpu[NUMBER_TEXT];

	put_cpu(cpu, model_cpu(&ui->model, thread->tid));
	pen_printf(&pen, EL_PLAIN, "%8" PRId64 " %5s %-5s ", thread->tid, cpu,
		   gil_word(thread));
	pen_printf(&pen, EL_PLAIN, "%-9.9s ",
		   thread->collecting == 1 ? "collects" :
		   thread->state ? thread->state : "-");
	pen_foreign(&pen, EL_TITLE, name_of(thread), NAME_COLS);
	if (pen.x < at->x + 34 + NAME_COLS)
		pen.x = at->x + 34 + NAME_COLS;
	if (frame)
		put_place(&pen, frame, EL_PLAIN);
	else if (thread->problem)
		pen_foreign(&pen, EL_NOTICE, thread->problem, at->cols);
	else
		pen_printf(&pen, EL_DIM, "%s", thread->ident ?
			   "no Python frames" : "not a Python thread");
	if (i == ui->threads.list.at)
		grid_paint(grid, y, at->x, at->cols,
			   ui->threads.in_stack ? EL_TAGGED : EL_SELECTED);
}

static void draw_stack_line(const struct ui *ui, struct grid *grid, int y,
			    const struct rect *at, size_t i)
{
	struct pen pen = pen_at(grid, y, at->x + 2, at->x + at->cols);
	struct stack_line line;

	if (!stack_line(ui, i, &line))
		return;
	if (line.local) {
		pen.x += LOCAL_INDENT;
		pen_foreign(&pen, EL_LABEL,
			    line.local->name ? line.local->name : "?",
			    at->cols / 3);
		pen_printf(&pen, EL_DIM, " = ");
		pen_foreign(&pen, EL_PLAIN,
			    line.local->value ? line.local->value : "?",
			    at->cols);
	} else if (line.frame->kind == FRAME_NATIVE) {
		pen_printf(&pen, EL_NATIVE, "(C) ");
		put_place(&pen, line.frame, EL_NATIVE);
	} else {
		put_place(&pen, line.frame, EL_VALUE);
	}
	if (ui->threads.in_stack && i == ui->threads.stack.at)
		grid_paint(grid, y, at->x, at->cols, EL_SELECTED);
}

static void draw_stack_head(const struct ui *ui, struct grid *grid, int y,
			    const struct rect *at)
{
	const struct stack_thread *thread = selected(ui);
	struct pen pen = pen_at(grid, y, at->x + 1, at->x + at->cols);

	grid_fill(grid, y, at->x, at->cols, EL_COLUMNS);
	if (!thread)
		return;
	pen_printf(&pen, EL_COLUMNS, "STACK OF ");
	pen_foreign(&pen, EL_COLUMNS, name_of(thread), NAME_COLS);
	pen_printf(&pen, EL_COLUMNS, ", innermost first");
	if (thread->problem) {
		pen_printf(&pen, EL_COLUMNS, "; ");
		pen_foreign(&pen, EL_COLUMNS, thread->problem, at->cols);
	}
}

static void draw_stack(const struct ui *ui, struct grid *grid,
		       const struct rect *at, int from)
{
	draw_stack_head(ui, grid, at->y + from, at);
	for (int y = from + 1; y < at->rows; y++)
		draw_stack_line(ui, grid, at->y + y, at,
				ui->threads.stack.top +
				(size_t)(y - from - 1));
}

static void draw(const struct ui *ui, struct grid *grid, const struct rect *at)
{
	int upper = threads_rows(ui, at->rows);

	grid_fill(grid, at->y, at->x, at->cols, EL_COLUMNS);
	grid_puts(grid, at->y, at->x, at->cols, EL_COLUMNS,
		  "      TID  CPU% GIL   STATE     NAME             "
		  "RUNS");
	if (!n_threads(ui)) {
		grid_puts(grid, at->y + 1, at->x + 1, at->cols - 1, EL_DIM,
			  "waiting for a sample with stacks");
		return;
	}
	for (int y = 1; y < upper && y < at->rows; y++) {
		size_t i = ui->threads.list.top + (size_t)y - 1;

		if (i < n_threads(ui))
			draw_thread(ui, grid, at->y + y, at, i);
	}
	if (upper < at->rows)
		draw_stack(ui, grid, at, upper);
}

const struct panel panel_threads = {
	.name = "Threads",
	.help = "what each thread is doing, and the stack of one",
	.want = want,
	.update = update,
	.list = list,
	.list_y = list_y,
	.hold = hold,
	.text = text,
	.enter = enter,
	.back = back,
	.draw = draw,
};
