/* SPDX-License-Identifier: MIT */
#ifndef HEAP_OBJECTS_H
#define HEAP_OBJECTS_H

#include "heap/census.h"

/**
 * Every object of the heap in address order, data segments included, after
 * census_take().  @refs: with what it refers to.
 */
MUST_CHECK bool objects_each(struct heap *heap, bool refs, dump_object_fn *fn,
			     void *arg, struct err *err);

/** The same, as they are in memory: for analyses.  @block is 0 outside of
 *  pools. */
typedef bool objects_fn(void *arg, struct looker *lk, const struct pyobj *o,
			uint32_t block, uint8_t gen, struct err *err);

MUST_CHECK bool objects_visit(struct heap *heap, objects_fn *fn, void *arg,
			      struct err *err);

#endif
