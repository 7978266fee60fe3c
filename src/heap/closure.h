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
 * like an object at all, whether or not the word there is alive.
 *
 * It may go over a copy again, when that was made again (mirror_again): then
 * what the first time found at pages that are the same still holds, and only
 * the others are looked at.  Each time is
 *
 *	closure_before(&cl, &err);	with the types there were, and
 *	closure_begin(&cl, &err);	... with those of this copy
 *	closure_hits(&cl, first, &err);
 *	closure_state(&cl, &err);
 */
struct closure {
	struct capture *cap;
	struct pyctx *ctx;
	struct blockreader br;
	uint32_t time;		/* 1: the first */
	/** Objects outside that were tried, and blocks of pools that were
	 *  understood: when. */
	struct addrmap seen, blocks;
	VEC(raddr) todo;
	VEC(raddr) refused;	/* no type before, maybe one now */
	/** Memory outside, and the object that knows how much of it there is,
	 *  or a word in a block that may be one. */
	VEC(struct closure_table {
		raddr at;
		raddr owner;
	}) tables;
	struct refs refs;	/* of one object, handed to the closure */
	struct err *err;	/* of whoever asked for them */
	struct pybufs bufs;
};

void closure_init(struct closure *cl, struct capture *cap);
void closure_fini(struct closure *cl);

/** Note what was no type before, and may be one now: what was there changed. */
MUST_CHECK bool closure_before(struct closure *cl, struct err *err);

/** Go over the copy that cap->mirror is now. */
MUST_CHECK bool closure_begin(struct closure *cl, struct err *err);

/** Follow the hits of cap->outside from number @first on: those at pages that
 *  are not the same. */
MUST_CHECK bool closure_hits(struct closure *cl, size_t first,
			     struct err *err);

/** Copy what the interpreters themselves hold: their states, collectors,
 *  threads and frames. */
MUST_CHECK bool closure_state(struct closure *cl, struct err *err);

#endif
