/* SPDX-License-Identifier: MIT */
#include "heap/seen.h"

#include <stdlib.h>

bool seen_init(struct seen *seen, struct err *err)
{
	seen->n = 0;
	seen->slot = calloc(SEEN_SLOTS, sizeof(*seen->slot));
	return seen->slot ? true : err_nomem(err);
}

void seen_fini(struct seen *seen)
{
	free(seen->slot);
	seen->slot = NULL;
}

enum seen_add seen_add(struct seen *seen, raddr addr)
{
	/* Fibonacci hashing: the upper bits of the product are mixed best. */
	size_t i = (size_t)(addr * 0x9e3779b97f4a7c15ull >> 44) % SEEN_SLOTS;

	while (seen->slot[i] && seen->slot[i] != addr)
		i = (i + 1) % SEEN_SLOTS;
	if (seen->slot[i])
		return SEEN_BEFORE;
	if (seen->n >= SEEN_MAX)
		return SEEN_FULL;
	seen->slot[i] = addr;
	seen->n++;
	return SEEN_NEW;
}
