/* SPDX-License-Identifier: MIT */
#include "base/disguise.h"

#include <stddef.h>

#include "base/compiler.h"

static const struct {
	uint32_t from;
	enum disguise kind;
} kinds[] = {
#include "base/disguise.inc"
};

enum disguise disguise_of(uint32_t c)
{
	size_t low = 0, high = ARRAY_SIZE(kinds);

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (kinds[middle].from <= c)
			low = middle;
		else
			high = middle;
	}
	return kinds[low].kind;
}
