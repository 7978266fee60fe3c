/* SPDX-License-Identifier: MIT */
#ifndef PYABI_ATTRS_H
#define PYABI_ATTRS_H

#include "pyabi/object.h"

/**
 * The attribute @name (ASCII) that the object at @addr has itself, wherever its
 * class keeps it: in a dict, in an array of values, in a slot.  0: it has none
 * of that name, or cannot be read.
 *
 * Attributes of the class and properties are not looked at.
 */
raddr attrs_get(struct pyctx *ctx, raddr addr, const char *name);

#endif
