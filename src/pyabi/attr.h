/* SPDX-License-Identifier: MIT */
#ifndef PYABI_ATTR_H
#define PYABI_ATTR_H

#include "pyabi/object.h"

/**
 * The attribute @name, ASCII, that the instance at @object of a Python class
 * has of its own: in its dict, or among its values where it has none (3.11 ..).
 * 0: it has no such, or cannot be read.
 *
 * __slots__ and what the class has are not looked at.
 */
raddr attr_get(struct pyctx *ctx, raddr object, const char *name);

#endif
