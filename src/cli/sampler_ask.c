/* SPDX-License-Identifier: MIT */
/* What the screen asks for, and the answers. */
#include "cli/sampler_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "graph/inspection.h"

enum { FEW_INSTANCES = 100 };

static const char ended[] = "the process has ended";

static void answer(struct sampler *s, uint32_t id, struct news *news)
{
	if (news)
		news->id = id;
	newsqueue_put(&s->news, news);
}

static void on_sample(struct sampler *s, struct asked *a)
{
	bool exact = a->ask.kind == ASK_EXACT;

	if (s->phase == LOOKING)
		sampler_look_now(s, exact ? SAMPLE_EXACT :
				 sampler_census_kind(s), a->ask.id);
	if (s->phase == LOOKING && s->want & WANT_ACCOUNT)
		sampler_look_now(s, exact ? SAMPLE_ACCOUNT_EXACT :
				 sampler_account_kind(s), a->ask.id);
}

static void on_interval(struct sampler *s, struct asked *a)
{
	int ms = a->ask.interval_ms;

	if (ms < SAMPLER_MIN_MS)
		ms = SAMPLER_MIN_MS;
	if (ms > SAMPLER_MAX_MS)
		ms = SAMPLER_MAX_MS;
	s->pace.interval = (uint64_t)ms * SAMPLER_MS;
}

static void on_pause(struct sampler *s, struct asked *a)
{
	(void)a;
	s->paused = true;
}

static void on_resume(struct sampler *s, struct asked *a)
{
	(void)a;
	s->paused = false;
}

static void on_want(struct sampler *s, struct asked *a)
{
	s->want = a->ask.want;
	s->told_pss &= (s->want & WANT_PSS) != 0;
	/* No later look brings it. */
	if (sampler_is_still(s) && s->last_census && s->want & WANT_STACKS)
		sampler_look_now(s, SAMPLE_LIGHT, 0);
}

static void on_instances(struct sampler *s, struct asked *a)
{
	struct details details = {
		.type = a->type,
		.most = a->ask.limit ? a->ask.limit : FEW_INSTANCES,
	};
	const char *problem = NULL;
	struct err err = { 0 };

	if (s->phase != LOOKING) {
		problem = ended;
	} else if (!sampler_look(s, SAMPLE_EXACT, 0, &details, &err)) {
		problem = err.text;
		sampler_look_failed(s, &err);
	}
	answer(s, a->ask.id, answer_instances(&details, SAMPLE_EXACT,
					      problem));
	details_fini(&details);
}

static void on_fields(struct sampler *s, struct asked *a)
{
	struct details_object object = { .address = a->ask.address };
	const char *problem = NULL;
	struct err err = { 0 };

	if (s->phase != LOOKING) {
		problem = ended;
	} else if (!monitor_object(&s->mo, a->ask.address, s->opt->values,
				   &object, &err)) {
		problem = err.text;
		if (err.code == ERR_GONE)
			sampler_look_failed(s, &err);
	}
	answer(s, a->ask.id, answer_fields(&object, problem));
	details_object_fini(&object);
}

static bool inspect_object(void *arg, const struct graph *g,
			   struct dump *dump, struct err *err)
{
	(void)dump;
	return inspection_fill(arg, g, err);
}

static void on_referrers(struct sampler *s, struct asked *a)
{
	char what[32];
	struct inspect inspect = { .what = what, .most = a->ask.limit,
				   .values = s->opt->values };
	const struct graph_options opt = {
		.no_stop = !s->opt->exact && !sampler_is_still(s),
		.max_pause_ms = SNAPSHOT_MAX_PAUSE_MS,
		.analyse = inspect_object, .arg = &inspect,
	};
	const char *problem = NULL;
	struct err err = { 0 };

	snprintf(what, sizeof(what), "0x%" PRIx64, a->ask.address);
	pthread_mutex_lock(&s->stopping);
	if (s->phase != LOOKING)
		problem = ended;
	else if (!monitor_graph(&s->mo, &opt, &err))
		problem = err.text;
	pthread_mutex_unlock(&s->stopping);
	if (problem && err.code == ERR_GONE)
		sampler_look_failed(s, &err);
	inspect.address = a->ask.address;
	answer(s, a->ask.id, answer_referrers(&inspect, problem));
	inspect_fini(&inspect);
}

/* In turn with what else is costly. */
static void on_names(struct sampler *s, struct asked *a)
{
	holder_names_fini(&s->naming);
	s->naming = a->names;
	s->naming_id = a->ask.id;
	a->names = (struct holder_names){ .v = { .n = 0 } };
}

static void on_write(struct sampler *s, struct asked *a)
{
	if (a->ask.sample && a->path)
		answer(s, a->ask.id, answer_written(&a->ask.sample->dump,
						    a->path));
}

static void (*const on_ask[ASK_N])(struct sampler *s, struct asked *a) = {
	[ASK_SAMPLE] = on_sample,
	[ASK_EXACT] = on_sample,
	[ASK_INTERVAL] = on_interval,
	[ASK_PAUSE] = on_pause,
	[ASK_RESUME] = on_resume,
	[ASK_WANT] = on_want,
	[ASK_INSTANCES] = on_instances,
	[ASK_FIELDS] = on_fields,
	[ASK_REFERRERS] = on_referrers,
	[ASK_NAMES] = on_names,
	[ASK_WRITE] = on_write,
};

void sampler_asked_fini(struct asked *a)
{
	if (a->pending)
		tui_sample_unref(a->ask.sample);
	free(a->type);
	free(a->path);
	holder_names_fini(&a->names);
	*a = (struct asked){ 0 };
}

void sampler_answer_asks(struct sampler *s)
{
	for (size_t i = 0; i < ASK_N && !sampler_is_ending(s); i++) {
		struct asked a;

		pthread_mutex_lock(&s->lock);
		a = s->asked[i];
		s->asked[i] = (struct asked){ 0 };
		pthread_mutex_unlock(&s->lock);
		if (a.pending)
			on_ask[i](s, &a);
		sampler_asked_fini(&a);
	}
}
