/* SPDX-License-Identifier: MIT */
/* The lines of a file, and beside them what they made resident. */
#include <string.h>

#include "report/report_grow.h"
#include "report/report_title.h"

enum { LINE_COLUMNS = 100 };

struct sums {
	int64_t grew, stayed;
};

static double mebibytes(int64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static void put_line(struct out *out, int number, const struct sums *sums,
		     const char *text, size_t len)
{
	char line[1024];

	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, text, len);
	line[len] = '\0';
	if (sums->grew || sums->stayed)
		out_printf(out, "%8.1f%8.1f", mebibytes(sums->grew),
			   mebibytes(sums->stayed));
	else
		out_printf(out, "%16s", "");
	out_printf(out, "%7d  ", number);
	/* An indent is no foreign control character. */
	for (text = line; *text == '\t' || *text == ' '; text++) {
		if (*text == ' ')
			out_char(out, ' ');
		else
			out_const(out, "        ");
	}
	out_visible(out, text, LINE_COLUMNS);
	out_char(out, '\n');
}

static struct sums sums_of(const struct growth_rows *rows, uint32_t file,
			   int number)
{
	struct sums ret = { 0, 0 };

	for (size_t i = 0; i < rows->v.n; i++) {
		const struct growth_row *row = &rows->v.v[i];

		if (row->file != file || row->line != number ||
		    row->how == GROWTH_GUESSED)
			continue;
		ret.grew += row->grew;
		ret.stayed += row->stayed;
	}
	return ret;
}

static void put_file(struct out *out, const struct growth *g,
		     const struct growth_file *file,
		     const struct growth_rows *rows, bool color)
{
	const char *text = file->text;
	int number = 0;

	out_const(out, "\n");
	out_visible(out, growth_said(g, file->name), SIZE_MAX);
	out_printf(out, "\n%s%8s%8s%7s%s\n", color ? DIM : "", "+MiB",
		   "stayed", "line", color ? PLAIN : "");
	while (*text) {
		size_t len = strcspn(text, "\r\n");
		struct sums sums = sums_of(rows, file->name, ++number);

		put_line(out, number, &sums, text, len);
		text += len;
		text += *text == '\r';
		text += *text == '\n';
	}
}

void report_grow_annotate(struct out *out, const struct dump *dump,
			  const struct growth *g,
			  const struct growth_rows *rows, bool color)
{
	report_title(out, dump, color);
	report_grow_sums(out, g, color);
	for (size_t i = 0; i < g->files.n; i++)
		put_file(out, g, &g->files.v[i], rows, color);
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
