/* SPDX-License-Identifier: MIT */
#ifndef HEAP_STREAM_H
#define HEAP_STREAM_H

#include "heap/capture.h"
#include "heap/snapshot.h"

/**
 * The census of a tracee that runs on: its arenas are read once, in order,
 * into one small buffer, and counted as they pass.
 *
 * Nothing is kept of an object but its count, so memory does not grow with the
 * heap: about 20 MiB.  Each block is validated by itself; what a running tracee
 * changes meanwhile may be missed or counted twice, and dump->complete is 0.
 */
MUST_CHECK bool stream_take(struct dump *dump, struct capture *cap,
			    const struct snapshot_options *opt,
			    struct err *err);

#endif
