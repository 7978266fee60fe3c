/* SPDX-License-Identifier: MIT */
#include "pyabi/mallocheaps.h"

#include "pyabi/block.h"

/* Where the collector's head of the dict of modules is: the first byte that was
 * asked for. */
static raddr dict_of_modules(const struct runtime *rt, struct mem *mem)
{
	struct pyctx ctx = { .abi = &rt->abi, .mem = mem };
	raddr dict = ctx_u64(&ctx, runtime_main_interp(rt) +
				   rt->abi.interp_modules);

	return ctx.faults ? 0 : dict - (uint64_t)rt->abi.n_pre_gc;
}

static bool add_heaps(struct arenas *ret, const struct glibc_malloc *gm,
		      struct err *err)
{
	for (size_t i = 0; i < gm->regions.n; i++) {
		const struct glibc_region *r = &gm->regions.v[i];
		struct arena *a = vec_add(&ret->v, err);

		if (!a)
			return false;
		a->start = addr_down(r->start, ADDR_PAGE);
		a->end = a->limit = addr_up(r->end, ADDR_PAGE);
	}
	return true;
}

static bool has(const struct arenas *arenas, raddr addr)
{
	for (size_t i = 0; i < arenas->v.n; i++) {
		const struct arena *a = &arenas->v.v[i];

		if (addr_in(addr, a->start, a->end - a->start))
			return true;
	}
	return false;
}

bool mallocheaps_find(struct arenas *ret, struct glibc_malloc *gm,
		      const struct runtime *rt, struct modules *mods,
		      struct mem *mem, struct err *err)
{
	struct err why = { 0 };

	*ret = (struct arenas){ .source = ARENAS_OF_MALLOC };
	if ((gm->main || glibc_find(gm, mods, mem, &why)) &&
	    !glibc_read_heaps(gm, mem, err))
		return false;
	if (!add_heaps(ret, gm, err))
		return false;
	return has(ret, dict_of_modules(rt, mem)) ||
	       err_set(err, ERR_VERSION, "its objects lie neither in pymalloc's "
		       "memory nor in that of glibc's malloc: another allocator "
		       "(mimalloc, one that was preloaded, or that of another "
		       "libc) is not supported yet");
}

bool mallocheaps_has_marks(const struct runtime *rt, struct mem *mem)
{
	uint8_t head[BLOCK_DEBUG_LEAD];
	raddr at = dict_of_modules(rt, mem) - BLOCK_DEBUG_LEAD;
	struct err ignored;

	/* It is not larger than a page. */
	return mem_read(mem, at, head, sizeof(head), &ignored) &&
	       block_has_marks(&rt->abi, head, ADDR_PAGE);
}
