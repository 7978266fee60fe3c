/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_IFRAME_H
#define PYABI_TYPES_IFRAME_H

#include "pyabi/object.h"

/**
 * Interpreter frames (3.11 ..), which are no objects: they lie on the stack of
 * a thread, in a generator or in a frame object.
 */

/** Slots for locals and stack, as the code of the frame at @at wants them. */
uint64_t iframe_slots(struct pyctx *ctx, raddr at);

/** What _PyFrame_Traverse() visits of the frame at @at. */
void iframe_refs(struct pyctx *ctx, raddr at, struct addrs *ret);

/** The locals of a frame that runs: then nobody visits them. */
void iframe_owned(struct pyctx *ctx, raddr at, struct addrs *ret);

/** The object a slot refers to, without its tag, or 0. */
raddr iframe_ref(const struct abi *abi, uint64_t slot);

#endif
