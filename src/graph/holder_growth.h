/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_HOLDER_GROWTH_H
#define GRAPH_HOLDER_GROWTH_H

#include "graph/graph.h"
#include "graph/survivors.h"
#include "result/holder_growth.h"

/**
 * What grows from look to look, and who holds it: containers whose number of
 * items rose each time, and the objects that were made after the first look and
 * stayed.
 *
 * The latter are told under who holds them: the first of these containers on
 * the way up, or else what a module, a class or a frame has by name.
 *
 * Cost:  of the last look some 80 bytes an object, beside the graph; of the
 *        others see graph/survivors.h.
 */
MUST_CHECK bool holder_growth_look(struct holder_growth *growth,
				   struct survivors *survivors,
				   const struct graph *g,
				   const struct dump *dump, struct err *err);

/** After the last look, of its graph: fill in who it is. */
MUST_CHECK bool holder_growth_tell(struct holder_growth *growth,
				   const struct survivors *survivors,
				   const struct graph *g, struct err *err);

#endif
