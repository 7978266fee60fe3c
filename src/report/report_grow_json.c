/* SPDX-License-Identifier: MIT */
#include "report/report_grow.h"

#include "report/json_writer.h"
#include "report/report_envelope.h"

static void put_name(struct json *json, const char *key,
		     const struct growth *g, uint32_t n)
{
	const char *text = n != STRSET_NONE ? growth_said(g, n) : NULL;

	json_string(json, key, text && *text ? text : NULL);
}

static void put_frame(struct json *json, const struct growth *g, uint32_t n)
{
	const struct growth_frame *f = growth_frame(g, n);

	json_object(json, NULL, JSON_ROW);
	put_name(json, "file", g, f->file);
	put_name(json, "function", g, f->function);
	json_int(json, "line", f->line);
	json_close(json);
}

static void put_sums(struct json *json, int64_t faults, int64_t grew,
		     int64_t stayed, int64_t objects)
{
	json_int(json, "faults", faults);
	json_int(json, "grew", grew);
	json_int(json, "stayed", stayed);
	json_int(json, "objects", objects);
}

static void put_row(struct json *json, const struct growth *g,
		    const struct growth_row *row)
{
	json_object(json, NULL, JSON_LINES);
	json_string(json, "how", growth_how_word(row->how));
	put_name(json, "file", g, row->file);
	put_name(json, "function", g, row->function);
	json_int(json, "line", row->line);
	put_name(json, "source", g, growth_source(g, row->stack));
	put_sums(json, row->faults, row->grew, row->stayed, row->objects);
	json_array(json, "types", JSON_LINES);
	for (size_t i = 0; i < row->lying.n; i++) {
		json_object(json, NULL, JSON_ROW);
		put_name(json, "type", g, row->lying.v[i].type);
		json_int(json, "bytes", row->lying.v[i].bytes);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

static void put_stack(struct json *json, const struct growth *g, uint32_t n)
{
	const struct growth_stack *stack = &g->stacks.v[n];
	const uint32_t *frames;
	size_t n_frames;

	json_object(json, NULL, JSON_LINES);
	json_string(json, "how", growth_how_word(stack->how));
	json_int(json, "tid", stack->tid);
	put_sums(json, stack->faults, stack->grew,
		 g->no_pages ? DUMP_UNKNOWN : stack->stayed,
		 g->no_pages ? DUMP_UNKNOWN : stack->objects);
	json_array(json, "frames", JSON_LINES);
	frames = growth_frames(g, n, &n_frames);
	for (size_t i = 0; i < n_frames; i++)
		put_frame(json, g, frames[i]);
	json_close(json);
	json_close(json);
}

static void put_how(struct json *json, const struct growth *g)
{
	json_object(json, "samples", JSON_ROW);
	json_int(json, "all", g->samples);
	for (int i = 0; i < GROWTH_N_HOW; i++)
		json_int(json, growth_how_word((enum growth_how)i),
			 g->how[i]);
	json_int(json, "lost", g->lost);
	json_close(json);
}

void report_grow_json(struct out *out, const struct dump *dump,
		      const struct growth *g, const struct growth_rows *rows)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.grow/1", dump, JSON_LINES);
	json_double(&json, "seconds", g->seconds);
	json_string(&json, "by", g->by_clock ? "clock" : "faults");
	json_object(&json, "resident", JSON_ROW);
	json_int(&json, "before", g->rss_before);
	json_int(&json, "now", g->rss_now);
	json_int(&json, "came", g->came);
	json_int(&json, "went", g->went);
	json_int(&json, "told", g->no_pages ? DUMP_UNKNOWN : g->stayed);
	json_int(&json, "inferred", g->no_pages ? DUMP_UNKNOWN : g->inferred);
	json_close(&json);
	json_object(&json, "objects", JSON_ROW);
	json_int(&json, "before", g->objects_before);
	json_int(&json, "now", g->objects_now);
	json_int(&json, "allocated_before", g->allocated_before);
	json_int(&json, "allocated_now", g->allocated_now);
	json_int(&json, "free_before", g->free_before);
	json_close(&json);
	json_object(&json, "faults", JSON_ROW);
	json_int(&json, "seen", g->faults_seen);
	json_int(&json, "told", g->faults_told);
	json_close(&json);
	put_how(&json, g);
	json_array(&json, "lines", JSON_LINES);
	for (size_t i = 0; i < rows->v.n; i++)
		put_row(&json, g, &rows->v.v[i]);
	json_close(&json);
	json_array(&json, "stacks", JSON_LINES);
	for (size_t i = 0; i < g->stacks.n; i++)
		put_stack(&json, g, (uint32_t)i);
	json_close(&json);
	json_close(&json);
}
