/* SPDX-License-Identifier: MIT */
#ifndef HEAP_STREAM_H
#define HEAP_STREAM_H

#include "heap/census.h"
#include "heap/snapshot.h"
#include "result/containers.h"

/**
 * The census of a tracee that runs on: its arenas are read once, in order and a
 * window at a time, by a few threads.  What nobody spoke for in the end is read
 * again.
 *
 * Of an object in a pool nothing is kept but a row of 8 bytes, and 3 bits for 16
 * bytes of arenas; of others the address, see heap/seen.h: 12 to 20 MiB, 24 more
 * for each GiB of arenas, and some 40 bytes for each of the others.  What a running
 * tracee changes meanwhile may be missed or counted twice, and dump->complete
 * is 0.
 */
struct stream {
	struct census census;
	struct dump_blocks blocks;	/* by size class only */
	char cut_short[400];		/* why not all was read, or "" */
	size_t n_seen;			/* objects outside the pools */
	struct containers containers;	/* if they are wanted */
	uint64_t n_dropped;		/* ... for which there was no memory */
};

/** What is in @ret is the caller's, whatever happens. */
MUST_CHECK bool stream_take(struct stream *ret, struct capture *cap,
			    const struct snapshot_options *opt,
			    struct err *err);

#endif
