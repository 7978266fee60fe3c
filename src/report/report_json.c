/* SPDX-License-Identifier: MIT */
/*
 * The JSON document of a dump, schema "pyheapspy.dump/1": beside this file,
 * with what each key means.  Scripts depend on it: keys and their order stay,
 * new ones may come.  Unknown is null, never 0.
 */
#include "report/report_json.h"

#include "report/json_writer.h"
#include "report/report_envelope.h"
#include "report/report_stacks_json.h"
#include "result/account_rows.h"

static void put_blocks(struct json *json, const struct dump_blocks *blocks)
{
	json_object(json, "blocks", JSON_LINES);
	json_int(json, "in_use", blocks->in_use);
	json_int(json, "in_pools", blocks->in_pools);
	json_int(json, "in_use_bytes", blocks->in_use_bytes);
	json_int(json, "objects", blocks->objects);
	json_int(json, "buffers", blocks->buffers);
	json_int(json, "unowned", blocks->unowned);
	json_int(json, "refused", blocks->refused);
	json_int(json, "claimed_twice", blocks->claimed_twice);
	json_int(json, "arenas", blocks->arenas);
	json_int(json, "arena_bytes", blocks->arena_bytes);
	json_int(json, "pools", blocks->pools);
	json_array(json, "classes", JSON_LINES);
	for (size_t i = 0; i < blocks->n_classes; i++) {
		const struct dump_class *class = &blocks->classes[i];

		json_object(json, NULL, JSON_ROW);
		json_int(json, "size", class->size);
		json_int(json, "in_use", class->in_use);
		json_int(json, "pools", class->pools);
		json_int(json, "free", class->free);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

static void put_heap(struct json *json, const struct dump *dump)
{
	json_object(json, "heap", JSON_LINES);
	json_int(json, "objects", dump->objects);
	json_int(json, "bytes", dump->bytes);
	json_int(json, "allocated", dump->allocated);
	json_int(json, "static_objects", dump->static_objects);
	json_int(json, "static_bytes", dump->static_bytes);
	put_blocks(json, &dump->blocks);
	json_close(json);
}

static void put_types(struct json *json, const struct dump *dump)
{
	json_array(json, "types", JSON_LINES);
	for (size_t i = 0; i < dump->types.n; i++) {
		const struct dump_type *type = &dump->types.v[i];

		json_object(json, NULL, JSON_ROW);
		json_string(json, "type", type->type);
		json_string(json, "module", type->module);
		json_string(json, "name", type->name);
		json_int(json, "count", type->count);
		json_int(json, "bytes", type->bytes);
		json_int(json, "allocated", type->allocated);
		json_int(json, "static_count", type->static_count);
		json_int(json, "bounds", type->bounds);
		json_int(json, "inferred", type->inferred);
		json_int(json, "classes", type->classes);
		if (dump->has_retained) {
			json_int(json, "retained", type->retained);
			json_string(json, "dominated_by", type->dominated_by);
		}
		json_close(json);
	}
	json_close(json);
}

static void put_kinds(struct json *json, const struct dump *dump)
{
	/* No heap is without a kind: they were not asked for. */
	if (dump->kinds.n == 0) {
		json_null(json, "kinds");
		return;
	}
	json_array(json, "kinds", JSON_LINES);
	for (size_t i = 0; i < dump->kinds.n; i++) {
		const struct dump_kind *kind = &dump->kinds.v[i];

		json_object(json, NULL, JSON_ROW);
		json_string(json, "kind", kind->kind);
		json_int(json, "count", kind->count);
		json_int(json, "bytes", kind->bytes);
		json_int(json, "allocated", kind->allocated);
		json_int(json, "classes", kind->classes);
		json_close(json);
	}
	json_close(json);
}

void report_gc(struct json *json, const struct dump_gc *gc,
	       enum json_style style)
{
	json_object(json, "gc", style);
	json_bool(json, "enabled", gc->enabled);
	json_bool(json, "collecting", gc->collecting);
	json_int(json, "garbage", gc->garbage);
	json_int(json, "frozen", gc->frozen);
	json_array(json, "generations", style);
	for (size_t i = 0; i < gc->generations.n; i++) {
		const struct dump_generation *gen = &gc->generations.v[i];

		json_object(json, NULL, JSON_ROW);
		json_int(json, "generation", gen->generation);
		json_int(json, "threshold", gen->threshold);
		json_int(json, "count", gen->count);
		json_int(json, "objects", gen->objects);
		json_int(json, "collections", gen->collections);
		json_int(json, "collected", gen->collected);
		json_int(json, "uncollectable", gen->uncollectable);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

/* What an object of no list takes belongs to nobody that could be told. */
static void put_interpreters(struct json *json, const struct dump *dump)
{
	json_array(json, "interpreters", JSON_LINES);
	for (size_t i = 0; i < dump->interps.n; i++) {
		const struct dump_interp *interp = &dump->interps.v[i];

		json_object(json, NULL, JSON_ROW);
		json_int(json, "id", interp->id);
		report_gc(json, &interp->gc, JSON_ROW);
		json_int(json, "objects", interp->tracked);
		json_null(json, "bytes");
		json_close(json);
	}
	json_close(json);
}

static void put_seconds(struct json *json, const char *key, int64_t ms)
{
	json_double(json, key, ms == DUMP_UNKNOWN ? -1 : (double)ms / 1000);
}

void report_memory(struct json *json, const struct dump_memory *memory)
{
	json_object(json, "memory", JSON_LINES);
	json_int(json, "rss", memory->rss);
	json_int(json, "peak_rss", memory->peak_rss);
	json_int(json, "vms", memory->vms);
	json_int(json, "pss", memory->pss);
	json_int(json, "uss", memory->uss);
	json_int(json, "shared", memory->shared);
	json_int(json, "file", memory->file);
	json_int(json, "swap", memory->swap);
	json_int(json, "minor_faults", memory->minor_faults);
	json_int(json, "major_faults", memory->major_faults);
	json_int(json, "voluntary_switches", memory->voluntary_switches);
	json_int(json, "involuntary_switches", memory->involuntary_switches);
	put_seconds(json, "user_s", memory->user_ms);
	put_seconds(json, "system_s", memory->system_ms);
	json_close(json);
}

static void put_resident(struct json *json, const struct dump *dump)
{
	const struct dump_resident r = dump_resident(dump);

	json_object(json, "resident", JSON_LINES);
	json_int(json, "pools_used", r.pools_used);
	json_int(json, "files", r.files);
	json_int(json, "rest", r.rest);
	json_int(json, "pools_free_at_most", r.pools_free);
	json_int(json, "objects_absent_at_least", r.absent);
	json_close(json);
}

static void put_all(struct json *json, const struct dump *dump)
{
	report_envelope_members(json, "pyheapspy.dump/1", dump);
	put_heap(json, dump);
	put_types(json, dump);
	put_kinds(json, dump);
	report_gc(json, &dump->gc, JSON_LINES);
	put_interpreters(json, dump);
	report_memory(json, &dump->memory);
	put_resident(json, dump);
	report_threads(json, &dump->stacks, false);
}

void report_json(struct out *out, const struct dump *dump)
{
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL, JSON_LINES);
	put_all(&json, dump);
	json_close(&json);
}

/* The rows that others are parts of: they add up to what is resident. */
static void put_account(struct json *json, const struct report_sample *sample)
{
	const struct account *acc = sample->account;

	if (!acc) {
		json_null(json, "account");
		return;
	}
	json_object(json, "account", JSON_ROW);
	report_time(json, "time", &sample->accounted);
	json_int(json, "rss", acc->rss);
	json_array(json, "rows", JSON_ROW);
	for (enum account_row_id i = 0; i < ACCOUNT_ROWS; i++) {
		int64_t bytes = account_row_bytes(acc, i);
		char name[ACCOUNT_ROW_TEXT];

		if (*account_rows[i].name == ' ' ||
		    !account_row_is_shown(acc, i, bytes))
			continue;
		json_object(json, NULL, JSON_ROW);
		json_string(json, "row", account_row_name(acc, i, name));
		json_int(json, "bytes", bytes);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

void report_json_sample(struct out *out, const struct dump *dump,
			const struct report_sample *sample)
{
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL, JSON_ROW);
	json_string(&json, "schema", "pyheapspy.sample/1");
	json_int(&json, "number", sample->number);
	json_double(&json, "our_cpu_percent", sample->our_cpu_percent);
	put_seconds(&json, "our_cpu_s", sample->our_cpu_ms);
	json_int(&json, "our_rss", sample->our_rss);
	put_seconds(&json, "asked_interval_s", sample->asked_interval_ms);
	put_seconds(&json, "interval_s", sample->interval_ms);
	json_string(&json, "slowed", sample->slowed);
	put_account(&json, sample);
	json_object(&json, "dump", JSON_ROW);
	put_all(&json, dump);
	json_close(&json);
	json_close(&json);
}

void report_json_event(struct out *out, const char *event, int pid,
		       const struct timespec *time, const char *text)
{
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL, JSON_ROW);
	json_string(&json, "schema", "pyheapspy.event/1");
	json_string(&json, "event", event);
	json_int(&json, "pid", pid);
	report_time(&json, "time", time);
	json_string(&json, "text", text);
	json_close(&json);
}
