/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_LIBRARIES_H
#define ACCOUNT_LIBRARIES_H

#include "attach/module.h"
#include "base/vec.h"
#include "pyabi/malloc_glibc.h"

/**
 * Which library a block of C code's belongs to, by what the block says: an
 * object of C++ begins with the address of its class's table, other structures
 * name a table of functions or of constants early on.  Such tables lie in the
 * data of the library that brought them.
 *
 * That is a hint, not a proof: who calls malloc() for it may be another.
 *
 * Threads: once found, any number may ask.
 * Owner:   libraries_fini().
 */
struct library {
	raddr start, end;	/* its data, .bss too */
	char *path;		/* foreign: escape it */
	const char *allocator;	/* that it brings; see allocators.h */
};

struct libraries {
	VEC(struct library) all;	/* sorted */
	/** That which serves malloc() in place of glibc's; NULL: none. */
	const char *allocator;
};

enum {
	LIBRARIES_WORDS = 8,	/* of a block are looked at */
	LIBRARIES_MAX = (1 << GLIBC_WHOSE_BITS) - 1,
};

/** More than LIBRARIES_MAX are not told. */
MUST_CHECK bool libraries_find(struct libraries *libs, struct modules *mods,
			       struct err *err);
void libraries_fini(struct libraries *libs);

/** The number, from 1, of the library whose data @addr is in; 0: none's. */
unsigned libraries_of(const struct libraries *libs, raddr addr);

/** The number, from 1, of the library whose data the first of the words at @p
 *  that does so points into; 0: none does.  @len: bytes of the block. */
unsigned libraries_whose(const struct libraries *libs, const uint8_t *p,
			 uint64_t len);

#endif
