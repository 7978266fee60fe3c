/* SPDX-License-Identifier: MIT */
#ifndef PYABI_MALLOCHEAPS_H
#define PYABI_MALLOCHEAPS_H

#include "pyabi/arenas.h"
#include "pyabi/malloc_glibc.h"

/**
 * Where the objects are if not in pools: the heaps of glibc's malloc, as
 * PYTHONMALLOC=malloc and builds without pymalloc have them.  What malloc maps
 * by itself is none of them: such objects lie outside.
 *
 * It is believed only if the dict of modules, which every interpreter has, lies
 * there: else it is another allocator that gave the objects.
 */

/** Fills @ret.  Looks for malloc once: @gm, to be zeroed before, keeps it.
 *  ERR_VERSION: it is another one; ERR_BADDATA: it changes. */
MUST_CHECK bool mallocheaps_find(struct arenas *ret, struct glibc_malloc *gm,
				 const struct runtime *rt, struct modules *mods,
				 struct mem *mem, struct err *err);

/** Does what PYTHONMALLOC=malloc_debug gives have the marks of the hooks? */
bool mallocheaps_has_marks(const struct runtime *rt, struct mem *mem);

#endif
