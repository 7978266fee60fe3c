/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_STALE_H
#define GRAPH_STALE_H

#include "graph/graph.h"

/**
 * Up to 3.10 a frame that runs does not say how deep its stack is: above its
 * top are words that were there before, and look like references.
 *
 * Where an object's reference count is full without such words, they are stale,
 * and their links are taken out of @g.  One that stays may be stale where
 * somebody holds the object whom nobody found.
 *
 * Cost: while it looks, 4 bytes an object; nothing from 3.11 on.
 */
MUST_CHECK bool stale_drop(struct graph *g, struct err *err);

#endif
