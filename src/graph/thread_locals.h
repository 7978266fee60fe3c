/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_THREAD_LOCALS_H
#define GRAPH_THREAD_LOCALS_H

#include "graph/roots.h"

/**
 * Whose attributes a threading.local keeps.
 *
 * It has a dict of the dicts of its attributes, one a thread.  Their keys are
 * what the thread has to say so: up to 3.12 weak references to an object that
 * the dict of its state holds, from 3.13 on an object of the state.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_threadmodule.c.
 *
 * Owner: thread_locals_fini().
 */
struct thread_locals {
	struct addrmap thread;	/* what it has to say so, to who it is */
	bool is_filled;
};

void thread_locals_fini(struct thread_locals *locals);

/** Is @dict that of a threading.local, with a dict a thread? */
bool thread_locals_are(struct pyctx *ctx, raddr dict);

/** Is @key one of such? */
bool thread_locals_key(struct pyctx *ctx, raddr key);

/** Which of roots->threads has it; NULL: none that runs. */
const char *thread_locals_thread(struct thread_locals *locals,
				 struct pyctx *ctx, const struct roots *roots,
				 raddr key);

#endif
