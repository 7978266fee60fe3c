/* SPDX-License-Identifier: MIT */
#ifndef HEAP_REGIONS_H
#define HEAP_REGIONS_H

#include "attach/maps.h"
#include "attach/module.h"
#include "attach/places.h"
#include "pyabi/arenas.h"

/** What a place is: the kinds of its struct places. */
enum region_kind {
	REGION_ANON = 1,	/* heap that is not pymalloc's */
	REGION_ARENA = 2,	/* pymalloc arenas */
	REGION_STATIC = 4,	/* data segments of programs and libraries */
};

/**
 * Make each writable private mapping a place: arenas, data segments (with .bss,
 * which has no name in the maps) and the rest: malloc's, and files that were
 * mapped as data.  Arenas that are in none of these are counted as bad, and go.
 */
MUST_CHECK bool regions_add(struct places *places, const struct maps *maps,
			    struct modules *mods, struct arenas *arenas,
			    struct err *err);

#endif
