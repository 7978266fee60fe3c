/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_IFRAME_H
#define PYABI_TYPES_IFRAME_H

#include "pyabi/refs.h"

/**
 * Interpreter frames (3.11 ..), which are no objects: they lie on the stack of
 * a thread, in a generator or in a frame object.
 */

/** Slots for locals and stack, as the code of the frame at @at wants them. */
uint64_t iframe_slots(struct pyctx *ctx, raddr at);

/** What _PyFrame_Traverse() visits of the frame at @at; of one that runs,
 *  whose locals nobody visits, these too, as owned. */
void iframe_refs(struct pyctx *ctx, raddr at, struct refs *to);

/** The names of what is in f_localsplus, by the code that runs there: one tuple
 *  with a kind for each, or (.. 3.10) those of locals, cells, free variables. */
struct slotnames {
	raddr names[3];
	uint64_t n[3];
	raddr kinds;
};

void slotnames_read(struct pyctx *ctx, raddr code, struct slotnames *ret);
/** The name of slot @i, be it of a variable or of the stack behind them. */
struct ref_name slotnames_get(struct pyctx *ctx, const struct slotnames *from,
			      uint64_t i);

/** The object a slot refers to, without its tag, or 0. */
raddr iframe_ref(const struct abi *abi, uint64_t slot);

#endif
