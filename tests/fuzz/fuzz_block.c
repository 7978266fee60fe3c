/* SPDX-License-Identifier: MIT */
/*
 * The input is a block and what it may point at: byte 0 chooses a CPython, byte
 * 1 the size class, the next 512 are the block, the rest is memory in which
 * words of the block may find types.  Whatever stands there, what is taken for
 * an object lies in the block.
 */
#include <assert.h>
#include <string.h>

#include "faketypes.h"
#include "pyabi/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	AT = 0x7f0000000030,
	MOST = 512,
	HEAD = 2,
	DEBUG = 0x80,		/* of byte 0 */
};

static const unsigned minors[] = { 6, 8, 11, 12, 13, 14, 15 };

static bool may_be_type(void *arg, raddr word)
{
	(void)arg;
	(void)word;
	return true;
}

static void put_types(struct faketypes *ft, const uint8_t *data, size_t len)
{
	static const struct {
		const char *name;
		uint64_t basicsize, itemsize, flags;
	} some[] = {
		{ "float", 24, 0, 0 },
		{ "tuple", 24, 8, TPF_HAVE_GC | TPF_TUPLE_SUBCLASS },
		{ "int", 24, 4, TPF_LONG_SUBCLASS },
		{ "list", 40, 0, TPF_HAVE_GC | TPF_LIST_SUBCLASS },
		{ "spam.Eggs", 40, 8, TPF_HAVE_GC | TPF_MANAGED_DICT },
	};
	raddr at = FAKETYPES_MORE;

	for (size_t i = 0; i < ARRAY_SIZE(some); i++, at += FAKETYPES_STEP)
		faketypes_put(ft, at, some[i].name, some[i].basicsize,
			      some[i].itemsize, some[i].flags);
	if (len > 0)
		fake_bytes(&ft->fm, at, data, len < 0x10000 ? len : 0x10000);
}

static void look(struct faketypes *ft, const uint8_t *block, uint32_t size,
		 bool debug)
{
	struct blockreader br;
	struct pyobj o;
	struct err err;

	if (!blockreader_init(&br, &ft->ctx, &err))
		return;
	br.may_be_type = may_be_type;
	br.debug = debug;
	(void)block_has_marks(&ft->abi, block, size);
	if (block_object(&br, AT, block, size, &o)) {
		assert(addr_in(o.addr, AT, size));
		assert(o.avail <= size - (o.addr - AT));
		assert(o.pre >= block && o.pre <= o.p);
		assert(o.type->basicsize >= 0);
	}
	blockreader_fini(&br);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct faketypes ft;
	uint8_t block[MOST] = { 0 };
	uint32_t size;

	if (len < HEAD)
		return 0;
	faketypes_init(&ft, minors[(data[0] & ~DEBUG) % ARRAY_SIZE(minors)]);
	size = 16u * (data[1] % (MOST / 16) + 1);
	memcpy(block, data + HEAD, len - HEAD < MOST ? len - HEAD : MOST);
	if (len > HEAD + MOST)
		put_types(&ft, data + HEAD + MOST, len - HEAD - MOST);
	else
		put_types(&ft, NULL, 0);
	if (faketypes_read(&ft))
		look(&ft, block, size, data[0] & DEBUG);
	faketypes_fini(&ft);
	return 0;
}
