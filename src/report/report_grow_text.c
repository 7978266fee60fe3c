/* SPDX-License-Identifier: MIT */
#include "report/report_grow.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "report/report_title.h"

enum {
	WHERE_COLUMNS = 30, FUNCTION_COLUMNS = 20, SOURCE_COLUMNS = 36,
	TYPE_COLUMNS = 40, PARTS = 3, STACK_FRAMES = 12,
};

/* The end of a path says more than its beginning. */
static size_t put_path(struct out *out, const char *path, size_t columns)
{
	size_t len = strlen(path);
	const char *tail = path, *slash;

	while (len > columns && (slash = strchr(tail + 1, '/'))) {
		len -= (size_t)(slash - tail);
		tail = slash;
	}
	return out_visible(out, tail != path ? tail + 1 : path, columns);
}

static void pad(struct out *out, size_t took, size_t columns)
{
	for (; took < columns; took++)
		out_char(out, ' ');
	out_const(out, "  ");
}

static size_t put_line(struct out *out, const char *file, int32_t line,
		       size_t columns)
{
	char number[16] = "";
	size_t len = 0;

	if (line >= 0)
		len = (size_t)snprintf(number, sizeof(number), ":%d", line);
	len += put_path(out, *file ? file : "?", columns - len);
	out_str(out, number);
	return len;
}

static void put_where(struct out *out, const struct growth *g,
		      const struct growth_row *row)
{
	const char *how = growth_how_text(row->how);
	const char *mark = row->how == GROWTH_GUESSED ? "? " : "";
	const size_t mark_columns = strlen(mark);
	size_t took = 0;

	if (row->file != STRSET_NONE)
		out_str(out, mark);
	if (row->type != STRSET_NONE)
		took = out_visible(out, growth_said(g, row->type),
				   WHERE_COLUMNS);
	else if (row->file != STRSET_NONE)
		took = mark_columns +
		       put_line(out, growth_said(g, row->file), row->line,
				WHERE_COLUMNS - mark_columns);
	else if (row->tid >= 0 && !how)
		out_printf(out, "thread %-*d", WHERE_COLUMNS - 7, row->tid);
	else
		took = out_visible(out, how ? how : "?", WHERE_COLUMNS);
	if (row->type == STRSET_NONE && row->file == STRSET_NONE &&
	    row->tid >= 0 && !how)
		took = WHERE_COLUMNS;
	pad(out, took, WHERE_COLUMNS);
	if (row->function != STRSET_NONE)
		pad(out, out_visible(out, growth_said(g, row->function),
				     FUNCTION_COLUMNS), FUNCTION_COLUMNS);
}

static void put_source(struct out *out, const struct growth *g,
		       const struct growth_row *row)
{
	uint32_t source = growth_source(g, row->stack);
	size_t took = 0;

	if (row->line < 0)
		return;
	if (source != STRSET_NONE)
		took = out_visible(out, growth_said(g, source),
				   SOURCE_COLUMNS);
	pad(out, took, SOURCE_COLUMNS);
}

/* In percent of what stayed; where nothing stayed, it is free again. */
static void put_lying(struct out *out, const struct growth *g,
		      const struct growth_row *row)
{
	if (row->stayed <= 0) {
		if (!row->stayed)
			out_const(out, "(gone again)");
		return;
	}
	for (size_t i = 0; i < row->lying.n && i < PARTS; i++) {
		int part = units_percent(row->lying.v[i].bytes, row->stayed);

		if (i && !part)
			break;
		if (i)
			out_const(out, ", ");
		out_visible(out, growth_said(g, row->lying.v[i].type),
			    TYPE_COLUMNS);
		out_printf(out, " %d %%", part);
	}
	if (!row->lying.n)
		out_const(out, "(no objects of Python)");
}

static void put_callers(struct out *out, const struct growth *g,
			const struct growth_row *row)
{
	const uint32_t *frames;
	size_t n;

	frames = growth_frames(g, row->stack, &n);
	for (size_t i = 1; i < n && i < STACK_FRAMES; i++) {
		const struct growth_frame *f = growth_frame(g, frames[i]);

		out_printf(out, "%18s", "");
		pad(out, put_line(out, growth_said(g, f->file), f->line,
				  WHERE_COLUMNS - 2), WHERE_COLUMNS - 2);
		out_visible(out, growth_said(g, f->function),
			    FUNCTION_COLUMNS);
		out_char(out, '\n');
	}
	if (n > STACK_FRAMES)
		out_printf(out, "%18s... %zu more\n", "", n - STACK_FRAMES);
}

static double mebibytes(int64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static void put_row(struct out *out, const struct growth *g,
		    const struct growth_row *row)
{
	if (row->type == STRSET_NONE)
		out_printf(out, "%8.1f", mebibytes(row->grew));
	else
		out_printf(out, "%8s", "");
	if (row->stayed >= 0)
		out_printf(out, "%8.1f  ", mebibytes(row->stayed));
	else
		out_printf(out, "%8s  ", "-");
	put_where(out, g, row);
	put_source(out, g, row);
	if (row->type == STRSET_NONE)
		put_lying(out, g, row);
	out_char(out, '\n');
}

static void put_change(struct out *out, int64_t before, int64_t now)
{
	char change[UNITS_TEXT], total[UNITS_TEXT];

	if (before < 0 || now < 0) {
		out_const(out, "not known");
		return;
	}
	out_printf(out, "%c%s (%s now)", now < before ? '-' : '+',
		   units_bytes(change, now < before ? before - now :
						      now - before),
		   units_bytes(total, now));
}

static void put_faults(struct out *out, const struct growth *g)
{
	char seen[UNITS_TEXT], told[UNITS_TEXT], stayed[UNITS_TEXT];

	if (g->by_clock) {
		out_printf(out, "; %s looks at its stacks\n",
			   units_count(seen, g->samples));
		return;
	}
	out_printf(out, "; %s page faults seen, %s of them told",
		   units_count(seen, g->faults_seen),
		   units_count(told, g->faults_told));
	if (!g->no_pages)
		out_printf(out, ", %s still there",
			   units_bytes(stayed, g->stayed));
	out_char(out, '\n');
}

void report_grow_sums(struct out *out, const struct growth *g, bool color)
{
	char free[UNITS_TEXT];

	out_printf(out, "%s%.1f s%s: resident ", color ? BOLD : "",
		   g->seconds, color ? PLAIN : "");
	put_change(out, g->rss_before, g->rss_now);
	put_faults(out, g);
	out_const(out, "objects ");
	put_change(out, g->allocated_before, g->allocated_now);
	if (g->free_before >= 0)
		out_printf(out, "; at most %s were free in pools, to be used "
			   "without a page fault",
			   units_bytes(free, g->free_before));
	out_char(out, '\n');
}

void report_grow_text(struct out *out, const struct dump *dump,
		      const struct growth *g, const struct growth_rows *rows,
		      size_t most, bool color)
{
	const bool types = rows->by == GROWTH_BY_TYPE;

	report_title(out, dump, color);
	report_grow_sums(out, g, color);
	if (rows->v.n)
		out_printf(out, "%s%8s%8s  %s%s\n", color ? DIM : "",
			   types ? "" : "+MiB", "stayed", growth_by_word(rows->by),
			   color ? PLAIN : "");
	for (size_t i = 0; i < rows->v.n && (!most || i < most); i++) {
		put_row(out, g, &rows->v.v[i]);
		if (rows->by == GROWTH_BY_STACK)
			put_callers(out, g, &rows->v.v[i]);
	}
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
