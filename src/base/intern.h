/* SPDX-License-Identifier: MIT */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <stdint.h>

#include "base/addrmap.h"
#include "base/vec.h"

/**
 * Equal things once: bytes to a number, from 0 on in the order of their first
 * coming, and back.
 *
 *	struct intern names = { 0 };
 *	n = intern_put(&names, "abc", 4, &err);
 *	intern_get(&names, n, &len);
 *	intern_fini(&names);
 *
 * Bounds: INTERN_BYTES in all; INTERN_NONE: beyond that, or out of memory.
 * Threads: one at a time.  What is got holds until more is put.
 */
enum { INTERN_BYTES = 1 << 28 };
#define INTERN_NONE UINT32_MAX

struct intern {
	VEC(struct intern_row {
		size_t at;
		size_t len;
		uint32_t next;		/* of the same hash, + 1; 0: none */
	}) rows;
	uint8_t *bytes;
	size_t used, room;
	struct addrmap by_hash;
};

uint32_t intern_put(struct intern *in, const void *bytes, size_t len,
		    struct err *err);
const void *intern_get(const struct intern *in, uint32_t n, size_t *ret_len);
void intern_fini(struct intern *in);

#endif
