/* SPDX-License-Identifier: MIT */
#include "tui/timeline.h"

#include <math.h>

size_t timeline_add(struct timeline *line, uint64_t t)
{
	/* The first sample keeps its slot: rates begin there. */
	if (line->n < 2 || t - line->opened >= TIMELINE_SLOT_NS) {
		line->head = line->n ? (line->head + 1) % TIMELINE_SLOTS : 0;
		line->n += line->n < TIMELINE_SLOTS;
		line->opened = t;
	}
	line->t[line->head] = t;
	return line->head;
}

double timeline_rate(const struct timeline *line, const int64_t *v)
{
	uint64_t now = line->t[line->head];
	size_t back = 1, from;

	if (line->n < 2)
		return NAN;
	while (back + 1 < line->n &&
	       now - line->t[timeline_slot(line, back + 1)] <=
	       TIMELINE_RATE_NS)
		back++;
	from = timeline_slot(line, back);
	if (now <= line->t[from])
		return NAN;
	return (double)(v[line->head] - v[from]) * 1e9 /
	       (double)(now - line->t[from]);
}

uint64_t timeline_span(const struct timeline *line)
{
	uint64_t step, span;

	if (line->n < 2)
		return TIMELINE_SPAN_NS;
	step = line->t[line->head] - line->t[timeline_slot(line, 1)];
	span = step * 12;
	return span > TIMELINE_SPAN_NS ? span : TIMELINE_SPAN_NS;
}

/* The slot that was the newest at @t; false: before all of them. */
static bool slot_at(const struct timeline *line, uint64_t t, size_t *ret)
{
	for (size_t back = 0; back < line->n; back++) {
		*ret = timeline_slot(line, back);
		if (line->t[*ret] <= t)
			return true;
	}
	return false;
}

static void range(const int64_t *v, const int *slot, size_t n, int64_t *ret_min,
		  int64_t *ret_span)
{
	int64_t min = INT64_MAX, max = INT64_MIN;

	for (size_t i = 0; i < n; i++) {
		if (slot[i] < 0)
			continue;
		if (v[slot[i]] < min)
			min = v[slot[i]];
		if (v[slot[i]] > max)
			max = v[slot[i]];
	}
	*ret_min = min;
	*ret_span = max > min ? max - min : 0;
	/* What hardly moves is not to look like an alp. */
	if (*ret_span < max / 64)
		*ret_span = max / 64;
	if (*ret_span == 0)
		*ret_span = 1;
}

void timeline_levels(const struct timeline *line, const int64_t *v, int top,
		     size_t n, int *ret)
{
	uint64_t end = line->n ? line->t[line->head] : 0;
	uint64_t span = timeline_span(line);
	int64_t min, width;

	for (size_t i = 0; i < n; i++) {
		uint64_t before = span / n * (n - 1 - i);
		size_t slot;

		ret[i] = before <= end && slot_at(line, end - before, &slot) ?
			 (int)slot : -1;
	}
	range(v, ret, n, &min, &width);
	for (size_t i = 0; i < n; i++) {
		if (ret[i] >= 0)
			ret[i] = (int)((double)(v[ret[i]] - min) * top /
				       (double)width + 0.5);
	}
}

void series_add(struct series *series, uint64_t t, int64_t v)
{
	if (v >= 0)
		series->v[timeline_add(&series->line, t)] = v;
}
