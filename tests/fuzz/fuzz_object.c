/* SPDX-License-Identifier: MIT */
/*
 * The input is a tracee, whole: the first two bytes choose a CPython, a type
 * and how to look, the rest is its memory, with an object of that type near the
 * start.  Whatever stands there, asking about the object ends, and what it says
 * is bounded by what can be read.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fakemem.h"
#include "pyabi/layout.h"
#include "pyabi/pytype.h"
#include "pyabi/refs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	BASE = 0x10000,
	OBJECT = BASE + 64,
	TYPE = 0x20000,		/* `type` itself, for who looks for types */
	MOST = 1 << 22,
	MAX_BASICSIZE = 2048,
	SLOTS = 2,

	/* Bits of the first byte; the lowest choose the version. */
	VERSION = 0x0f,
	CLASS = 0x10,		/* an instance of a Python class of that type */
	MANAGED = 0x20,		/* with a managed dict, maybe inline values */
	CLASSES = 0x40,		/* size classes of pools are known */
	PEEK = 0x80,
};

static const uint32_t versions[] = {
	ABI_VERSION(3, 6, 15), ABI_VERSION(3, 8, 18), ABI_VERSION(3, 10, 13),
	ABI_VERSION(3, 11, 7), ABI_VERSION(3, 12, 1), ABI_VERSION(3, 13, 0),
	ABI_VERSION(3, 14, 10), ABI_VERSION(3, 15, 2),
};

/* A type each decoder that follows pointers or counts; the order is that of the
 * seeds: append. */
static const char *const kinds[] = {
	"str", "bytes", "int", "tuple", "list", "dict", "set",
	"collections.OrderedDict", "collections.deque", "type", "module",
	"code", "frame", "generator", "functools._lru_cache_wrapper",
	"bytearray", "object", "async_generator", "builtin_method",
	"frozendict", "collections.defaultdict", "memoryview",
	"managedbuffer", "hamt_bitmap_node", "hamt_array_node", "items",
	"datetime.datetime", "decimal.Decimal", "array.array",
	"_struct.Struct", "_io.BytesIO", "_io.StringIO",
	"_io.BufferedReader", "_pickle.Pickler", "_pickle.Unpickler",
	"_pickle.Pdata", "xml.etree.ElementTree.Element",
	"_elementtree._element_iterator", "pyexpat.xmlparser",
	"sqlite3.Connection", "sqlite3.Cache", "_ctypes.Array",
	"_ctypes.CFuncPtr", "StgDict", "_ctypes.PyCPointerType",
	"_queue.SimpleQueue", "itertools.product", "itertools.permutations",
	"itertools._tee_dataobject", "re.Pattern", "_sre.SRE_Template",
	"_asyncio.Task", "typing.TypeVar", "numpy.ndarray", "numpy.float64",
	"zlib.Decompress", "types.SimpleNamespace", "EncodingMap",
	"PyCapsule", "operator.methodcaller", "", "spam.Eggs",
};

static uint32_t size_class(void *arg, raddr addr)
{
	(void)arg;
	return addr & 0x10 ? 0 : 16 * (addr >> 5 & 0x1f);
}

static void ask_names(struct pyctx *ctx, const struct refs *refs)
{
	char text[64];

	for (size_t i = 0; refs->named && i < refs->n; i++) {
		assert(refs->names[i].how < REF_N_HOW);
		(void)!ref_name_text(ctx, &refs->names[i], text, sizeof(text));
	}
}

static void ask(struct pyctx *ctx, const struct pyobj *o, bool named)
{
	struct refs refs = { .named = named, .owned = true, .loose = true };
	struct pybufs bufs = { 0 };
	uint64_t at_least = 0;

	(void)obj_plausible(ctx, o);
	(void)obj_size(ctx, o);
	(void)obj_block_size(ctx, o, &at_least);
	(void)obj_dict(ctx, o);
	obj_buffers(ctx, o, &bufs);
	obj_refs(ctx, o, &refs);
	assert(refs.n <= MOST && bufs.n <= MOST);
	ask_names(ctx, &refs);
	refs_fini(&refs);
	free(bufs.v);
}

/* The first size for which a type of that name is known. */
static int64_t find_size(const struct abi *abi, const char *name)
{
	for (uint64_t size = 16; size < MAX_BASICSIZE; size++) {
		if (layout_find(abi, name, size, NULL))
			return (int64_t)size;
	}
	return abi->object_sizeof + 32;
}

/* So that the addresses of types can be told from others. */
static void put_type(struct fakemem *fm, const struct abi *abi)
{
	fake_segment(fm, TYPE, 0x1000);
	fake_u64(fm, TYPE, 1);
	fake_u64(fm, TYPE + abi->object_ob_type, TYPE);
	fake_u64(fm, TYPE + abi->type_tp_flags,
		 TPF_READY | TPF_HAVE_GC | TPF_TYPE_SUBCLASS);
	fake_u64(fm, TYPE + abi->type_tp_basicsize, abi->heaptype_sizeof);
	fake_u64(fm, TYPE + abi->type_tp_name, TYPE + 0xf00);
	fake_str(fm, TYPE + 0xf00, "type");
}

static void make_type(const struct abi *abi, const char *name, int64_t size,
		      struct pytype *t)
{
	static const char *const with_items[] = { "tuple", "bytes", "" };

	memset(t, 0, sizeof(*t));
	t->addr = TYPE;
	t->flags = TPF_READY | TPF_HAVE_GC;
	if (size >= abi->heaptype_sizeof)
		t->flags |= TPF_TYPE_SUBCLASS;
	t->gc = true;
	t->basicsize = size;
	for (size_t i = 0; i < ARRAY_SIZE(with_items); i++) {
		if (strcmp(name, with_items[i]) == 0)
			t->itemsize = 8;
	}
	t->pre = (uint8_t)abi->n_pre_gc;
	t->meta = t->cbase = t;
	t->traverse = 1;
	t->layout = layout_find(abi, name, (uint64_t)size, NULL);
}

static void make_class(const struct abi *abi, const struct pytype *base,
		       uint8_t how, struct pytype_slot *slots,
		       struct pytype *t)
{
	*t = *base;
	t->base = base;
	t->python_class = true;
	t->traverse = 2;
	t->flags |= TPF_HEAPTYPE;
	t->basicsize += SLOTS * 8;
	for (uint32_t i = 0; i < SLOTS; i++)
		slots[i] = (struct pytype_slot){
			(uint32_t)base->basicsize + i * 8, i
		};
	t->slots = slots;
	t->n_slots = SLOTS;
	t->dictoffset = -8;
	t->cached_keys = BASE + 512;
	if (!(how & MANAGED) || abi->managed_dict == MANAGED_DICT_NONE)
		return;
	t->flags |= TPF_MANAGED_DICT;
	if (abi_has(abi->values_valid) && !t->itemsize)
		t->flags |= TPF_INLINE_VALUES;
	t->pre = (uint8_t)(t->pre + abi->n_pre_managed);
}

static void fuzz(const struct abi *abi, uint8_t how, const char *name,
		 int64_t size, struct fakemem *fm)
{
	struct pyctx ctx = { .abi = abi, .mem = &fm->mem };
	struct pytype base, class, *t = &base;
	struct pytype_slot slots[SLOTS];
	struct pytypes types;
	uint8_t store[1024];
	struct pyobj o;
	struct err err;

	if (!pytypes_init(&types, &ctx, TYPE, &err))
		return;
	ctx.types = &types;
	if (how & CLASSES)
		ctx.size_class = size_class;
	make_type(abi, name, size, &base);
	if (how & CLASS) {
		make_class(abi, &base, how, slots, &class);
		t = &class;
	}
	if (obj_at(&ctx, OBJECT, t, store, sizeof(store), &o)) {
		ask(&ctx, &o, false);
		ask(&ctx, &o, true);
	}
	pytypes_fini(&types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct abi abi[ARRAY_SIZE(versions)];
	static int64_t size[ARRAY_SIZE(versions)][ARRAY_SIZE(kinds)];
	struct abi_target want = { 0 };
	struct fakemem fm;
	struct err err;
	size_t v, kind;

	if (len < 3)
		return 0;
	v = (data[0] & VERSION) % ARRAY_SIZE(versions);
	kind = data[1] % ARRAY_SIZE(kinds);
	want.version = versions[v];
	if (!*abi[v].name && !abi_builtin_find(&want, &abi[v], &err))
		return 0;
	if (!size[v][kind])
		size[v][kind] = find_size(&abi[v], kinds[kind]);
	fake_init_bytes(&fm, BASE, data + 2, len - 2);
	put_type(&fm, &abi[v]);
	if (data[0] & PEEK)
		fake_allow_peek(&fm);
	fuzz(&abi[v], data[0], kinds[kind], size[v][kind], &fm);
	fake_fini(&fm);
	return 0;
}
