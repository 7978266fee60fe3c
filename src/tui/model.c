/* SPDX-License-Identifier: MIT */
#include "tui/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"

static void forget(struct model *model)
{
	tui_sample_unref(model->last);
	tui_sample_unref(model->heap);
	tui_sample_unref(model->stacks);
	tui_sample_unref(model->memory);
	model->last = model->heap = model->stacks = model->memory = NULL;
	history_fini(&model->types);
	history_fini(&model->kinds);
	memset(model->metric, 0, sizeof(model->metric));
	memset(&model->types_time, 0, sizeof(model->types_time));
	memset(&model->kinds_time, 0, sizeof(model->kinds_time));
	addrmap_fini(&model->cpu_row);
	memset(&model->cpu_row, 0, sizeof(model->cpu_row));
	vec_free(&model->cpu);
	model->cpu_ns = 0;
	news_free(model->instances);
	news_free(model->fields);
	model->instances = model->fields = NULL;
	free(model->trouble);
	model->trouble = NULL;
}

void model_fini(struct model *model)
{
	forget(model);
	free(model->condition.text);
	free(model->note);
	memset(model, 0, sizeof(*model));
}

void model_note(struct model *model, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	free(model->note);
	model->note = text;
	model->note_ns = model->now_ns;
	model->changes++;
}

bool model_is_gone(const struct model *model)
{
	return model->has_condition &&
	       (model->condition.kind == EVENT_GONE ||
		model->condition.kind == EVENT_WAITING);
}

/* --- samples ------------------------------------------------------------- */

static bool add_types(struct history *history, const struct dump *dump,
		      uint64_t t, struct err *err)
{
	history_begin(history, t);
	for (size_t i = 0; i < dump->types.n; i++) {
		const struct dump_type *type = &dump->types.v[i];
		struct history_item item = {
			type->type, type->module, type->name, type->count,
			type->bytes, type->allocated, type->static_count,
			type->classes,
		};

		if (!history_put(history, &item, err))
			return false;
	}
	return history_end(history, err);
}

static bool add_kinds(struct history *history, const struct dump *dump,
		      uint64_t t, struct err *err)
{
	if (!dump->kinds.n)
		return true;
	history_begin(history, t);
	for (size_t i = 0; i < dump->kinds.n; i++) {
		const struct dump_kind *kind = &dump->kinds.v[i];
		struct history_item item = {
			.name = kind->kind, .count = kind->count,
			.bytes = kind->bytes, .allocated = kind->allocated,
			.classes = kind->classes,
		};

		if (!history_put(history, &item, err))
			return false;
	}
	return history_end(history, err);
}

static void add_metrics(struct model *model, const struct tui_sample *sample)
{
	const struct dump *dump = &sample->dump;
	struct series *metric = model->metric;
	uint64_t t = sample->taken_ns;

	series_add(&metric[METRIC_RSS], t, dump->memory.rss);
	series_add(&metric[METRIC_SWAP], t, dump->memory.swap);
	series_add(&metric[METRIC_COLLECTIONS], t,
		   dump_collections(&dump->gc));
	for (size_t i = 0; i < dump->gc.generations.n; i++) {
		const struct dump_generation *g = &dump->gc.generations.v[i];

		if (i >= MODEL_GENERATIONS)
			break;
		series_add(&metric[METRIC_GENERATION + i], t, g->objects);
		series_add(&metric[METRIC_COLLECTIONS_OF + i], t,
			   g->collections);
	}
	if (!tui_sample_has_heap(sample))
		return;
	series_add(&metric[METRIC_HEAP], t, dump->bytes);
	series_add(&metric[METRIC_OBJECTS], t, dump->objects);
	series_add(&metric[METRIC_ARENAS], t, dump->blocks.arena_bytes);
}

int64_t model_cpu(const struct model *model, int64_t tid)
{
	uint32_t i = addrmap_get(&model->cpu_row, (raddr)tid);

	return i == ADDRMAP_NONE ? -1 : model->cpu.v[i].permille;
}

static int64_t permille(int64_t ms, uint64_t ns)
{
	return ms < 0 || !ns ? -1 : (int64_t)((double)ms * 1e9 / (double)ns);
}

/* The kernel counts in ticks of 10 ms: shorter looks say nothing. */
static bool add_cpu(struct model *model, const struct tui_sample *sample,
		    struct err *err)
{
	uint64_t passed = sample->taken_ns - model->cpu_ns;
	struct addrmap map = { 0 };
	__typeof__(model->cpu) rows = { 0 };

	if (model->cpu.n && passed < 500000000)
		return true;
	for (size_t i = 0; i < sample->dump.stacks.threads.n; i++) {
		const struct stack_thread *th =
			&sample->dump.stacks.threads.v[i];
		uint32_t old = addrmap_get(&model->cpu_row, (raddr)th->tid);
		struct model_cpu *row;

		if (th->tid <= 0 || th->cpu_ms < 0 || i >= MAX_THREADS)
			continue;
		row = vec_add(&rows, err);
		if (!row || !addrmap_put(&map, (raddr)th->tid,
					 (uint32_t)(rows.n - 1), err))
			goto fail;
		*row = (struct model_cpu){ th->tid, th->cpu_ms, -1 };
		if (old != ADDRMAP_NONE)
			row->permille = permille(
				th->cpu_ms - model->cpu.v[old].cpu_ms, passed);
	}
	addrmap_fini(&model->cpu_row);
	vec_free(&model->cpu);
	model->cpu_row = map;
	memcpy(&model->cpu, &rows, sizeof(rows));
	model->cpu_ns = sample->taken_ns;
	return true;

fail:
	addrmap_fini(&map);
	vec_free(&rows);
	return false;
}

static void replace(struct tui_sample **slot, struct tui_sample *sample)
{
	tui_sample_unref(*slot);
	*slot = tui_sample_ref(sample);
}

static void add_time(struct model_times *times, const struct dump *dump,
		     const struct history *history)
{
	times->last = dump->time.tv_sec;
	if (!history->sample)
		times->first = times->baseline = times->last;
}

static bool add_heap(struct model *model, struct tui_sample *sample,
		     struct err *err)
{
	const struct dump *dump = &sample->dump;

	add_time(&model->types_time, dump, &model->types);
	if (dump->kinds.n)
		add_time(&model->kinds_time, dump, &model->kinds);
	replace(&model->heap, sample);
	return add_types(&model->types, dump, sample->taken_ns, err) &&
	       add_kinds(&model->kinds, dump, sample->taken_ns, err);
}

static bool add_sample(struct model *model, struct tui_sample *sample,
		       struct err *err)
{
	replace(&model->last, sample);
	free(model->trouble);
	model->trouble = NULL;
	add_metrics(model, sample);
	if (sample->dump.memory.uss != DUMP_UNKNOWN)
		replace(&model->memory, sample);
	if (sample->dump.stacks.threads.n) {
		replace(&model->stacks, sample);
		if (!add_cpu(model, sample, err))
			return false;
	}
	return !tui_sample_has_heap(sample) || add_heap(model, sample, err);
}

/* --- what else there is -------------------------------------------------- */

static void add_event(struct model *model, struct event *event)
{
	if (event->kind == EVENT_NOTE) {
		model_note(model, "%s", event->text ? event->text : "");
	} else if (event->kind == EVENT_FAILED ||
		   event->kind == EVENT_NOMEM) {
		free(model->trouble);
		model->trouble = event->text;
		event->text = NULL;
	} else {
		if (event->kind == EVENT_ATTACHED)
			forget(model);
		free(model->condition.text);
		model->condition = *event;
		model->has_condition = true;
		event->text = NULL;
	}
}

static void add_written(struct model *model, const struct written *written)
{
	if (written->problem)
		model_note(model, "not written: %s", written->problem);
	else
		model_note(model, "written to %s",
			   written->path ? written->path : "?");
}

bool model_add(struct model *model, struct news *news, struct err *err)
{
	bool ok = true;

	model->changes++;
	switch (news->kind) {
	case NEWS_SAMPLE:
		ok = add_sample(model, news->sample, err);
		break;
	case NEWS_EVENT:
		add_event(model, &news->event);
		break;
	case NEWS_INSTANCES:
		news_free(model->instances);
		model->instances = news;
		return true;
	case NEWS_FIELDS:
		news_free(model->fields);
		model->fields = news;
		return true;
	case NEWS_WRITTEN:
		add_written(model, &news->written);
		break;
	}
	news_free(news);
	return ok;
}

void model_baseline(struct model *model)
{
	history_baseline(&model->types);
	history_baseline(&model->kinds);
	model->types_time.baseline = model->types_time.last;
	model->kinds_time.baseline = model->kinds_time.last;
	model->changes++;
}

void model_clear_baseline(struct model *model)
{
	history_clear_baseline(&model->types);
	history_clear_baseline(&model->kinds);
	model->types_time.baseline = model->types_time.first;
	model->kinds_time.baseline = model->kinds_time.first;
	model->changes++;
}
