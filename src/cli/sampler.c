/* SPDX-License-Identifier: MIT */
/*
 * The thread behind the screen.
 *
 * It sleeps until a look is due, somebody asks for something or the process
 * ends (which a pidfd tells at once), does what is to be done, one thing after
 * the other, and puts the outcome into a queue.
 */
#include "cli/sampler_inner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { END_MS = 40 };

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
		left.tv_sec = (time_t)((at - now) / (1000 * SAMPLER_MS));
		left.tv_nsec = (long)((at - now) % (1000 * SAMPLER_MS));
	}
	if (ppoll(fds, 2, at == SAMPLER_NEVER ? NULL : &left, NULL) <= 0)
		return;
	if (fds[0].revents)
		(void)eventfd_read(s->wake, &ignored);
	if (fds[1].revents && s->phase == LOOKING)
		sampler_is_gone(s);
}

static uint64_t do_what_is_due(struct sampler *s)
{
	if (s->phase == LOOKING)
		return sampler_keep_looking(s);
	if (s->phase == ENDED)
		return SAMPLER_NEVER;
	if (clock_now_ns() >= s->next_try) {
		if (s->phase == REOPENING)
			sampler_try_again(s);
		else
			sampler_look_for_another(s);
	}
	return s->phase == LOOKING ? clock_now_ns() : s->next_try;
}

static void *run(void *arg)
{
	struct sampler *s = arg;

	while (!sampler_is_ending(s)) {
		sampler_answer_asks(s);
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

static void copy_names(struct holder_names *to, const struct holder_names *from)
{
	struct err ignored;

	for (size_t i = 0; i < from->v.n; i++) {
		if (!holder_names_ask(to, from->v.v[i].address,
				      from->v.v[i].type, &ignored))
			return;
	}
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
	if (ask->names)
		copy_names(&new.names, ask->names);
	pthread_mutex_lock(&s->lock);
	/* The last of these two counts. */
	if (ask->kind == ASK_PAUSE)
		s->asked[ASK_RESUME].pending = false;
	if (ask->kind == ASK_RESUME)
		s->asked[ASK_PAUSE].pending = false;
	old = s->asked[ask->kind];
	s->asked[ask->kind] = new;
	pthread_mutex_unlock(&s->lock);
	sampler_asked_fini(&old);
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
		sampler_asked_fini(&s->asked[i]);
	if (s->wake >= 0)
		close(s->wake);
	if (s->pid_fd >= 0)
		close(s->pid_fd);
	newsqueue_fini(&s->news);
	sampler_forget_command(s);
	holder_names_fini(&s->naming);
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
	if (!newsqueue_init(&s->news, err) ||
	    !sampler_attach(s, &opt->target, err))
		return false;
	s->first_pid = s->pid;
	s->usage[0].now = clock_now_ns();
	s->usage[0].cpu = sampler_cpu_ns();
	s->usage[1] = s->usage[0];
	pace_init(&s->pace, opt->cpu_percent / 100,
		  (uint64_t)opt->interval_ms * SAMPLER_MS, s->usage[0].now,
		  s->usage[0].cpu);
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
	until.tv_nsec += END_MS * (long)SAMPLER_MS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	if (pthread_timedjoin_np(s->thread, NULL, &until) != 0)
		return false;
	dispose(s);
	return true;
}
