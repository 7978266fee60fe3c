/* SPDX-License-Identifier: MIT */
#ifndef HEAP_KINDS_H
#define HEAP_KINDS_H

#include "heap/census.h"

/**
 * The heap by kind: as by type, but dicts are split by who has them as its
 * namespace: "dict of module", "dict of type", "dict of CLASS", "dict (no
 * owner)".  A dict with several owners counts for one of them.
 *
 * After census_take() and once dump->types is filled.
 */
MUST_CHECK bool kinds_fill(const struct census *census, struct dump *dump,
			   struct err *err);

#endif
