/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_TYPE_H
#define PYABI_TYPES_TYPE_H

#include "pyabi/object.h"

/** The columns of type's row, for metatypes written in C. */
#define TYPE_FIELDS							\
	AT(type_tp_cache), AT(type_tp_mro), AT(type_tp_bases)
uint64_t type_size(struct pyctx *ctx, const struct pyobj *o);
uint64_t type_block(struct pyctx *ctx, const struct pyobj *o,
		    uint64_t *at_least);
void type_buffers(struct pyctx *ctx, const struct pyobj *o,
		  struct pybufs *ret);
void type_refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to);

#endif
