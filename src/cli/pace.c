/* SPDX-License-Identifier: MIT */
#include "cli/pace.h"

void pace_init(struct pace *pace, double share, uint64_t interval,
	       uint64_t now, uint64_t cpu)
{
	*pace = (struct pace){
		.share = share,
		.interval = interval,
		/* A start that is not slowed down by what it cost itself. */
		.debt = -share * PACE_SAVED_NS,
		.now = now,
		.cpu = cpu,
	};
}

void pace_account(struct pace *pace, uint64_t now, uint64_t cpu)
{
	double least = -pace->share * PACE_SAVED_NS;

	if (cpu > pace->cpu)
		pace->debt += (double)(cpu - pace->cpu);
	if (now > pace->now)
		pace->debt -= pace->share * (double)(now - pace->now);
	if (pace->debt < least)
		pace->debt = least;
	pace->now = now;
	pace->cpu = cpu;
}

uint64_t pace_wait(const struct pace *pace)
{
	return pace->debt > 0 ? (uint64_t)(pace->debt / pace->share) : 0;
}

uint64_t pace_interval(const struct pace *pace)
{
	uint64_t allowed = (uint64_t)((double)pace->cost / pace->share);

	return allowed > pace->interval ? allowed : pace->interval;
}
