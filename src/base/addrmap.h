/* SPDX-License-Identifier: MIT */
#ifndef BASE_ADDRMAP_H
#define BASE_ADDRMAP_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

/**
 * Address to 32-bit number: a hash table, open addressing, no deletion.
 * Address 0 is no key.  Cost: 16 bytes a slot, at most 2/3 of them used.
 */
struct addrmap {
	struct addrmap_slot {
		raddr key;
		uint32_t value;
	} *slot;
	size_t n, mask;		/* mask + 1 slots, or none yet */
};

#define ADDRMAP_NONE UINT32_MAX

void addrmap_fini(struct addrmap *map);

/** The value of @key, or ADDRMAP_NONE. */
uint32_t addrmap_get(const struct addrmap *map, raddr key);

/** Set the value of @key, new or not. */
MUST_CHECK bool addrmap_put(struct addrmap *map, raddr key, uint32_t value,
			    struct err *err);

#endif
