/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_PATHS_H
#define GRAPH_PATHS_H

#include "graph/names.h"

/**
 * How each object is held: one way from a root, as a person would name it.
 *
 * The way is the cheapest: a step from what has names (modules, classes,
 * instances, frames) costs less than one from what has items, and a root with a
 * name less than one without.
 *
 * Cost:  4 bytes an object and 16 to 24 a root; while it is looked for, 1 more,
 *        and the queue of those that hold something.
 */
struct paths {
	uint32_t *parent;	/* LINK_NONE: a root, or none leads there */
	uint32_t *rooted;	/* bits: its way begins with it */
	struct addrmap root;	/* ... with which, of those, by number + 1 */
};

MUST_CHECK bool paths_find(struct paths *paths, const struct graph *g,
			   const struct roots *roots, struct err *err);
void paths_fini(struct paths *paths);

/** The number in roots->v of the root that the way to @number is, or
 *  LINK_NONE: it is another's, or there is none. */
uint32_t paths_root(const struct paths *paths, uint32_t number);

/** Does a way lead there? */
static inline bool paths_lead(const struct paths *paths, uint32_t number)
{
	return paths->parent[number] != LINK_NONE ||
	       graph_bit(paths->rooted, number);
}

enum { PATHS_TEXT = 600 };

/**
 * The way to object @number in words: "app.CACHE", "app.Job.queue[17]",
 * "thread MainThread > frame load (app.py:12) > local 'rows'[0]".  Foreign text:
 * escape it.
 */
MUST_CHECK bool paths_text(const struct paths *paths, struct names *names,
			   uint32_t number, char text[PATHS_TEXT],
			   struct err *err);

/** Append @n words, the first of which may be a root. */
void paths_words(char text[PATHS_TEXT], const struct name *words, size_t n);

/** Does it hold a namespace of a module or type, or is it one? */
bool paths_has_names(const struct graph *g, uint32_t number);

#endif
