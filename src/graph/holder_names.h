/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_HOLDER_NAMES_H
#define GRAPH_HOLDER_NAMES_H

#include "graph/holdings.h"
#include "graph/names.h"
#include "result/holder_names.h"

/** Count what is in the container @number, by type, under its number.  Keys of
 *  dicts are left out: they are what it is found by. */
MUST_CHECK bool holder_items(struct holdings *h, struct names *names,
			     uint32_t number, struct err *err);

/** Find out what those in @names are called that are there. */
MUST_CHECK bool holder_names_fill(struct holder_names *names,
				  const struct graph *g, struct err *err);

#endif
