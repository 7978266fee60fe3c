/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_SPARSE_H
#define ACCOUNT_SPARSE_H

#include "account/account.h"

/**
 * How full the arenas of pymalloc are, and who holds those open that are
 * nearly empty: an arena goes back to the system when nothing in it is in use.
 *
 *	sparse_init(&sp, look, heap, acc, &err);
 *	sparse_keep(&sp, addr, type, what, &err);	each object and buffer
 *	sparse_end(&sp, &types, &err);
 *	sparse_fini(&sp);
 *
 * An arena of which a part was never used yet has only been begun, and is not
 * called nearly empty.  Where arenas were guessed by their pools, or the heap
 * was copied in part, nothing is told.
 *
 * Owner: sparse_fini(), also after a failure.
 */
enum sparse_what { SPARSE_OBJECT, SPARSE_INTERNED, SPARSE_BUFFER };

struct sparse_kept {
	const struct pytype *type;
	bool interned;
	int64_t count, bytes, buffers;
};

struct sparse {
	struct account *acc;
	const struct heap *heap;
	const struct arenas *arenas;
	/** Of each arena that is nearly empty, blocks that nobody was found to
	 *  have, yet; of others -1. */
	int64_t *nameless;
	uint64_t *told;			/* a bit a block: somebody has it */
	VEC(struct sparse_kept) kept;	/* by pytype.index */
	struct sparse_kept interned;	/* which are not in kept */
};

MUST_CHECK bool sparse_init(struct sparse *sp, const struct account_look *look,
			    const struct heap *heap, struct account *acc,
			    struct err *err);

/** The block that @addr lies in is an object of @type, or a buffer of one.
 *  Whoever is called first has it. */
MUST_CHECK bool sparse_keep(struct sparse *sp, raddr addr,
			    const struct pytype *type, enum sparse_what what,
			    struct err *err);

/** Tell who there was. */
MUST_CHECK bool sparse_end(struct sparse *sp, struct pytypes *types,
			   struct err *err);
void sparse_fini(struct sparse *sp);

#endif
