/* SPDX-License-Identifier: MIT */
#ifndef RESULT_WAYS_H
#define RESULT_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

/**
 * How objects that somebody asked about are held, as plain data: ways that are
 * alike are one, with the number of objects that are held so.
 *
 * Units: bytes as sys.getsizeof() has them.
 * Owner: ways_fini().  Names are foreign: escape them.
 */
struct way {
	VEC(char *) words;	/* from a root to the type; none: nobody holds */
	int64_t count;		/* of objects that are held so */
	/** They are held in another way as well, which was counted first. */
	bool also;
};

struct ways {
	/* What is asked for. */
	const char *what;
	size_t most;		/* ways to be told */
	bool values;		/* keys of dicts may be told */

	char *type;		/* of the objects */
	raddr address;		/* 0: there is more than one */
	int64_t count, bytes;	/* of objects */
	int64_t retained;	/* would go if all of them went */
	VEC(struct way) v;	/* first those not .also; most objects first */
	/** Not told: ways, and of those not .also objects. */
	int64_t more_ways, more_objects;
	/** Too many hold them: not all were asked whether that is another. */
	bool cut;
};

MUST_CHECK bool way_add_word(struct way *way, const char *word,
			     struct err *err);
void ways_fini(struct ways *ways);

#endif
