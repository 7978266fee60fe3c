/* SPDX-License-Identifier: MIT */
/* A family of processes: who has how much, shares it, and wrote what. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "report/report_memory.h"
#include "report/report_title.h"
#include "result/dump.h"

enum {
	TYPES = 4, NAME_COLUMNS = 40,
	PROBLEM_COLUMNS = 400,
	INDENT = 2, PID_COLUMNS = 14, PID_DIGITS = 8,
	MOST = 50,		/* percent: then a cause is worth a word */
};

static const char *const causes[FAMILY_CAUSES] = {
	[FAMILY_CONTENTS] = "contents",
	[FAMILY_REFERENCES] = "reference counts",
	[FAMILY_COLLECTOR] = "the collector",
	[FAMILY_UNCHANGED] = "written and put back",
};

static void put_title(struct out *out)
{
	out_printf(out, "  %-*s %10s %10s %10s %11s %10s %10s %9s",
		   PID_COLUMNS, "PID", "RSS", "PSS", "USS", "OBJECTS",
		   "SHARED", "DIRTIED", "PAUSE");
}

static void put_column(struct out *out, int64_t bytes)
{
	char size[UNITS_TEXT];

	out_printf(out, " %10s", bytes < 0 ? "-" : units_bytes(size, bytes));
}

static void put_numbers(struct out *out, const struct family_member *m)
{
	char count[UNITS_TEXT];

	put_column(out, m->rss);
	put_column(out, m->pss);
	put_column(out, m->uss);
	out_printf(out, " %11s", m->objects < 0 ? "-" :
		   units_count(count, m->objects));
	put_column(out, m->shared);
	put_column(out, m->dirtied);
	if (m->pause_ms < 0)
		out_printf(out, " %9s", "-");
	else
		out_printf(out, " %6.1f ms", m->pause_ms);
	if (m->role)
		out_printf(out, "  %s", m->role);
}

static void put_row(struct out *out, const struct family_member *m)
{
	int indent = m->depth * INDENT < PID_COLUMNS - PID_DIGITS ?
			     m->depth * INDENT : PID_COLUMNS - PID_DIGITS;

	out_printf(out, "  %*s%-*d", indent, "", PID_COLUMNS - indent, m->pid);
	if (m->problem) {
		out_char(out, ' ');
		out_visible(out, m->problem, PROBLEM_COLUMNS);
	} else {
		put_numbers(out, m);
	}
	out_char(out, '\n');
}

static void put_type(struct out *out, const struct family_member *m,
		     const struct family_dirtied *d)
{
	if (d->type)
		out_visible(out, d->type, NAME_COLUMNS);
	else
		out_const(out, "no object");
	out_printf(out, " %.0f %%", 100. * (double)d->bytes /
					    (double)m->dirtied);
	for (int i = 0; i < FAMILY_CAUSES; i++) {
		if (d->by[i] * 100 > d->bytes * MOST)
			out_printf(out, " (%s)", causes[i]);
	}
}

static void put_dirtied(struct out *out, const struct family_member *m)
{
	char uss[UNITS_TEXT], dirtied[UNITS_TEXT], kept[UNITS_TEXT];
	size_t n = 0;

	if (m->dirtied <= 0)
		return;
	out_printf(out, "\n%s %d: %s private, of these %s in pages that were "
		   "shared once:\n", m->role ? m->role : "process", m->pid,
		   units_bytes(uss, m->uss), units_bytes(dirtied, m->dirtied));
	for (; n < m->by_type.n && n < TYPES; n++) {
		/* Each less than the one before. */
		if (n && m->by_type.v[n].bytes * 100 < m->dirtied)
			break;
		out_str(out, n ? ", " : "  ");
		put_type(out, m, &m->by_type.v[n]);
	}
	if (m->by_type.n > n)
		out_printf(out, ", and %zu more", (size_t)m->by_type.n - n);
	out_char(out, '\n');
	if (m->freezable > 0)
		out_printf(out, "  gc.freeze() before the fork would have kept "
			   "up to %s\n", units_bytes(kept, m->freezable));
}

/* Of all that it says, what is of more than one. */
static void put_advice(struct out *out, const struct account *acc)
{
	for (size_t i = 0; i < acc->advice.n; i++) {
		if (strcmp(acc->advice.v[i].what, FAMILY_FREEZE) == 0)
			out_printf(out, "\nWhat to do\n  1. %s\n",
				   acc->advice.v[i].text);
	}
}

void report_family_text(struct out *out, const struct dump *dump,
			const struct account *account,
			const struct family *family, bool color)
{
	out_str(out, color ? BOLD : "");
	put_title(out);
	out_str(out, color ? PLAIN "\n" : "\n");
	for (size_t i = 0; i < family->v.n; i++)
		put_row(out, &family->v.v[i]);
	for (size_t i = 0; i < family->v.n; i++)
		put_dirtied(out, &family->v.v[i]);
	put_advice(out, account);
	report_warnings(out, dump, color);
}
