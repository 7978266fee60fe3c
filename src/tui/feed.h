/* SPDX-License-Identifier: MIT */
#ifndef TUI_FEED_H
#define TUI_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "tui/sample.h"

/**
 * Where the screen gets its samples from, and how it says what it wants.
 *
 * Behind it stands a thread that looks into a process, or a test's array.
 * The screen asks, polls the descriptor and takes the news; it never waits:
 * no function here may block for longer than a lock held for microseconds.
 *
 * Threads: all functions are called by the screen's thread only.
 * Owner:   whoever made the feed; the screen never closes it.  The feed must
 *          outlive tui_run().
 */
struct feed {
	const struct feed_ops *ops;
};

enum feed_ask_kind {
	ASK_SAMPLE,	/* one more, now, whatever the interval */
	ASK_EXACT,	/* one for which the tracee is stopped */
	ASK_INTERVAL,	/* from now on, @interval_ms from start to start */
	ASK_PAUSE,	/* take none until ASK_RESUME, but those asked for */
	ASK_RESUME,
	ASK_WANT,	/* samples are to hold what @want says */
	ASK_INSTANCES,	/* of @type: NEWS_INSTANCES answers */
	ASK_FIELDS,	/* of the object at @address: NEWS_FIELDS answers */
	ASK_REFERRERS,	/* to that object, of which @limit are named, and what
			 * it retains: NEWS_REFERRERS answers */
	ASK_NAMES,	/* of the containers in @names, when there is time
			 * for it: NEWS_NAMES answers */
	ASK_WRITE,	/* @sample as JSON into @path: NEWS_WRITTEN answers */
	ASK_N
};

/** What the panels shown now have a use for.  Not wanted: need not be there. */
enum feed_want {
	WANT_STACKS = 1 << 0,
	WANT_NATIVE = 1 << 1,	/* with native frames */
	WANT_LOCALS = 1 << 2,	/* with local variables */
	WANT_KINDS = 1 << 3,	/* dicts by owner */
	WANT_PSS = 1 << 4,	/* pss, uss, swap: the kernel needs a while */
	WANT_ACCOUNT = 1 << 5,	/* of the memory, in turn with the censuses */
};

struct feed_ask {
	enum feed_ask_kind kind;
	/** Comes back in the answer.  A newer ask of the same kind replaces
	 *  one that has not been answered, which then never is. */
	uint32_t id;
	int interval_ms;
	unsigned want;			/* enum feed_want */
	/* Valid during the call; whoever needs them longer copies. */
	const char *type;		/* as in struct dump_type */
	raddr address;
	size_t limit;			/* instances, referrers at most */
	const struct holder_names *names;
	const char *path;
	struct tui_sample *sample;	/* take a reference to keep it */
};

struct feed_ops {
	/** Readable while there are news; the same descriptor always. */
	int (*fd)(const struct feed *feed);
	/** The oldest news not yet taken, the caller's to free with
	 *  news_free(); NULL: no more for now.  A feed may drop samples that
	 *  nobody took in time, oldest first, but no other news. */
	struct news *(*next)(struct feed *feed);
	/** Never fails: trouble is told as news. */
	void (*ask)(struct feed *feed, const struct feed_ask *ask);
	/**
	 * We are about to be stopped (SIGTSTP): return when the tracee is
	 * surely not, and begin no look until released.  The one function
	 * that may wait.  Both may be NULL.
	 */
	void (*hold)(struct feed *feed);
	void (*release)(struct feed *feed);
};

static inline int feed_fd(const struct feed *feed)
{
	return feed->ops->fd(feed);
}

static inline struct news *feed_next(struct feed *feed)
{
	return feed->ops->next(feed);
}

static inline void feed_ask(struct feed *feed, const struct feed_ask *ask)
{
	feed->ops->ask(feed, ask);
}

#endif
