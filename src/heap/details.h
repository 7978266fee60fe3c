/* SPDX-License-Identifier: MIT */
#ifndef HEAP_DETAILS_H
#define HEAP_DETAILS_H

#include "heap/dump.h"
#include "heap/heap.h"

/**
 * One type and some of its instances, and one instance with its fields: plain
 * data, as struct dump, whose rules on units, text and DUMP_UNKNOWN hold.
 */
struct details_instance {
	raddr address;
	int64_t size, allocated;
	int generation;			/* DUMP_UNKNOWN: in no list */
	bool is_static;
};

struct details {
	/** What is asked for, as in struct dump_type; classes of the same
	 *  names are taken together. */
	char *module, *name;
	/** At most so many instances are listed. */
	size_t most;

	/** How many classes of these names have instances. */
	size_t n_types;
	raddr type_address;		/* of the first; 0: none found */
	VEC(char *) bases;		/* its method resolution order */
	int64_t count, smallest, largest;
	VEC(struct details_instance) instances;	/* by address */
};

/** Copies the names. */
MUST_CHECK bool details_init(struct details *details, const char *module,
			     const char *name, size_t most, struct err *err);
void details_fini(struct details *details);

/** Fill @details after census_take(). */
MUST_CHECK bool details_find(struct details *details, struct heap *heap,
			     struct err *err);

/** A field of an instance: an attribute, a slot, an item of a dict. */
struct details_field {
	enum { FIELD_SLOT, FIELD_ATTRIBUTE, FIELD_ITEM } kind;
	char *name;			/* of an item whose key is no str: its
					   type in <> */
	char *type;			/* of the value; NULL: not readable */
	char *value;			/* short, only if asked for; or NULL */
	raddr address;			/* of the value */
};

struct details_object {
	raddr address;
	char *type;			/* module.name */
	int64_t size;
	VEC(struct details_field) fields;
	bool cut;			/* there are more than MAX_FIELDS */
	bool torn;			/* some of it could not be read */
};

/**
 * Look at the object at @addr of the running tracee, known to @ctx.
 *
 * ERR_BADDATA: there is none, or it is of another type than @type (module.name)
 * by now; NULL: any.
 */
MUST_CHECK bool details_look(struct details_object *ret, struct pyctx *ctx,
			     raddr addr, const char *type, struct err *err);
void details_object_fini(struct details_object *object);

#endif
