/* SPDX-License-Identifier: MIT */
/*
 * Instances of Python classes.
 *
 * Attributes are in one of:
 *  - a dict whose address stands at tp_dictoffset, counted from the end of the
 *    object if negative;
 *  - from 3.11 on, where the type says MANAGED_DICT, before the GC head: an
 *    array of values and a dict (3.11), one or the other (3.12), a dict (3.13);
 *    the names of the values are in the type, ht_cached_keys;
 *  - from 3.13 on, where the type says INLINE_VALUES, such an array right
 *    behind the object, in the same block, as long as it says it is valid.  A
 *    dict may exist besides, as a view of it.
 *
 * Facts: CPython 3.6 to 3.15, Objects/typeobject.c (subtype_traverse),
 *        Objects/dictobject.c (PyObject_VisitManagedDict,
 *        _PyObject_InitInlineValues), Objects/object.c
 *        (_PyObject_ComputedDictPointer).
 */
#include "pyabi/types/instance.h"

#include "base/bounds.h"
#include "pyabi/pytype.h"
#include "pyabi/types/keys.h"

enum {
	TAG_VALUES = 1,		/* 3.12: the word is values - 1 */
	MAX_SHARED = 254,	/* values of an instance: a byte counts them */
};

/* A word in front of @o, which must be one of those that precede it. */
static uint64_t word_before(struct pyctx *ctx, const struct pyobj *o,
			    int64_t at)
{
	uint64_t v;

	/* In a data segment there is nothing in front, whatever the type.
	 * Not -at: what a version lacks (ABI_NO_NUMBER) has no opposite. */
	if (at >= 0 || at < o->pre - o->p) {
		ctx->faults++;
		return 0;
	}
	memcpy(&v, o->p + at, sizeof(v));
	return v;
}

static uint64_t managed_word(struct pyctx *ctx, const struct pyobj *o)
{
	return word_before(ctx, o, ctx->abi->n_managed_dict_at);
}

/* --- values -------------------------------------------------------------- */

static bool has_inline(const struct pyobj *o)
{
	return o->type->flags & TPF_INLINE_VALUES;
}

static uint32_t inline_at(const struct pyobj *o)
{
	return (uint32_t)o->type->basicsize;
}

static bool inline_valid(struct pyctx *ctx, const struct pyobj *o)
{
	return has_inline(o) &&
	       obj_u8(ctx, o, inline_at(o) + ctx->abi->values_valid);
}

static raddr inline_values(struct pyctx *ctx, const struct pyobj *o)
{
	return o->addr + inline_at(o) + ctx->abi->values_values;
}

/* The values that hang on a word in front, or 0. */
static raddr separate_values(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t word;

	switch (ctx->abi->managed_dict) {
	case MANAGED_DICT_PAIR:
		return word_before(ctx, o, ctx->abi->n_managed_values_at);
	case MANAGED_DICT_TAGGED:
		word = managed_word(ctx, o);
		return word & TAG_VALUES ? word + TAG_VALUES : 0;
	default:
		return 0;
	}
}

static void add_values(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr separate = separate_values(ctx, o), shared = o->type->cached_keys;
	struct keys keys = { 0 };
	uint64_t n;

	if (to->named && (!shared || !keys_read(ctx, shared, &keys)))
		return;
	if (separate && shared) {
		n = ctx_u64(ctx, shared + abi->keys_dk_nentries);
		if (n <= MAX_SHARED)
			keys_add_values(ctx, &keys, REF_ATTRIBUTE, separate, n,
					to);
		else
			ctx->faults++;
	}
	if (!inline_valid(ctx, o))
		return;
	n = obj_u8(ctx, o, inline_at(o) + abi->values_capacity);
	if (to->named)
		keys_add_values(ctx, &keys, REF_ATTRIBUTE, inline_values(ctx, o),
				n, to);
	else
		refs_own_words(ctx, to, ref_key(REF_ATTRIBUTE, 0), o,
			       inline_at(o) + abi->values_values, n);
}

/* --- the dict ------------------------------------------------------------ */

/* The dict of an instance of a type with MANAGED_DICT, or 0. */
static raddr managed_dict(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t word = managed_word(ctx, o);

	if (ctx->abi->managed_dict == MANAGED_DICT_TAGGED &&
	    (word & TAG_VALUES))
		return 0;
	return word;
}

/* The word at tp_dictoffset. */
static raddr plain_dict(struct pyctx *ctx, const struct pyobj *o)
{
	const struct pytype *t = o->type;
	int64_t off = t->dictoffset, n;

	if (off < 0) {
		n = (int64_t)obj_u64(ctx, o, ctx->abi->var_ob_size);
		if (n < 0 && n >= -INT32_MAX)
			n = -n;
		if (n < 0 || n > INT32_MAX) {
			ctx->faults++;
			return 0;
		}
		off += (t->basicsize + n * t->itemsize + 7) & ~7ll;
	}
	if (off < ctx->abi->object_sizeof)
		return 0;
	if ((uint64_t)off + sizeof(raddr) <= o->avail)
		return obj_u64(ctx, o, (uint32_t)off);
	return ctx_u64(ctx, o->addr + (uint64_t)off);
}

raddr instance_dict(struct pyctx *ctx, const struct pyobj *o)
{
	if (o->type->flags & TPF_MANAGED_DICT)
		return managed_dict(ctx, o);
	return o->type->dictoffset ? plain_dict(ctx, o) : 0;
}

/* --- references ---------------------------------------------------------- */

/*
 * Is the dict visited, or the values?  Up to 3.12 whatever there is; then for
 * a time (gh-130327) valid values hid the dict.
 */
static bool visits_dict(struct pyctx *ctx, const struct pyobj *o)
{
	return ctx->abi->inline_visit == INLINE_VISIT_DICT ||
	       !inline_valid(ctx, o);
}

/* What it has, but does not visit, is owned. */
static void managed_refs(struct pyctx *ctx, const struct pyobj *o,
			 struct refs *to)
{
	struct ref_name name = ref_field("__dict__");
	raddr dict = managed_dict(ctx, o);
	bool visits = visits_dict(ctx, o);

	refs_add(ctx, to, visits ? name : ref_owned(name), dict);
	/* 3.11: the values move to the dict when that is made. */
	if (!dict || !visits)
		add_values(ctx, o, to);
}

/* Its name is in the definition of the member, behind the type object. */
static struct ref_name slot_name(struct pyctx *ctx, const struct pytype *t,
				 uint32_t k, const struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr member;

	if (!to->named)
		return ref_key(REF_SLOT, 0);
	member = t->addr + (uint64_t)t->meta->basicsize +
		 t->slots[k].member * abi->memberdef_sizeof;
	return ref_key(REF_SLOT, ctx_u64(ctx, member + abi->memberdef_name));
}

void instance_refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	const struct pytype *t = o->type;
	bool managed = t->flags & TPF_MANAGED_DICT;
	int64_t inherited;

	for (int i = 0; t && t->python_class && i < MAX_TYPE_DEPTH; i++) {
		for (uint32_t k = 0; k < t->n_slots; k++)
			refs_add(ctx, to, slot_name(ctx, t, k, to),
				 obj_u64(ctx, o, t->slots[k].off));
		t = t->base;
	}
	inherited = t ? t->dictoffset : 0;
	/* Some C types have attributes without a dict, too (3.14: Future). */
	if (managed)
		managed_refs(ctx, o, to);
	else if (o->type->dictoffset != inherited)
		refs_add(ctx, to, ref_field("__dict__"), plain_dict(ctx, o));
}

/* --- blocks -------------------------------------------------------------- */

void instance_buffers(struct pyctx *ctx, const struct pyobj *o,
		      struct pybufs *ret)
{
	raddr values = separate_values(ctx, o);
	struct keys keys;
	struct pybuf buf;

	if (!values || !o->type->cached_keys ||
	    !keys_read(ctx, o->type->cached_keys, &keys))
		return;
	if (values_block(ctx, values, keys.total, &buf))
		bufs_add(ctx, ret, buf.addr, buf.len);
	else
		ctx->faults++;
}

static uint64_t with_inline(const struct abi *abi, uint64_t size,
			    uint64_t capacity)
{
	return size + abi->values_values + 8 * capacity +
	       ((capacity + 7) & ~7ull);
}

/*
 * The block is made before the keys give up one place: for all instances but
 * the first few of a class the capacity is that of the block, for those it is
 * one less.
 */
uint64_t instance_block(struct pyctx *ctx, const struct pyobj *o,
			uint64_t size, uint64_t *at_least)
{
	const struct abi *abi = ctx->abi;
	uint64_t unit = (uint64_t)abi->n_pool_alignment;
	uint64_t pre = o->type->pre;
	uint64_t capacity, less, more;

	capacity = obj_u8(ctx, o, inline_at(o) + abi->values_capacity);
	less = with_inline(abi, size, capacity);
	more = with_inline(abi, size, capacity + 1);
	*at_least = pre + less;
	if (addr_up(pre + less, unit) == addr_up(pre + more, unit))
		return less;
	return 0;
}

/* Values are all 0 where nobody made them ready: in what
 * PyUnstable_Object_GC_NewWithExtraData() made (3.13.0). */
bool instance_plausible(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	uint32_t at = inline_at(o);
	uint8_t capacity = obj_u8(ctx, o, at + abi->values_capacity);

	if (!obj_u32(ctx, o, at))
		return true;
	return obj_u8(ctx, o, at + abi->values_size) <= capacity &&
	       obj_u8(ctx, o, at + abi->values_embedded) == 1 &&
	       obj_u8(ctx, o, at + abi->values_valid) <= 1;
}
