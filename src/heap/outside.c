/* SPDX-License-Identifier: MIT */
/*
 * One look at what may be an object outside the pools: at its first two words,
 * then at so much as its size depends on, then at the rest.
 *
 * Facts: CPython Include/object.h; a GC head and two words more may precede an
 *        object from malloc, but nothing one that a linker laid out.
 */
#include "heap/outside.h"

#include "heap/regions.h"
#include "pyabi/pytype.h"

/* The type of what may be an object at @addr; NULL: there is none, or a dead
 * one. */
static const struct pytype *type_at(const struct outside *from, raddr addr)
{
	struct pyctx *ctx = from->br->ctx;
	raddr type;

	ctx->faults = 0;
	if (addr % 8 || !refcnt_is_alive(ctx->abi, ctx_u64(ctx, addr)))
		return NULL;
	type = ctx_u64(ctx, addr + ctx->abi->object_ob_type);
	if (ctx->faults || !from->br->may_be_type(from->br->arg, type))
		return NULL;
	return blockreader_type(from->br, type);
}

/* What precedes the object of type @t at @addr: nothing in data segments, nor
 * if it is a type that is no heap type. */
static uint32_t pre_of(const struct outside *from, raddr addr,
		       const struct pytype *t)
{
	struct pyctx *ctx = from->br->ctx;
	uint64_t flags = 0;

	if (places_kind(from->places, addr) == REGION_STATIC)
		return 0;
	if (t->flags & TPF_TYPE_SUBCLASS)
		flags = ctx_u64(ctx, addr + ctx->abi->type_tp_flags);
	return pytype_pre(t, flags);
}

/* Make @ret's bytes the @len at @start, of which @pre precede it. */
static enum outside_found take_bytes(const struct outside *from, raddr start,
				     uint64_t len, uint32_t pre,
				     struct pyobj *ret, struct err *err)
{
	const uint8_t *p = from->bytes(from->arg, start, len, err);

	if (!p)
		return err->code ? OUTSIDE_FAILED : OUTSIDE_NOTHING;
	ret->pre = p;
	ret->p = p + pre;
	ret->avail = len - pre;
	return OUTSIDE_OBJECT;
}

/* The head of @ret is at hand: see to the rest of its @size bytes from @start
 * on. */
static enum outside_found take_rest(const struct outside *from, raddr start,
				    uint64_t size, uint32_t pre,
				    struct pyobj *ret, struct err *err)
{
	bool is_leaf = !obj_may_refer(ret->type);
	enum outside_found found;

	if (size - pre <= ret->avail) {
		ret->avail = size - pre;
		return OUTSIDE_OBJECT;
	}
	if (!from->whole)
		return OUTSIDE_OBJECT;
	if (is_leaf && size > OUTSIDE_LEAF)
		size = OUTSIDE_LEAF;
	found = take_bytes(from, start, size, pre, ret, err);
	return found == OUTSIDE_NOTHING && is_leaf ? OUTSIDE_OBJECT : found;
}

enum outside_found outside_look(const struct outside *from, raddr addr,
				struct pyobj *ret, uint64_t *ret_size,
				struct err *err)
{
	struct pyctx *ctx = from->br->ctx;
	uint32_t head = ctx->abi->object_sizeof, pre;
	const struct pytype *t = type_at(from, addr);
	uint64_t len, size, at_least = 0;
	enum outside_found found;
	raddr start;

	*ret = (struct pyobj){ .addr = addr, .type = t };
	if (!t)
		return OUTSIDE_NOTHING;
	err->code = ERR_NONE;
	pre = pre_of(from, addr, t);
	start = addr - pre;
	len = places_clip(from->places, start,
			  pre + (uint64_t)t->basicsize + from->ahead);
	/* A static type is smaller than its metatype says. */
	if (len < pre + head)
		return OUTSIDE_NOTHING;
	found = take_bytes(from, start, len, pre, ret, err);
	if (found != OUTSIDE_OBJECT)
		return found;
	size = obj_block_size(ctx, ret, &at_least);
	if (!size)
		size = at_least;
	if (ctx->faults || size < t->pre + head)
		return OUTSIDE_NOTHING;
	size = size - t->pre + pre;
	if (places_clip(from->places, start, size) < size)
		return OUTSIDE_NOTHING;
	*ret_size = size;
	found = take_rest(from, start, size, pre, ret, err);
	if (found == OUTSIDE_OBJECT && !obj_plausible(ctx, ret))
		return OUTSIDE_NOTHING;
	return found;
}
