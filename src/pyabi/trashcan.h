/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TRASHCAN_H
#define PYABI_TRASHCAN_H

#include "pyabi/object.h"

/**
 * Objects that a thread is to delete later: dead already, but what they refer to
 * is not.
 *
 * Where one container lies in the other too deep, CPython parks the next and goes
 * on with it when it is back.  It never is while a finalizer hangs, or if the
 * depth is counted wrong.  They have no reference count that makes them objects
 * to anybody, so nobody else tells of what they hold.
 *
 * Call @fn for each of the thread state at @tstate, until it returns false.
 */
void trashcan_each(struct pyctx *ctx, raddr tstate,
		   bool (*fn)(void *arg, const struct pyobj *o), void *arg);

#endif
