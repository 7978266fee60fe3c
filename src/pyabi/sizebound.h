/* SPDX-License-Identifier: MIT */
#ifndef PYABI_SIZEBOUND_H
#define PYABI_SIZEBOUND_H

#include "pyabi/pytype.h"

/** How what obj_size() says relates to what sys.getsizeof() would. */
enum sizebound {
	SIZEBOUND_NONE,		/* they are equal */
	SIZEBOUND_LOWER,	/* it is no less, and what C code holds besides
				   the object is in neither */
	SIZEBOUND_UNKNOWN,	/* code of the tracee decides */
};

/**
 * ...for objects of type @t.
 *
 * Every type inherits the first __sizeof__() of its method resolution order.
 * Where that is a described type's, we know it; `object` counts what the type
 * says of itself, so there the object is known, but nobody knows what C code
 * that nobody described has allocated for it.
 *
 * Threads: as pytypes_name(), which see.
 * Facts: CPython 3.6 to 3.15, Python/sysmodule.c (_PySys_GetSizeOf),
 *        Objects/typeobject.c (object___sizeof__).
 */
enum sizebound sizebound_of(struct pytypes *types, const struct pytype *t);

#endif
