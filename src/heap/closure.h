/* SPDX-License-Identifier: MIT */
#ifndef HEAP_CLOSURE_H
#define HEAP_CLOSURE_H

#include "base/addrmap.h"
#include "heap/capture.h"
#include "heap/scan.h"
#include "pyabi/refs.h"

/**
 * Copies what lies outside the arenas and is referred to: large objects, large
 * buffers, and what these refer to in turn.
 *
 * Better too much than too little: what a hit points at is copied if it looks
 * like an object at all, whether or not the word there is alive.  To be used
 * while the tracee is stopped.
 */
struct closure {
	struct capture *cap;
	struct pyctx *ctx;
	struct blockreader br;
	struct addrmap seen;	/* objects outside, tried */
	struct addrmap blocks;	/* blocks of pools, understood */
	VEC(raddr) todo;
	struct refs refs;	/* of one object, handed to the closure */
	struct err *err;	/* of whoever asked for them */
	struct pybufs bufs;
};

MUST_CHECK bool closure_init(struct closure *cl, struct capture *cap,
			     struct err *err);
void closure_fini(struct closure *cl);

/** Follow the hits of a scan. */
MUST_CHECK bool closure_hits(struct closure *cl, const struct hit *hits,
			     size_t n, struct err *err);

/** Copy what the interpreters themselves hold: their states, collectors,
 *  threads and frames. */
MUST_CHECK bool closure_state(struct closure *cl, struct err *err);

#endif
