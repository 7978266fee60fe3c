/* SPDX-License-Identifier: MIT */
#include "report/report_traces.h"

#include <stdio.h>

#include "base/units.h"
#include "report/report_title.h"

enum { FILE_COLUMNS = 200, TYPE_COLUMNS = 40, MOST_TYPES = 3 };

/* A sign, and a number without one. */
enum { CHANGE_TEXT = UNITS_TEXT + 1 };

static char sign_of(int64_t change)
{
	return change < 0 ? '-' : '+';
}

static const char *change_bytes(char buf[CHANGE_TEXT], int64_t change)
{
	char text[UNITS_TEXT];

	snprintf(buf, CHANGE_TEXT, "%c%s", sign_of(change),
		 units_bytes(text, change < 0 ? -change : change));
	return buf;
}

static const char *change_count(char buf[CHANGE_TEXT], int64_t change)
{
	char text[UNITS_TEXT];

	snprintf(buf, CHANGE_TEXT, "%c%s", sign_of(change),
		 units_count(text, change < 0 ? -change : change));
	return buf;
}

static void put_frame(struct out *out, const struct traces *t,
		      const struct traces_frame *frame, bool line)
{
	out_visible(out, t->files.all.v[frame->file], FILE_COLUMNS);
	if (line)
		out_printf(out, ":%u", frame->line);
}

/* "12,340 app.Session"; of its buffers alone "5.1 MiB of list". */
static void put_what(struct out *out, const struct traces_what *what,
		     bool compared)
{
	const int64_t count = what->now.count - what->before.count;
	const int64_t bytes = what->now.bytes - what->before.bytes;
	char text[CHANGE_TEXT];

	if (count)
		out_printf(out, "%s ", compared ? change_count(text, count) :
						  units_count(text, count));
	else
		out_printf(out, "%s of ",
			   compared ? change_bytes(text, bytes) :
				      units_bytes(text, bytes));
	out_visible(out, what->type, TYPE_COLUMNS);
}

/* What lies there, most bytes first; where nothing is known, nothing is
 * said. */
static void put_types(struct out *out, const struct traces_row *row,
		      bool compared)
{
	int n = 0;

	for (size_t i = 0; i < row->what.n; i++) {
		const struct traces_what *what = &row->what.v[i];

		if (!what->type || what->now.bytes == what->before.bytes)
			continue;
		if (n == MOST_TYPES) {
			out_const(out, ", ...");
			break;
		}
		out_str(out, n++ ? ", " : "  ");
		put_what(out, what, compared);
	}
}

static void put_row(struct out *out, const struct traces_table *table,
		    const struct traces_row *row)
{
	const struct traces *t = row->of;
	const struct traces_traceback *tb = &t->tracebacks.v[row->traceback];
	const bool is_line = table->query.by != TRACES_BY_FILE;
	char a[CHANGE_TEXT], b[UNITS_TEXT], c[CHANGE_TEXT];

	if (table->compared)
		out_printf(out, "%12s %11s %12s  ",
			   change_bytes(a, row->now.bytes - row->before.bytes),
			   units_bytes(b, row->now.bytes),
			   change_count(c, row->now.count - row->before.count));
	else
		out_printf(out, "%11s %11s  ", units_bytes(a, row->now.bytes),
			   units_count(b, row->now.count));
	put_frame(out, t, &t->frames.v[tb->first], is_line);
	put_types(out, row, table->compared);
	out_char(out, '\n');
	if (table->query.by != TRACES_BY_TRACEBACK)
		return;
	for (uint32_t i = 1; i < tb->n; i++) {
		out_printf(out, "%*s", table->compared ? 41 : 27, "");
		put_frame(out, t, &t->frames.v[tb->first + i], true);
		out_char(out, '\n');
	}
	if (tb->total > tb->n)
		out_printf(out, "%*s(%u more)\n", table->compared ? 41 : 27,
			   "", tb->total - tb->n);
}

/* Filters are of rows, not of what is traced. */
static void put_passing(struct out *out, const struct traces_table *table)
{
	char blocks[UNITS_TEXT], bytes[UNITS_TEXT];

	if (table->query.filters.n || table->query.domain >= 0)
		out_printf(out, "of these %s, %s as the filters say\n",
			   units_count(blocks, table->now.count),
			   units_bytes(bytes, table->now.bytes));
}

static void put_totals(struct out *out, const struct traces *t)
{
	char blocks[UNITS_TEXT], traced[UNITS_TEXT], peak[UNITS_TEXT],
	     own[UNITS_TEXT];

	out_printf(out, "%s blocks traced, %s (peak %s)",
		   units_count(blocks, (int64_t)t->blocks.n),
		   units_bytes(traced, t->traced), units_bytes(peak, t->peak));
	if (t->max_frames > 0)
		out_printf(out, ", %lld frame%s each at most",
			   (long long)t->max_frames,
			   t->max_frames == 1 ? "" : "s");
	out_printf(out, "; tracemalloc itself takes %s\n",
		   units_bytes(own, t->tables < 0 ? t->tables :
						    t->tables + t->records));
}

static bool is_same(const struct traces_row *row)
{
	return row->now.bytes == row->before.bytes &&
	       row->now.count == row->before.count;
}

/* Rows that did not change come last. */
static size_t n_told(const struct traces_table *table)
{
	size_t n = table->rows.n;

	while (table->compared && n && is_same(&table->rows.v[n - 1]))
		n--;
	return n;
}

static void put_table(struct out *out, const struct report_traces *r)
{
	static const char *const titles[] = {
		[TRACES_BY_LINE] = "Line",
		[TRACES_BY_FILE] = "File",
		[TRACES_BY_TRACEBACK] = "Line, called from",
	};
	const struct traces_table *table = r->table;
	const size_t all = n_told(table), n = all < r->top ? all : r->top;
	char left[UNITS_TEXT];

	if (table->compared && !all) {
		out_const(out, "\nNothing changed.\n");
		return;
	}
	out_printf(out, table->compared ?
		   "\n      Change       Bytes       Blocks  %s, and what lies "
		   "there now\n" :
		   "\n      Bytes      Blocks  %s, and what lies there\n",
		   titles[table->query.by]);
	for (size_t i = 0; i < n; i++)
		put_row(out, table, &table->rows.v[i]);
	if (n < all)
		out_printf(out, "and %s more\n",
			   units_count(left, (int64_t)(all - n)));
}

void report_traces_text(struct out *out, const struct report_traces *r,
			bool color)
{
	report_title(out, r->dump, color);
	if (r->traces->tracing) {
		put_totals(out, r->traces);
		put_passing(out, r->table);
		put_table(out, r);
	} else {
		out_str(out, "tracemalloc does not trace there: start it with "
			"python -X tracemalloc,\nPYTHONTRACEMALLOC=1 or "
			"tracemalloc.start(); what was allocated before has no"
			"\ntrace\n");
	}
	if (r->dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, r->dump, color);
}
