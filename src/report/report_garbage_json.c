/* SPDX-License-Identifier: MIT */
#include "report/report_garbage.h"

#include "report/json_writer.h"
#include "report/report_envelope.h"
#include "report/report_json.h"

static void put_sum(struct json *json, const struct garbage_sum *sum)
{
	json_int(json, "objects", sum->objects);
	json_int(json, "bytes", sum->bytes);
}

static void put_part(struct json *json, const char *key,
		     const struct garbage_sum *sum)
{
	json_object(json, key, JSON_ROW);
	put_sum(json, sum);
	json_close(json);
}

static void put_cycle(struct json *json, const struct garbage_cycle *cycle)
{
	json_object(json, NULL, JSON_ROW);
	json_array(json, "types", JSON_ROW);
	for (int i = 0; cycle->types[i]; i++)
		json_string(json, NULL, cycle->types[i]);
	json_close(json);
	json_bool(json, "more_types", cycle->more);
	json_int(json, "cycles", cycle->cycles);
	put_sum(json, &cycle->sum);
	json_close(json);
}

static void put_objects(struct json *json, const struct garbage *garbage)
{
	json_array(json, "objects", JSON_LINES);
	for (size_t i = 0; i < garbage->objects.n; i++) {
		const struct garbage_object *object = &garbage->objects.v[i];

		json_object(json, NULL, JSON_ROW);
		json_raddr(json, "address", object->address);
		json_string(json, "type", object->type);
		json_int(json, "size", object->size);
		json_close(json);
	}
	json_close(json);
}

void report_garbage_json(struct out *out, const struct dump *dump,
			 const struct garbage *garbage)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.garbage/1", dump, JSON_LINES);
	report_gc(&json, &dump->gc, JSON_LINES);
	json_object(&json, "garbage", JSON_LINES);
	put_sum(&json, &garbage->found);
	json_array(&json, "generations", JSON_ROW);
	for (int i = 0; i < GARBAGE_GENERATIONS; i++)
		put_part(&json, NULL, &garbage->in_generation[i]);
	json_close(&json);
	put_part(&json, "hanging", &garbage->hanging);
	put_part(&json, "untracked", &garbage->untracked);
	put_part(&json, "frozen", &garbage->frozen);
	json_close(&json);
	json_array(&json, "cycles", JSON_LINES);
	for (size_t i = 0; i < garbage->cycles.n; i++)
		put_cycle(&json, &garbage->cycles.v[i]);
	json_close(&json);
	json_array(&json, "types", JSON_LINES);
	for (size_t i = 0; i < garbage->types.n; i++) {
		json_object(&json, NULL, JSON_ROW);
		json_string(&json, "type", garbage->types.v[i].type);
		put_sum(&json, &garbage->types.v[i].sum);
		json_close(&json);
	}
	json_close(&json);
	if (garbage->want_objects)
		put_objects(&json, garbage);
	json_close(&json);
}
