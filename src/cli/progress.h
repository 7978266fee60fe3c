/* SPDX-License-Identifier: MIT */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * A line on stderr that says what takes so long: on a terminal only, and only
 * after a second.  progress_end() wipes it away.
 */
struct progress {
	bool wanted, shown;
	int64_t start_ms, last_ms;
};

void progress_init(struct progress *p);

/** For looks: @p is a struct progress.  @total is 0 where nobody knows. */
void progress_show(void *p, const char *phase, uint64_t done, uint64_t total);

/** For target_open(): @p is a struct progress. */
bool progress_unpacking(void *p, uint64_t done, uint64_t total);
void progress_end(struct progress *p);

#endif
