/* SPDX-License-Identifier: MIT */
#ifndef PYABI_PYREPR_H
#define PYABI_PYREPR_H

#include "pyabi/object.h"

/**
 * A value of the tracee in few words, as a person who debugs wants to see it.
 *
 * No code of the tracee runs, so this is not always what its repr() would say:
 *
 *  - numbers, text, bytes, lists, tuples, sets, dicts, ranges, slices and the
 *    singletons: exactly what repr() says, as long as nothing is left out;
 *  - what is left out shows as "..." and the size: 'abc'... (1000 characters),
 *    [1, 2, ...] (1000 items), 0x3fa... (20000 bits);
 *  - exceptions: type and arguments;
 *  - functions, classes, modules, generators: by name;
 *  - an instance of a class that derives from one of those:
 *    <module.Class at 0x7f..: 'what it is otherwise'>;
 *  - all other: <module.Class at 0x7f..>;
 *  - what cannot be read: <unreadable at 0x7f..>.
 */
enum {
	PYREPR_SIZE = 600,	/* a good size for the buffer, bytes */
	PYREPR_CHARS = 120,	/* shown of a str or bytes */
	PYREPR_ITEMS = 10,	/* shown of a container */
	PYREPR_DEPTH = 4,	/* containers in containers */
};

/**
 * Write it for the object at @addr to @buf: generalised UTF-8 (names may have
 * lone surrogates and control characters: escape it), at most @size bytes with
 * the NUL, of which there must be 64 at least.  ctx->faults is as before.
 *
 * Reads at most some hundred objects, whatever they say of themselves.
 */
void pyrepr(struct pyctx *ctx, raddr addr, char *buf, size_t size);

/** Read all that it takes for that, and no word of it is made: so that a copy
 *  which loads what is asked for has it. */
void pyrepr_touch(struct pyctx *ctx, raddr addr, size_t size);

#endif
