/* SPDX-License-Identifier: MIT */
#ifndef RESULT_FAMILY_H
#define RESULT_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

/** What wrote a page that was shared. */
enum family_cause {
	FAMILY_CONTENTS,	/* objects were made, changed, freed */
	FAMILY_REFERENCES,	/* references to them were counted */
	FAMILY_COLLECTOR,	/* it alone */
	FAMILY_UNCHANGED,	/* all was put back: references come and gone */
	FAMILY_CAUSES
};

/** Bytes of pages, by the type of the objects in them that were written. */
struct family_dirtied {
	char *type;		/* NULL: of no object.  Foreign: escape it */
	int64_t bytes, by[FAMILY_CAUSES];	/* bytes: of all causes */
};

/**
 * A process among its relatives, and what fork() made them share: bytes,
 * DUMP_UNKNOWN (-1) what could not be had.
 */
struct family_member {
	int pid, parent, depth;	/* the Python above it; 0: none here */
	const char *role;	/* "worker"...; NULL */
	int64_t rss, pss, uss, objects;
	double pause_ms;	/* -1: it was not paused */
	/** Memory of no file that others have, too, and its parent has at the
	 *  same place. */
	int64_t shared;
	/** Of uss: in pages that it shared with its parent once, as far as
	 *  what is in them tells; see account/kinpage.h. */
	int64_t dirtied;
	/** Of dirtied: what it would share still if gc.freeze() had been called
	 *  before the fork, but for references that came and went. */
	int64_t freezable;
	VEC(struct family_dirtied) by_type;	/* most first */
	char *problem;		/* why little is known; NULL: nothing is wrong */
};

/** Parents before their children.  Owner: family_fini(). */
struct family {
	VEC(struct family_member) v;
};

/** What is advised of it goes by this name. */
#define FAMILY_FREEZE "gc.freeze"

/** A new one, of which nothing is known yet. */
struct family_member *family_add(struct family *family, struct err *err);

/** Give back the last one. */
void family_drop(struct family *family);

/** A row for @type, which is copied. */
MUST_CHECK bool family_dirty(struct family_member *m, const char *type,
			     const int64_t by[FAMILY_CAUSES], struct err *err);

/** Rows of one type become one; most first. */
void family_sort(struct family_member *m);
void family_fini(struct family *family);

#endif
