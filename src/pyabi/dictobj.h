/* SPDX-License-Identifier: MIT */
#ifndef PYABI_DICTOBJ_H
#define PYABI_DICTOBJ_H

#include "pyabi/object.h"

/**
 * Walk the live entries of the dict at @dict in order, at most as many as its
 * tables can hold: false from @fn ends it.  Unreadable parts end it with a
 * fault in @ctx.
 */
void dictobj_each(struct pyctx *ctx, raddr dict,
		  bool (*fn)(void *arg, raddr key, raddr value), void *arg);

/** The value under the ASCII str @key, or 0. */
raddr dictobj_get(struct pyctx *ctx, raddr dict, const char *key);

#endif
