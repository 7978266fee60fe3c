/* SPDX-License-Identifier: MIT */
#ifndef CLI_PACE_H
#define CLI_PACE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * When may the next census be, if we are to use no more than a share of one
 * core?  A debt grows with the CPU time of this whole process and shrinks with
 * the time that passes; while there is one, nothing costly is begun.
 *
 * Units:  nanoseconds, of clocks that the caller reads.
 */
struct pace {
	double share;		/* of one core: 0.1 */
	uint64_t interval;	/* wanted, from start to start */
	double debt;		/* CPU time beyond what was allowed; < 0: saved */
	uint64_t now, cpu;	/* at the last pace_account() */
	uint64_t cost;		/* CPU time of the last census; 0: none yet */
};

/** What was saved is worth so much at most. */
#define PACE_SAVED_NS 2000000000.0

/** @cpu of this process so far is on the account already. */
void pace_init(struct pace *pace, double share, uint64_t interval,
	       uint64_t now, uint64_t cpu);

/** The clocks stand at @now and @cpu. */
void pace_account(struct pace *pace, uint64_t now, uint64_t cpu);

/** How long until a census may begin; 0: now. */
uint64_t pace_wait(const struct pace *pace);

/** From start to start, as it will be on average: the interval, or longer. */
uint64_t pace_interval(const struct pace *pace);

#endif
