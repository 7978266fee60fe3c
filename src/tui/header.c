/* SPDX-License-Identifier: MIT */
#include "tui/header.h"

#include <math.h>
#include <stdio.h>

#include "base/units.h"
#include "tui/layout.h"
#include "tui/number.h"
#include "tui/warnings.h"

enum { GRAPH_COLS = 20, RIGHT_COLS = 32, NOTE_SECONDS = 8 };

static struct pen line_of(struct grid *grid, int y)
{
	return pen_at(grid, y, 0, grid->cols);
}

static double since(const struct ui *ui, uint64_t then)
{
	return ui->model.now_ns > then ?
	       (double)(ui->model.now_ns - then) / 1e9 : 0;
}

/* --- notices ------------------------------------------------------------- */

static const char *condition_text(const struct event *event)
{
	static const char *const text[] = {
		[EVENT_ATTACHED] = NULL,
		[EVENT_GONE] = "the process ended",
		[EVENT_EXEC] = "the process runs another program now",
		[EVENT_STOPPED] = "the process is stopped",
		[EVENT_RUNNING] = NULL,
		[EVENT_WAITING] = "waiting for a process with this command",
	};

	return event->kind < EVENT_FAILED ? text[event->kind] : NULL;
}

static bool shows_note(const struct ui *ui)
{
	return ui->model.note && since(ui, ui->model.note_ns) < NOTE_SECONDS;
}

static const char *slowed(const struct ui *ui)
{
	return ui->model.last ? ui->model.last->slowed : NULL;
}

bool header_has_notice(const struct ui *ui)
{
	const struct model *model = &ui->model;

	return (model->has_condition && condition_text(&model->condition)) ||
	       ui->frozen || model->trouble || shows_note(ui) || slowed(ui);
}

static void put_condition(const struct ui *ui, struct pen *pen)
{
	const struct event *event = &ui->model.condition;
	char clock[NUMBER_TEXT];

	if (!ui->model.has_condition || !condition_text(event))
		return;
	pen_printf(pen, EL_NOTICE, "%s", condition_text(event));
	if (event->time.tv_sec)
		pen_printf(pen, EL_NOTICE, " %s %s",
			   event->kind == EVENT_GONE ? "at" : "since",
			   number_clock(clock, event->time.tv_sec));
	if (event->text) {
		pen_printf(pen, EL_NOTICE, ": ");
		pen_foreign(pen, EL_NOTICE, event->text, pen->end);
	}
	pen_printf(pen, EL_NOTICE, "  ");
}

void header_draw_notice(const struct ui *ui, struct grid *grid, int y)
{
	const struct model *model = &ui->model;
	struct pen pen = line_of(grid, y);

	pen_printf(&pen, EL_NOTICE, "! ");
	put_condition(ui, &pen);
	if (ui->frozen)
		pen_printf(&pen, EL_NOTICE, "FROZEN, Z goes on  ");
	if (shows_note(ui)) {
		pen_foreign(&pen, EL_NOTICE, model->note, grid->cols);
		pen_printf(&pen, EL_NOTICE, "  ");
	}
	if (model->trouble) {
		pen_printf(&pen, EL_NOTICE, "last look failed: ");
		pen_foreign(&pen, EL_NOTICE, model->trouble, grid->cols);
		pen_printf(&pen, EL_NOTICE, "  ");
	}
	if (slowed(ui)) {
		pen_printf(&pen, EL_NOTICE, "slowed: ");
		pen_foreign(&pen, EL_NOTICE, slowed(ui), grid->cols);
	}
}

/* --- who ---------------------------------------------------------------- */

static double uptime(const struct ui *ui)
{
	const struct tui_sample *last = ui->model.last;
	double up;

	if (!last || last->dump.started <= 0)
		return NAN;
	up = (double)(last->dump.time.tv_sec - last->dump.started);
	if (!model_is_gone(&ui->model))
		up += since(ui, last->taken_ns);
	return up;
}

static void put_command(const struct ui *ui, struct pen *pen)
{
	const struct tui_sample *last = ui->model.last;

	if (!last || !last->dump.command.n) {
		pen_foreign(pen, EL_TITLE, ui->opt.title ? ui->opt.title : "",
			    pen->end);
		return;
	}
	for (size_t i = 0; i < last->dump.command.n && pen->x < pen->end;
	     i++) {
		pen_foreign(pen, EL_TITLE, last->dump.command.v[i], pen->end);
		pen_printf(pen, EL_TITLE, " ");
	}
}

static void draw_who(const struct ui *ui, struct grid *grid, int y)
{
	const struct tui_sample *last = ui->model.last;
	struct pen pen = line_of(grid, y);
	char version[NUMBER_TEXT], up[NUMBER_TEXT], right[3 * NUMBER_TEXT];

	snprintf(version, sizeof(version), "CPython %.12s",
		 last && last->dump.version ? last->dump.version : "?");
	snprintf(right, sizeof(right), "%s  up %s", version,
		 number_time(up, uptime(ui)));
	pen.end -= RIGHT_COLS;
	pen_printf(&pen, EL_TITLE, "%d ",
		   last && last->dump.pid ? last->dump.pid : ui->opt.pid);
	put_command(ui, &pen);
	grid_puts_right(grid, y, grid->cols - RIGHT_COLS, RIGHT_COLS, EL_VALUE,
			right);
}

/* --- numbers ------------------------------------------------------------ */

static void put_graph(const struct ui *ui, struct pen *pen, enum metric metric)
{
	int x = pen->end - GRAPH_COLS;

	if (pen->x + 1 > x)
		return;
	pen->x = x;
	pen_graph(pen, EL_GRAPH, GRAPH_COLS, &ui->model.metric[metric]);
}

static void put_bytes(struct pen *pen, const char *label, int64_t bytes)
{
	char buf[NUMBER_TEXT];

	pen_printf(pen, EL_LABEL, "%s ", label);
	pen_printf(pen, EL_VALUE, "%s  ", number_bytes(buf, bytes));
}

static void draw_memory(const struct ui *ui, struct grid *grid, int y)
{
	const struct dump_memory *m = &ui->model.last->dump.memory;
	struct pen pen = line_of(grid, y);

	put_bytes(&pen, "RSS ", m->rss);
	put_bytes(&pen, "peak", m->peak_rss);
	put_bytes(&pen, "swap", m->swap);
	put_graph(ui, &pen, METRIC_RSS);
}

/* Nothing for none, and for one that is not known ("-"). */
static void put_rate(struct pen *pen, const char *rate)
{
	if (rate[0] && rate[1])
		pen_printf(pen, *rate == '-' ? EL_LESS : EL_MORE, " %s/s",
			   rate);
}

static void put_heap(const struct ui *ui, struct pen *pen)
{
	const struct dump *dump = &ui->model.heap->dump;
	const struct series *metric = ui->model.metric;
	char a[NUMBER_TEXT], b[NUMBER_TEXT];

	pen_printf(pen, EL_VALUE, "%s", number_bytes(a, dump->bytes));
	number_bytes_rate(b, series_rate(&metric[METRIC_HEAP]));
	put_rate(pen, b);
	pen_printf(pen, EL_VALUE, "  %s", units_count(a, dump->objects));
	pen_printf(pen, EL_LABEL, " objects");
	number_rate(b, series_rate(&metric[METRIC_OBJECTS]));
	put_rate(pen, b);
}

static void draw_heap(const struct ui *ui, struct grid *grid, int y)
{
	struct pen pen = line_of(grid, y);

	if (!ui->model.heap) {
		pen_printf(&pen, EL_LABEL, "Heap -");
		return;
	}
	pen_printf(&pen, EL_LABEL, "Heap ");
	put_heap(ui, &pen);
	put_graph(ui, &pen, METRIC_HEAP);
}

static void draw_gc(const struct ui *ui, struct grid *grid, int y)
{
	const struct dump_gc *gc = &ui->model.last->dump.gc;
	struct pen pen = line_of(grid, y);
	char a[NUMBER_TEXT], b[NUMBER_TEXT];

	pen_printf(&pen, EL_LABEL, "GC   ");
	pen_printf(&pen, EL_VALUE, "%s  ", gc->enabled == 1 ? "on" :
		   gc->enabled == 0 ? "OFF" : "-");
	for (size_t i = 0; i < gc->generations.n && i < MODEL_GENERATIONS;
	     i++)
		pen_printf(&pen, EL_PLAIN, "%s/%s ",
			   units_count(a, gc->generations.v[i].count),
			   units_count(b, gc->generations.v[i].threshold));
	pen_printf(&pen, EL_VALUE, " %s",
		   units_count(a, dump_collections(gc)));
	pen_printf(&pen, EL_LABEL, " runs");
	number_rate(b, series_rate(&ui->model.metric[METRIC_COLLECTIONS]));
	put_rate(&pen, b);
	if (gc->collecting == 1)
		pen_printf(&pen, EL_NOTICE, "  collecting");
}

/* --- the data ------------------------------------------------------------- */

static void put_capture(struct pen *pen, const struct tui_sample *heap)
{
	const struct dump *dump = &heap->dump;
	char a[NUMBER_TEXT];

	if (dump->mode == DUMP_NONE)
		pen_printf(pen, EL_VALUE, ", of a core file");
	else if (heap->kind == SAMPLE_EXACT && dump->pause_ms >= 0)
		pen_printf(pen, EL_VALUE, ", exact: paused %s",
			   number_time(a, dump->pause_ms / 1000));
	else if (heap->kind == SAMPLE_EXACT)
		pen_printf(pen, EL_VALUE, ", exact");
	else
		pen_printf(pen, EL_VALUE, ", live: not paused");
	pen_printf(pen, EL_PLAIN, ", read in %s",
		   number_time(a, dump->duration_ms / 1000));
	if (dump->unreadable > 0)
		pen_printf(pen, EL_NOTICE, ", %s unreadable",
			   units_count(a, dump->unreadable));
	if (dump->skipped > 0)
		pen_printf(pen, EL_PLAIN, ", %s skipped",
			   units_count(a, dump->skipped));
}

static void put_cost(const struct ui *ui, struct pen *pen)
{
	const struct tui_sample *last = ui->model.last;
	char a[NUMBER_TEXT];

	pen_printf(pen, EL_LABEL, "; every ");
	pen_printf(pen, EL_VALUE, "%s",
		   number_time(a, (double)last->interval_ms / 1000));
	pen_printf(pen, EL_LABEL, "; we ");
	if (last->our_cpu_percent >= 0)
		pen_printf(pen, EL_VALUE, "%.1f%% ", last->our_cpu_percent);
	pen_printf(pen, EL_VALUE, "%s", number_bytes(a, last->our_rss));
}

static void draw_data(const struct ui *ui, struct grid *grid, int y)
{
	const struct tui_sample *heap = ui->model.heap;
	struct pen pen = line_of(grid, y);
	char a[NUMBER_TEXT];

	pen_printf(&pen, EL_LABEL, "Data ");
	if (heap) {
		pen_printf(&pen, EL_VALUE, "%s old",
			   number_time(a, since(ui, heap->taken_ns)));
		put_capture(&pen, heap);
	} else {
		pen_printf(&pen, EL_VALUE, "none of the heap yet");
	}
	put_cost(ui, &pen);
}

void header_draw_full(const struct ui *ui, struct grid *grid, int y)
{
	draw_who(ui, grid, y);
	if (!ui->model.last)
		return;
	draw_memory(ui, grid, y + 1);
	draw_heap(ui, grid, y + 2);
	draw_gc(ui, grid, y + 3);
	draw_data(ui, grid, y + 4);
}

void header_draw_small(const struct ui *ui, struct grid *grid, int y)
{
	const struct model *model = &ui->model;
	struct pen pen = line_of(grid, y);
	char a[NUMBER_TEXT];

	pen.end -= 12;
	pen_printf(&pen, EL_TITLE, "%d ", model->last && model->last->dump.pid ?
		   model->last->dump.pid : ui->opt.pid);
	put_command(ui, &pen);
	if (!model->last)
		return;
	grid_puts(grid, y, grid->cols - 11, 4, EL_LABEL, "RSS ");
	grid_puts_right(grid, y, grid->cols - 7, 7, EL_VALUE,
			number_bytes(a, model->last->dump.memory.rss));
	if (!model->heap)
		return;
	pen = line_of(grid, y + 1);
	if (!layout_of(ui).warnings_rows && warnings_count(model))
		pen_printf(&pen, EL_NOTICE, "! %zu warnings  ",
			   warnings_count(model));
	pen_printf(&pen, EL_VALUE, "%s old, %s; ",
		   number_time(a, since(ui, model->heap->taken_ns)),
		   model->heap->kind == SAMPLE_EXACT ? "exact" : "live");
	put_heap(ui, &pen);
}
