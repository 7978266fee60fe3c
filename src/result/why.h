/* SPDX-License-Identifier: MIT */
#ifndef RESULT_WHY_H
#define RESULT_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"
#include "result/held.h"

/**
 * Who holds most, as plain data.
 *
 * Units: bytes as sys.getsizeof() has them.
 * Owner: why_fini().  Names are foreign: escape them.
 */
enum why_kind {
	WHY_HOLDER,		/* what it retains goes when it does */
	WHY_SHARED,		/* what it holds others hold, too */
	WHY_GARBAGE,		/* cycles that nobody collected yet */
	WHY_OUTSIDE,		/* of a type, held by C code that nobody knows */
	WHY_N_KINDS
};

struct why_suspect {
	enum why_kind kind;
	char *name;		/* how it is reached; of garbage, outside NULL */
	char *type;		/* NULL: of garbage */
	raddr address;		/* 0: there is no one object */
	int64_t retained;
	/** What fans out from there, most first; bytes with what they retain. */
	struct held_types held;
	/** Where it is the first of many of its type that hold one another, each
	 *  the next: how many more, and by what (".next"); or 0 and NULL. */
	int64_t chain;
	char *chain_by;
};

struct why {
	size_t most;		/* suspects that are asked for */
	int64_t reached;	/* bytes of all that is held by somebody */
	VEC(struct why_suspect) suspects;	/* largest first */
};

/** A row of @why, and what it holds. */
struct why_suspect *why_add(struct why *why, enum why_kind kind,
			    int64_t retained, struct err *err);
void why_sort(struct why *why);
void why_fini(struct why *why);

#endif
