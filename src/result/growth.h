/* SPDX-License-Identifier: MIT */
#ifndef RESULT_GROWTH_H
#define RESULT_GROWTH_H

#include <stdint.h>

#include "base/addrmap.h"
#include "base/strset.h"
#include "base/vec.h"

/**
 * Which lines made a process grow, as plain data.
 *
 * Units: bytes.  Text is foreign: escape it.
 * Owner: growth_fini().  Zeroed is empty.
 */
enum { GROWTH_BYTES = 1 << 28 };	/* of texts, frames, stacks, at most */

enum growth_how {
	GROWTH_LINE,		/* the line of the instant, and who called it */
	GROWTH_MOVED,		/* the line of the instant; it had returned when
				   those who called it were read */
	GROWTH_GUESSED,		/* what probably ran: the C stack has more than
				   one, or could not be followed */
	GROWTH_LATE,		/* it is not known what ran */
	GROWTH_NOT_PYTHON,	/* a thread that runs none */
	GROWTH_N_HOW
};

/** Numbers are those of growth->text. */
struct growth_frame {
	uint32_t file, function;
	int32_t line;		/* -1: not known */
	int32_t unused;		/* 0: compared as bytes */
};

/** What one stack, of one thread, did; frames: growth_frames(). */
struct growth_stack {
	enum growth_how how;
	int32_t tid;
	int64_t faults;		/* seen, those that no sample told too */
	int64_t grew;		/* bytes that became resident */
	int64_t stayed;		/* ... and are, and were not before */
	int64_t objects;	/* of what stayed: parts of objects of Python */
};

/** Bytes of a type on the pages that a stack made resident. */
struct growth_lying {
	uint32_t stack, type;	/* a number of growth->text */
	int64_t bytes;
};

struct growth {
	double seconds;
	int64_t rss_before, rss_now;
	int64_t faults_seen;	/* by the kernel's count */
	int64_t faults_told;	/* by samples, and those they stand for */
	int64_t samples;
	int64_t lost;		/* records that found no room */
	int64_t came, went;	/* bytes resident now, not before; and the
				   other way round: rss_now less rss_before */
	int64_t stayed;		/* of what came, what faults tell */
	int64_t inferred;	/* ... of that, by a fault beside it */
	bool some;		/* for a while not each fault was told */
	bool by_clock;		/* faults were not watched at all: stacks were
				   read now and then, and rss */
	/** It ended, or there were no faults: of what stayed nothing is known,
	 *  nor what lies there. */
	bool no_pages;
	/** Objects of Python, and what they take, before and now; and what was
	 *  free in pools before: -1: not known. */
	int64_t objects_before, objects_now;
	int64_t allocated_before, allocated_now;
	int64_t free_before;
	int64_t how[GROWTH_N_HOW];	/* samples */
	struct strset text;
	struct strset frames;	/* struct growth_frame */
	struct strset traces;	/* whose, and numbers of frames; as stacks */
	VEC(struct growth_stack) stacks;
	VEC(struct growth_lying) lying;
	VEC(struct growth_file {
		uint32_t name;
		char *text;
	}) files;		/* whose lines were asked for */
	struct addrmap sources;	/* text of lines, by number of frame + 1 */
};

void growth_fini(struct growth *g);

/** The number of @text, "" for NULL; STRSET_NONE: @err is set. */
uint32_t growth_text(struct growth *g, const char *text, struct err *err);
static inline const char *growth_said(const struct growth *g, uint32_t n)
{
	return g->text.all.v[n];
}

/** The number of @frame; STRSET_NONE: @err is set. */
uint32_t growth_add_frame(struct growth *g, const struct growth_frame *frame,
			  struct err *err);

/** The number of the stack with @n frames of @frames; STRSET_NONE: @err is
 *  set. */
uint32_t growth_stack(struct growth *g, enum growth_how how, int32_t tid,
		      const uint32_t *frames, size_t n, struct err *err);

/** The frames of a stack, by number. */
const uint32_t *growth_frames(const struct growth *g, uint32_t stack,
			      size_t *ret_n);
static inline const struct growth_frame *growth_frame(const struct growth *g,
						      uint32_t n)
{
	return (const void *)g->frames.all.v[n];
}

/* --- views --------------------------------------------------------------- */

enum growth_by {
	GROWTH_BY_LINE, GROWTH_BY_FUNCTION, GROWTH_BY_FILE, GROWTH_BY_THREAD,
	GROWTH_BY_STACK, GROWTH_BY_TYPE,
	GROWTH_N_BY
};

struct growth_row {
	enum growth_how how;
	/** As far as the view tells them apart; STRSET_NONE: not. */
	uint32_t file, function, type;
	uint32_t stack;		/* one of those in it */
	int32_t line, tid;	/* -1: not told apart */
	int64_t faults, grew, stayed, objects;
	VEC(struct growth_part {
		uint32_t type;
		int64_t bytes;
	}) lying;		/* most first */
};

struct growth_rows {
	enum growth_by by;
	VEC(struct growth_row) v;	/* what stayed most first, then what
					   came */
	struct strset keys;
};

MUST_CHECK bool growth_rows_make(const struct growth *g, enum growth_by by,
				 struct growth_rows *ret, struct err *err);
void growth_rows_fini(struct growth_rows *rows);

/** The text of the line of the innermost frame; STRSET_NONE: not known. */
uint32_t growth_source(const struct growth *g, uint32_t stack);

/** "line", "function"... */
const char *growth_by_word(enum growth_by by);

/** "line", "moved", "guessed", "late", "not_python". */
const char *growth_how_word(enum growth_how how);
/** The same for people; NULL: nothing to say. */
const char *growth_how_text(enum growth_how how);

#endif
