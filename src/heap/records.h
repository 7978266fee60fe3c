/* SPDX-License-Identifier: MIT */
#ifndef HEAP_RECORDS_H
#define HEAP_RECORDS_H

#include "heap/capture.h"

/**
 * What an interpreter keeps in memory from malloc besides objects, and refers
 * to objects from: its own state, its threads', the chunks of their stacks.
 *
 * [used, used + n_used) of [at, at + len) is in use: of a stack, what its
 * frames take.
 */
struct interp_record {
	raddr at;
	uint64_t len;
	raddr used;
	uint64_t n_used;
};

/** False ends the walk, @err is set. */
typedef bool records_fn(void *arg, const struct interp_record *record,
			struct err *err);

/** Call @fn for each record of each interpreter, once.  What cannot be read
 *  ends its list. */
MUST_CHECK bool records_each(struct capture *cap, struct pyctx *ctx,
			     records_fn *fn, void *arg, struct err *err);

#endif
