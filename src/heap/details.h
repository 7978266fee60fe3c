/* SPDX-License-Identifier: MIT */
#ifndef HEAP_DETAILS_H
#define HEAP_DETAILS_H

#include "result/dump.h"

struct heap;
struct pyctx;

/**
 * Some instances of a type, and what is in one object: plain data as struct
 * dump, whose rules on units, text and DUMP_UNKNOWN hold.
 */
struct details_instance {
	raddr address;
	int64_t size, allocated;
	int generation;			/* DUMP_UNKNOWN: in no list */
};

struct details {
	/** What is asked for: as in struct dump_type.  Classes of the same
	 *  name are taken together. */
	const char *type;
	size_t most;			/* instances to be listed */

	VEC(char *) bases;	/* its method resolution order, without it */
	/** Over all instances, those in data segments too; -1: there are
	 *  none. */
	int64_t count, smallest, largest;
	VEC(struct details_instance) instances;	/* by address */
};

void details_fini(struct details *details);

/** Fill @details, which says what is asked for, after census_take(). */
MUST_CHECK bool details_find(struct details *details, struct heap *heap,
			     struct err *err);

/** Something that an object refers to by a name: an attribute, an item. */
struct details_field {
	char *name;		/* "name", "[3]", "['key']" */
	char *type;		/* of the value; NULL: not readable */
	char *value;		/* in short, only if asked for; or NULL */
	raddr address;		/* of the value */
};

enum { DETAILS_MAX_FIELDS = 1000 };

struct details_object {
	raddr address;
	char *type;
	int64_t size;
	VEC(struct details_field) fields;
	bool cut;		/* there are more than DETAILS_MAX_FIELDS */
	bool torn;		/* something in it could not be read */
};

/**
 * Look at the object at @addr of a running tracee.  Values, and keys of
 * dicts, are the user's data: only with @values.
 *
 * ERR_BADDATA: there is no object (any more).
 */
MUST_CHECK bool details_look(struct details_object *ret, struct pyctx *ctx,
			     raddr addr, bool values, struct err *err);
void details_object_fini(struct details_object *object);

#endif
