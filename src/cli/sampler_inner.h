/* SPDX-License-Identifier: MIT */
#ifndef CLI_SAMPLER_INNER_H
#define CLI_SAMPLER_INNER_H

/**
 * What the files of the thread behind the screen share: sampler.c has the
 * thread and the feed, sampler_target.c the process and what becomes of it,
 * sampler_look.c the looks and their pace, sampler_ask.c what is asked for.
 */
#include <pthread.h>

#include "base/clock.h"
#include "cli/answer.h"
#include "cli/monitor.h"
#include "cli/newsqueue.h"
#include "cli/pace.h"
#include "cli/sampler.h"

#define SAMPLER_MS 1000000ull
#define SAMPLER_NEVER UINT64_MAX

/** What an ask leaves behind until it is answered. */
struct asked {
	bool pending;
	struct feed_ask ask;
	char *type, *path;
	struct holder_names names;
};

/** What costs so much that it has to wait, in turn. */
enum costly { COSTLY_CENSUS, COSTLY_ACCOUNT, COSTLY_NAMES, COSTLY_N };

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
	enum costly last_costly;
	uint64_t cost[COSTLY_N];	/* CPU time of the last; 0: none yet */
	struct holder_names naming;	/* asked for, not answered yet */
	uint32_t naming_id;
	struct usage {
		uint64_t now, cpu;
	} usage[2];		/* a while ago, and later */
};

static inline uint64_t sampler_cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static inline bool sampler_is_ending(const struct sampler *s)
{
	return __atomic_load_n(&s->ending, __ATOMIC_RELAXED);
}

static inline void sampler_tell(struct sampler *s, enum event_kind kind,
				const char *text)
{
	newsqueue_put(&s->news, answer_event(kind, s->pid, text));
}

/* --- the process: sampler_target.c ---------------------------------------- */

MUST_CHECK bool sampler_attach(struct sampler *s,
			       const struct target_spec *spec,
			       struct err *err);
void sampler_forget_command(struct sampler *s);

/** Is it one that will never change? */
bool sampler_is_still(const struct sampler *s);

/** It is not what it was: ended, or another program? */
void sampler_is_gone(struct sampler *s);

/** After an exec; and with --wait, after it has ended. */
void sampler_try_again(struct sampler *s);
void sampler_look_for_another(struct sampler *s);

/** Tell if it was stopped, or runs again. */
void sampler_note_state(struct sampler *s);

/* --- looks: sampler_look.c ------------------------------------------------ */

enum tui_sample_kind sampler_census_kind(const struct sampler *s);
enum tui_sample_kind sampler_account_kind(const struct sampler *s);

/** @id: of the ask it answers, or 0.  @details is NULL unless they are asked
 *  for. */
MUST_CHECK bool sampler_look(struct sampler *s, enum tui_sample_kind kind,
			     uint32_t id, struct details *details,
			     struct err *err);
void sampler_look_failed(struct sampler *s, const struct err *err);
/** Both. */
void sampler_look_now(struct sampler *s, enum tui_sample_kind kind,
		      uint32_t id);

/** Look if it is time; returns when it will be. */
uint64_t sampler_keep_looking(struct sampler *s);

/* --- asks: sampler_ask.c -------------------------------------------------- */

void sampler_answer_asks(struct sampler *s);
void sampler_asked_fini(struct asked *a);

#endif
