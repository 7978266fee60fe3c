/* SPDX-License-Identifier: MIT */
#ifndef PYABI_OTHERPYTHON_H
#define PYABI_OTHERPYTHON_H

#include <stdbool.h>
#include <stddef.h>

#include "attach/module.h"

/**
 * Pythons that are no CPython, told by what their files are called or export:
 * nothing in them is where this program looks.
 *
 * Returns "PyPy", "GraalPy"..., or NULL: none that is known here.
 */

/** By a file name without its folder: "pypy3.9-c", "libpypy3.9-c.so".
 *  @version, if not NULL, gets "3.9", or "" where the name does not say. */
const char *otherpython_by_name(const char *name, char *version, size_t size);

/** By names or, where the files were renamed, by symbols. */
const char *otherpython_find(struct modules *mods);

#endif
