/* SPDX-License-Identifier: MIT */
#include "tui/sample.h"

#include <stdlib.h>

struct tui_sample *tui_sample_new(void)
{
	struct tui_sample *sample = calloc(1, sizeof(*sample));

	if (!sample)
		return NULL;
	dump_init(&sample->dump);
	sample->cpu_ms = DUMP_UNKNOWN;
	sample->our_cpu_percent = DUMP_UNKNOWN;
	sample->our_cpu_ms = DUMP_UNKNOWN;
	sample->our_rss = DUMP_UNKNOWN;
	sample->our_peak_rss = DUMP_UNKNOWN;
	sample->n_refs = 1;
	return sample;
}

struct tui_sample *tui_sample_ref(struct tui_sample *sample)
{
	__atomic_add_fetch(&sample->n_refs, 1, __ATOMIC_RELAXED);
	return sample;
}

void tui_sample_unref(struct tui_sample *sample)
{
	if (!sample ||
	    __atomic_sub_fetch(&sample->n_refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	account_fini(&sample->account);
	dump_fini(&sample->dump);
	free(sample->slowed);
	free(sample);
}

void instances_fini(struct instances *instances)
{
	for (size_t i = 0; i < instances->bases.n; i++)
		free(instances->bases.v[i]);
	vec_free(&instances->bases);
	vec_free(&instances->rows);
	free(instances->type);
	free(instances->problem);
}

void fields_fini(struct fields *fields)
{
	for (size_t i = 0; i < fields->rows.n; i++) {
		free(fields->rows.v[i].name);
		free(fields->rows.v[i].value);
		free(fields->rows.v[i].type);
	}
	vec_free(&fields->rows);
	free(fields->type);
	free(fields->problem);
}

struct news *news_new(enum news_kind kind)
{
	struct news *news = calloc(1, sizeof(*news));

	if (!news)
		return NULL;
	news->kind = kind;
	if (kind != NEWS_SAMPLE)
		return news;
	news->sample = tui_sample_new();
	if (news->sample)
		return news;
	free(news);
	return NULL;
}

void news_free(struct news *news)
{
	if (!news)
		return;
	switch (news->kind) {
	case NEWS_SAMPLE:
		tui_sample_unref(news->sample);
		break;
	case NEWS_EVENT:
		free(news->event.text);
		break;
	case NEWS_INSTANCES:
		instances_fini(&news->instances);
		break;
	case NEWS_FIELDS:
		fields_fini(&news->fields);
		break;
	case NEWS_WRITTEN:
		free(news->written.path);
		free(news->written.problem);
		break;
	case NEWS_REFERRERS:
		inspect_fini(&news->referrers.of);
		free(news->referrers.problem);
		break;
	case NEWS_NAMES:
		holder_names_fini(&news->called.names);
		free(news->called.problem);
		break;
	}
	free(news);
}
