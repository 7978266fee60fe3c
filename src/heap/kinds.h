/* SPDX-License-Identifier: MIT */
#ifndef HEAP_KINDS_H
#define HEAP_KINDS_H

#include "heap/looker.h"

/**
 * The heap by kind: as by type, but dicts are split by who has them as its
 * namespace: "dict of module", "dict of type", "dict of CLASS", "dict (no
 * owner)".  A dict with several owners counts for one of them.
 *
 * After census_take() and once dump->types is filled.
 */
MUST_CHECK bool kinds_fill(const struct census *census, struct dump *dump,
			   struct err *err);

/** Say in the row of the dict of @o whose namespace it is. */
void kinds_hold(struct looker *lk, const struct pyobj *o);

/** The same of any object, if it has a dict. */
static inline void kinds_note(struct looker *lk, const struct pyobj *o)
{
	if (o->type->dictoffset || o->type->flags & TPF_MANAGED_DICT)
		kinds_hold(lk, o);
}

#endif
