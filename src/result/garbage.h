/* SPDX-License-Identifier: MIT */
#ifndef RESULT_GARBAGE_H
#define RESULT_GARBAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/vec.h"

/**
 * Cyclic garbage that was not collected yet, as plain data: what gc.collect()
 * would find.
 *
 * Units: bytes as sys.getsizeof() has them.
 * Owner: garbage_fini().
 */
enum { GARBAGE_TYPES = 4, GARBAGE_GENERATIONS = 3 };

struct garbage_sum {
	int64_t objects, bytes;
};

/** Cycles whose objects are of the same types. */
struct garbage_cycle {
	/** By name; NULL ends it.  Dicts that only hold attributes are left
	 *  out.  Foreign: escape it. */
	char *types[GARBAGE_TYPES + 1];
	bool more;		/* types than these */
	int64_t cycles;
	struct garbage_sum sum;
};

struct garbage_type {
	char *type;
	struct garbage_sum sum;
};

struct garbage_object {
	raddr address;
	int64_t size;
	const char *type;	/* of @types */
};

struct garbage {
	/** What the collector would find, by where it lies. */
	struct garbage_sum found, in_generation[GARBAGE_GENERATIONS];
	/** Of these, what is in no cycle: it hangs on one. */
	struct garbage_sum hanging;
	/** What goes with it: text, numbers, which the collector never sees. */
	struct garbage_sum untracked;
	/** Cycles that gc.freeze() keeps for ever. */
	struct garbage_sum frozen;
	VEC(struct garbage_cycle) cycles;	/* largest first */
	VEC(struct garbage_type) types;		/* of what is found, so too */
	bool want_objects;
	VEC(struct garbage_object) objects;	/* if wanted, by address */
};

void garbage_sort(struct garbage *garbage);
void garbage_fini(struct garbage *garbage);

#endif
