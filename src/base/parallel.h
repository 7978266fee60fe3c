/* SPDX-License-Identifier: MIT */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { PARALLEL_MAX = 8 };

/** How many threads are worth it here: the CPUs we may use, at most
 *  PARALLEL_MAX. */
unsigned parallel_width(void);

/**
 * Call @fn(arg, i) for i in 0..@n-1, each in a thread of its own (0 in the
 * caller's), and wait for all.  Where no thread can be had, the caller does
 * the work of several, one after the other.
 */
void parallel_run(unsigned n, void (*fn)(void *arg, unsigned i), void *arg);

/**
 * Something that is done meanwhile: @fn(arg) in a thread of its own; where none
 * can be had, when it is waited for.  Each start is followed by one wait.
 */
struct aside {
	pthread_t thread;
	bool started;
	void (*fn)(void *arg);
	void *arg;
};

void aside_start(struct aside *aside, void (*fn)(void *arg), void *arg);
void aside_wait(struct aside *aside);

#endif
