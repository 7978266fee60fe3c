/* SPDX-License-Identifier: MIT */
#ifndef TUI_TIMELINE_H
#define TUI_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * When the last minute's samples were taken: a ring of moments, and what was
 * measured then in arrays beside it, one value a slot.
 *
 * Samples that come faster than TIMELINE_SLOT_NS share a slot, the last one
 * stays; those that come slower have one each, and the ring reaches further
 * back.  Times are CLOCK_MONOTONIC in ns and only ever grow.
 */
enum { TIMELINE_SLOTS = 32 };
#define TIMELINE_SLOT_NS 2000000000ull
#define TIMELINE_RATE_NS 10000000000ull	/* rates look back so far */
#define TIMELINE_SPAN_NS 60000000000ull	/* a graph's width, at least */

struct timeline {
	uint64_t t[TIMELINE_SLOTS];
	uint64_t opened;	/* when the newest slot was */
	size_t n, head;		/* slots in use; the newest */
};

/** The slot for a sample taken at @t. */
size_t timeline_add(struct timeline *line, uint64_t t);

/** The slot @back slots before the newest; @back < n. */
static inline size_t timeline_slot(const struct timeline *line, size_t back)
{
	return (line->head + TIMELINE_SLOTS - back) % TIMELINE_SLOTS;
}

/** How fast @v rises, per second; NAN: not known yet. */
double timeline_rate(const struct timeline *line, const int64_t *v);

/** The time that a graph spans, in ns: a minute or, when samples come slowly,
 *  enough for a dozen of them. */
uint64_t timeline_span(const struct timeline *line);

/** Levels of a graph of @n cells that ends at the newest sample: 0 to @top,
 *  or -1 where nothing was known yet. */
void timeline_levels(const struct timeline *line, const int64_t *v, int top,
		     size_t n, int *ret);

/** One number over time. */
struct series {
	struct timeline line;
	int64_t v[TIMELINE_SLOTS];
};

/** Negative @v is unknown and not added. */
void series_add(struct series *series, uint64_t t, int64_t v);

static inline double series_rate(const struct series *series)
{
	return timeline_rate(&series->line, series->v);
}

#endif
