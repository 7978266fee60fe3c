/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "heap/census.h"
#include "heap/outside.h"

enum {
	MALLOC_UNIT = 16,	/* what malloc rounds to */
	STATIC_COUNT = 999999999,	/* where 3.11 begins, if static; */
	STATIC_LESS = 10000,		/* ... let go more often than taken, */
	STATIC_MORE = 1000000,		/* ... and taken, by few */
};

bool looker_init(struct looker *lk, struct heap *heap, struct err *err)
{
	memset(lk, 0, sizeof(*lk));
	lk->heap = heap;
	lk->ctx = heap->cap->ctx;
	if (!blockreader_init(&lk->br, &lk->ctx, err))
		return false;
	lk->br.may_be_type = capture_may_be_type;
	lk->br.arg = &heap->cap->places;
	lk->br.debug = heap->cap->debug_hooks;
	return true;
}

void looker_fini(struct looker *lk)
{
	blockreader_fini(&lk->br);
	free(lk->bufs.v);
	refs_fini(&lk->refs);
}

bool looker_is_loaded(struct looker *lk, raddr addr)
{
	struct mem *mem = &lk->heap->cap->mirror.mem;

	return mem->ops->peek(mem, addr, lk->ctx.abi->object_sizeof) != NULL;
}

static const uint8_t *copied_bytes(void *arg, raddr start, uint64_t len,
				   struct err *err)
{
	struct mem *mem = &((struct looker *)arg)->heap->cap->mirror.mem;

	(void)err;
	return mem->ops->peek(mem, start, len);
}

bool looker_large(struct looker *lk, raddr addr, struct pyobj *ret)
{
	const struct outside outside = {
		.br = &lk->br, .places = &lk->heap->cap->places,
		.bytes = copied_bytes, .arg = lk,
		.ahead = OUTSIDE_AHEAD, .whole = true,
	};
	struct err ignored;
	uint64_t size;

	return outside_look(&outside, addr, ret, &size, &ignored) ==
	       OUTSIDE_OBJECT;
}

/* What its count says of an object in a data segment: immortal where there is
 * such a mark, else high where it is so from the start (3.11). */
static bool is_static_count(const struct abi *abi, uint64_t refcnt)
{
	switch (abi->refcnt) {
	case REFCNT_HIGH_STATIC:
		return refcnt - (STATIC_COUNT - STATIC_LESS) <
		       STATIC_LESS + STATIC_MORE;
	case REFCNT_IMMORTAL32:
		return refcnt == UINT32_MAX;
	case REFCNT_SPLIT:
		return (int32_t)refcnt < 0 &&
		       (refcnt >> 48 || refcnt == UINT32_MAX);
	default:
		return false;
	}
}

/*
 * A table of pointers in a C structure may hold one to anything and one to a
 * type, side by side.  In programs that are linked to a fixed address the first
 * is small enough for a count, and in 3.11 it may even be a high one.  But
 * nothing that a linker lays out can name a type that is made at run time; and
 * what malloc gave was never referenced as often as an address is large.
 * Types are checked when they are read.
 */
bool looker_is_credible(struct looker *lk, const struct pyobj *o,
			bool is_static)
{
	uint64_t refcnt;

	if (o->type->flags & TPF_TYPE_SUBCLASS)
		return pytypes_get(lk->ctx.types, o->addr) != NULL;
	memcpy(&refcnt, o->p + lk->ctx.abi->object_ob_refcnt, sizeof(refcnt));
	if (!is_static)
		return !places_kinds(&lk->heap->cap->places, refcnt);
	return !(o->type->flags & TPF_HEAPTYPE) &&
	       is_static_count(lk->ctx.abi, refcnt);
}

uint32_t looker_lead(const struct looker *lk)
{
	return block_lead(&lk->br) + (uint32_t)lk->ctx.abi->n_pre_gc;
}

bool looker_is_module(const struct looker *lk, const struct pyobj *o)
{
	const struct pytype *t = o->type->cbase;

	return t && t->layout && t->layout == lk->heap->module_layout;
}

raddr looker_namespace(struct looker *lk, const struct pyobj *o)
{
	const struct abi *abi = lk->ctx.abi;
	const struct pytype *t = o->type;

	if (t->flags & TPF_TYPE_SUBCLASS)
		return obj_u64(&lk->ctx, o, abi->type_tp_dict);
	if (looker_is_module(lk, o))
		return obj_u64(&lk->ctx, o, abi->module_md_dict);
	if (!t->dictoffset && !(t->flags & TPF_MANAGED_DICT))
		return 0;
	return obj_dict(&lk->ctx, o);
}

/* What a buffer occupies; 0: nothing of its own (static, or not found). */
static uint64_t buffer_size(struct looker *lk, const struct pybuf *buf,
			    bool claim)
{
	struct heap *heap = lk->heap;
	const struct heap_pool *pool;
	unsigned kind = places_kind(&heap->cap->places, buf->addr);
	uint64_t i;

	if (kind == REGION_ANON)
		return addr_up(buf->len, MALLOC_UNIT);
	if (kind != REGION_ARENA ||
	    !heap_block_at(heap, buf->addr - block_lead(&lk->br), &pool, &i))
		return 0;
	lk->outward |= heap_bit(heap->outward, i);
	if (claim && heap_set(heap->claimed, i)) {
		__atomic_fetch_add(&heap->double_claims, 1, __ATOMIC_RELAXED);
		return 0;
	}
	return pool->span.block;
}

/* No object is larger than all the memory there is: its lengths lie. */
static void refuse_absurd(struct looker *lk, uint64_t *size, uint64_t instead)
{
	if (*size <= lk->heap->cap->most_bytes)
		return;
	lk->ctx.faults++;
	*size = instead;
}

void looker_measure(struct looker *lk, const struct pyobj *o, uint32_t block,
		    bool claim, struct object_sizes *ret)
{
	uint64_t at_least = 0, asked;

	lk->ctx.faults = 0;
	lk->bufs.n = 0;
	lk->outward = false;
	ret->size = obj_size(&lk->ctx, o);
	ret->allocated = block;
	if (!block) {
		asked = obj_block_size(&lk->ctx, o, &at_least);
		ret->allocated = addr_up(asked ? asked : at_least, MALLOC_UNIT);
	}
	obj_buffers(&lk->ctx, o, &lk->bufs);
	for (size_t i = 0; i < lk->bufs.n; i++)
		ret->allocated += buffer_size(lk, &lk->bufs.v[i], claim);
	refuse_absurd(lk, &ret->size, (uint64_t)o->type->basicsize);
	refuse_absurd(lk, &ret->allocated, block);
}
