/* SPDX-License-Identifier: MIT */
#ifndef GROW_FAULTS_H
#define GROW_FAULTS_H

#include "attach/threads.h"
#include "grow/faultrec.h"

/**
 * The page faults of a process, as the kernel tells them while it runs on: no
 * thread is stopped or traced, and nothing of it is changed.
 *
 * Each thread has an event on each processor, which threads that it starts
 * inherit; what happens on one processor comes in one ring.  Each fault is told
 * as long as there are no more than FAULTS_A_SECOND, or FAULTS_AT_ONCE in a
 * burst; beyond, one of as many as it takes, and how many it stands for.
 *
 * Cost:    to the process 1 us a fault that is told; to us 10 us.
 * Bounds:  FAULTS_EVENTS descriptors, FAULTS_RINGS bytes.
 * Threads: one at a time.
 * Facts:   perf_event_open(2).  Linux 5.13: inherit_thread; before, children
 *          that are forked inherit as well, and are passed over here.
 */
enum {
	FAULTS_A_SECOND = 2000,		/* that are told */
	FAULTS_AT_ONCE = 50000,
	FAULTS_STACK = 4096,		/* bytes of it that are copied */
	FAULTS_EVENTS = 1 << 16,
	FAULTS_RINGS = 128 << 20,
};

struct faults {
	pid_t pid;
	VEC(int) events;
	VEC(struct faults_ring {
		int fd;			/* the event that owns it */
		int cpu;
		uint8_t *map;		/* a page of control, then the bytes */
		size_t size;		/* of these */
	}) rings;
	uint8_t *record;		/* one that does not lie in one piece */
	bool no_kernel;			/* faults of the kernel's go unseen */
	bool limited;			/* some threads have no event */
	bool some;			/* not each is told, for a while */
	double tokens;			/* samples that may still be told */
	uint64_t paced_ns, paced_samples;
	uint64_t told;			/* faults, with those they stand for */
	uint64_t samples;		/* records of faults */
	uint64_t lost, throttled;	/* records; times */
	uint64_t seen;			/* faults, known after faults_stop() */
};

/** Begin, for all @threads of process @pid.  ERR_PERM: says what would allow
 *  it; ERR_OS. */
MUST_CHECK bool faults_open(struct faults *f, pid_t pid,
			    const struct threads *threads, struct err *err);

/** Wait for more, for @ms at most, and not beyond what @fd has to say (or
 *  -1). */
void faults_wait(struct faults *f, int ms, int fd);

/** False ends it, with @err set. */
typedef bool fault_fn(void *arg, const struct fault *fault, struct err *err);

/** Hand over what came, oldest first on each processor. */
MUST_CHECK bool faults_drain(struct faults *f, fault_fn *fn, void *arg,
			     struct err *err);

/** Now and then: should they be told more seldom, or each again?  Then drain, and
 *  change that. */
bool faults_are_many(struct faults *f);
MUST_CHECK bool faults_change(struct faults *f, const struct threads *threads,
			      struct err *err);

/** No more of them; what came is still there. */
void faults_stop(struct faults *f);
void faults_close(struct faults *f);

#endif
