/* SPDX-License-Identifier: MIT */
#ifndef RESULT_TREND_H
#define RESULT_TREND_H

#include <stdint.h>

/**
 * How a number grows that is looked at again and again: by least squares over
 * the last looks.
 *
 * A rate is told only where it stands out from how far the looks are from that
 * line: it is more than twice its standard error.  So a sawtooth has none
 * before it was seen to rise over some of its teeth.
 */
enum {
	TREND_LOOKS = 64,	/* that are kept */
	TREND_LEAST = 3,	/* that it takes */
};

struct trend {
	struct trend_look {
		double seconds;		/* from any zero */
		double value;
	} look[TREND_LOOKS];
	unsigned n;		/* looks so far; the oldest are replaced */
};

/** Later than all before. */
void trend_add(struct trend *t, double seconds, int64_t value);

/** A second; NAN: there are too few looks to tell. */
double trend_rate(const struct trend *t);

/** Until it is @more than at the last look, at that rate; -1: it does not
 *  grow, or that is not known.  0: it is. */
int64_t trend_seconds_to(const struct trend *t, int64_t more);

#endif
