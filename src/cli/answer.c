/* SPDX-License-Identifier: MIT */
#include "cli/answer.h"

#include <stdlib.h>
#include <string.h>

#include "cli/outfile.h"
#include "report/out.h"
#include "report/report_json.h"

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

struct news *answer_event(enum event_kind kind, int pid, const char *text)
{
	struct news *news = news_new(NEWS_EVENT);

	if (!news)
		return NULL;
	news->event.kind = kind;
	news->event.pid = pid;
	news->event.text = copy(text);
	clock_gettime(CLOCK_REALTIME, &news->event.time);
	return news;
}

/* The names change hands, the rows are another struct. */
static bool take_instances(struct instances *to, struct details *from,
			   struct err *err)
{
	for (size_t i = 0; i < from->instances.n; i++) {
		const struct details_instance *row = &from->instances.v[i];
		__typeof__(to->rows.v) slot = vec_add(&to->rows, err);

		if (!slot)
			return false;
		slot->address = row->address;
		slot->size = row->size;
		slot->allocated = row->allocated;
		slot->generation = row->generation;
	}
	for (size_t i = 0; i < from->bases.n; i++) {
		char **slot = vec_add(&to->bases, err);

		if (!slot)
			return false;
		*slot = from->bases.v[i];
		from->bases.v[i] = NULL;
	}
	return true;
}

struct news *answer_instances(struct details *details,
			      enum tui_sample_kind kind, const char *problem)
{
	struct news *news = news_new(NEWS_INSTANCES);
	struct instances *to;
	struct err err;

	if (!news)
		return NULL;
	to = &news->instances;
	to->type = copy(details->type);
	to->kind = kind;
	to->total = problem ? DUMP_UNKNOWN : details->count;
	to->min_size = details->smallest;
	to->max_size = details->largest;
	to->problem = copy(problem);
	if (!take_instances(to, details, &err) && !to->problem)
		to->problem = strdup(err.text);
	return news;
}

static bool take_fields(struct fields *to, struct details_object *from,
			struct err *err)
{
	for (size_t i = 0; i < from->fields.n; i++) {
		struct details_field *field = &from->fields.v[i];
		__typeof__(to->rows.v) slot = vec_add(&to->rows, err);

		if (!slot)
			return false;
		slot->name = field->name;
		slot->type = field->type;
		slot->value = field->value;
		slot->address = field->address;
		field->name = field->type = field->value = NULL;
	}
	return true;
}

struct news *answer_fields(struct details_object *object,
			   const char *problem)
{
	struct news *news = news_new(NEWS_FIELDS);
	struct fields *to;
	struct err err;

	if (!news)
		return NULL;
	to = &news->fields;
	to->address = object->address;
	to->type = object->type;
	object->type = NULL;
	to->size = problem ? DUMP_UNKNOWN : object->size;
	to->allocated = DUMP_UNKNOWN;
	if (!problem && object->torn)
		problem = "some of it changed while it was read";
	if (!problem && object->cut)
		problem = "there are more";
	to->problem = copy(problem);
	if (!take_fields(to, object, &err) && !to->problem)
		to->problem = strdup(err.text);
	return news;
}

static bool write_json(const struct dump *dump, const char *path,
		       struct err *err)
{
	struct out *out = malloc(sizeof(*out));
	struct outfile of;
	bool ok;

	if (!out)
		return err_nomem(err);
	if (!outfile_open(&of, path, err)) {
		free(out);
		return false;
	}
	out_init(out, of.fd);
	report_json(out, dump);
	ok = out_flush(out, err) && outfile_commit(&of, err);
	outfile_close(&of);
	free(out);
	return ok;
}

struct news *answer_written(const struct dump *dump, const char *path)
{
	struct news *news = news_new(NEWS_WRITTEN);
	struct err err;

	if (!news)
		return NULL;
	news->written.path = copy(path);
	if (!write_json(dump, path, &err))
		news->written.problem = strdup(err.text);
	return news;
}

struct news *answer_names(struct holder_names *names, const char *problem)
{
	struct news *news = news_new(NEWS_NAMES);

	if (!news)
		return NULL;
	news->called.names = *names;
	*names = (struct holder_names){ .v = { .n = 0 } };
	news->called.problem = copy(problem);
	return news;
}

struct news *answer_referrers(struct inspect *of, const char *problem)
{
	struct news *news = news_new(NEWS_REFERRERS);

	if (!news)
		return NULL;
	news->referrers.of = *of;
	news->referrers.of.what = NULL;
	*of = (struct inspect){ .what = NULL };
	news->referrers.problem = copy(problem);
	return news;
}
