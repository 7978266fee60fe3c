/* SPDX-License-Identifier: MIT */
#ifndef RESULT_CONTAINERS_H
#define RESULT_CONTAINERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/strset.h"
#include "base/vec.h"

/**
 * The containers of a heap (dict, list, set, deque, and what is derived from
 * them) that have many items: at most CONTAINERS_MOST, the longest there are.
 *
 * Owner: containers_fini().
 */
enum {
	CONTAINERS_LEAST = 64,	/* items, to be among them */
	CONTAINERS_MOST = 4096,
};

struct container {
	raddr address, type;	/* of the object, and of its type */
	int64_t length;		/* items */
	uint32_t name;		/* the type's, in containers.names */
	uint32_t row;		/* whoever fills it: see heap/lengths.h */
};

struct containers {
	bool known;		/* somebody looked for them */
	int64_t least;		/* shorter ones are not among them */
	VEC(struct container) v;
	struct strset names;	/* of types; foreign: escape them */
};

void containers_fini(struct containers *c);

/** Is one of that length to be added? */
static inline bool containers_want(const struct containers *c, int64_t length)
{
	return length >= CONTAINERS_LEAST && length >= c->least;
}

/** Add one that is wanted.  Once there are too many, @least doubles, and those
 *  that are shorter go. */
MUST_CHECK bool containers_add(struct containers *c,
			       const struct container *container,
			       struct err *err);

static inline const char *containers_type(const struct containers *c,
					  const struct container *container)
{
	return c->names.all.v[container->name];
}

#endif
