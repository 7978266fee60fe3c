/* SPDX-License-Identifier: MIT */
#include "report/report_waste.h"

#include "base/units.h"
#include "report/report_title.h"

enum { NAME_COLUMNS = 100, TYPE_COLUMNS = 50 };

static void put_owner(struct out *out, const struct waste_owner *owner)
{
	char objects[UNITS_TEXT], saved[UNITS_TEXT];

	out_printf(out, "%11s %11s  ", units_bytes(saved, owner->saved),
		   units_count(objects, owner->objects));
	if (owner->of_class)
		out_const(out, "instances of ");
	else
		out_visible(out, owner->name, NAME_COLUMNS);
	out_printf(out, "%s", owner->of_class ? "" : "  ");
	out_visible(out, owner->type, TYPE_COLUMNS);
	if (owner->of_class && owner->name) {
		out_const(out, ", one is ");
		out_visible(out, owner->name, NAME_COLUMNS);
	}
	out_char(out, '\n');
}

static void put_kind(struct out *out, enum waste_kind kind,
		     const struct waste_sum *sum)
{
	char objects[UNITS_TEXT], bytes[UNITS_TEXT], saved[UNITS_TEXT];

	out_printf(out, "\n%s of %s in %s %s (%s)\n",
		   units_bytes(saved, sum->saved),
		   units_bytes(bytes, sum->bytes),
		   units_count(objects, sum->objects), waste_title(kind),
		   waste_advice(kind));
	for (size_t i = 0; i < sum->owners.n; i++)
		put_owner(out, &sum->owners.v[i]);
}

static void put_texts(struct out *out, const struct waste *waste)
{
	char objects[UNITS_TEXT], saved[UNITS_TEXT];

	for (size_t i = 0; i < waste->texts.n && i < waste->most; i++) {
		const struct waste_text *text = &waste->texts.v[i];

		if (!i)
			out_const(out, "\n      Saved      Copies  of\n");
		out_printf(out, "%11s %11s  ",
			   units_bytes(saved, text->saved),
			   units_count(objects, text->objects));
		out_visible(out, text->value ? text->value : text->type,
			    NAME_COLUMNS);
		out_char(out, '\n');
	}
}

void report_waste_text(struct out *out, const struct dump *dump,
		       const struct waste *waste, bool color)
{
	char objects[UNITS_TEXT], bytes[UNITS_TEXT], saved[UNITS_TEXT];
	bool told[WASTE_N_KINDS] = { false };

	report_title(out, dump, color);
	out_printf(out, "%s objects, %s; %s could be saved\n",
		   units_count(objects, dump->objects),
		   units_bytes(bytes, dump->bytes),
		   units_bytes(saved, waste_saved(waste)));
	/* The worst first; there are few. */
	for (int i = 0; i < WASTE_N_KINDS; i++) {
		int worst = -1;

		for (int k = 0; k < WASTE_N_KINDS; k++) {
			if (!told[k] && waste->kinds[k].objects &&
			    (worst < 0 || waste->kinds[k].saved >
					  waste->kinds[worst].saved))
				worst = k;
		}
		if (worst < 0)
			break;
		told[worst] = true;
		put_kind(out, (enum waste_kind)worst, &waste->kinds[worst]);
	}
	put_texts(out, waste);
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
