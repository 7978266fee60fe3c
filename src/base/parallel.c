/* SPDX-License-Identifier: MIT */
#include "base/parallel.h"

#include <sched.h>

unsigned parallel_width(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > PARALLEL_MAX ? PARALLEL_MAX : (unsigned)n;
}

struct worker {
	pthread_t thread;
	bool started;
	void (*fn)(void *arg, unsigned i);
	void *arg;
	unsigned i;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	w->fn(w->arg, w->i);
	return NULL;
}

void parallel_run(unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
	struct worker workers[PARALLEL_MAX];

	if (n > PARALLEL_MAX)
		n = PARALLEL_MAX;
	for (unsigned i = 1; i < n; i++) {
		workers[i] = (struct worker){ .fn = fn, .arg = arg, .i = i };
		workers[i].started = !pthread_create(&workers[i].thread, NULL,
						     work, &workers[i]);
	}
	if (n)
		fn(arg, 0);
	for (unsigned i = 1; i < n; i++) {
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
		else
			fn(arg, i);
	}
}

static void *do_aside(void *arg)
{
	struct aside *aside = arg;

	aside->fn(aside->arg);
	return NULL;
}

void aside_start(struct aside *aside, void (*fn)(void *arg), void *arg)
{
	aside->fn = fn;
	aside->arg = arg;
	aside->started = !pthread_create(&aside->thread, NULL, do_aside, aside);
}

void aside_wait(struct aside *aside)
{
	if (aside->started)
		pthread_join(aside->thread, NULL);
	else
		aside->fn(aside->arg);
}
