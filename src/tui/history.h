/* SPDX-License-Identifier: MIT */
#ifndef TUI_HISTORY_H
#define TUI_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addrmap.h"
#include "base/err.h"
#include "base/vec.h"
#include "tui/timeline.h"

/**
 * How the counts of types (or kinds) went from sample to sample.
 *
 * A sample is added between history_begin() and history_end(), a row a call;
 * rows of one name are summed.  What a sample does not name has gone to 0.
 *
 * Cost:  some 200 bytes a row and 512 for each that ever changed, of at most
 *        HISTORY_RINGS; rows long gone that no baseline knows are dropped.
 * Owner: history_fini().  Rows move when a sample is added.
 */
enum {
	HISTORY_RINGS = 8192,	/* rows with a graph; others have no rate */
	HISTORY_GROWING = 3,	/* risen in so many samples: "growing" */
	HISTORY_KEEP = 32,	/* samples that a row outlives its objects */
};

struct history_ring {
	int64_t count[TIMELINE_SLOTS], bytes[TIMELINE_SLOTS];
};

struct history_row {
	char *name;		/* what it is found by */
	char *module, *label;	/* parts of it, for types; or NULL */
	int64_t count, bytes, allocated, static_count, classes;
	int64_t prev_count, prev_bytes;
	int64_t base_count, base_bytes;	/* at the baseline */
	int64_t first_count, first_bytes;	/* first sample */
	double count_rate, bytes_rate;	/* a second; NAN: not known */
	unsigned rises;	/* samples in a row in which bytes rose */
	bool tagged;
	uint32_t seen, next;		/* sample; next of the same hash */
	struct history_ring *ring;	/* NULL: it never changed */
};

struct history {
	struct timeline line;
	VEC(struct history_row) rows;
	struct addrmap by_hash;
	uint32_t sample;	/* number of the last one; 0: none yet */
	size_t n_rings;
	bool has_baseline;	/* taken by the user, not the first sample */
	uint32_t changes;	/* grows when any of it changed */
};

struct history_item {
	const char *name, *module, *label;
	int64_t count, bytes, allocated, static_count, classes;
};

void history_fini(struct history *history);

/** A sample taken at @t (CLOCK_MONOTONIC, ns) follows. */
void history_begin(struct history *history, uint64_t t);
MUST_CHECK bool history_put(struct history *history,
			    const struct history_item *item, struct err *err);
MUST_CHECK bool history_end(struct history *history, struct err *err);

/** Compare with the last sample from now on; or with the first again. */
void history_baseline(struct history *history);
void history_clear_baseline(struct history *history);

/** Tag it, or no longer. */
void history_tag(struct history *history, struct history_row *row);

/** NULL: there is none. */
struct history_row *history_find(const struct history *history,
				 const char *name);

static inline int64_t history_more(const struct history_row *row)
{
	return row->count - row->base_count;
}

static inline int64_t history_more_bytes(const struct history_row *row)
{
	return row->bytes - row->base_bytes;
}

static inline bool history_is_growing(const struct history_row *row)
{
	return row->rises >= HISTORY_GROWING;
}

#endif
