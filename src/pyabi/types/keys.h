/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_KEYS_H
#define PYABI_TYPES_KEYS_H

#include "pyabi/object.h"

/** The hash table behind a dict, or shared by the instances of a class. */
struct keys {
	raddr entries;
	uint64_t n;		/* entries made so far, dead ones included */
	uint64_t total;		/* n and those that may follow */
	uint64_t bytes;		/* of the whole table: one block */
	uint32_t step, key, value;	/* of an entry */
	bool any;		/* keys of any type; else exact str only */
	bool sole;		/* nobody shares it */
};

/** Read the table at @addr; false if that is none: a fault. */
bool keys_read(struct pyctx *ctx, raddr addr, struct keys *ret);

enum keys_part { KEYS_KEYS = 1, KEYS_VALUES = 2 };

/** Append keys or values of the live entries, or both, in order. */
void keys_add(struct pyctx *ctx, const struct keys *keys, unsigned parts,
	      struct addrs *ret);

/** Append all keys of a table whose values are elsewhere. */
void keys_add_shared(struct pyctx *ctx, const struct keys *keys,
		     struct addrs *ret);

/** The bytes of a table in a pool block of this size, where only one table can
 *  be: the small ones; else 0. */
uint64_t keys_bytes_by_class(const struct abi *abi, uint32_t size_class);

/** The block of an array of values, apart from an instance; @total of the keys
 *  they belong to. */
bool values_block(struct pyctx *ctx, raddr values, uint64_t total,
		  struct pybuf *ret);

#endif
