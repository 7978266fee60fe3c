/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_BUDGET_H
#define ATTACH_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/**
 * What a look may spend on the files of a tracee: bytes of them that are read
 * or unpacked, and time of the CPU, which does not depend on what else this
 * machine does.  Whoever reads at length asks first, and stops when it is
 * spent.
 *
 * Threads: that which began it.
 */
struct budget {
	uint64_t bytes;		/* left */
	uint64_t end;		/* by the CPU clock of the thread, in ns */
	bool no_bytes, no_time;	/* somebody asked for more than there was */
};

enum {
	BUDGET_BYTES = 256 << 20,
	BUDGET_MS = 800,
};

static inline void budget_begin(struct budget *budget)
{
	*budget = (struct budget){
		.bytes = BUDGET_BYTES,
		.end = clock_ns(CLOCK_THREAD_CPUTIME_ID) +
		       BUDGET_MS * 1000000ull,
	};
}

/** May @n bytes be read?  Then they are spent. */
static inline bool budget_take(struct budget *budget, uint64_t n)
{
	if (clock_ns(CLOCK_THREAD_CPUTIME_ID) >= budget->end)
		budget->no_time = true;
	else if (n > budget->bytes)
		budget->no_bytes = true;
	else
		budget->bytes -= n;
	return !budget->no_time && !budget->no_bytes;
}

static inline bool budget_is_spent(const struct budget *budget)
{
	return budget->no_time || budget->no_bytes;
}

/** Nanoseconds left. */
static inline uint64_t budget_ns(const struct budget *budget)
{
	uint64_t now = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	return now < budget->end ? budget->end - now : 0;
}

/** Somebody else spent @ns of the time. */
static inline void budget_charge(struct budget *budget, uint64_t ns)
{
	budget->end -= ns < budget->end ? ns : budget->end;
}

#endif
