/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_INSTANCE_H
#define PYABI_TYPES_INSTANCE_H

#include "pyabi/refs.h"

/**
 * What class statements add to the objects of a C type: __slots__, a __dict__,
 * and since 3.11 attribute values without a dict.  For object.c.
 */

/** __slots__, dict or values: what subtype_traverse() visits itself; dict or
 *  values of a C type with MANAGED_DICT. */
void instance_refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to);

/** Its array of values, if that is a block of its own. */
void instance_buffers(struct pyctx *ctx, const struct pyobj *o,
		      struct pybufs *ret);

/** The block of an instance that takes @size bytes before its inline values;
 *  0 and @at_least if two sizes are possible. */
uint64_t instance_block(struct pyctx *ctx, const struct pyobj *o,
			uint64_t size, uint64_t *at_least);

raddr instance_dict(struct pyctx *ctx, const struct pyobj *o);

/** Of a type with INLINE_VALUES. */
bool instance_plausible(struct pyctx *ctx, const struct pyobj *o);

#endif
