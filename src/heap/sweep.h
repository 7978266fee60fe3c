/* SPDX-License-Identifier: MIT */
#ifndef HEAP_SWEEP_H
#define HEAP_SWEEP_H

#include "base/parallel.h"
#include "heap/trail.h"

/**
 * The sweep: a few threads look at all of a heap, and count who is an object.
 *
 * For a copy and for a process that runs the steps are the same, one after the
 * other, and what differs is a table of operations:
 *
 *	cells	what is in the arenas, a piece at a time: objects get their rows,
 *		whom they refer to is noted, what they own is claimed.  Words of
 *		data segments pass by in the same way
 *	late	cells that were put off
 *	roots	who else refers to objects, beside the interpreters; in one
 *		thread.  What all that leads to outside the pools is followed then
 *		(trail.h), and doubts are settled (looker.h)
 *	missing	who would be counted but for words that were not noted; in one
 *	group	what is left in the rows is counted, by type
 *
 * Nothing is counted before it is settled who is an object: nothing is ever
 * subtracted.
 */
struct sweeper {		/* one thread of it */
	struct sweep *sweep;
	unsigned number;
	struct looker lk;	/* its `part' is what it counted; its `err' what
				   ended it */
	struct trail trail;
};

struct sweep_ops {
	size_t size;		/* of what begins with a struct sweeper */
	/** One thread follows what leads outside the pools: that is to little
	 *  but taking rows, and several wait for their lock longer than it takes
	 *  one to do it all. */
	bool alone;
	/** Make lk and trail; all is zeros. */
	bool (*init)(struct sweeper *w, struct err *err);
	void (*fini)(struct sweeper *w);	/* or NULL */
	bool (*cells)(struct sweeper *w, raddr start, raddr end);
	bool (*late)(struct sweeper *w);	/* or NULL */
	bool (*roots)(struct sweeper *w);	/* or NULL */
	bool (*missing)(struct sweeper *w);	/* or NULL */
	bool (*group)(struct sweeper *w);
};

struct sweep {
	const struct sweep_ops *ops;
	void *arg;		/* of theirs */
	struct capture *cap;
	struct seen_shared seen;	/* outside the pools */
	unsigned width;		/* threads */
	uint64_t most;		/* bytes of cells, in a piece */
	VEC(struct sweep_piece {
		raddr start;
		uint64_t len;
		bool cells;	/* else words of a data segment */
	}) pieces;
	size_t next;		/* of them; atomic */
	void (*progress)(void *arg, const char *phase, uint64_t done,
			 uint64_t total);
	void *progress_arg;
	/** Whatever ends a thread, what it has read counts, but if the tracee is
	 *  gone, no memory is left, or it was called off; why is in cut_short
	 *  then. */
	bool partial;
	char cut_short[400];
	bool (*step)(struct sweeper *w);	/* that is being taken */
	struct sweeper *sweeper[PARALLEL_MAX];
};

/**
 * Sweep, and add what was counted to @census.  Set before: ops, cap, width,
 * most.  At most @max_seen addresses outside the pools are remembered.
 *
 * sweep_fini() also after a failure.
 */
MUST_CHECK bool sweep_run(struct sweep *sweep, size_t max_seen,
			  struct census *census, struct err *err);
void sweep_fini(struct sweep *sweep);

#endif
