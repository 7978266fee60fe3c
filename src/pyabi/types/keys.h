/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_KEYS_H
#define PYABI_TYPES_KEYS_H

#include "pyabi/refs.h"

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

/** The live entries, by and by: values, and keys, which are visited only where
 *  they may be of any type. */
void keys_add(struct pyctx *ctx, const struct keys *keys, struct refs *to);

/** All keys of a table whose values are elsewhere; owned. */
void keys_add_shared(struct pyctx *ctx, const struct keys *keys,
		     struct refs *to);

/** The @n values at @values, each named by its key.  Unless @to is named, @keys
 *  is not looked at. */
void keys_add_values(struct pyctx *ctx, const struct keys *keys,
		     enum ref_how how, raddr values, uint64_t n,
		     struct refs *to);

/** The bytes of a table in a pool block of this size, where only one table can
 *  be: the small ones; else 0. */
uint64_t keys_bytes_by_class(const struct abi *abi, uint32_t size_class);

/** The bytes of the smallest table of this kind for @used entries. */
uint64_t keys_bytes_for(const struct abi *abi, const struct keys *keys,
			uint64_t used);

/** The block of an array of values, apart from an instance; @total of the keys
 *  they belong to. */
bool values_block(struct pyctx *ctx, raddr values, uint64_t total,
		  struct pybuf *ret);

#endif
