/* SPDX-License-Identifier: MIT */
#ifndef GROW_LYING_H
#define GROW_LYING_H

#include "grow/settled.h"
#include "heap/heap.h"

/**
 * What lies now on the pages that came: of each object, its block, the buffers
 * it owns and its data, as far as they are on such pages, by stack and type.
 * Before that, @settled is completed: pages without a fault go to those of the
 * block that they are part of.
 *
 * @heap: after census_take().
 */
MUST_CHECK bool lying_find(struct growth *g, struct settled *settled,
			   const struct maps *maps, struct heap *heap,
			   struct err *err);

#endif
