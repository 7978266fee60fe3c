/* SPDX-License-Identifier: MIT */
/*
 * The input is a tracee, whole: the first byte chooses a CPython, the rest is
 * its memory from BASE on, with an object at the start.  Beyond are types, one
 * a page: seeds point at them.  Whatever stands there, its repr ends within its
 * room, and soon.
 */
#include <assert.h>
#include <string.h>

#include "fakemem.h"
#include "pyabi/pyrepr.h"
#include "pyabi/pytype.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	BASE = 0x10000,
	TYPES = 0x100000,	/* `type`, then those below */
	STEP = 0x1000,
	NAME = 0xf00,
	MOST_READS = 1 << 19,
};

static const uint32_t versions[] = {
	ABI_VERSION(3, 6, 15), ABI_VERSION(3, 10, 13), ABI_VERSION(3, 11, 7),
	ABI_VERSION(3, 12, 1), ABI_VERSION(3, 13, 0), ABI_VERSION(3, 14, 10),
	ABI_VERSION(3, 15, 2),
};

/* The order is that of the seeds: append. */
static const struct {
	const char *name;
	uint64_t flags;
} kinds[] = {
	{ "int", TPF_LONG_SUBCLASS }, { "str", TPF_STR_SUBCLASS },
	{ "list", TPF_LIST_SUBCLASS }, { "tuple", TPF_TUPLE_SUBCLASS },
	{ "dict", TPF_DICT_SUBCLASS }, { "set", 0 }, { "frozenset", 0 },
	{ "float", 0 }, { "complex", 0 }, { "bytes", TPF_BYTES_SUBCLASS },
	{ "bytearray", 0 }, { "bool", TPF_LONG_SUBCLASS }, { "range", 0 },
	{ "slice", 0 }, { "function", 0 }, { "method", 0 },
	{ "builtin_function_or_method", 0 }, { "module", 0 },
	{ "generator", 0 }, { "code", 0 }, { "KeyError", TPF_EXC_SUBCLASS },
	{ "NoneType", 0 }, { "spam.Eggs", 0 }, { "frozendict", 0 },
};

static void put_type(struct fakemem *fm, const struct abi *abi, raddr at,
		     const char *name, uint64_t flags)
{
	fake_u64(fm, at, 1);
	fake_u64(fm, at + abi->object_ob_type, TYPES);
	fake_u64(fm, at + abi->type_tp_flags, flags | TPF_READY);
	fake_u64(fm, at + abi->type_tp_basicsize, 64);
	fake_u64(fm, at + abi->type_tp_name, at + NAME);
	fake_str(fm, at + NAME, name);
}

static void put_types(struct fakemem *fm, const struct abi *abi)
{
	fake_segment(fm, TYPES, (ARRAY_SIZE(kinds) + 1) * STEP);
	put_type(fm, abi, TYPES, "type", TPF_TYPE_SUBCLASS);
	fake_u64(fm, TYPES + abi->type_tp_basicsize, abi->heaptype_sizeof);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		put_type(fm, abi, TYPES + (i + 1) * STEP, kinds[i].name,
			 kinds[i].flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct abi abi[ARRAY_SIZE(versions)];
	struct abi_target want = { 0 };
	struct pytypes types;
	struct fakemem fm;
	char text[PYREPR_SIZE];
	struct err err;
	size_t v;

	if (len < 2)
		return 0;
	v = data[0] % ARRAY_SIZE(versions);
	want.version = versions[v];
	if (!*abi[v].name && !abi_builtin_find(&want, &abi[v], &err))
		return 0;
	fake_init_bytes(&fm, BASE, data + 1, len - 1);
	put_types(&fm, &abi[v]);

	struct pyctx ctx = { .abi = &abi[v], .mem = &fm.mem, .types = &types };

	if (pytypes_init(&types, &ctx, TYPES, &err)) {
		memset(text, 'x', sizeof(text));
		pyrepr(&ctx, BASE, text, sizeof(text));
		assert(memchr(text, '\0', sizeof(text)));
		assert(!ctx.faults && fm.reads < MOST_READS);
		pytypes_fini(&types);
	}
	fake_fini(&fm);
	return 0;
}
