/* SPDX-License-Identifier: MIT */
#ifndef HEAP_GCLIST_H
#define HEAP_GCLIST_H

#include "heap/heap.h"

/**
 * The collector's lists in the copied heap.
 *
 * A list is a ring of GC heads.  Most of the time of a walk is spent waiting
 * for the next head to come from memory, so a long list is walked from both
 * ends at once until the two meet; where links forward and backward disagree
 * (a collection was under way, or they lie), forward alone counts.
 *
 * Facts: CPython pycore_gc.h.
 */

/**
 * Note in heap->table and heap->large who is in the list at @head: @gen, one of
 * GEN_*.  Adds their number to *@ret_n.
 *
 * False: the list does not come home, or leads to a block that is not in use; who was seen until then is noted.
 */
bool gclist_walk(struct heap *heap, const struct pyctx *ctx, raddr head,
		 uint8_t gen, int64_t *ret_n);

#endif
