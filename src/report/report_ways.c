/* SPDX-License-Identifier: MIT */
#include "report/report_ways.h"

#include "base/units.h"
#include "report/report_envelope.h"
#include "report/report_title.h"

enum { WORD_COLUMNS = 60, TYPE_COLUMNS = 60, COUNT_COLUMNS = 11 };

/* --- JSON ---------------------------------------------------------------- */

void report_ways(struct json *json, const struct ways *ways)
{
	json_array(json, "ways", JSON_LINES);
	for (size_t i = 0; i < ways->v.n; i++) {
		const struct way *way = &ways->v.v[i];

		json_object(json, NULL, JSON_ROW);
		json_int(json, "count", way->count);
		json_bool(json, "also", way->also);
		json_array(json, "path", JSON_ROW);
		for (size_t k = 0; k < way->words.n; k++)
			json_string(json, NULL, way->words.v[k]);
		json_close(json);
		json_close(json);
	}
	json_close(json);
	json_int(json, "more_ways", ways->more_ways);
	json_int(json, "more_objects", ways->more_objects);
	json_bool(json, "ways_cut", ways->cut);
}

void report_ways_json(struct out *out, const struct dump *dump,
		      const struct ways *ways)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.why/1", dump, JSON_LINES);
	json_object(&json, "subject", JSON_ROW);
	json_string(&json, "type", ways->type);
	if (ways->address)
		json_raddr(&json, "address", ways->address);
	else
		json_null(&json, "address");
	json_int(&json, "count", ways->count);
	json_int(&json, "bytes", ways->bytes);
	json_int(&json, "retained", ways->retained);
	json_close(&json);
	report_ways(&json, ways);
	json_close(&json);
}

/* --- text ---------------------------------------------------------------- */

static void put_words(struct out *out, const struct way *way)
{
	if (!way->words.n)
		out_const(out, "nobody: cyclic garbage, not collected");
	for (size_t i = 0; i < way->words.n; i++) {
		if (i)
			out_const(out, " > ");
		out_visible(out, way->words.v[i], WORD_COLUMNS);
	}
	out_char(out, '\n');
}

void report_ways_lines(struct out *out, const struct ways *ways)
{
	bool also = false;
	char n[UNITS_TEXT], m[UNITS_TEXT];

	for (size_t i = 0; i < ways->v.n; i++) {
		const struct way *way = &ways->v.v[i];

		if (way->also && !also)
			out_const(out, "Some of these are held in other ways, "
				  "too:\n");
		also = way->also;
		out_printf(out, "%*s  ", COUNT_COLUMNS,
			   units_count(n, way->count));
		put_words(out, way);
	}
	if (ways->more_ways)
		out_printf(out, "and %s other ways%s%s%s\n",
			   units_count(n, ways->more_ways),
			   ways->more_objects ? ", to " : "",
			   ways->more_objects ?
			   units_count(m, ways->more_objects) : "",
			   ways->more_objects ? " objects" : "");
	if (ways->cut)
		out_const(out, "Too many hold them: there may be more ways.\n");
}

void report_ways_text(struct out *out, const struct dump *dump,
		      const struct ways *ways, bool color)
{
	char n[UNITS_TEXT], m[UNITS_TEXT];

	report_title(out, dump, color);
	out_printf(out, "%s%s ", color ? BOLD : "",
		   units_count(n, ways->count));
	out_visible(out, ways->type, TYPE_COLUMNS);
	if (color)
		out_str(out, PLAIN);
	if (ways->address) {
		out_const(out, " at ");
		out_raddr(out, ways->address);
	}
	out_printf(out, ": %s, with all that would go with %s %s\n\n",
		   units_bytes(n, ways->bytes),
		   ways->count == 1 ? "it" : "them",
		   units_bytes(m, ways->retained));
	report_ways_lines(out, ways);
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
