/* SPDX-License-Identifier: MIT */
/*
 * The input is types: byte 0 chooses a CPython, the rest is the memory behind
 * `type`, which is sound.  Each place where one may begin is asked for, and for
 * its name; what is taken for a type is possible, and its bases end.
 */
#include <assert.h>

#include "base/bounds.h"
#include "faketypes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	STEP = 0x40,
	MOST = 0x10000,
	SUBTYPE_DEALLOC = 0xdea110c,
};

static const unsigned minors[] = { 6, 8, 11, 12, 13, 14, 15 };

static void check(const struct pytype *t)
{
	unsigned depth = 0;

	assert(t->basicsize >= 0 && t->itemsize >= 0);
	assert(t->meta);
	for (; t; t = t->base)
		assert(depth++ <= MAX_TYPE_DEPTH + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct faketypes ft;

	if (len < 1)
		return 0;
	faketypes_init(&ft, minors[data[0] % ARRAY_SIZE(minors)]);
	data++;
	len--;
	if (len > MOST)
		len = MOST;
	fake_bytes(&ft.fm, FAKETYPES_MORE, data, len);
	if (faketypes_read(&ft))
		pytypes_know_classes(&ft.types, SUBTYPE_DEALLOC, 0);
	for (uint64_t off = 0; off < len; off += STEP) {
		const struct pytype *t =
			pytypes_get(&ft.types, FAKETYPES_MORE + off);
		struct err err;

		if (!t)
			continue;
		check(t);
		if (pytypes_name(&ft.types, t, &err))
			assert(t->full && t->name && t->module);
	}
	faketypes_fini(&ft);
	return 0;
}
