/* SPDX-License-Identifier: MIT */
/*
 * Looks at the process, and their pace: what is costly waits until our share of
 * a core allows it, and what is cheap comes in between.
 */
#include "cli/sampler_inner.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "graph/holder_names.h"

enum {
	USAGE_MS = 15000,	/* our CPU time is told over that long */
	USAGE_LEAST_MS = 2000,
};

/* --- what it costs -------------------------------------------------------- */

static double cpu_percent(struct sampler *s)
{
	struct usage here = { clock_now_ns(), sampler_cpu_ns() };
	struct usage from = s->usage[0];

	if (here.now - s->usage[1].now > USAGE_MS * SAMPLER_MS) {
		s->usage[0] = s->usage[1];
		s->usage[1] = here;
	}
	if (here.now - from.now < USAGE_LEAST_MS * SAMPLER_MS)
		return DUMP_UNKNOWN;
	return (double)(here.cpu - from.cpu) * 100 /
	       (double)(here.now - from.now);
}

static int64_t our_rss(void)
{
	long long size, resident;
	FILE *f = fopen("/proc/self/statm", "re");
	int n;

	if (!f)
		return DUMP_UNKNOWN;
	n = fscanf(f, "%lld %lld", &size, &resident);
	fclose(f);
	return n == 2 ? (int64_t)resident * sysconf(_SC_PAGESIZE) :
			DUMP_UNKNOWN;
}

static int as_ms(uint64_t ns)
{
	const uint64_t ms = ns / SAMPLER_MS;

	return ms > SAMPLER_MAX_MS ? SAMPLER_MAX_MS : (int)ms;
}

static char *why_slowed(const struct sampler *s)
{
	char account[64] = "", *text;

	if (s->want & WANT_ACCOUNT && s->cost[COSTLY_ACCOUNT])
		snprintf(account, sizeof(account), ", an account %.0f ms",
			 (double)s->cost[COSTLY_ACCOUNT] / SAMPLER_MS);
	if (asprintf(&text, "a census takes %.0f ms of CPU time%s, and we "
		     "take %.3g %% of a core at most",
		     (double)s->cost[COSTLY_CENSUS] / SAMPLER_MS, account,
		     s->pace.share * 100) < 0)
		return NULL;
	return text;
}

static bool is_wanted(const struct sampler *s, enum costly what)
{
	switch (what) {
	case COSTLY_ACCOUNT:
		return s->want & WANT_ACCOUNT;
	case COSTLY_NAMES:
		return s->naming.v.n > 0;
	default:
		return true;
	}
}

/* What is costly comes in turn, as far as it is wanted: the next costs about
 * what they cost on average. */
static void note_cost(struct sampler *s, enum costly what, uint64_t cost)
{
	uint64_t sum = 0;
	unsigned n = 0;

	s->cost[what] = cost;
	for (enum costly i = 0; i < COSTLY_N; i++) {
		if (!is_wanted(s, i))
			continue;
		sum += s->cost[i];
		n++;
	}
	s->pace.cost = sum / n;
}

/* Whose turn is it? */
static enum costly next_costly(const struct sampler *s)
{
	enum costly next = s->last_costly;

	do {
		next = (next + 1) % COSTLY_N;
	} while (!is_wanted(s, next));
	return next;
}

static void fill_costs(struct sampler *s, struct tui_sample *to)
{
	uint64_t pace = pace_interval(&s->pace);
	struct rusage usage;

	to->our_cpu_percent = cpu_percent(s);
	to->our_cpu_ms = (int64_t)(sampler_cpu_ns() / SAMPLER_MS);
	to->our_rss = our_rss();
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		to->our_peak_rss = usage.ru_maxrss * 1024;
	to->asked_interval_ms = as_ms(s->pace.interval);
	to->interval_ms = as_ms(pace);
	if (pace > s->pace.interval)
		to->slowed = why_slowed(s);
}

/* --- a look --------------------------------------------------------------- */

void sampler_look_failed(struct sampler *s, const struct err *err)
{
	struct news *news;

	if (sampler_is_ending(s))
		return;
	if (err->code == ERR_GONE) {
		sampler_is_gone(s);
		return;
	}
	news = answer_event(EVENT_FAILED, s->pid, err->text);
	if (news)
		news->event.code = err->code;
	newsqueue_put(&s->news, news);
}

static bool is_census(enum tui_sample_kind kind)
{
	return kind == SAMPLE_LIVE || kind == SAMPLE_EXACT;
}

static bool is_account(enum tui_sample_kind kind)
{
	return kind == SAMPLE_ACCOUNT || kind == SAMPLE_ACCOUNT_EXACT;
}

static bool read_account(struct sampler *s, struct tui_sample *to,
			 struct err *err)
{
	const struct account_options opt = {
		.no_stop = to->kind == SAMPLE_ACCOUNT,
		.max_pause_ms = SNAPSHOT_MAX_PAUSE_MS,
	};

	return monitor_account(&s->mo, &opt, &to->dump, &to->account, err);
}

static bool read_all(struct sampler *s, struct tui_sample *to,
		     struct details *details, struct err *err)
{
	struct snapshot_options opt = {
		.stop = to->kind == SAMPLE_EXACT,
		.max_pause_ms = SNAPSHOT_MAX_PAUSE_MS,
		.gentle = true,
		.want_pss = s->want & WANT_PSS,
		.want_containers = true,
		/* Else read_stacks() takes them. */
		.beside = s->want & WANT_STACKS ? NULL : &stackshot_beside,
		.details = details,
	};

	if (is_account(to->kind))
		return read_account(s, to, err);
	if (is_census(to->kind))
		return monitor_look(&s->mo, &opt, &to->dump, err);
	/* Counting pages takes the kernel a while, and a census may be long in
	 * coming: one glance does it. */
	return monitor_glance(&s->mo, opt.want_pss && !s->told_pss, &to->dump,
			      err);
}

/* Beside what else is read: a dump of its own, of which only the stacks are
 * taken.  Without them a sample is still one. */
static void read_stacks(struct sampler *s, struct tui_sample *to)
{
	struct stackshot_options opt = {
		.stop = s->want & WANT_NATIVE,
		.native = s->want & WANT_NATIVE,
		.locals = s->want & WANT_LOCALS,
	};
	struct err err = { 0 };
	struct stacks empty;
	struct dump dump;

	dump_init(&dump);
	if (monitor_stacks(&s->mo, &opt, &dump, &err)) {
		empty = to->dump.stacks;
		to->dump.stacks = dump.stacks;
		dump.stacks = empty;
		to->dump.pause_ms += dump.pause_ms;
		dump_warn_too(&to->dump, &dump);
		if (to->kind == SAMPLE_LIGHT)
			to->kind = SAMPLE_STACKS;
	} else if (err.code != ERR_GONE) {
		sampler_look_failed(s, &err);
	}
	dump_fini(&dump);
}

/* Might it stop the tracee?  Then not while the screen holds us back. */
static bool read_held_back(struct sampler *s, struct tui_sample *to,
			   struct details *details, struct err *err)
{
	bool stops = to->kind == SAMPLE_EXACT ||
		     to->kind == SAMPLE_ACCOUNT_EXACT ||
		     (s->want & WANT_NATIVE);
	uint64_t cpu = sampler_cpu_ns();
	bool ok;

	if (stops)
		pthread_mutex_lock(&s->stopping);
	ok = read_all(s, to, details, err);
	to->taken_ns = clock_now_ns();
	cpu = sampler_cpu_ns() - cpu;
	to->cpu_ms = (int64_t)(cpu / SAMPLER_MS);
	if (ok && (is_census(to->kind) || is_account(to->kind)))
		note_cost(s, is_account(to->kind) ? COSTLY_ACCOUNT :
						    COSTLY_CENSUS, cpu);
	s->told_pss |= ok && s->want & WANT_PSS;
	if (ok && s->want & WANT_STACKS)
		read_stacks(s, to);
	if (stops)
		pthread_mutex_unlock(&s->stopping);
	return ok;
}

bool sampler_look(struct sampler *s, enum tui_sample_kind kind, uint32_t id,
		  struct details *details, struct err *err)
{
	struct news *news = news_new(NEWS_SAMPLE);

	if (!news)
		return err_nomem(err);
	news->id = id;
	news->sample->kind = kind;
	news->sample->begun_ns = s->last_look = clock_now_ns();
	if (is_census(kind) || is_account(kind)) {
		s->last_census = s->last_look;
		s->last_costly = is_census(kind) ? COSTLY_CENSUS :
						   COSTLY_ACCOUNT;
	}
	sampler_note_state(s);
	if (!read_held_back(s, news->sample, details, err)) {
		news_free(news);
		return false;
	}
	fill_costs(s, news->sample);
	newsqueue_put(&s->news, news);
	return true;
}

void sampler_look_now(struct sampler *s, enum tui_sample_kind kind, uint32_t id)
{
	struct err err = { 0 };

	if (!sampler_look(s, kind, id, NULL, &err))
		sampler_look_failed(s, &err);
}

enum tui_sample_kind sampler_census_kind(const struct sampler *s)
{
	return s->opt->exact || sampler_is_still(s) ? SAMPLE_EXACT :
						      SAMPLE_LIVE;
}

enum tui_sample_kind sampler_account_kind(const struct sampler *s)
{
	return s->opt->exact || sampler_is_still(s) ? SAMPLE_ACCOUNT_EXACT :
						      SAMPLE_ACCOUNT;
}

/* --- names ---------------------------------------------------------------- */

static bool name_all(void *arg, const struct graph *g, struct dump *dump,
		     struct err *err)
{
	(void)dump;
	return holder_names_fill(arg, g, err);
}

/* What is asked for is answered once, whatever comes of it. */
static void look_for_names(struct sampler *s)
{
	const struct graph_options opt = {
		.no_stop = !s->opt->exact && !sampler_is_still(s),
		.max_pause_ms = SNAPSHOT_MAX_PAUSE_MS,
		.analyse = name_all, .arg = &s->naming,
	};
	uint64_t cpu = sampler_cpu_ns();
	struct err err = { 0 };
	struct news *news;
	bool ok;

	s->last_costly = COSTLY_NAMES;
	s->last_census = clock_now_ns();
	pthread_mutex_lock(&s->stopping);
	ok = monitor_graph(&s->mo, &opt, &err);
	pthread_mutex_unlock(&s->stopping);
	note_cost(s, COSTLY_NAMES, sampler_cpu_ns() - cpu);
	news = answer_names(&s->naming, ok ? NULL : err.text);
	if (news)
		news->id = s->naming_id;
	newsqueue_put(&s->news, news);
	holder_names_fini(&s->naming);
	if (!ok && err.code == ERR_GONE)
		sampler_look_failed(s, &err);
}

/* --- in turn -------------------------------------------------------------- */

static void look_costly(struct sampler *s)
{
	switch (next_costly(s)) {
	case COSTLY_NAMES:
		look_for_names(s);
		break;
	case COSTLY_ACCOUNT:
		sampler_look_now(s, sampler_account_kind(s), 0);
		break;
	default:
		sampler_look_now(s, sampler_census_kind(s), 0);
		break;
	}
}

/* When the next census, or account, is due. */
static uint64_t census_at(const struct sampler *s, uint64_t now)
{
	uint64_t regular = s->last_census ?
			   s->last_census + s->pace.interval : now;
	uint64_t allowed = now + pace_wait(&s->pace);

	return regular > allowed ? regular : allowed;
}

uint64_t sampler_keep_looking(struct sampler *s)
{
	uint64_t now = clock_now_ns(), at, light;

	if (s->paused ||
	    (sampler_is_still(s) && s->last_census &&
	     next_costly(s) == COSTLY_CENSUS))
		return SAMPLER_NEVER;
	pace_account(&s->pace, now, sampler_cpu_ns());
	at = census_at(s, now);
	light = s->last_look ? s->last_look + s->pace.interval : now;
	if (now >= at) {
		look_costly(s);
	} else if (now >= light && at - now > s->pace.interval / 4) {
		sampler_look_now(s, SAMPLE_LIGHT, 0);
	} else {
		/* Not for a light one right before a census. */
		return light > now && light < at ? light : at;
	}
	return now;
}
