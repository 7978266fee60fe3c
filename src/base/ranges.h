/* SPDX-License-Identifier: MIT */
#ifndef BASE_RANGES_H
#define BASE_RANGES_H

#include <stddef.h>
#include <string.h>

#include "base/addr.h"

/** Of @vec (a VEC, or any struct with v and n), whose elements begin with a
 *  raddr start and a raddr end, do not overlap and are in order: the number of
 *  the first that ends above @at; n if none does. */
#define ranges_from(vec, at) \
	ranges_first_above((vec)->v, (vec)->n, sizeof(*(vec)->v), (at))

static inline size_t ranges_first_above(const void *v, size_t n, size_t size,
					raddr at)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		raddr range[2];

		memcpy(range, (const char *)v + mid * size, sizeof(range));
		if (range[1] <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

#endif
