/* SPDX-License-Identifier: MIT */
#ifndef PYABI_WORDS_H
#define PYABI_WORDS_H

#include "base/load.h"
#include "pyabi/abi.h"

/** The bytes of one struct, from one copy: its words agree with each other. */
struct words {
	const uint8_t *p;
	size_t len;
};

/** The @size bytes at @off; 0 where the struct is shorter or has no such
 *  field. */
static inline uint64_t words_get(const struct words *w, uint32_t off,
				 size_t size)
{
	uint64_t v = 0;

	if (abi_has(off) && off + size <= w->len)
		memcpy(&v, w->p + off, size);
	return v;
}

#endif
