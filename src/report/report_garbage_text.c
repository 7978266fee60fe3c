/* SPDX-License-Identifier: MIT */
#include "report/report_garbage.h"

#include "base/units.h"
#include "report/report_title.h"

enum { NAME_COLUMNS = 60 };

static void put_sum(struct out *out, const struct garbage_sum *sum)
{
	char objects[UNITS_TEXT], bytes[UNITS_TEXT];

	out_printf(out, "%s object%s, %s", units_count(objects, sum->objects),
		   sum->objects == 1 ? "" : "s",
		   units_bytes(bytes, sum->bytes));
}

/* Only a collection of the generation that it lies in, or of an older one,
 * finds garbage. */
static void put_reason(struct out *out, const struct dump *dump,
		       const struct garbage *garbage)
{
	int oldest = GARBAGE_GENERATIONS - 1;

	if (dump->gc.enabled == 0) {
		out_const(out, "Not collected: the collector is off.\n");
		return;
	}
	while (oldest > 0 && !garbage->in_generation[oldest].objects)
		oldest--;
	out_printf(out, "Not collected yet: no collection of generation %d "
		   "came since.\n", oldest);
}

static void put_cycles(struct out *out, const struct garbage *garbage,
		       size_t top)
{
	char cycles[UNITS_TEXT], objects[UNITS_TEXT], bytes[UNITS_TEXT];

	if (!garbage->cycles.n)
		return;
	out_const(out, "\n     Cycles     Objects        Size  of types\n");
	for (size_t i = 0; i < garbage->cycles.n && (!top || i < top); i++) {
		const struct garbage_cycle *cycle = &garbage->cycles.v[i];

		out_printf(out, "%11s %11s %11s  ",
			   units_count(cycles, cycle->cycles),
			   units_count(objects, cycle->sum.objects),
			   units_bytes(bytes, cycle->sum.bytes));
		for (int k = 0; cycle->types[k]; k++) {
			if (k)
				out_const(out, " <-> ");
			out_visible(out, cycle->types[k], NAME_COLUMNS);
		}
		if (cycle->more)
			out_const(out, " <-> ...");
		out_char(out, '\n');
	}
}

static void put_types(struct out *out, const struct garbage *garbage,
		      size_t top)
{
	char objects[UNITS_TEXT], bytes[UNITS_TEXT];

	if (!garbage->types.n)
		return;
	out_const(out, "\n    Objects        Size  by type\n");
	for (size_t i = 0; i < garbage->types.n && (!top || i < top); i++) {
		const struct garbage_type *type = &garbage->types.v[i];

		out_printf(out, "%11s %11s  ",
			   units_count(objects, type->sum.objects),
			   units_bytes(bytes, type->sum.bytes));
		out_visible(out, type->type, NAME_COLUMNS);
		out_char(out, '\n');
	}
}

void report_garbage_text(struct out *out, const struct dump *dump,
			 const struct garbage *garbage, size_t top,
			 bool color)
{
	report_title(out, dump, color);
	out_const(out, "Cyclic garbage: ");
	put_sum(out, &garbage->found);
	if (garbage->untracked.objects) {
		out_const(out, "; with it would go ");
		put_sum(out, &garbage->untracked);
	}
	out_char(out, '\n');
	if (garbage->found.objects)
		put_reason(out, dump, garbage);
	if (garbage->frozen.objects) {
		out_const(out, "Frozen, never to be collected: ");
		put_sum(out, &garbage->frozen);
		out_char(out, '\n');
	}
	if (dump->gc.garbage > 0) {
		char n[UNITS_TEXT];

		out_printf(out, "In gc.garbage, and so held: %s objects\n",
			   units_count(n, dump->gc.garbage));
	}
	put_cycles(out, garbage, top);
	put_types(out, garbage, top);
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
