/* SPDX-License-Identifier: MIT */
#include "report/report_why.h"

#include "base/units.h"
#include "report/report_held.h"
#include "report/report_title.h"

enum { NAME_COLUMNS = 100, TYPE_COLUMNS = 50 };

/* How much there is, and whether it would go with its holder. */
static const char *const verbs[WHY_N_KINDS] = {
	[WHY_HOLDER] = "retains",
	[WHY_SHARED] = "shares",
	[WHY_GARBAGE] = "",
	[WHY_OUTSIDE] = "retain",
};

static void put_name(struct out *out, const struct why_suspect *row)
{
	switch (row->kind) {
	case WHY_HOLDER:
	case WHY_SHARED:
		out_visible(out, row->name, NAME_COLUMNS);
		out_const(out, "  ");
		out_visible(out, row->type, TYPE_COLUMNS);
		break;
	case WHY_GARBAGE:
		out_const(out, "cyclic garbage, not collected");
		break;
	case WHY_OUTSIDE:
		out_const(out, "held by C code only: ");
		out_visible(out, row->type, TYPE_COLUMNS);
		break;
	case WHY_N_KINDS:
		break;
	}
}

/* Of each only the next hangs on it: that is no news. */
static void put_chain(struct out *out, const struct why_suspect *row)
{
	char count[UNITS_TEXT];

	out_printf(out, "      %s more, by ", units_count(count, row->chain));
	out_visible(out, row->chain_by, TYPE_COLUMNS);
	out_const(out, ", each the next: a chain\n");
}

static void put_held(struct out *out, const struct why_suspect *row)
{
	if (row->chain_by) {
		put_chain(out, row);
		return;
	}
	out_const(out, "      ");
	report_held_text(out, &row->held);
	if (row->kind == WHY_SHARED)
		out_const(out, ", which others hold, too");
	out_char(out, '\n');
}

void report_why_text(struct out *out, const struct dump *dump,
		     const struct why *why, bool color)
{
	char objects[UNITS_TEXT], bytes[UNITS_TEXT];

	report_title(out, dump, color);
	out_printf(out, "%s objects, %s\n\n",
		   units_count(objects, dump->objects),
		   units_bytes(bytes, dump->bytes));
	for (size_t i = 0; i < why->suspects.n; i++) {
		const struct why_suspect *row = &why->suspects.v[i];

		out_printf(out, "%3zu  ", i + 1);
		put_name(out, row);
		out_printf(out, "  %s%s%s%s  %d %%\n", color ? BOLD : "",
			   verbs[row->kind], *verbs[row->kind] ? " " : "",
			   units_bytes(bytes, row->retained),
			   units_percent(row->retained, dump->bytes));
		if (color)
			out_str(out, PLAIN);
		if (row->held.n)
			put_held(out, row);
	}
	if (!why->suspects.n)
		out_const(out, "Nobody holds much.\n");
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}

void report_counts_text(struct out *out, const struct dump *dump,
			const struct counts *counts, size_t top, bool color)
{
	char n[UNITS_TEXT], m[UNITS_TEXT];

	report_title(out, dump, color);
	out_printf(out, "Reference counts of %s objects: %s are those of the "
		   "references found,\n",
		   units_count(n, counts->objects),
		   units_count(m, counts->exact));
	out_printf(out, "%s with words of the interpreter's state, of data "
		   "segments or of C structures;\n",
		   units_count(n, counts->by_words));
	out_printf(out, "%s are larger, %s smaller\n",
		   units_count(n, counts->surplus),
		   units_count(m, counts->excess));
	if (counts->types.n)
		out_const(out, "\n     Larger    Smaller  by type\n");
	for (size_t i = 0; i < counts->types.n && (!top || i < top); i++) {
		out_printf(out, "%11s %10s  ",
			   units_count(n, counts->types.v[i].surplus),
			   units_count(m, counts->types.v[i].excess));
		out_visible(out, counts->types.v[i].type, NAME_COLUMNS);
		out_char(out, '\n');
	}
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
