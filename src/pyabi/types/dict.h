/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_DICT_H
#define PYABI_TYPES_DICT_H

#include "pyabi/object.h"

/** The columns of dict's row, for C types that begin with a dict. */
uint64_t dict_size(struct pyctx *ctx, const struct pyobj *o);
void dict_buffers(struct pyctx *ctx, const struct pyobj *o,
		  struct pybufs *ret);
void dict_refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to);
bool dict_plausible(struct pyctx *ctx, const struct pyobj *o);

#endif
