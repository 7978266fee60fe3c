/* SPDX-License-Identifier: MIT */
#ifndef HEAP_LENGTHS_H
#define HEAP_LENGTHS_H

#include "heap/looker.h"
#include "result/containers.h"

/**
 * How many items the containers of a heap have: noted as they pass by while a
 * process runs, or asked of all objects of a copy.
 *
 * What is noted is settled later: @row is that of the object in the table of
 * whoever notes it, or LENGTHS_SURE.
 */
#define LENGTHS_SURE UINT32_MAX

/** @o may be a container that is wanted.  A length beyond what memory there is
 *  lies, and is not noted. */
MUST_CHECK bool lengths_note(struct containers *c, struct looker *lk,
			     const struct pyobj *o, uint32_t row);

/** Add to @to those of @from whose row in @t is an object's, with the names of
 *  their types. */
MUST_CHECK bool lengths_tell(struct containers *to,
			     const struct containers *from,
			     const struct objtable *t, struct pytypes *types,
			     struct err *err);

/** All of a copied heap, after census_take(). */
MUST_CHECK bool lengths_find(struct containers *ret, struct heap *heap,
			     struct err *err);

#endif
