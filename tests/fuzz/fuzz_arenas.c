/* SPDX-License-Identifier: MIT */
/*
 * The input is memory that holds an allocator's state at its start, a table at
 * 0x400 and pools behind: whatever stands there, what is found is sorted, does
 * not overlap and lies within the maps; the scan too.
 */
#include <assert.h>
#include <string.h>

#include "fakemem.h"
#include "pyabi/arenas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	HEAP = 0x10000000,
	STATE = HEAP,
	TABLE = HEAP + 0x400,
	LEN = 4 << 20,
	ENTRIES = 16,
};

static void check(const struct arenas *arenas, const struct maps *maps)
{
	raddr last = 0;

	for (size_t i = 0; i < arenas->v.n; i++) {
		const struct arena *a = &arenas->v.v[i];

		assert(a->start >= last);
		assert(a->start <= a->end && a->end <= a->limit);
		assert(maps_find(maps, a->start));
		assert(a->limit <= HEAP + LEN);
		last = a->limit;
	}
}

static void look(struct fakemem *fm, const struct abi *abi)
{
	static const char text[] = "10000000-10400000 rw-p 0 00:00 0\n";
	struct runtime rt = { .abi = *abi };
	struct arenas found = { 0 };
	struct maps maps;
	struct err err;
	raddr *interp;

	rt.abi.interp_obmalloc = 0;
	rt.abi.arenas = ARENAS_EMBEDDED;
	if (!maps_parse(&maps, text, strlen(text), &err))
		return;
	interp = vec_add(&rt.interps, &err);
	if (interp)
		*interp = STATE;
	if (arenas_find(&found, &rt, &maps, &fm->mem, &err))
		check(&found, &maps);
	arenas_fini(&found);
	if (arenas_scan(&found, &rt, &maps, &fm->mem, &err))
		check(&found, &maps);
	arenas_fini(&found);
	runtime_fini(&rt);
	maps_free(&maps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct abi_target want = { .version = ABI_VERSION(3, 12, 1) };
	static struct abi abi;
	struct fakemem fm;
	struct err err;

	if (!*abi.name && !abi_builtin_find(&want, &abi, &err))
		return 0;
	fake_init(&fm, 0x1000);
	fake_segment(&fm, HEAP, LEN);
	fake_u64(&fm, STATE + abi.obmalloc_arenas, TABLE);
	fake_u32(&fm, STATE + abi.obmalloc_maxarenas, ENTRIES);
	fake_bytes(&fm, TABLE, data, len < LEN - 0x400 ? len : LEN - 0x400);
	look(&fm, &abi);
	fake_fini(&fm);
	return 0;
}
