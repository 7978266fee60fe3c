/* SPDX-License-Identifier: MIT */
#include "report/report_held.h"

#include "base/units.h"

enum { TYPE_COLUMNS = 50 };

void report_held_json(struct json *json, const struct held_types *held)
{
	json_array(json, "holds", JSON_ROW);
	for (size_t i = 0; i < held->n; i++) {
		json_object(json, NULL, JSON_ROW);
		json_string(json, "type", held->v[i].type);
		json_int(json, "count", held->v[i].count);
		json_int(json, "bytes", held->v[i].bytes);
		json_close(json);
	}
	json_close(json);
}

void report_held_text(struct out *out, const struct held_types *held)
{
	char count[UNITS_TEXT];

	for (size_t i = 0; i < held->n; i++) {
		out_printf(out, "%s%s ", i ? ", " : "",
			   units_count(count, held->v[i].count));
		out_visible(out, held->v[i].type, TYPE_COLUMNS);
	}
}
