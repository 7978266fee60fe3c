/* SPDX-License-Identifier: MIT */
#ifndef GROW_EVALCODE_H
#define GROW_EVALCODE_H

#include "attach/code.h"

/**
 * Where the evaluation function is: the pieces of it that the compiler made.
 *
 * With profiles, what runs seldom goes far away, into a piece without a name: of
 * Debian's 3.14 that is nearly all of it.  A direct jump out of a function into
 * the middle of another, by the unwind tables, is into a piece of the same.
 *
 * Facts: CPython 3.6 to 3.15, _PyEval_EvalFrameDefault is exported.
 */
struct evalcode {
	VEC(struct evalcode_piece {
		raddr start;
		raddr end;
	}) pieces;
};

/** Find them in @module; none if there is no such name. */
MUST_CHECK bool evalcode_find(struct evalcode *ret, struct module *module,
			      struct code *code, struct err *err);
void evalcode_fini(struct evalcode *eval);

bool evalcode_has(const struct evalcode *eval, raddr pc);

#endif
