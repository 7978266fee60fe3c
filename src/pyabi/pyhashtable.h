/* SPDX-License-Identifier: MIT */
#ifndef PYABI_PYHASHTABLE_H
#define PYABI_PYHASHTABLE_H

#include "pyabi/object.h"

/**
 * _Py_hashtable_t: what the interpreter keeps tables of C in, tracemalloc its
 * traces.  Buckets are heads of chains.
 *
 * Up to 3.8 an entry is a head, then a key and data of as many bytes as the
 * table says (HASHTABLE_SIZED); from 3.9 on it has two pointers
 * (HASHTABLE_FIXED, bpo-40602).
 *
 * Facts: Modules/hashtable.c (.. 3.8), Python/hashtable.c (3.9 ..).
 */
struct pyhashtable {
	raddr at;
	uint64_t entries, n_buckets;	/* as it says */
	raddr buckets;
	uint64_t key_size, data_size;	/* of those that are sized */
};

struct pyhashentry {
	uint64_t hash;
	uint64_t key;		/* its first word */
	uint32_t more;		/* what of the key follows that */
	raddr value;		/* of those that are fixed */
	uint64_t data[2];	/* of those that are sized */
};

/** What the hash of an entry must be, so that it is known to be one. */
enum pyhash {
	PYHASH_POINTER,		/* that of its key, as an address */
	PYHASH_NUMBER,		/* its key */
	PYHASH_OTHER,		/* not checked */
};

/** False: there is none at @at, or it is absurd. */
bool pyhashtable_read(struct pyhashtable *ret, struct pyctx *ctx, raddr at);

/** What _Py_hashtable_size() says of it. */
uint64_t pyhashtable_size(const struct pyhashtable *t, const struct abi *abi);

/** False ends the walk, @err is set. */
typedef bool pyhashtable_fn(void *arg, const struct pyhashentry *entry,
			    struct err *err);

/**
 * Call @fn for each entry.  The walk is over when that fails, and once it has
 * seen more entries than there can be: then chains lead in circles.  A chain is
 * left where an entry is none.
 *
 * @ret_found: how many there were; t->entries, if nobody was at work on it.
 */
MUST_CHECK bool pyhashtable_walk(const struct pyhashtable *t,
				 struct pyctx *ctx, enum pyhash hash,
				 pyhashtable_fn *fn, void *arg,
				 uint64_t *ret_found, struct err *err);

#endif
