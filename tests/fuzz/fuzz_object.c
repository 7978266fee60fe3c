/* SPDX-License-Identifier: MIT */
/*
 * The input is a tracee, whole: the first two bytes choose a CPython and a
 * type, the rest is its memory, with an object of that type near the start.
 * Whatever stands there, asking about the object ends, and what it says is
 * bounded by what can be read.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fakemem.h"
#include "pyabi/layout.h"
#include "pyabi/pytype.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { BASE = 0x10000, OBJECT = BASE + 64, MOST = 1 << 22 };

static const uint32_t versions[] = {
	ABI_VERSION(3, 6, 15), ABI_VERSION(3, 8, 18), ABI_VERSION(3, 10, 13),
	ABI_VERSION(3, 11, 7), ABI_VERSION(3, 12, 1), ABI_VERSION(3, 13, 0),
	ABI_VERSION(3, 14, 10), ABI_VERSION(3, 15, 2),
};

/* A type each decoder that follows pointers or counts. */
static const struct {
	const char *name;
	size_t size;		/* its tp_basicsize in struct abi; 0: object */
} kinds[] = {
	{ "str", LAYOUT_FIELD(str_sizeof) },
	{ "bytes", 0 },
	{ "int", LAYOUT_FIELD(int_ob_digit) },
	{ "tuple", 0 },
	{ "list", LAYOUT_FIELD(list_sizeof) },
	{ "dict", LAYOUT_FIELD(dict_sizeof) },
	{ "set", LAYOUT_FIELD(set_sizeof) },
	{ "collections.OrderedDict", LAYOUT_FIELD(odict_sizeof) },
	{ "collections.deque", LAYOUT_FIELD(deque_sizeof) },
	{ "type", LAYOUT_FIELD(heaptype_sizeof) },
	{ "module", LAYOUT_FIELD(module_sizeof) },
	{ "code", LAYOUT_FIELD(code_sizeof) },
	{ "frame", LAYOUT_FIELD(frame_sizeof) },
	{ "generator", LAYOUT_FIELD(gen_sizeof) },
	{ "functools._lru_cache_wrapper", LAYOUT_FIELD(lru_sizeof) },
	{ "bytearray", LAYOUT_FIELD(bytearray_sizeof) },
};

static void ask(struct pyctx *ctx, const struct pyobj *o)
{
	struct addrs refs = { 0 };
	struct pybufs bufs = { 0 };
	uint64_t at_least = 0;

	(void)obj_plausible(ctx, o);
	(void)obj_size(ctx, o);
	(void)obj_block_size(ctx, o, &at_least);
	(void)obj_dict(ctx, o);
	obj_buffers(ctx, o, &bufs);
	obj_refs(ctx, o, &refs);
	obj_owned(ctx, o, &refs);
	assert(refs.n <= MOST && bufs.n <= MOST);
	free(refs.v);
	free(bufs.v);
}

static void fuzz(const struct abi *abi, size_t kind, struct fakemem *fm)
{
	struct pytypes types = { .abi = abi, .mem = &fm->mem };
	struct pyctx ctx = { .abi = abi, .mem = &fm->mem, .types = &types };
	struct pytype t = { .flags = TPF_READY | TPF_HAVE_GC, .gc = true };
	uint8_t store[1024];
	struct pyobj o;

	types.ctx = ctx;
	pthread_mutex_init(&types.lock, NULL);
	t.basicsize = abi->object_sizeof + 8;
	if (kinds[kind].size) {
		uint32_t size;

		memcpy(&size, (const char *)abi + kinds[kind].size,
		       sizeof(size));
		t.basicsize = abi_has(size) ? size : t.basicsize;
	}
	t.pre = (uint8_t)abi->n_pre_gc;
	t.meta = t.cbase = &t;
	t.layout = layout_find(abi, kinds[kind].name, (uint64_t)t.basicsize,
			       NULL);
	if (obj_at(&ctx, OBJECT, &t, store, sizeof(store), &o))
		ask(&ctx, &o);
	pytypes_fini(&types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct abi abi[ARRAY_SIZE(versions)];
	struct abi_target want = { 0 };
	struct fakemem fm;
	struct err err;
	size_t v;

	if (len < 3)
		return 0;
	v = data[0] % ARRAY_SIZE(versions);
	want.version = versions[v];
	if (!*abi[v].name && !abi_builtin_find(&want, &abi[v], &err))
		return 0;
	fake_init_bytes(&fm, BASE, data + 2, len - 2);
	if (data[0] & 0x80)
		fake_allow_peek(&fm);
	fuzz(&abi[v], data[1] % ARRAY_SIZE(kinds), &fm);
	fake_fini(&fm);
	return 0;
}
