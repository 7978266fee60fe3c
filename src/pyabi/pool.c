/* SPDX-License-Identifier: MIT */
#include "pyabi/pool.h"

#include <string.h>

#include "base/load.h"

uint32_t pool_header_block(const struct abi *abi, raddr base, const uint8_t *p)
{
	uint32_t szidx = load_u32(p + abi->pool_szidx);
	uint32_t next = load_u32(p + abi->pool_nextoffset);
	uint32_t max = load_u32(p + abi->pool_maxnextoffset);
	uint64_t free = load_u64(p + abi->pool_freeblock);
	uint32_t unit = (uint32_t)abi->n_pool_alignment;
	uint32_t size = (uint32_t)abi->n_pool_size;
	uint32_t block, head = abi->pool_sizeof;

	if (szidx >= abi->n_small_request / unit)
		return 0;
	block = (szidx + 1) * unit;
	if (max != size - block || next < head + block ||
	    next > max + block || (next - head) % block)
		return 0;
	if (load_u32(p + abi->pool_count) > (size - head) / block)
		return 0;
	if (free && (!addr_in(free, base + head, next - head) ||
		     (free - base - head) % block))
		return 0;
	return block;
}

/* Take the free chain out of the live blocks; false: it is no chain. */
static bool unchain(const struct abi *abi, struct pool *pool)
{
	uint64_t free = load_u64(pool->p + abi->pool_freeblock);

	while (free) {
		int i = pool_index(abi, pool, free);

		if (i < 0 || !pool_is_live(pool, (uint32_t)i) ||
		    free != pool->base + pool_offset(abi, pool, (uint32_t)i))
			return false;
		pool->live[i / 64] &= ~(1ull << (i % 64));
		pool->n_live--;
		free = load_u64(pool->p + (free - pool->base));
	}
	return true;
}

enum pool_state pool_parse(const struct abi *abi, raddr base,
			   const uint8_t *p, struct pool *ret)
{
	uint32_t left;

	ret->base = base;
	ret->p = p;
	ret->count = load_u32(p + abi->pool_count);
	ret->n_live = ret->n_blocks = 0;
	if (!ret->count)
		return POOL_FREE;
	ret->block = pool_header_block(abi, base, p);
	if (!ret->block)
		return POOL_BAD;
	ret->n_blocks = (load_u32(p + abi->pool_nextoffset) - abi->pool_sizeof) /
			ret->block;
	ret->n_live = ret->n_blocks;
	memset(ret->live, 0, sizeof(ret->live));
	for (left = ret->n_blocks; left >= 64; left -= 64)
		ret->live[(ret->n_blocks - left) / 64] = ~0ull;
	if (left)
		ret->live[(ret->n_blocks - left) / 64] = (1ull << left) - 1;
	if (!unchain(abi, ret) || ret->n_live + 1 < ret->count ||
	    ret->n_live > ret->count + 1)
		return POOL_BAD;
	return POOL_USED;
}

int pool_index(const struct abi *abi, const struct pool *pool, raddr addr)
{
	uint64_t off = addr - pool->base - abi->pool_sizeof;

	if (off >= (uint64_t)pool->n_blocks * pool->block)
		return -1;
	return (int)((uint32_t)off / pool->block);
}
