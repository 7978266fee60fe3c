/* SPDX-License-Identifier: MIT */
#ifndef HEAP_OBJECTS_H
#define HEAP_OBJECTS_H

#include "heap/looker.h"

/** An object as the table of the heap has it. */
struct object {
	raddr addr;
	const struct pytype *type;
	struct object_sizes sizes;
	uint8_t gen;			/* GEN_* */
	uint8_t flags;			/* OBJROW_* */
	const struct heap_pool *pool;	/* that it is in, or NULL */
};

/** False ends the visit, @err is set. */
typedef bool objects_fn(void *arg, const struct object *object,
			struct err *err);

/** Call @fn for every object of the heap in address order, data segments
 *  included, after census_take().  No object is looked at. */
MUST_CHECK bool objects_visit(struct heap *heap, objects_fn *fn, void *arg,
			      struct err *err);

/** The bytes of @object; false: they are not at hand. */
bool objects_view(struct looker *lk, const struct object *object,
		  struct pyobj *ret);

/** Tell of every object.  @refs: with what it refers to. */
MUST_CHECK bool objects_each(struct heap *heap, enum dump_refs refs,
			     dump_object_fn *fn, void *arg, struct err *err);

#endif
