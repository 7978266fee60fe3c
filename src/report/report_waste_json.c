/* SPDX-License-Identifier: MIT */
#include "report/report_waste.h"

#include "report/json_writer.h"
#include "report/report_envelope.h"

static void put_owner(struct json *json, const struct waste_owner *owner)
{
	json_object(json, NULL, JSON_ROW);
	json_string(json, "name", owner->name);
	json_string(json, "type", owner->type);
	json_bool(json, "of_class", owner->of_class);
	json_int(json, "objects", owner->objects);
	json_int(json, "saved", owner->saved);
	json_close(json);
}

static void put_kind(struct json *json, enum waste_kind kind,
		     const struct waste_sum *sum)
{
	json_object(json, NULL, JSON_LINES);
	json_string(json, "kind", waste_word(kind));
	json_int(json, "objects", sum->objects);
	json_int(json, "bytes", sum->bytes);
	json_int(json, "saved", sum->saved);
	json_array(json, "owners", JSON_LINES);
	for (size_t i = 0; i < sum->owners.n; i++)
		put_owner(json, &sum->owners.v[i]);
	json_close(json);
	json_close(json);
}

static void put_text(struct json *json, const struct waste *waste,
		     const struct waste_text *text)
{
	json_object(json, NULL, JSON_ROW);
	json_string(json, "type", text->type);
	json_int(json, "objects", text->objects);
	json_int(json, "bytes", text->bytes);
	json_int(json, "saved", text->saved);
	if (waste->want_values)
		json_string(json, "value", text->value);
	json_close(json);
}

void report_waste_json(struct out *out, const struct dump *dump,
		       const struct waste *waste)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.waste/1", dump, JSON_LINES);
	json_int(&json, "saved", waste_saved(waste));
	json_array(&json, "kinds", JSON_LINES);
	for (int i = 0; i < WASTE_N_KINDS; i++) {
		if (i != WASTE_EQUAL || waste->want_equal)
			put_kind(&json, (enum waste_kind)i, &waste->kinds[i]);
	}
	json_close(&json);
	if (waste->want_equal) {
		json_array(&json, "texts", JSON_LINES);
		for (size_t i = 0; i < waste->texts.n; i++)
			put_text(&json, waste, &waste->texts.v[i]);
		json_close(&json);
	}
	json_close(&json);
}
