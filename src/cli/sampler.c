/* SPDX-License-Identifier: MIT */
/*
 * The thread behind the screen.
 *
 * It sleeps until a look is due, somebody asks for something or the process
 * ends (which a pidfd tells at once), does what is to be done, one thing after
 * the other, and puts the outcome into a queue.
 */
#include "cli/sampler.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attach/facts.h"
#include "base/clock.h"
#include "cli/answer.h"
#include "cli/monitor.h"
#include "cli/newsqueue.h"
#include "cli/pace.h"
#include "cli/ps_list.h"

#define MS 1000000ull
#define NEVER UINT64_MAX

enum {
	END_MS = 40,
	OTHER_COMMAND_MS = 1000,	/* between looks for one that is back */
	REOPEN_FIRST_MS = 100,		/* between tries after an exec */
	REOPEN_TRIES = 12,
	REOPEN_MOST_MS = 5000,
	USAGE_MS = 15000,	/* our CPU time is told over that long */
	USAGE_LEAST_MS = 2000,
	FEW_INSTANCES = 100,
};

/** What an ask leaves behind until it is answered. */
struct asked {
	bool pending;
	struct feed_ask ask;
	char *type, *path;
};

enum phase { LOOKING, REOPENING, WAITING, ENDED };

struct sampler {
	struct feed feed;	/* first: the screen has its address */
	const struct sampler_options *opt;
	struct newsqueue news;
	pthread_t thread;
	int wake;		/* eventfd: there are asks, or it is to end */
	bool ending;		/* atomic */
	pthread_mutex_t lock;	/* of asked */
	struct asked asked[ASK_N];
	/** Held while the tracee may be stopped by us, and by a screen that is
	 *  about to be stopped itself. */
	pthread_mutex_t stopping;

	/* The thread's own. */
	struct monitor mo;
	enum phase phase;
	pid_t pid, first_pid;
	int pid_fd;		/* readable once it ends; or -1 */
	char **argv;		/* its command, for --wait */
	size_t argc;
	unsigned tries;
	uint64_t next_try;
	bool paused, stopped;
	unsigned want;
	bool told_pss;		/* since it is wanted */
	struct pace pace;
	uint64_t last_census, last_look;	/* when begun; 0: never */
	bool account_next;	/* the last was a census */
	/** CPU time of the last, ns; 0: none yet. */
	uint64_t census_cost, account_cost;
	struct usage {
		uint64_t now, cpu;
	} usage[2];		/* a while ago, and later */
};

static uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static bool is_ending(const struct sampler *s)
{
	return __atomic_load_n(&s->ending, __ATOMIC_RELAXED);
}

static void tell(struct sampler *s, enum event_kind kind, const char *text)
{
	newsqueue_put(&s->news, answer_event(kind, s->pid, text));
}

/* --- what it costs -------------------------------------------------------- */

static double cpu_percent(struct sampler *s)
{
	struct usage here = { clock_now_ns(), cpu_ns() };
	struct usage from = s->usage[0];

	if (here.now - s->usage[1].now > USAGE_MS * MS) {
		s->usage[0] = s->usage[1];
		s->usage[1] = here;
	}
	if (here.now - from.now < USAGE_LEAST_MS * MS)
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
	return ns / MS > SAMPLER_MAX_MS ? SAMPLER_MAX_MS : (int)(ns / MS);
}

static char *why_slowed(const struct sampler *s)
{
	char account[64] = "", *text;

	if (s->want & WANT_ACCOUNT && s->account_cost)
		snprintf(account, sizeof(account), ", an account %.0f ms",
			 (double)s->account_cost / MS);
	if (asprintf(&text, "a census takes %.0f ms of CPU time%s, and we "
		     "take %.3g %% of a core at most",
		     (double)s->census_cost / MS, account,
		     s->pace.share * 100) < 0)
		return NULL;
	return text;
}

/* Of what is costly each second one is an account, while that is wanted. */
static void note_cost(struct sampler *s, bool is_account, uint64_t cost)
{
	*(is_account ? &s->account_cost : &s->census_cost) = cost;
	s->pace.cost = s->want & WANT_ACCOUNT ?
		       (s->census_cost + s->account_cost) / 2 : s->census_cost;
}

static void fill_costs(struct sampler *s, struct tui_sample *to)
{
	uint64_t pace = pace_interval(&s->pace);
	struct rusage usage;

	to->our_cpu_percent = cpu_percent(s);
	to->our_cpu_ms = (int64_t)(cpu_ns() / MS);
	to->our_rss = our_rss();
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		to->our_peak_rss = usage.ru_maxrss * 1024;
	to->asked_interval_ms = as_ms(s->pace.interval);
	to->interval_ms = as_ms(pace);
	if (pace > s->pace.interval)
		to->slowed = why_slowed(s);
}

/* --- the process ---------------------------------------------------------- */

static void forget_command(struct sampler *s)
{
	for (size_t i = 0; i < s->argc; i++)
		free(s->argv[i]);
	free(s->argv);
	s->argv = NULL;
	s->argc = 0;
}

static void remember_command(struct sampler *s)
{
	struct process_info info;
	struct err ignored;

	if (!target_info(s->mo.cap.tr.target, &info, &ignored))
		return;
	forget_command(s);
	s->argv = calloc(info.argc + 1, sizeof(*s->argv));
	while (s->argv && s->argc < info.argc) {
		s->argv[s->argc] = strdup(info.argv[s->argc]);
		if (!s->argv[s->argc])
			break;
		s->argc++;
	}
	process_info_fini(&info);
}

/* Is it one that will never change? */
static bool is_still(const struct sampler *s)
{
	return s->phase == LOOKING && !s->mo.cap.tr.target->runs;
}

static void watch_pid(struct sampler *s, pid_t pid)
{
	if (s->pid_fd >= 0)
		close(s->pid_fd);
	s->pid = pid;
	/* Linux 5.3; before that the next look tells.  The number of one that
	 * is no more may be another's. */
	s->pid_fd = is_still(s) ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
}

static void tell_still(struct sampler *s)
{
	struct news *news = answer_event(EVENT_STOPPED, s->pid, "this is its "
					 "core file, which stays as it is");

	if (news)
		news->event.time = s->mo.cap.tr.target->when;
	newsqueue_put(&s->news, news);
}

static bool attach(struct sampler *s, const struct target_spec *spec,
		   struct err *err)
{
	if (!monitor_open(&s->mo, spec, s->opt->offsets_path, &s->ending,
			  err)) {
		monitor_close(&s->mo);
		return false;
	}
	s->phase = LOOKING;
	watch_pid(s, s->mo.cap.tr.target->pid);
	remember_command(s);
	s->stopped = false;
	s->last_census = s->last_look = 0;
	s->account_next = false;
	tell(s, EVENT_ATTACHED, NULL);
	if (is_still(s))
		tell_still(s);
	return true;
}

static bool attach_pid(struct sampler *s, pid_t pid, struct err *err)
{
	return attach(s, &(struct target_spec){ .pid = pid }, err);
}

static void has_ended(struct sampler *s)
{
	tell(s, EVENT_GONE, NULL);
	if (s->pid_fd >= 0)
		close(s->pid_fd);
	s->pid_fd = -1;
	s->phase = s->opt->wait && s->argc ? WAITING : ENDED;
	s->next_try = clock_now_ns();
	if (s->phase == WAITING)
		tell(s, EVENT_WAITING, NULL);
}

/* It is not what it was: ended, or another program? */
static void is_gone(struct sampler *s)
{
	char state = monitor_state(&s->mo);

	monitor_close(&s->mo);
	if (!state || procfs_is_dead(state)) {
		has_ended(s);
		return;
	}
	tell(s, EVENT_EXEC, NULL);
	s->phase = REOPENING;
	s->tries = 0;
	s->next_try = clock_now_ns() + REOPEN_FIRST_MS * MS;
}

/* A Python that has just begun cannot be understood yet. */
static void try_again(struct sampler *s)
{
	uint64_t wait = REOPEN_FIRST_MS * MS << s->tries;
	struct err err = { 0 };

	if (attach_pid(s, s->pid, &err))
		return;
	if (err.code == ERR_GONE) {
		has_ended(s);
		return;
	}
	if (++s->tries >= REOPEN_TRIES) {
		tell(s, EVENT_NOTE, err.text);
		s->phase = s->opt->wait ? WAITING : ENDED;
		if (s->phase == WAITING)
			tell(s, EVENT_WAITING, NULL);
	}
	if (wait > REOPEN_MOST_MS * MS)
		wait = REOPEN_MOST_MS * MS;
	s->next_try = clock_now_ns() + wait;
}

static void look_for_another(struct sampler *s)
{
	pid_t pid = ps_list_same_command(s->argv, s->argc, getpid());
	struct err ignored;

	/* Not yet: it may have begun a moment ago. */
	if (!pid || !attach_pid(s, pid, &ignored))
		s->next_try = clock_now_ns() + OTHER_COMMAND_MS * MS;
}

static void note_state(struct sampler *s)
{
	char state = monitor_state(&s->mo);
	bool stopped = state == 'T' || state == 't';

	if (stopped == s->stopped || is_still(s))
		return;
	s->stopped = stopped;
	tell(s, stopped ? EVENT_STOPPED : EVENT_RUNNING, NULL);
}

/* --- a look --------------------------------------------------------------- */

static void look_failed(struct sampler *s, const struct err *err)
{
	struct news *news;

	if (is_ending(s))
		return;
	if (err->code == ERR_GONE) {
		is_gone(s);
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
		look_failed(s, &err);
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
	uint64_t cpu = cpu_ns();
	bool ok;

	if (stops)
		pthread_mutex_lock(&s->stopping);
	ok = read_all(s, to, details, err);
	to->taken_ns = clock_now_ns();
	cpu = cpu_ns() - cpu;
	to->cpu_ms = (int64_t)(cpu / MS);
	if (ok && (is_census(to->kind) || is_account(to->kind)))
		note_cost(s, is_account(to->kind), cpu);
	s->told_pss |= ok && s->want & WANT_PSS;
	if (ok && s->want & WANT_STACKS)
		read_stacks(s, to);
	if (stops)
		pthread_mutex_unlock(&s->stopping);
	return ok;
}

/* @id: of the ask it answers, or 0.  @details is NULL unless they are asked
 * for. */
static bool look(struct sampler *s, enum tui_sample_kind kind, uint32_t id,
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
		s->account_next = is_census(kind);
	}
	note_state(s);
	if (!read_held_back(s, news->sample, details, err)) {
		news_free(news);
		return false;
	}
	fill_costs(s, news->sample);
	newsqueue_put(&s->news, news);
	return true;
}

static void look_now(struct sampler *s, enum tui_sample_kind kind, uint32_t id)
{
	struct err err = { 0 };

	if (!look(s, kind, id, NULL, &err))
		look_failed(s, &err);
}

static enum tui_sample_kind census_kind(const struct sampler *s)
{
	return s->opt->exact || is_still(s) ? SAMPLE_EXACT : SAMPLE_LIVE;
}

static enum tui_sample_kind account_kind(const struct sampler *s)
{
	return s->opt->exact || is_still(s) ? SAMPLE_ACCOUNT_EXACT :
					      SAMPLE_ACCOUNT;
}

/* What is to be looked at when there is time for what is costly. */
static bool wants_account(const struct sampler *s)
{
	return s->want & WANT_ACCOUNT && s->account_next;
}

/* When the next census, or account, is due. */
static uint64_t census_at(const struct sampler *s, uint64_t now)
{
	uint64_t regular = s->last_census ?
			   s->last_census + s->pace.interval : now;
	uint64_t allowed = now + pace_wait(&s->pace);

	return regular > allowed ? regular : allowed;
}

/* Look if it is time; returns when it will be. */
static uint64_t keep_looking(struct sampler *s)
{
	uint64_t now = clock_now_ns(), at, light;

	if (s->paused ||
	    (is_still(s) && s->last_census && !wants_account(s)))
		return NEVER;
	pace_account(&s->pace, now, cpu_ns());
	at = census_at(s, now);
	light = s->last_look ? s->last_look + s->pace.interval : now;
	if (now >= at) {
		look_now(s, wants_account(s) ? account_kind(s) : census_kind(s),
			 0);
	} else if (now >= light && at - now > s->pace.interval / 4) {
		look_now(s, SAMPLE_LIGHT, 0);
	} else {
		/* Not for a light one right before a census. */
		return light > now && light < at ? light : at;
	}
	return now;
}

/* --- asks ----------------------------------------------------------------- */

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
		look_now(s, exact ? SAMPLE_EXACT : census_kind(s), a->ask.id);
	if (s->phase == LOOKING && s->want & WANT_ACCOUNT)
		look_now(s, exact ? SAMPLE_ACCOUNT_EXACT : account_kind(s),
			 a->ask.id);
}

static void on_interval(struct sampler *s, struct asked *a)
{
	int ms = a->ask.interval_ms;

	if (ms < SAMPLER_MIN_MS)
		ms = SAMPLER_MIN_MS;
	if (ms > SAMPLER_MAX_MS)
		ms = SAMPLER_MAX_MS;
	s->pace.interval = (uint64_t)ms * MS;
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
	if (is_still(s) && s->last_census && s->want & WANT_STACKS)
		look_now(s, SAMPLE_LIGHT, 0);
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
	} else if (!look(s, SAMPLE_EXACT, 0, &details, &err)) {
		problem = err.text;
		look_failed(s, &err);
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
			look_failed(s, &err);
	}
	answer(s, a->ask.id, answer_fields(&object, problem));
	details_object_fini(&object);
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
	[ASK_WRITE] = on_write,
};

static void asked_fini(struct asked *a)
{
	if (a->pending)
		tui_sample_unref(a->ask.sample);
	free(a->type);
	free(a->path);
	*a = (struct asked){ 0 };
}

static void answer_asks(struct sampler *s)
{
	for (size_t i = 0; i < ASK_N && !is_ending(s); i++) {
		struct asked a;

		pthread_mutex_lock(&s->lock);
		a = s->asked[i];
		s->asked[i] = (struct asked){ 0 };
		pthread_mutex_unlock(&s->lock);
		if (a.pending)
			on_ask[i](s, &a);
		asked_fini(&a);
	}
}

/* --- the thread ----------------------------------------------------------- */

/* Until @at, an ask, or the end of the process. */
static void sleep_until(struct sampler *s, uint64_t at)
{
	struct pollfd fds[] = {
		{ .fd = s->wake, .events = POLLIN },
		{ .fd = s->phase == LOOKING ? s->pid_fd : -1,
		  .events = POLLIN },
	};
	uint64_t now = clock_now_ns();
	struct timespec left = { 0 };
	eventfd_t ignored;

	if (at > now) {
		left.tv_sec = (time_t)((at - now) / (1000 * MS));
		left.tv_nsec = (long)((at - now) % (1000 * MS));
	}
	if (ppoll(fds, 2, at == NEVER ? NULL : &left, NULL) <= 0)
		return;
	if (fds[0].revents)
		(void)eventfd_read(s->wake, &ignored);
	if (fds[1].revents && s->phase == LOOKING)
		is_gone(s);
}

static uint64_t do_what_is_due(struct sampler *s)
{
	if (s->phase == LOOKING)
		return keep_looking(s);
	if (s->phase == ENDED)
		return NEVER;
	if (clock_now_ns() >= s->next_try) {
		if (s->phase == REOPENING)
			try_again(s);
		else
			look_for_another(s);
	}
	return s->phase == LOOKING ? clock_now_ns() : s->next_try;
}

static void *run(void *arg)
{
	struct sampler *s = arg;

	while (!is_ending(s)) {
		answer_asks(s);
		sleep_until(s, do_what_is_due(s));
	}
	monitor_close(&s->mo);
	return NULL;
}

/* --- the feed ------------------------------------------------------------- */

static int feed_descriptor(const struct feed *feed)
{
	return ((const struct sampler *)feed)->news.fd;
}

static struct news *next_news(struct feed *feed)
{
	return newsqueue_take(&((struct sampler *)feed)->news);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void take_ask(struct feed *feed, const struct feed_ask *ask)
{
	struct sampler *s = (struct sampler *)feed;
	struct asked new = {
		.pending = true, .ask = *ask,
		.type = copy(ask->type), .path = copy(ask->path),
	};
	struct asked old;

	if (new.ask.sample)
		tui_sample_ref(new.ask.sample);
	pthread_mutex_lock(&s->lock);
	/* The last of these two counts. */
	if (ask->kind == ASK_PAUSE)
		s->asked[ASK_RESUME].pending = false;
	if (ask->kind == ASK_RESUME)
		s->asked[ASK_PAUSE].pending = false;
	old = s->asked[ask->kind];
	s->asked[ask->kind] = new;
	pthread_mutex_unlock(&s->lock);
	asked_fini(&old);
	eventfd_write(s->wake, 1);
}

static void hold_back(struct feed *feed)
{
	pthread_mutex_lock(&((struct sampler *)feed)->stopping);
}

static void release(struct feed *feed)
{
	pthread_mutex_unlock(&((struct sampler *)feed)->stopping);
}

static const struct feed_ops sampler_ops = {
	.fd = feed_descriptor,
	.next = next_news,
	.ask = take_ask,
	.hold = hold_back,
	.release = release,
};

pid_t sampler_pid(const struct sampler *sampler)
{
	return sampler->first_pid;
}

struct feed *sampler_feed(struct sampler *sampler)
{
	return &sampler->feed;
}

static void dispose(struct sampler *s)
{
	monitor_close(&s->mo);
	for (size_t i = 0; i < ASK_N; i++)
		asked_fini(&s->asked[i]);
	if (s->wake >= 0)
		close(s->wake);
	if (s->pid_fd >= 0)
		close(s->pid_fd);
	newsqueue_fini(&s->news);
	forget_command(s);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->stopping);
	free(s);
}

static bool begin(struct sampler *s, struct err *err)
{
	static const int our_own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	sigset_t all, before;
	const struct sampler_options *opt = s->opt;
	int sys;

	if (s->wake < 0)
		return err_sys(err, errno, "cannot make an eventfd");
	if (!newsqueue_init(&s->news, err) || !attach(s, &opt->target, err))
		return false;
	s->first_pid = s->pid;
	s->usage[0] = s->usage[1] = (struct usage){ clock_now_ns(), cpu_ns() };
	pace_init(&s->pace, opt->cpu_percent / 100,
		  (uint64_t)opt->interval_ms * MS, clock_now_ns(), cpu_ns());
	/* Signals are for the thread of the screen. */
	sigfillset(&all);
	for (size_t i = 0; i < ARRAY_SIZE(our_own); i++)
		sigdelset(&all, our_own[i]);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	sys = pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !sys || err_sys(err, sys, "cannot start a thread");
}

struct sampler *sampler_new(const struct sampler_options *opt,
			    struct err *err)
{
	struct sampler *s = calloc(1, sizeof(*s));

	if (!s) {
		err_nomem(err);
		return NULL;
	}
	s->feed.ops = &sampler_ops;
	s->opt = opt;
	s->want = opt->want;
	s->pid_fd = s->news.fd = -1;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->stopping, NULL);
	if (begin(s, err))
		return s;
	dispose(s);
	return NULL;
}

bool sampler_free(struct sampler *s)
{
	struct timespec until;

	__atomic_store_n(&s->ending, true, __ATOMIC_RELAXED);
	eventfd_write(s->wake, 1);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += END_MS * (long)MS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	if (pthread_timedjoin_np(s->thread, NULL, &until) != 0)
		return false;
	dispose(s);
	return true;
}
