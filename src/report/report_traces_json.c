/* SPDX-License-Identifier: MIT */
#include "report/report_traces.h"

#include "report/report_envelope.h"

static const char *const by_words[] = {
	[TRACES_BY_LINE] = "line",
	[TRACES_BY_FILE] = "file",
	[TRACES_BY_TRACEBACK] = "traceback",
};

static void put_frame(struct json *json, const struct traces *t,
		      const struct traces_frame *frame, bool line)
{
	json_string(json, "file", t->files.all.v[frame->file]);
	if (line)
		json_int(json, "line", frame->line);
	else
		json_null(json, "line");
}

static void put_frames(struct json *json, const struct traces *t,
		       const struct traces_traceback *tb)
{
	json_array(json, "frames", JSON_ROW);
	for (uint32_t i = 0; i < tb->n; i++) {
		json_object(json, NULL, JSON_ROW);
		put_frame(json, t, &t->frames.v[tb->first + i], true);
		json_close(json);
	}
	json_close(json);
	json_int(json, "total_frames",
		 tb->total ? (int64_t)tb->total : DUMP_UNKNOWN);
}

static void put_sum(struct json *json, const struct traces_sum *now,
		    const struct traces_sum *before)
{
	json_int(json, "bytes", now->bytes);
	json_int(json, "count", now->count);
	if (!before)
		return;
	json_int(json, "bytes_before", before->bytes);
	json_int(json, "count_before", before->count);
}

static void put_row(struct json *json, const struct traces_table *table,
		    const struct traces_row *row)
{
	const struct traces *t = row->of;
	const struct traces_traceback *tb = &t->tracebacks.v[row->traceback];

	json_object(json, NULL, JSON_ROW);
	put_frame(json, t, &t->frames.v[tb->first],
		  table->query.by != TRACES_BY_FILE);
	put_sum(json, &row->now, table->compared ? &row->before : NULL);
	json_array(json, "types", JSON_ROW);
	for (size_t i = 0; i < row->what.n; i++) {
		const struct traces_what *what = &row->what.v[i];

		json_object(json, NULL, JSON_ROW);
		json_string(json, "type", what->type);
		put_sum(json, &what->now,
			table->compared ? &what->before : NULL);
		json_close(json);
	}
	json_close(json);
	if (table->query.by == TRACES_BY_TRACEBACK)
		put_frames(json, t, tb);
	json_close(json);
}

static void put_rows(struct json *json, const struct report_traces *r,
		     enum json_style style)
{
	json_array(json, "rows", style);
	for (size_t i = 0; i < r->table->rows.n; i++)
		put_row(json, r->table, &r->table->rows.v[i]);
	json_close(json);
}

/* Groups are numbered as the filters let them pass. */
static bool is_shown(const struct report_traces *r,
		     const struct traces_group *group)
{
	return traces_wants(&r->table->query, r->traces, group->traceback) &&
	       traces_wants_domain(&r->table->query, group->domain);
}

static void put_groups(struct json *json, const struct report_traces *r,
		       enum json_style style)
{
	json_array(json, "traces", style);
	for (size_t i = 0; i < r->groups->all.n; i++) {
		const struct traces_group *group = &r->groups->all.v[i];

		if (!is_shown(r, group))
			continue;
		json_object(json, NULL, JSON_ROW);
		json_int(json, "trace", (int64_t)i);
		json_int(json, "domain", group->domain);
		put_sum(json, &group->sum, NULL);
		put_frames(json, r->traces,
			   &r->traces->tracebacks.v[group->traceback]);
		json_close(json);
	}
	json_close(json);
}

static void put_block(struct json *json, const struct report_traces *r,
		      const struct traces_block *block)
{
	const uint32_t n = traces_group_of(r->groups, block);

	if (!is_shown(r, &r->groups->all.v[n]))
		return;
	json_object(json, NULL, JSON_ROW);
	json_raddr(json, "address", block->at);
	json_int(json, "bytes", (int64_t)block->size);
	json_int(json, "trace", n);
	json_string(json, "type", block->type == STRSET_NONE ? NULL :
				  r->traces->types.all.v[block->type]);
	json_bool(json, "object", block->is_object);
	json_close(json);
}

void report_traces_json(struct out *out, const struct report_traces *r,
			enum json_style style)
{
	const struct traces *t = r->traces;
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.traces/1", r->dump, style);
	json_bool(&json, "tracing", t->tracing);
	json_int(&json, "max_frames", t->max_frames);
	json_int(&json, "traced_bytes", t->traced);
	json_int(&json, "peak_bytes", t->peak);
	json_int(&json, "own_bytes", t->tables);
	json_int(&json, "records_bytes", t->records);
	json_int(&json, "blocks_traced", (int64_t)t->blocks.n);
	json_string(&json, "by", by_words[r->table->query.by]);
	put_rows(&json, r, style);
	put_groups(&json, r, style);
	if (r->blocks) {
		json_array(&json, "blocks", style);
		for (size_t i = 0; i < t->blocks.n; i++)
			put_block(&json, r, &t->blocks.v[i]);
		json_close(&json);
	}
	json_close(&json);
}
