/* SPDX-License-Identifier: MIT */
/*
 * The input is a tracee, whole: the first byte chooses a CPython, the rest is
 * its memory from BASE on: a thread's list of tasks at the start (3.14 ..), or
 * a set there (.. 3.13).  Beyond are types, one a page: seeds point at them.
 * Whatever stands there, listing and linking tasks and walking their frames
 * ends, and soon.
 */
#include <assert.h>
#include <string.h>

#include "fakemem.h"
#include "pyabi/asynctasks.h"
#include "pyabi/pytype.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	BASE = 0x10000,
	TYPES = 0x100000,	/* `type`, then those below */
	STEP = 0x1000,
	NAME = 0xf00,
	NO_THREAD = 0x200000,	/* its list is at BASE */
	MOST_READS = 1 << 22,
};

static const uint32_t versions[] = {
	ABI_VERSION(3, 7, 16), ABI_VERSION(3, 10, 13), ABI_VERSION(3, 12, 1),
	ABI_VERSION(3, 13, 0), ABI_VERSION(3, 14, 10), ABI_VERSION(3, 15, 2),
};

/* The order is that of the seeds: append. */
static const struct {
	const char *name;
	size_t size;		/* in struct abi; 0: any */
	uint64_t flags;
} kinds[] = {
	{ "_asyncio.Task", offsetof(struct abi, task_sizeof), 0 },
	{ "_asyncio.Future", offsetof(struct abi, future_sizeof), 0 },
	{ "set", 0, 0 }, { "coroutine", 0, 0 }, { "generator", 0, 0 },
	{ "async_generator_asend", 0, 0 }, { "function", 0, 0 },
	{ "tuple", 0, TPF_TUPLE_SUBCLASS }, { "cell", 0, 0 },
	{ "list", 0, TPF_LIST_SUBCLASS }, { "str", 0, TPF_STR_SUBCLASS },
	{ "int", 0, TPF_LONG_SUBCLASS }, { "NoneType", 0, 0 },
	{ "method", 0, 0 }, { "functools.partial", 0, 0 },
	{ "PyTask", 0, TPF_HEAPTYPE }, { "dict", 0, TPF_DICT_SUBCLASS },
};

static void put_type(struct fakemem *fm, const struct abi *abi, raddr at,
		     const char *name, uint64_t size, uint64_t flags)
{
	fake_u64(fm, at, 1);
	fake_u64(fm, at + abi->object_ob_type, TYPES);
	fake_u64(fm, at + abi->type_tp_flags, flags | TPF_READY);
	fake_u64(fm, at + abi->type_tp_basicsize, size);
	fake_u64(fm, at + abi->type_tp_dictoffset, 16);
	fake_u64(fm, at + abi->type_tp_name, at + NAME);
	fake_str(fm, at + NAME, name);
}

static void put_types(struct fakemem *fm, const struct abi *abi)
{
	fake_segment(fm, TYPES, (ARRAY_SIZE(kinds) + 1) * STEP);
	put_type(fm, abi, TYPES, "type", abi->heaptype_sizeof,
		 TPF_TYPE_SUBCLASS);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint32_t size = 64;

		if (kinds[i].size)
			memcpy(&size, (const char *)abi + kinds[i].size,
			       sizeof(size));
		put_type(fm, abi, TYPES + (i + 1) * STEP, kinds[i].name, size,
			 kinds[i].flags);
	}
}

static bool count(void *arg, const struct pyframe *frame)
{
	(void)frame;
	++*(unsigned *)arg;
	return true;
}

static void ask(struct pyctx *ctx, const struct asynctasks *tasks)
{
	for (size_t i = 0; i < tasks->v.n; i++) {
		const struct asynctask *task = &tasks->v.v[i];
		unsigned n = 0;
		char text[256];

		memset(text, 'x', sizeof(text));
		if (asynctask_name(ctx, task, text, sizeof(text)))
			assert(memchr(text, '\0', sizeof(text)));
		if (asynctask_coroutine(ctx, task, text, sizeof(text)))
			assert(memchr(text, '\0', sizeof(text)));
		asynctask_frames(ctx, task, count, &n);
		assert(n <= 1 << 12);
	}
}

static void fuzz(const struct abi *abi, struct fakemem *fm)
{
	struct pyctx ctx = { .abi = abi, .mem = &fm->mem };
	raddr interp = NO_THREAD;
	struct asyncsets sets = { .interp = interp, .set = { BASE, 0, 0 } };
	struct pythread thread = { .tstate = NO_THREAD, .interp = interp };
	struct pythreads threads = { .v = { &thread, 1, 1 } };
	struct runtime rt = { .abi = *abi, .interps = { &interp, 1, 1 } };
	struct asyncplaces places = {
		.interp_head = ABI_ABSENT, .tstate_head = ABI_ABSENT,
		.running_task = ABI_ABSENT, .task_node = abi->task_task_node,
	};
	struct asynctasks tasks = { 0 };
	struct pytypes types;
	struct err err;

	if (!pytypes_init(&types, &ctx, TYPES, &err))
		return;
	ctx.types = &types;
	if (abi_has(abi->task_task_node)) {
		thread.tstate = BASE;
		places.tstate_head = places.running_task = 0;
		places.interp_head = 0;
	} else {
		places.sets.v = &sets;
		places.sets.n = 1;
	}
	if (asynctasks_read(&tasks, &places, &rt, &threads, &ctx, &err) &&
	    asynctasks_link(&tasks, &ctx, &err))
		ask(&ctx, &tasks);
	asynctasks_fini(&tasks);
	pytypes_fini(&types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct abi abi[ARRAY_SIZE(versions)];
	struct abi_target want = { 0 };
	struct fakemem fm;
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
	fuzz(&abi[v], &fm);
	assert(fm.reads < MOST_READS);
	fake_fini(&fm);
	return 0;
}
