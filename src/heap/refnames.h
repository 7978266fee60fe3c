/* SPDX-License-Identifier: MIT */
#ifndef HEAP_REFNAMES_H
#define HEAP_REFNAMES_H

#include "base/strset.h"
#include "pyabi/refs.h"
#include "result/dump.h"

/**
 * The names of an object's references as plain data, for who reads no memory.
 * Texts are kept, each once: attributes of a million objects have few names.
 */
struct refnames {
	VEC(struct dump_ref_name) rows;
	struct strset texts;
};

void refnames_fini(struct refnames *names);

/** Those of @refs, which are named: names->rows, in the same order, until the
 *  next call. */
MUST_CHECK bool refnames_take(struct refnames *names, struct pyctx *ctx,
			      const struct refs *refs, struct err *err);

#endif
