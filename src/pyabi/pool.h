/* SPDX-License-Identifier: MIT */
#ifndef PYABI_POOL_H
#define PYABI_POOL_H

#include "base/addr.h"
#include "base/err.h"
#include "pyabi/abi.h"

/**
 * One pool of pymalloc: a page-aligned run of equal blocks behind a header.
 *
 * A block is in use if it lies before the header's nextoffset and is not on
 * the chain of free ones.  Of the header nothing is believed that cannot be
 * checked: the size class must fit the pool, the chain must stay in it, on
 * block boundaries, without a circle, and what is in use must be as many as
 * ref.count says; or one more or less, as a thread that was stopped while it
 * takes or gives back a block leaves it.
 *
 * Facts: CPython Objects/obmalloc.c; the same from 3.6 to 3.15 but for the
 *        sizes of pools and alignment.
 */
enum {
	POOL_MAX_SIZE = 16384,
	POOL_MAX_BLOCKS = 1024,
	POOL_MAX_CLASSES = 64,		/* 512 bytes in steps of 8 or 16 */
};

enum pool_state {
	POOL_BAD,	/* not a pool, or torn */
	POOL_FREE,	/* a pool without blocks in use */
	POOL_USED,
};

struct pool {
	raddr base;
	const uint8_t *p;	/* abi->n_pool_size bytes */
	uint32_t block;		/* bytes */
	uint32_t n_blocks;	/* ever handed out, from first on */
	uint32_t n_live;
	uint32_t count;		/* what ref.count says */
	uint64_t live[POOL_MAX_BLOCKS / 64];
};

/** The block size a pool header at @p claims, or 0 if it is none. */
uint32_t pool_header_block(const struct abi *abi, raddr base,
			   const uint8_t *p);

/** Read the pool at @base, whose bytes are @p. */
enum pool_state pool_parse(const struct abi *abi, raddr base,
			   const uint8_t *p, struct pool *ret);

/** Index of the block that holds @addr, or -1: the header or the rest. */
int pool_index(const struct abi *abi, const struct pool *pool, raddr addr);

static inline bool pool_is_live(const struct pool *pool, uint32_t i)
{
	return pool->live[i / 64] >> (i % 64) & 1;
}

static inline uint32_t pool_offset(const struct abi *abi,
				   const struct pool *pool, uint32_t i)
{
	return abi->pool_sizeof + i * pool->block;
}

/** The size class that serves a request of @len bytes; 0: not pymalloc's. */
static inline uint32_t pool_class(const struct abi *abi, uint64_t len)
{
	uint32_t unit = (uint32_t)abi->n_pool_alignment;

	if (len > (uint64_t)abi->n_small_request)
		return 0;
	return len ? ((uint32_t)len + unit - 1) & ~(unit - 1) : unit;
}

#endif
