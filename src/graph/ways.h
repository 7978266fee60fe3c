/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_WAYS_H
#define GRAPH_WAYS_H

#include "graph/paths.h"
#include "graph/subject.h"
#include "result/ways.h"

/**
 * How the objects of a subject are held, grouped by likeness: ways are alike
 * whose words are, from the root on.  An index is like any other, and so is a
 * key, unless keys are to be told.
 *
 * Each object is counted once, under the cheapest way to it.  Then come the
 * others: up from the object, as long as it has one holder, to the first of
 * which there is more than one; each of them that is not held through it, too,
 * is a way.  They end at what has a name: that many modules import a module is
 * of no interest.
 *
 * Cost:  12 bytes an object, the links backward, and 20 an object of the
 *        subject and of those on the way.
 */
MUST_CHECK bool ways_find(struct ways *ways, const struct graph *g,
			  const struct subject *subject,
			  const struct paths *paths, struct names *names,
			  struct err *err);

/** All of it: find ways->what, and fill @ways. */
MUST_CHECK bool ways_fill(struct ways *ways, const struct graph *g,
			  struct err *err);

#endif
