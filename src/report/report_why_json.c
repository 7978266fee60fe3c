/* SPDX-License-Identifier: MIT */
#include "report/report_why.h"

#include "report/json_writer.h"
#include "report/report_envelope.h"
#include "report/report_held.h"

static const char *const kinds[WHY_N_KINDS] = {
	[WHY_HOLDER] = "holder",
	[WHY_SHARED] = "shared",
	[WHY_GARBAGE] = "garbage",
	[WHY_OUTSIDE] = "outside",
};

static void put_suspect(struct json *json, const struct why_suspect *row)
{
	json_object(json, NULL, JSON_ROW);
	json_string(json, "kind", kinds[row->kind]);
	json_string(json, "name", row->name);
	json_string(json, "type", row->type);
	if (row->address)
		json_raddr(json, "address", row->address);
	else
		json_null(json, "address");
	json_int(json, "retained", row->retained);
	report_held_json(json, &row->held);
	if (row->chain_by) {
		json_object(json, "chain", JSON_ROW);
		json_int(json, "more", row->chain);
		json_string(json, "by", row->chain_by);
		json_close(json);
	}
	json_close(json);
}

void report_why_json(struct out *out, const struct dump *dump,
		     const struct why *why)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.why/1", dump, JSON_LINES);
	json_int(&json, "objects", dump->objects);
	json_int(&json, "bytes", dump->bytes);
	json_int(&json, "reached", why->reached);
	json_array(&json, "suspects", JSON_LINES);
	for (size_t i = 0; i < why->suspects.n; i++)
		put_suspect(&json, &why->suspects.v[i]);
	json_close(&json);
	json_close(&json);
}

void report_counts_json(struct out *out, const struct dump *dump,
			const struct counts *counts)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.why/1", dump, JSON_LINES);
	json_object(&json, "check", JSON_LINES);
	json_int(&json, "objects", counts->objects);
	json_int(&json, "exact", counts->exact);
	json_int(&json, "by_words", counts->by_words);
	json_int(&json, "surplus", counts->surplus);
	json_int(&json, "excess", counts->excess);
	json_array(&json, "types", JSON_LINES);
	for (size_t i = 0; i < counts->types.n; i++) {
		json_object(&json, NULL, JSON_ROW);
		json_string(&json, "type", counts->types.v[i].type);
		json_int(&json, "surplus", counts->types.v[i].surplus);
		json_int(&json, "excess", counts->types.v[i].excess);
		json_close(&json);
	}
	json_close(&json);
	json_close(&json);
	json_close(&json);
}
