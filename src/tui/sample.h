/* SPDX-License-Identifier: MIT */
#ifndef TUI_SAMPLE_H
#define TUI_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/addr.h"
#include "base/vec.h"
#include "result/account.h"
#include "result/dump.h"
#include "result/holder_names.h"
#include "result/inspect.h"

/**
 * What a feed has to tell: a sample, something that happened, an answer.
 *
 * Units and unknown: as in result/dump.h: bytes, DUMP_UNKNOWN (-1), NULL.
 * Text:  foreign, as there; escaped only when drawn.
 * Owner: whoever took it; news_free().  A sample is counted, as the screen
 *        shows it while the feed may be writing it to a file.
 */
enum tui_sample_kind {
	SAMPLE_LIVE,	/* a census of the running tracee */
	SAMPLE_EXACT,	/* a census of the stopped tracee */
	SAMPLE_STACKS,	/* no census: target, python, stacks, memory, capture;
			 * heap, types, kinds, blocks say nothing.  gc may be
			 * known: gc.generations.n > 0 */
	SAMPLE_LIGHT,	/* as SAMPLE_STACKS, and no stacks */
	SAMPLE_ACCOUNT,	/* as SAMPLE_LIGHT, and an account */
	SAMPLE_ACCOUNT_EXACT,	/* ... of the stopped tracee */
};

struct tui_sample {
	struct dump dump;
	enum tui_sample_kind kind;
	struct account account;	/* of SAMPLE_ACCOUNT; else of nothing */
	/** CLOCK_MONOTONIC, ns, when reading the heap began and ended; what
	 *  is counted was so at some time in between. */
	uint64_t begun_ns, taken_ns;

	int64_t cpu_ms;		/* that reading took; of a census, an account */
	/* What looking costs: us, since we began, and the pace it allows. */
	double our_cpu_percent;		/* of one core, lately; < 0 unknown */
	int64_t our_cpu_ms, our_rss, our_peak_rss;
	int asked_interval_ms, interval_ms;	/* wanted; as it is now */
	/** Why the second is longer, in words, or NULL.  Ours to free. */
	char *slowed;

	int n_refs;		/* sample.c's own */
};

/** One reference, all unknown; NULL: out of memory. */
struct tui_sample *tui_sample_new(void);
struct tui_sample *tui_sample_ref(struct tui_sample *sample);
/** Frees it with its last reference; NULL is fine.  Any thread. */
void tui_sample_unref(struct tui_sample *sample);

/** Does it count the heap? */
static inline bool tui_sample_has_heap(const struct tui_sample *sample)
{
	return sample->kind == SAMPLE_LIVE || sample->kind == SAMPLE_EXACT;
}

/** Is it one of where the memory is? */
static inline bool tui_sample_has_account(const struct tui_sample *sample)
{
	return sample->kind == SAMPLE_ACCOUNT ||
	       sample->kind == SAMPLE_ACCOUNT_EXACT;
}

/** What became of the tracee.  All but EVENT_FAILED and EVENT_NOTE last until
 *  the next event. */
enum event_kind {
	EVENT_ATTACHED,	/* at first, or again: another process, pid in @pid.
			 * What was learnt of the last one no longer counts */
	EVENT_GONE,	/* it ended at @time, as far as known */
	EVENT_EXEC,	/* it runs another program now; EVENT_ATTACHED follows
			 * if that is a Python we know */
	EVENT_STOPPED,	/* by a signal (SIGSTOP, a debugger): its numbers
			 * stand still */
	EVENT_RUNNING,	/* no longer stopped */
	EVENT_WAITING,	/* --wait: for a process with the same command */
	EVENT_FAILED,	/* a look failed, @text says why; it is tried again */
	EVENT_NOTE,	/* to be told once */
	EVENT_NOMEM,	/* there was no memory to say what happened */
};

struct event {
	enum event_kind kind;
	struct timespec time;	/* CLOCK_REALTIME */
	int pid;
	enum err_code code;	/* of EVENT_FAILED */
	char *text;		/* in words; NULL: @kind says it all */
};

struct instance {
	raddr address;
	int64_t size, allocated;
	int generation;		/* DUMP_UNKNOWN: none or unknown */
};

/** Some objects of a type. */
struct instances {
	char *type;
	VEC(char *) bases;	/* names, most derived first; n 0: unknown */
	int64_t total;		/* there are so many; rows.n may be fewer */
	int64_t min_size, max_size;	/* shallow, over all that were seen */
	enum tui_sample_kind kind;
	VEC(struct instance) rows;
	char *problem;		/* why there are none or not all, or NULL */
};

struct field {
	char *name;		/* attribute, "[3]", "['key']" */
	char *value;		/* a short repr, or NULL */
	char *type;		/* of the value, or NULL */
	raddr address;		/* of the value, 0: unknown */
};

/** What is in an object. */
struct fields {
	raddr address;
	char *type;
	int64_t size, allocated;
	VEC(struct field) rows;
	char *problem;		/* why there are none or not all, or NULL */
};

/** The answer to ASK_WRITE. */
struct written {
	char *path;
	char *problem;		/* NULL: it is written */
};

/** The answer to ASK_REFERRERS. */
struct referrers {
	struct inspect of;	/* without its fields */
	char *problem;		/* why they are not known, or NULL */
};

enum news_kind {
	NEWS_SAMPLE, NEWS_EVENT, NEWS_INSTANCES, NEWS_FIELDS, NEWS_WRITTEN,
	NEWS_NAMES, NEWS_REFERRERS,
};

/** The answer to ASK_NAMES. */
struct called {
	struct holder_names names;
	char *problem;		/* why they are not known, or NULL */
};

struct news {
	enum news_kind kind;
	uint32_t id;		/* of the ask it answers; else 0 */
	union {
		struct tui_sample *sample;
		struct event event;
		struct instances instances;
		struct fields fields;
		struct written written;
		struct called called;
		struct referrers referrers;
	};
	struct news *next;	/* whoever keeps a queue of them */
};

/** NULL: out of memory.  NEWS_SAMPLE: with a new sample. */
struct news *news_new(enum news_kind kind);
void news_free(struct news *news);

void instances_fini(struct instances *instances);
void fields_fini(struct fields *fields);

#endif
