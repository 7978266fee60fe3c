/* SPDX-License-Identifier: MIT */
/*
 * Telling objects from buffers.
 *
 * The debug hooks (PYTHONMALLOC=debug) put 16 bytes before what was asked for:
 * its size, most significant byte first, a letter for the domain, and 7 bytes
 * that nobody may write; and 8 such bytes behind.
 *
 * Facts: CPython Objects/obmalloc.c; Include/object.h for the meaning of the
 *        first word.
 */
#include "pyabi/block.h"

#include <stdlib.h>
#include <string.h>

#include "base/load.h"
#include "pyabi/blocksource.h"
#include "pyabi/malloc_glibc.h"

enum {
	CACHE_BITS = 12,
	MARKS = 7,
};

bool blockreader_init(struct blockreader *br, struct pyctx *ctx,
		      struct err *err)
{
	const struct abi *abi = ctx->abi;

	memset(br, 0, sizeof(*br));
	br->ctx = ctx;
	br->cache = calloc(1 << CACHE_BITS, sizeof(*br->cache));
	if (!br->cache)
		return err_nomem(err);
	br->pre[br->n_pre++] = 0;
	br->pre[br->n_pre++] = (uint32_t)abi->n_pre_gc;
	if (abi->preheader != PREHEADER_NONE)
		br->pre[br->n_pre++] =
			(uint32_t)(abi->n_pre_gc + abi->n_pre_managed);
	return true;
}

void blockreader_fini(struct blockreader *br)
{
	free(br->cache);
	br->cache = NULL;
}

const struct pytype *blockreader_type(struct blockreader *br, raddr addr)
{
	struct block_cached *slot =
		&br->cache[(addr >> 4 ^ addr >> 16) & ((1 << CACHE_BITS) - 1)];

	if (slot->addr != addr) {
		if (!br->may_be_type(br->arg, addr))
			return NULL;
		slot->type = pytypes_get(br->ctx->types, addr);
		slot->addr = addr;
	}
	return slot->type;
}

bool block_has_marks(const struct abi *abi, const uint8_t *p, uint32_t size)
{
	uint64_t asked = 0;

	if (size < BLOCK_DEBUG_LEAD + 8 ||
	    (p[8] != 'o' && p[8] != 'm' && p[8] != 'r'))
		return false;
	for (int i = 0; i < 8; i++)
		asked = asked << 8 | p[i];
	if (asked > size - BLOCK_DEBUG_LEAD - 8)
		return false;
	for (int i = 0; i < MARKS; i++) {
		if (p[9 + i] != (uint8_t)abi->n_debug_forbidden)
			return false;
	}
	return true;
}

/* Do all objects of type @t ask for as much as it says, without what nobody can
 * see: no items, no GC head (PyUnstable_Object_GC_NewWithExtraData, 3.12+)? */
static bool is_of_one_size(const struct pytype *t)
{
	return !t->itemsize && !t->pre;
}

/* malloc takes a unit more rather than to leave a piece too small to be one. */
static bool is_just(const struct blockreader *br, uint64_t asked, uint32_t size)
{
	uint64_t chunk;

	if (!br->chunks)
		return pool_class(br->ctx->abi, asked) == size;
	chunk = addr_up(asked + CHUNK_OWN, CHUNK_UNIT);
	if (chunk < GLIBC_LEAST)
		chunk = GLIBC_LEAST;
	return size + CHUNK_OWN == chunk ||
	       size + CHUNK_OWN == chunk + CHUNK_UNIT;
}

/*
 * Would the allocator have chosen this block for it?  One that shrank to more
 * than three quarters keeps its block (bytes and str that were resized).  In an
 * even larger one it is loose, and others have to speak for it: C code shortens
 * what it made (Py_SET_SIZE), and asks for more than CPython would.
 */
static bool fits(struct blockreader *br, struct pyobj *o, uint32_t size)
{
	uint64_t at_least = 0, asked = obj_block_size(br->ctx, o, &at_least);
	uint64_t room = size;

	if (br->debug) {
		const uint8_t *start = o->pre - BLOCK_DEBUG_LEAD;

		room = 0;
		for (int i = 0; i < 8; i++)
			room = room << 8 | start[i];
		o->loose = asked && !addr_in(room, asked, BLOCK_DEBUG_LEAD + 1);
		if (room > size)
			return false;
	} else {
		o->loose = asked && !is_just(br, asked, size) &&
			   4 * asked <= 3 * (uint64_t)size;
	}
	return at_least <= room && !(o->loose && is_of_one_size(o->type));
}

static bool object_at(struct blockreader *br, raddr addr, const uint8_t *p,
		      uint32_t seen, uint32_t size, uint32_t off,
		      struct pyobj *ret)
{
	const struct abi *abi = br->ctx->abi;
	uint32_t lead = block_lead(br);
	const struct pytype *t;
	raddr type;

	if (lead + off + 16 > seen)
		return false;
	type = load_u64(p + lead + off + abi->object_ob_type);
	if (!type || !refcnt_is_alive(abi, load_u64(p + lead + off)))
		return false;
	t = blockreader_type(br, type);
	if (!t || t->pre != off)
		return false;
	ret->addr = addr + lead + off;
	ret->type = t;
	ret->p = p + lead + off;
	ret->pre = p + lead;
	ret->avail = seen - lead - off;
	br->ctx->faults = 0;
	return fits(br, ret, size) && !br->ctx->faults &&
	       obj_plausible(br->ctx, ret);
}

bool block_is_bare_type(struct blockreader *br, const uint8_t *p,
			uint32_t size)
{
	const struct abi *abi = br->ctx->abi;
	const uint32_t lead = block_lead(br);
	const struct pytype *t;

	if (size < lead + (uint32_t)abi->type_tp_flags + 8 ||
	    !refcnt_is_alive(abi, load_u64(p + lead)))
		return false;
	t = blockreader_type(br, load_u64(p + lead + abi->object_ob_type));
	return t && (t->flags & TPF_TYPE_SUBCLASS) &&
	       !(load_u64(p + lead + abi->type_tp_flags) & TPF_HEAPTYPE);
}

bool block_seems_object(struct blockreader *br, raddr addr, const uint8_t *p,
			uint32_t seen, uint32_t size, struct pyobj *ret)
{
	for (unsigned i = 0; i < br->n_pre; i++) {
		if (object_at(br, addr, p, seen, size, br->pre[i], ret))
			return true;
	}
	return false;
}

bool block_object(struct blockreader *br, raddr addr, const uint8_t *p,
		  uint32_t size, struct pyobj *ret)
{
	return block_seems_object(br, addr, p, size, size, ret);
}
