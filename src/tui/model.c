/* SPDX-License-Identifier: MIT */
#include "tui/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "base/bounds.h"

static void forget(struct model *model)
{
	tui_sample_unref(model->last);
	tui_sample_unref(model->heap);
	tui_sample_unref(model->stacks);
	tui_sample_unref(model->memory);
	tui_sample_unref(model->account);
	model->last = model->heap = model->stacks = model->memory = NULL;
	model->account = NULL;
	history_fini(&model->types);
	history_fini(&model->leaves);
	holders_fini(&model->holders);
	holder_names_fini(&model->names);
	free(model->names_trouble);
	model->names_trouble = NULL;
	model->held = (struct trend){ .n = 0 };
	memset(&model->leaves_time, 0, sizeof(model->leaves_time));
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
	news_free(model->referrers);
	model->instances = model->fields = model->referrers = NULL;
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
	if (dump->containers.known &&
	    !holders_look(&model->holders, &dump->containers,
			  (double)sample->taken_ns / 1e9, err))
		return false;
	return add_types(&model->types, dump, sample->taken_ns, err) &&
	       add_kinds(&model->kinds, dump, sample->taken_ns, err);
}

/* No path begins so. */
#define ROW_NAME "row "

const char *model_row_name(char buf[MODEL_LEAF_TEXT], enum account_row_id id)
{
	snprintf(buf, MODEL_LEAF_TEXT, ROW_NAME "%s", id < ACCOUNT_ROWS ?
		 account_rows[id].name : "RSS");
	return buf;
}

const char *model_leaf_name(char buf[MODEL_LEAF_TEXT],
			    const struct account_leaf *leaf)
{
	strlcpy(buf, leaf->path[0], MODEL_LEAF_TEXT);
	for (int i = 1; i < ACCOUNT_DEPTH && leaf->path[i]; i++) {
		strlcat(buf, ", ", MODEL_LEAF_TEXT);
		strlcat(buf, leaf->path[i], MODEL_LEAF_TEXT);
	}
	return buf;
}

bool model_is_leaf(const struct history_row *row)
{
	return strncmp(row->name, ROW_NAME, strlen(ROW_NAME)) != 0;
}

static bool put_leaf(struct history *history, const char *name, int64_t bytes,
		     int64_t count, struct err *err)
{
	const struct history_item item = { .name = name, .bytes = bytes,
					   .count = count };

	return history_put(history, &item, err);
}

static bool add_leaves(struct history *history, const struct account *acc,
		       uint64_t t, struct err *err)
{
	char name[MODEL_LEAF_TEXT];

	history_begin(history, t);
	if (!put_leaf(history, model_row_name(name, ACCOUNT_ROWS), acc->rss, 0,
		      err))
		return false;
	for (enum account_row_id id = 0; id < ACCOUNT_ROWS; id++) {
		if (!put_leaf(history, model_row_name(name, id),
			      account_row_bytes(acc, id), 0, err))
			return false;
	}
	for (size_t i = 0; i < acc->leaves.n; i++) {
		const struct account_leaf *leaf = &acc->leaves.v[i];

		if (!put_leaf(history, model_leaf_name(name, leaf),
			      leaf->bytes, leaf->count, err))
			return false;
	}
	return history_end(history, err);
}

/* Of another limit than the last, it is another group. */
static void foresee(struct model *model, struct tui_sample *sample)
{
	const struct tui_sample *last = model->account;
	struct account_cgroup *cg = &sample->account.cgroup;

	if (!last || last->account.cgroup.version != cg->version ||
	    last->account.cgroup.limit != cg->limit)
		model->held.n = 0;
	if (!cg->version)
		return;
	trend_add(&model->held, (double)sample->taken_ns / 1e9,
		  account_cgroup_held(cg));
	account_cgroup_foresee(cg, &model->held);
}

static bool add_account(struct model *model, struct tui_sample *sample,
			struct err *err)
{
	add_time(&model->leaves_time, &sample->dump, &model->leaves);
	foresee(model, sample);
	replace(&model->account, sample);
	return add_leaves(&model->leaves, &sample->account, sample->taken_ns,
			  err);
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
	if (tui_sample_has_account(sample))
		return add_account(model, sample, err);
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

static bool is_here(const struct model *model, const struct holder_name *name)
{
	for (size_t i = 0; i < model->holders.rows.n; i++) {
		const struct holder *row = &model->holders.rows.v[i];

		if (row->address == name->address && row->type == name->type)
			return true;
	}
	return false;
}

/* Of those that were told before, the ones that are still there are kept. */
static bool add_names(struct model *model, struct called *called,
		      struct err *err)
{
	struct holder_names *names = &called->names;

	for (size_t i = 0; i < model->names.v.n; i++) {
		struct holder_name *old = &model->names.v.v[i], *slot;

		if (!is_here(model, old) ||
		    holder_names_find(names, old->address, old->type))
			continue;
		slot = vec_add(&names->v, err);
		if (!slot)
			return false;
		*slot = *old;
		*old = (struct holder_name){ .address = 0 };
	}
	holder_names_fini(&model->names);
	model->names = *names;
	*names = (struct holder_names){ .v = { .n = 0 } };
	free(model->names_trouble);
	model->names_trouble = called->problem;
	model->names_ns = model->now_ns;
	called->problem = NULL;
	return true;
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
	case NEWS_REFERRERS:
		news_free(model->referrers);
		model->referrers = news;
		return true;
	case NEWS_WRITTEN:
		add_written(model, &news->written);
		break;
	case NEWS_NAMES:
		ok = add_names(model, &news->called, err);
		break;
	}
	news_free(news);
	return ok;
}

void model_baseline(struct model *model)
{
	history_baseline(&model->types);
	history_baseline(&model->kinds);
	history_baseline(&model->leaves);
	holders_baseline(&model->holders);
	model->leaves_time.baseline = model->leaves_time.last;
	model->types_time.baseline = model->types_time.last;
	model->kinds_time.baseline = model->kinds_time.last;
	model->changes++;
}

void model_clear_baseline(struct model *model)
{
	history_clear_baseline(&model->types);
	history_clear_baseline(&model->kinds);
	history_clear_baseline(&model->leaves);
	holders_clear_baseline(&model->holders);
	model->leaves_time.baseline = model->leaves_time.first;
	model->types_time.baseline = model->types_time.first;
	model->kinds_time.baseline = model->kinds_time.first;
	model->changes++;
}
