/* SPDX-License-Identifier: MIT */
#ifndef STACKS_PYTASKS_H
#define STACKS_PYTASKS_H

#include "pyabi/asynctasks.h"
#include "result/stacks.h"

struct pystacks;

/**
 * The tasks of asyncio with their frames: a part of struct pystacks, where they
 * are asked for.
 */
struct pytasks {
	struct asyncplaces places;
	struct asynctasks list;
	/** One a task, as in list.v: @n of ps->frames from @first on. */
	VEC(struct pytasks_row {
		size_t first;
		size_t n;
		bool cut;		/* some frames could not be read */
		bool changed;		/* it is not told: it was torn */
		char *name;
		char *coroutine;
	}) rows;
	size_t n_cut, n_changed;
};

void pytasks_fini(struct pytasks *tasks);

/** Find where tasks are kept; the tracee runs. */
MUST_CHECK bool pytasks_prepare(struct pystacks *ps, struct err *err);

/** Read all tasks, and add their frames to ps->frames.  After the stacks of the
 *  threads: a task that runs has its frames there, too.  Begins anew when
 *  called again. */
MUST_CHECK bool pytasks_copy(struct pystacks *ps, struct err *err);

/** The same of a tracee that runs: what has changed from before to after is
 *  read again, and in the end left out (n_changed). */
MUST_CHECK bool pytasks_copy_running(struct pystacks *ps, struct err *err);

/** Tell what was copied: ret->tasks.  After ret->threads. */
MUST_CHECK bool pytasks_fill(struct pystacks *ps, struct stacks *ret,
			     struct err *err);

#endif
