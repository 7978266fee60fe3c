/* SPDX-License-Identifier: MIT */
#ifndef HEAP_REGIONS_H
#define HEAP_REGIONS_H

#include "attach/maps.h"
#include "attach/mirror.h"
#include "attach/module.h"
#include "pyabi/arenas.h"

/**
 * Make each writable private mapping a region of @mi: arenas, data segments
 * (with .bss, which has no name in the maps) and the rest: malloc's, and files
 * that were mapped as data.
 */
MUST_CHECK bool regions_add(struct mirror *mi, const struct maps *maps,
			    struct modules *mods, const struct arenas *arenas,
			    struct err *err);

#endif
