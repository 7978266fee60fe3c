/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKETYPES_H
#define TESTS_FAKETYPES_H

#include "fakemem.h"
#include "pyabi/object.h"
#include "pyabi/pytype.h"

/**
 * A tracee with types in its memory, laid out as those of CPython 3.MINOR:
 * `type` is at FAKETYPES already.
 *
 *	struct faketypes ft;
 *
 *	faketypes_init(&ft, 12);
 *	faketypes_put(&ft, FAKETYPES_MORE, "float", 24, 0, 0);
 *	faketypes_read(&ft);
 *	... pytypes_get(&ft.types, FAKETYPES_MORE) ...
 *	faketypes_fini(&ft);
 */
enum {
	FAKETYPES = 0x100000,
	FAKETYPES_STEP = 0x1000,	/* room for one */
	FAKETYPES_MORE = FAKETYPES + FAKETYPES_STEP,
	FAKETYPES_ROOM = 512,		/* that many fit */
	FAKETYPES_NAME = 0xf00,		/* tp_name, from its type on */
};

struct faketypes {
	struct fakemem fm;
	struct abi abi;
	struct pyctx ctx;
	struct pytypes types;
	bool is_read;
};

void faketypes_init(struct faketypes *ft, unsigned minor);
void faketypes_fini(struct faketypes *ft);

/** A type whose type is `type`, without a base. */
void faketypes_put(struct faketypes *ft, raddr at, const char *name,
		   uint64_t basicsize, uint64_t itemsize, uint64_t flags);

/** Let ft->types begin; may be repeated: then it begins anew. */
bool faketypes_read(struct faketypes *ft);

#endif
