/* SPDX-License-Identifier: MIT */
/*
 * What an object is made of, by the row of its type and, for instances of
 * Python classes, by what class statements add.
 *
 * An object may be half written, or none at all: whatever it says of lengths
 * is checked against what can be read, and what cannot be read counts as a
 * fault and is 0.
 *
 * Facts: CPython 3.6 to 3.15, Objects/typeobject.c (PyType_GenericAlloc,
 *        subtype_traverse, object___sizeof__), Python/sysmodule.c
 *        (_PySys_GetSizeOf).
 */
#include "pyabi/object.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/load.h"
#include "base/nomem.h"
#include "pyabi/block.h"
#include "pyabi/layout.h"
#include "pyabi/pytype.h"
#include "pyabi/refs.h"
#include "pyabi/types/instance.h"

enum {
	FIRST_ROOM = 64,
	AHEAD = 32,		/* behind basicsize: head of inline values */
	HEADER = 16,		/* no object is smaller */
	LOWEST = 1 << 16,	/* nothing is mapped below */
	TRACKED_NOT = -2,	/* gc_refs >> 1 of an untracked one, to 3.7 */
};

/* --- words of the tracee ------------------------------------------------- */

const void *ctx_bytes(struct pyctx *ctx, raddr at, size_t len, void *tmp)
{
	struct err ignored;
	const void *p = NULL;

	if (ctx->mem->ops->peek)
		p = ctx->mem->ops->peek(ctx->mem, at, len);
	if (p)
		return p;
	if (mem_read(ctx->mem, at, tmp, len, &ignored))
		return tmp;
	ctx->faults++;
	return NULL;
}

uint64_t ctx_u64(struct pyctx *ctx, raddr at)
{
	uint64_t v = 0;
	const void *p = ctx_bytes(ctx, at, sizeof(v), &v);

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return v;
}

uint32_t ctx_u32(struct pyctx *ctx, raddr at)
{
	uint32_t v = 0;
	const void *p = ctx_bytes(ctx, at, sizeof(v), &v);

	if (!p)
		return 0;
	memcpy(&v, p, sizeof(v));
	return v;
}

uint8_t ctx_u8(struct pyctx *ctx, raddr at)
{
	uint8_t v = 0;
	const uint8_t *p = ctx_bytes(ctx, at, sizeof(v), &v);

	return p ? *p : 0;
}

bool ctx_is_object(struct pyctx *ctx, raddr a)
{
	unsigned before = ctx->faults;
	const struct pytype *t = NULL;
	uint64_t count;
	raddr type;

	if (!a || a % 8 || (ctx->may_hold && !ctx->may_hold(ctx->places, a)))
		return false;
	type = ctx_u64(ctx, a + ctx->abi->object_ob_type);
	count = ctx_u64(ctx, a);
	/* Two types in a row: the state of a module, say. */
	if (ctx->faults == before && refcnt_is_alive(ctx->abi, count) &&
	    (count < LOWEST || !pytypes_get(ctx->types, count)))
		t = pytypes_get(ctx->types, type);
	ctx->faults = before;
	return t != NULL;
}

/* --- lists --------------------------------------------------------------- */

bool ctx_grow(struct pyctx *ctx, void **v, size_t n, size_t *room, size_t more,
	      size_t size)
{
	size_t want = *room ? *room * 2 : FIRST_ROOM;
	void *grown;

	if (n + more <= *room)
		return true;
	if (want < n + more)
		want = n + more;
	if (n + more > MAX_REFS) {
		ctx->faults++;
		return false;
	}
	grown = reallocarray(*v, want, size);
	if (!grown) {
		nomem_note();
		ctx->faults++;
		return false;
	}
	*v = grown;
	*room = want;
	return true;
}

void bufs_add(struct pyctx *ctx, struct pybufs *list, raddr addr,
	      uint64_t len)
{
	if (addr && len &&
	    ctx_grow(ctx, (void **)&list->v, list->n, &list->room, 1,
		     sizeof(*list->v)))
		list->v[list->n++] = (struct pybuf){ addr, len };
}

/* --- an object ----------------------------------------------------------- */

bool obj_at(struct pyctx *ctx, raddr addr, const struct pytype *type,
	    void *store, size_t room, struct pyobj *ret)
{
	uint64_t len = type->pre + (uint64_t)type->basicsize + AHEAD;
	const uint8_t *p = NULL;
	raddr start = addr - type->pre;

	if (len < room)
		len = room;
	if (ctx->mem->ops->peek)
		p = ctx->mem->ops->peek(ctx->mem, start, len);
	if (!p) {
		struct err ignored;
		int64_t got = mem_read_some(ctx->mem, start, store, room,
					    &ignored);

		if (got < type->pre + HEADER) {
			ctx->faults++;
			return false;
		}
		p = store;
		len = (uint64_t)got;
	}
	*ret = (struct pyobj){ .addr = addr, .type = type,
			       .p = p + type->pre, .pre = p,
			       .avail = len - type->pre };
	return true;
}

/* ob_size, where the type has items; what cannot be a length is a fault. */
static uint64_t n_items(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->var_ob_size);

	if (n <= UINT64_MAX / 4 / (uint64_t)o->type->itemsize)
		return n;
	ctx->faults++;
	return 0;
}

/*
 * Is the ob_size of @o, whose type nobody described, a number of items?  A C
 * type may say that it has items and have something else in that place: a
 * pointer (msgspec.Raw).
 */
static bool has_its_items(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->var_ob_size), len;
	raddr last;

	if (__builtin_mul_overflow(n, (uint64_t)o->type->itemsize, &len) ||
	    __builtin_add_overflow(len, (uint64_t)o->type->basicsize, &len) ||
	    __builtin_add_overflow(len - 1, o->addr, &last))
		return false;
	return len <= o->avail || !ctx->may_hold ||
	       ctx->may_hold(ctx->places, last);
}

static uint64_t default_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct pytype *t = o->type;

	if (!t->itemsize || (!t->layout && !has_its_items(ctx, o)))
		return (uint64_t)t->basicsize;
	return (uint64_t)t->basicsize + (uint64_t)t->itemsize * n_items(ctx, o);
}

/* The flags of @o itself, which is a type. */
static uint64_t own_flags(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, ctx->abi->type_tp_flags);
}

/* What sys.getsizeof() adds to __sizeof__(). */
static uint64_t pre_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct pytype *t = o->type;

	if (!(t->flags & TPF_TYPE_SUBCLASS) ||
	    ctx->abi->static_type_size == STATIC_TYPE_SIZE_PREHEADER)
		return t->pre;
	return pytype_pre(t, own_flags(ctx, o));
}

uint64_t obj_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct layout *l = o->type->layout;
	uint64_t size;

	if (o->type->same_size)
		return o->type->same_size;
	size = l && l->size ? l->size(ctx, o) : default_size(ctx, o);
	return size + pre_size(ctx, o);
}

static uint64_t round_up(uint64_t size)
{
	return (size + 7) & ~7ull;
}

/* The object and @more items than it has. */
static uint64_t size_with_items(struct pyctx *ctx, const struct pyobj *o,
				uint64_t more)
{
	const struct pytype *t = o->type;
	const struct layout *l = t->layout;
	uint64_t n;

	if (!t->itemsize)
		return (uint64_t)t->basicsize;
	n = l && l->items ? l->items(ctx, o) : n_items(ctx, o);
	return (uint64_t)t->basicsize + (uint64_t)t->itemsize * (n + more);
}

/* What PyType_GenericAlloc() asks for: an item more than there are. */
static uint64_t generic_block(struct pyctx *ctx, const struct pyobj *o)
{
	return round_up(size_with_items(ctx, o, 1));
}

/* Is it made by C code that nobody described?  That may take any block. */
static bool is_made_elsewhere(const struct pytype *t)
{
	return !t->python_class && (!t->layout || t->described);
}

uint32_t obj_same_block(const struct pytype *t)
{
	const struct layout *l = t->layout;

	if (t->itemsize || (t->flags & TPF_INLINE_VALUES) ||
	    is_made_elsewhere(t) || (!t->python_class && l->block))
		return 0;
	return (uint32_t)round_up((uint64_t)t->basicsize) + t->pre;
}

uint64_t obj_block_size(struct pyctx *ctx, const struct pyobj *o,
			uint64_t *at_least)
{
	const struct pytype *t = o->type;
	const struct layout *l = t->layout;
	uint64_t size;

	if (t->same_block) {
		*at_least = t->same_block;
		return t->same_block;
	}
	*at_least = t->pre + (uint64_t)t->basicsize;
	if (is_made_elsewhere(t)) {
		if (l)
			*at_least = t->pre + size_with_items(ctx, o, 0);
		return 0;
	}
	if (t->python_class)
		size = generic_block(ctx, o);
	else if (l->block)
		size = l->block(ctx, o, at_least);
	else
		size = round_up(default_size(ctx, o));
	/* Some C types have them too (TypeVar, Future in 3.14). */
	if (size && (t->flags & TPF_INLINE_VALUES))
		size = instance_block(ctx, o, size, at_least);
	if (!size)
		return 0;
	*at_least = size + t->pre;
	return *at_least;
}

void obj_buffers(struct pyctx *ctx, const struct pyobj *o, struct pybufs *ret)
{
	const struct layout *l = o->type->layout;

	if (o->type->no_buffers)
		return;
	if (l && l->buffers)
		l->buffers(ctx, o, ret);
	if (o->type->flags & TPF_MANAGED_DICT)
		instance_buffers(ctx, o, ret);
}

void obj_data(struct pyctx *ctx, const struct pyobj *o, struct pydata *ret)
{
	const struct layout *l = o->type->layout;

	*ret = (struct pydata){ .owner = o->addr };
	if (l && l->data)
		l->data(ctx, o, ret);
}

uint64_t obj_length(struct pyctx *ctx, const struct pyobj *o)
{
	const struct layout *l = o->type->layout;
	uint32_t at;

	if (!l || !l->length)
		return 0;
	memcpy(&at, (const char *)ctx->abi + l->length, sizeof(at));
	return obj_u64(ctx, o, at);
}

void obj_fill(struct pyctx *ctx, const struct pyobj *o, struct pyfill *ret)
{
	const struct layout *l = o->type->layout;

	*ret = (struct pyfill){ .used = 0 };
	if (l && l->fill)
		l->fill(ctx, o, ret);
}

/* --- references ---------------------------------------------------------- */

static void add_fields(struct pyctx *ctx, const struct pyobj *o,
		       const uint16_t *field, size_t room, bool visited,
		       struct refs *to)
{
	for (size_t i = 0; i < room && field[i]; i++) {
		if (visited)
			refs_field(ctx, to, o, field[i]);
		else
			refs_owned_field(ctx, to, o, field[i]);
	}
}

/* Does the collector know @o?  Types in the data segment it does not. */
static bool is_gc(struct pyctx *ctx, const struct pyobj *o)
{
	const struct pytype *t = o->type;

	if (t->flags & TPF_TYPE_SUBCLASS)
		return own_flags(ctx, o) & TPF_HEAPTYPE;
	return t->gc;
}

/* Did the C type @t bring the tp_traverse it has, or one of its bases that are
 * heap types?  Those of static types know nothing of types to visit. */
static bool traverses_itself(const struct pytype *t)
{
	for (int i = 0; i < MAX_TYPE_DEPTH && (t->flags & TPF_HEAPTYPE); i++) {
		if (!t->base || t->base->traverse != t->traverse)
			return true;
		t = t->base;
	}
	return false;
}

/* Does traversing @o visit its type? */
static bool visits_type(const struct abi *abi, const struct pytype *t)
{
	const struct pytype *base = t->python_class ? t->cbase : t;

	if (!(t->flags & TPF_HEAPTYPE))
		return false;
	if (abi->type_visit == TYPE_VISIT_ALWAYS)
		return t->python_class;
	/* A C type that is a heap type does it for its Python subclasses. */
	if (base && base->traverse && (base->flags & TPF_HEAPTYPE))
		return traverses_itself(base) &&
		       !(t->layout && t->layout->visits_no_type);
	return true;
}

/*
 * Of what nobody described in a C type, from @off on: the words that point at
 * objects.
 *
 * The word for weak references points at one too, but does not own it; and
 * what points at the object itself is no reference, or it would never die.
 */
static void scan_words(struct pyctx *ctx, const struct pyobj *o, uint64_t off,
		       unsigned tie, struct refs *to)
{
	const struct pytype *t = o->type->cbase;
	uint64_t end;

	if (!t || !refs_want(to, tie))
		return;
	end = (uint64_t)t->basicsize;
	if (end > o->avail)
		end = o->avail;
	for (; off + 8 <= end; off += 8) {
		raddr a = obj_u64(ctx, o, (uint32_t)off);

		if ((int64_t)off != t->weaklistoffset && a != o->addr &&
		    ctx_is_object(ctx, a))
			refs_add(ctx, to,
				 ref_tied(tie, ref_index(REF_INFERRED, off)),
				 a);
	}
}

static enum layout_opaque opacity(const struct pytype *t)
{
	return t->layout ? t->layout->opaque : OPAQUE_VISITS;
}

/* Is what C knows of it a heap type? */
static bool is_heap_part(const struct pytype *t)
{
	return t->cbase && (t->cbase->flags & TPF_HEAPTYPE);
}

/* What the row says of it. */
static void add_known(struct pyctx *ctx, const struct pyobj *o,
		      struct refs *to)
{
	const struct layout *l = o->type->layout;

	if (opacity(o->type) == OPAQUE_VISITS)
		scan_words(ctx, o, ctx->abi->object_sizeof, REF_BOTH, to);
	else if (o->type->own_traverse)
		scan_words(ctx, o, addr_up(o->type->described, sizeof(raddr)),
			   REF_BOTH, to);
	if (opacity(o->type) == OPAQUE_OWNS)
		scan_words(ctx, o, ctx->abi->object_sizeof, REF_COUNTED, to);
	if (!l)
		return;
	add_fields(ctx, o, l->visit, LAYOUT_MAX_FIELDS, true, to);
	add_fields(ctx, o, l->visit_heap, LAYOUT_MAX_HEAP_FIELDS,
		   is_heap_part(o->type), to);
	if (refs_want(to, REF_COUNTED))
		add_fields(ctx, o, l->own, LAYOUT_MAX_FIELDS, false, to);
	if (l->refs)
		l->refs(ctx, o, to);
}

/* Does it?  The C base of a Python class may know nothing of the collector. */
static bool visits_known(struct pyctx *ctx, const struct pyobj *o)
{
	const struct pytype *t = o->type;

	if (t->flags & TPF_TYPE_SUBCLASS)
		return is_gc(ctx, o);
	return t->gc && t->cbase && t->cbase->traverse;
}

void obj_refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	const struct pytype *t = o->type;
	struct ref_name type = ref_index(REF_TYPE, 0);
	bool gc = is_gc(ctx, o);

	/* What visits nothing need not be read by who asks for that. */
	if (!gc && !to->owned && !to->loose)
		return;
	to->unvisited = !gc;
	instance_refs(ctx, o, to);
	if (t->flags & TPF_HEAPTYPE)
		refs_add(ctx, to,
			 visits_type(ctx->abi, t) ? type : ref_owned(type),
			 t->addr);
	to->unvisited = !gc || !visits_known(ctx, o);
	if (!to->unvisited || to->owned || to->loose)
		add_known(ctx, o, to);
	to->unvisited = false;
}

bool obj_knows_refs(struct pyctx *ctx, const struct pyobj *o)
{
	const struct layout *l = o->type->layout;

	return !pytype_is_foreign(o->type) &&
	       !(l->guesses && l->guesses(ctx, o));
}

bool obj_is_tracked(const struct abi *abi, const struct pyobj *o)
{
	const uint8_t *head = o->p - abi->n_pre_gc;

	if (!o->type->gc || o->p - o->pre < abi->n_pre_gc)
		return false;
	if (abi->gc_links == GC_LINKS_REFS)
		return (int64_t)load_u64(head + abi->gc_head_gc_refs) >> 1 !=
		       TRACKED_NOT;
	return load_u64(head + abi->gc_head_gc_next) != 0;
}

static raddr link_at(struct pyctx *ctx, raddr at)
{
	return ctx_u64(ctx, at) & ~(raddr)LINK_FLAGS;
}

bool obj_is_linked(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr head = o->addr - (uint64_t)abi->n_pre_gc;
	unsigned before = ctx->faults;
	raddr next, prev;
	bool ok;

	if (!obj_is_tracked(abi, o))
		return false;
	next = link_at(ctx, head + abi->gc_head_gc_next);
	prev = link_at(ctx, head + abi->gc_head_gc_prev);
	/* A ring of one is an empty list: the head of a list, no object's. */
	ok = next != head &&
	     (link_at(ctx, next + abi->gc_head_gc_prev) == head ||
	      link_at(ctx, prev + abi->gc_head_gc_next) == head);
	ctx->faults = before;
	return ok;
}

raddr obj_dict(struct pyctx *ctx, const struct pyobj *o)
{
	return instance_dict(ctx, o);
}

bool obj_plausible(struct pyctx *ctx, const struct pyobj *o)
{
	const struct layout *l = o->type->layout;

	if (o->type->any_bytes)
		return true;
	if (l && l->plausible && !l->plausible(ctx, o))
		return false;
	return !(o->type->flags & TPF_INLINE_VALUES) ||
	       instance_plausible(ctx, o);
}

/* --- a type -------------------------------------------------------------- */

static bool is_leaf(const struct pytype *t)
{
	const struct layout *l = t->layout;

	return !t->gc && !pytype_is_foreign(t) && !l->refs && !l->visit[0] &&
	       !l->own[0];
}

void obj_learn(struct pytype *t)
{
	const struct layout *l = t->layout;

	t->same_block = obj_same_block(t);
	if (!t->itemsize && !(l && l->size) && !(t->flags & TPF_TYPE_SUBCLASS))
		t->same_size = (uint32_t)t->basicsize + t->pre;
	t->is_leaf = is_leaf(t);
	t->no_buffers = !(l && l->buffers) && !(t->flags & TPF_MANAGED_DICT);
	t->has_data = l && l->data && !l->refs;
	t->any_bytes = !(l && l->plausible) && !(t->flags & TPF_INLINE_VALUES);
}
