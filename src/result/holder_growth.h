/* SPDX-License-Identifier: MIT */
#ifndef RESULT_HOLDER_GROWTH_H
#define RESULT_HOLDER_GROWTH_H

#include <time.h>

#include "result/held.h"
#include "result/holders.h"

/**
 * What grows from look to look at the same process, and who holds it, as plain
 * data.
 *
 * Units: bytes as sys.getsizeof() has them.
 * Owner: holder_growth_fini().  Names are foreign: escape them.
 */
struct growth_look {
	struct timespec time;
	double seconds;		/* since the first */
	double pause_ms;
	int64_t objects, bytes;
};

/** A container, or whoever else holds objects by a name. */
struct growth_holder {
	char *name;		/* a way to it; NULL: nobody holds them */
	char *type;		/* likewise */
	raddr address;
	/* Of a container that rose in each look: */
	int64_t length, more, retained;
	double rate;		/* items a second */
	/* Of who holds survivors: */
	int64_t objects, bytes;
	struct held_types held;	/* what is in it, most first */
};

struct growth_holders {
	VEC(struct growth_holder) v;	/* at most holder_growth.most */
	int64_t all;		/* so many there are */
};

struct holder_growth {
	size_t most;		/* of each that are asked for */
	VEC(struct growth_look) looks;
	struct holders holders;	/* of all looks */
	/** Containers that rose in each look, by items, the most first. */
	struct growth_holders containers;
	/** Objects that the first look did not see, and all others did. */
	int64_t survivors, survivor_bytes;
	/** By who holds them, the most bytes first. */
	struct growth_holders owners;
};

void holder_growth_fini(struct holder_growth *growth);

/** One more of @holders; NULL: out of memory. */
struct growth_holder *growth_holders_add(struct growth_holders *holders,
					 struct err *err);

#endif
