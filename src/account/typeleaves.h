/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_TYPELEAVES_H
#define ACCOUNT_TYPELEAVES_H

#include "pyabi/pytype.h"
#include "result/account.h"

/** Leaves of which each type has its own, made when it first has anything. */
enum typeleaf {
	TYPELEAF_POOLS,		/* objects and buffers in pools, */
	TYPELEAF_MALLOC,	/* ... in malloc */
	TYPELEAF_DATA_MALLOC,	/* see obj_data() */
	TYPELEAF_DATA_MAPPED,
	TYPELEAF_OTHER,		/* of an allocator that is not glibc's */
	TYPELEAF_DATA_OTHER,
	TYPELEAF_INFERRED_MALLOC,	/* a word of theirs leads there */
	TYPELEAF_INFERRED_MAPPED,
	TYPELEAVES
};

struct typeleaves {
	struct account *acc;
	struct pytypes *types;
	const char *allocator;	/* TYPELEAF_OTHER: what it is called */
	VEC(uint32_t) of[TYPELEAVES];	/* by pytype.index: leaf + 1, or 0 */
};

/** The leaf of @t for that, or -1: @err is set. */
int64_t typeleaf_get(struct typeleaves *tl, enum typeleaf kind,
		     const struct pytype *t, struct err *err);
void typeleaves_fini(struct typeleaves *tl);

#endif
