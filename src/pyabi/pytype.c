/* SPDX-License-Identifier: MIT */
/*
 * The types of a tracee.
 *
 * Heap types are larger than pymalloc's largest block, so a type lies in a data
 * segment or in memory from malloc: whatever calls itself one is doubted.  Its
 * own type must be a type too, and so on, ending at `type`, whose type is
 * itself.
 *
 * A class statement makes a heap type with the generic tp_dealloc and
 * tp_traverse (subtype_dealloc, subtype_traverse); its instances are laid out
 * as those of its first base that is not such a class, with slots, a dict and a
 * list of weak references behind.  A type made from a spec without tp_dealloc
 * gets the generic one, too, but its tp_traverse or that of its base: it is a C
 * type.
 *
 * The objects of a C type begin as those of its base.  So of one that nobody
 * described at least that much is known, and where it has the tp_traverse of
 * its base, all that it visits.
 *
 * Facts: CPython Objects/typeobject.c, Include/object.h.
 */
#include "pyabi/pytype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/lock.h"
#include "base/nomem.h"
#include "pyabi/dictobj.h"
#include "pyabi/block.h"
#include "pyabi/layout.h"
#include "pyabi/strobj.h"

enum {
	NOT_A_TYPE = UINT32_MAX - 1,
	T_OBJECT_EX = 16,	/* PyMemberDef.type of a slot */
	MAX_BASICSIZE = 1 << 28,
	MAX_SLOTS = 1 << 16,
};

/* Which flags put two words in front of the GC head. */
static const uint64_t preheader_flags[] = {
	[PREHEADER_NONE] = 0,
	[PREHEADER_DICT] = TPF_MANAGED_DICT,
	[PREHEADER_DICT_OR_WEAKREF] = TPF_MANAGED_DICT | TPF_MANAGED_WEAKREF,
};

/* Bits that say something in this version: anybody may set the others. */
static uint64_t known_flags(const struct abi *abi)
{
	uint64_t unknown = 0;

	if (abi->managed_dict == MANAGED_DICT_NONE)
		unknown |= TPF_MANAGED_DICT;
	if (!abi_has(abi->values_valid))
		unknown |= TPF_INLINE_VALUES;
	return ~unknown;
}

static const struct pytype *get(struct pytypes *types, raddr addr,
				unsigned depth);

bool pytypes_init(struct pytypes *types, const struct pyctx *ctx,
		  raddr type_type, struct err *err)
{
	memset(types, 0, sizeof(*types));
	types->abi = ctx->abi;
	types->mem = ctx->mem;
	types->type_type = type_type;
	types->ctx = *ctx;
	types->ctx.types = types;
	/* Reading a type may take another look at types: those of the keys of
	 * its dict, up to 3.10. */
	lock_init_recursive(&types->lock);
	if (get(types, type_type, 0))
		return true;
	pytypes_fini(types);
	return err_at(err, ERR_BADDATA, type_type,
		      "type(type) is not type at %" PRIraddr, type_type);
}

static void type_free(struct pytype *t)
{
	free(t->slots);
	free(t);
}

void pytypes_fini(struct pytypes *types)
{
	for (size_t i = 0; i < types->all.n; i++)
		type_free(types->all.v[i]);
	vec_free(&types->all);
	addrmap_fini(&types->by_addr);
	strset_fini(&types->names);
	pthread_mutex_destroy(&types->lock);
}

static bool possible(const struct pytype *t)
{
	/* Some types are never made ready: of objects that stay inside C. */
	return t->flags >> 32 == 0 && t->basicsize >= 16 &&
	       t->basicsize <= MAX_BASICSIZE && t->itemsize >= 0 &&
	       t->itemsize <= MAX_BASICSIZE &&
	       t->weaklistoffset >= -MAX_BASICSIZE &&
	       t->weaklistoffset <= MAX_BASICSIZE;
}

/* A class that was given back still looks like one: what an interpreter left
 * behind when it ended may be of such. */
static bool is_alive(struct pytypes *types, const struct pytype *t)
{
	return !(t->flags & TPF_HEAPTYPE) ||
	       refcnt_is_alive(types->abi, ctx_u64(&types->ctx, t->addr));
}

/* Of types we know how: by tp_is_gc of `type`, which lies below them all and on
 * what is none.  numpy's metatype has one of its own. */
static bool asks_is_gc(struct pyctx *ctx, const struct pytype *t)
{
	const struct abi *abi = ctx->abi;
	raddr own = ctx_u64(ctx, t->addr + abi->type_tp_is_gc), at = t->addr;

	for (int i = 0; i < MAX_TYPE_DEPTH && own; i++) {
		raddr base = ctx_u64(ctx, at + abi->type_tp_base);

		if (!base || !(ctx_u64(ctx, base + abi->type_tp_flags) &
			       TPF_TYPE_SUBCLASS))
			break;
		at = base;
	}
	return own && !((t->flags & TPF_TYPE_SUBCLASS) &&
			own == ctx_u64(ctx, at + abi->type_tp_is_gc));
}

static bool read_fields(struct pytypes *types, struct pytype *t)
{
	const struct abi *abi = types->abi;
	struct pyctx *ctx = &types->ctx;
	raddr at = t->addr;

	ctx->faults = 0;
	t->flags = ctx_u64(ctx, at + abi->type_tp_flags) & known_flags(abi);
	t->basicsize = (int64_t)ctx_u64(ctx, at + abi->type_tp_basicsize);
	t->itemsize = (int64_t)ctx_u64(ctx, at + abi->type_tp_itemsize);
	t->dictoffset = (int64_t)ctx_u64(ctx, at + abi->type_tp_dictoffset);
	t->weaklistoffset =
		(int64_t)ctx_u64(ctx, at + abi->type_tp_weaklistoffset);
	t->traverse = ctx_u64(ctx, at + abi->type_tp_traverse);
	t->dealloc = ctx_u64(ctx, at + abi->type_tp_dealloc);
	t->asks_is_gc = asks_is_gc(ctx, t);
	if (t->flags & TPF_HEAPTYPE)
		t->cached_keys =
			ctx_u64(ctx, at + abi->heaptype_ht_cached_keys);
	t->gc = t->flags & TPF_HAVE_GC;
	t->pre = t->gc ? (uint8_t)abi->n_pre_gc : 0;
	if (t->flags & preheader_flags[abi->preheader])
		t->pre = (uint8_t)(t->pre + abi->n_pre_managed);
	return !ctx->faults && possible(t) && is_alive(types, t);
}

/* The members that __slots__ made stand right behind the type object. */
static bool read_slots(struct pytypes *types, struct pytype *t)
{
	const struct abi *abi = types->abi;
	struct pyctx *ctx = &types->ctx;
	uint64_t n = ctx_u64(ctx, t->addr + abi->var_ob_size);
	raddr at = t->addr + (uint64_t)t->meta->basicsize;

	if (!n)
		return true;
	if (n > MAX_SLOTS)
		return false;
	t->slots = calloc(n, sizeof(*t->slots));
	if (!t->slots) {
		nomem_note();
		return false;
	}
	for (uint64_t i = 0; i < n && !ctx->faults; i++) {
		raddr member = at + i * abi->memberdef_sizeof;
		uint64_t off = ctx_u64(ctx, member + abi->memberdef_offset);

		if (ctx_u32(ctx, member + abi->memberdef_type) == T_OBJECT_EX &&
		    off < (uint64_t)t->basicsize)
			t->slots[t->n_slots++] = (struct pytype_slot){
				(uint32_t)off, (uint32_t)i
			};
	}
	return !ctx->faults;
}

static bool is_python_class(const struct pytypes *types,
			    const struct pytype *t)
{
	if (!(t->flags & TPF_HEAPTYPE) || !types->subtype_dealloc ||
	    t->dealloc != types->subtype_dealloc)
		return false;
	if (t->gc)
		return !types->subtype_traverse ||
		       t->traverse == types->subtype_traverse;
	/* A class whose objects the collector need not know adds nothing. */
	return t->base && t->basicsize == t->base->basicsize &&
	       t->itemsize == t->base->itemsize;
}

/* Is @t a type of some module, whatever tp_name says?  That is the bare name
 * of a type that was made like a class and got C functions (by mypyc). */
static bool is_of_a_module(struct pytypes *types, const struct pytype *t)
{
	struct pyctx *ctx = &types->ctx;
	raddr dict, module;

	dict = ctx_u64(ctx, t->addr + types->abi->type_tp_dict);
	module = dict ? dictobj_get(ctx, dict, "__module__") : 0;
	return module && !strobj_is(ctx, module, "builtins");
}

/* What is known of @t from its base, as far as that is known itself. */
static void inherit_layout(const struct abi *abi, struct pytype *t)
{
	const struct pytype *base = t->base;
	bool same = base && !base->python_class &&
		    t->traverse == base->traverse;

	if (!base || !base->layout)
		return;
	/* That it begins as any object says nothing, if it goes on. */
	if (base->cbase->basicsize == abi->object_sizeof &&
	    !(same && t->basicsize == base->basicsize))
		return;
	t->layout = base->layout;
	t->described = base->described ? base->described :
					 (uint32_t)base->cbase->basicsize;
	t->own_traverse = base->own_traverse || !same;
}

static void find_layout(struct pytypes *types, struct pytype *t)
{
	char name[MAX_TYPE_NAME];
	struct err ignored;
	raddr at;

	if (t->python_class) {
		t->cbase = t->base ? t->base->cbase : NULL;
		if (t->cbase) {
			t->layout = t->cbase->layout;
			t->described = t->cbase->described;
			t->own_traverse = t->cbase->own_traverse;
		}
		return;
	}
	t->cbase = t;
	at = ctx_u64(&types->ctx, t->addr + types->abi->type_tp_name);
	if (mem_cstr(types->mem, at, name, sizeof(name), &ignored))
		t->layout = layout_find(types->abi, name,
					(uint64_t)t->basicsize, t);
	if (t->layout && (t->flags & TPF_HEAPTYPE) && !strchr(name, '.') &&
	    is_of_a_module(types, t))
		t->layout = NULL;
	if (!t->layout)
		inherit_layout(types->abi, t);
}

static bool read_type(struct pytypes *types, struct pytype *t, unsigned depth)
{
	const struct abi *abi = types->abi;
	struct pyctx *ctx = &types->ctx;
	raddr meta, base;

	ctx->faults = 0;
	meta = ctx_u64(ctx, t->addr + abi->object_ob_type);
	if (ctx->faults || (t->addr == types->type_type && meta != t->addr))
		return false;
	t->meta = meta == t->addr ? t : get(types, meta, depth + 1);
	if (!t->meta || (t->meta == t && t->addr != types->type_type))
		return false;
	if (!read_fields(types, t) || !(t->meta->flags & TPF_TYPE_SUBCLASS))
		return false;
	base = ctx_u64(ctx, t->addr + abi->type_tp_base);
	if (base) {
		t->base = get(types, base, depth + 1);
		if (!t->base || t->base->index == NOT_A_TYPE)
			return false;
	}
	ctx->faults = 0;
	t->python_class = is_python_class(types, t);
	if (t->python_class && !read_slots(types, t))
		return false;
	find_layout(types, t);
	obj_learn(t);
	return true;
}

static const struct pytype *get(struct pytypes *types, raddr addr,
				unsigned depth)
{
	struct pytype **slot, *t;
	struct err ignored;
	uint32_t i;

	if (!addr || addr % 8 ||
	    (types->ctx.may_hold &&
	     !types->ctx.may_hold(types->ctx.places, addr)))
		return NULL;
	i = addrmap_get(&types->by_addr, addr);
	if (i == NOT_A_TYPE && addr == types->type_type)
		return types->type_self;	/* being read: needs itself */
	if (i == NOT_A_TYPE || depth > MAX_TYPE_DEPTH)
		return NULL;
	if (i != ADDRMAP_NONE)
		return types->all.v[i];
	/* A circle of types that lie comes back here: no type for now. */
	if (!addrmap_put(&types->by_addr, addr, NOT_A_TYPE, &ignored))
		return NULL;
	if (types->all.n >= MAX_TYPES) {
		types->n_refused++;
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		nomem_note();
		return NULL;
	}
	t->addr = addr;
	t->index = NOT_A_TYPE;
	if (addr == types->type_type)
		types->type_self = t;
	if (!read_type(types, t, depth)) {
		if (addr == types->type_type)
			types->type_self = NULL;
		type_free(t);
		return NULL;
	}
	slot = vec_add(&types->all, &ignored);
	if (!slot) {
		type_free(t);
		return NULL;
	}
	*slot = t;
	t->index = (uint32_t)types->all.n - 1;
	if (!addrmap_put(&types->by_addr, addr, t->index, &ignored))
		return NULL;
	return t;
}

const struct pytype *pytypes_get(struct pytypes *types, raddr addr)
{
	const struct pytype *t;

	pthread_mutex_lock(&types->lock);
	t = get(types, addr, 0);
	pthread_mutex_unlock(&types->lock);
	return t;
}

void pytypes_refused(const struct pytypes *types,
		     void (*fn)(void *arg, raddr addr), void *arg)
{
	const struct addrmap *map = &types->by_addr;

	for (size_t i = 0; map->slot && i <= map->mask; i++) {
		if (map->slot[i].key && map->slot[i].value == NOT_A_TYPE)
			fn(arg, map->slot[i].key);
	}
}

void pytypes_know_classes(struct pytypes *types, raddr subtype_dealloc,
			  raddr subtype_traverse)
{
	types->subtype_dealloc = subtype_dealloc;
	types->subtype_traverse = subtype_traverse;
	/* Forget what was read without that knowledge. */
	for (size_t i = 0; i < types->all.n; i++)
		type_free(types->all.v[i]);
	types->all.n = 0;
	types->type_self = NULL;
	addrmap_fini(&types->by_addr);
	(void)get(types, types->type_type, 0);
}

/* The text of the str at @str; @otherwise: there is none. */
static void name_text(struct pyctx *ctx, raddr str, char buf[MAX_TYPE_NAME],
		      const char *otherwise)
{
	const struct pytype *t = NULL;

	ctx->faults = 0;
	if (str)
		t = pytypes_get(ctx->types,
				ctx_u64(ctx, str + ctx->abi->object_ob_type));
	if (!t || !(t->flags & TPF_STR_SUBCLASS) ||
	    !strobj_text(ctx, str, buf, MAX_TYPE_NAME))
		snprintf(buf, MAX_TYPE_NAME, "%s", otherwise);
}

struct type_name {
	char module[MAX_TYPE_NAME], name[MAX_TYPE_NAME];
};

static void name_heap(struct pytypes *types, const struct pytype *t,
		      struct type_name *ret)
{
	const struct abi *abi = types->abi;
	struct pyctx *ctx = &types->ctx;
	raddr dict;

	ctx->faults = 0;
	name_text(ctx, ctx_u64(ctx, t->addr + abi->heaptype_ht_qualname),
		ret->name, "?");
	ctx->faults = 0;
	dict = ctx_u64(ctx, t->addr + abi->type_tp_dict);
	name_text(ctx, dictobj_get(ctx, dict, "__module__"), ret->module, "");
}

static void name_static(struct pytypes *types, const struct pytype *t,
			struct type_name *ret)
{
	struct err ignored;
	char *dot;
	raddr at;

	types->ctx.faults = 0;
	at = ctx_u64(&types->ctx, t->addr + types->abi->type_tp_name);
	if (!mem_cstr(types->mem, at, ret->module, sizeof(ret->module),
		      &ignored)) {
		types->n_nameless++;
		*ret = (struct type_name){ "", "?" };
		return;
	}
	dot = strrchr(ret->module, '.');
	snprintf(ret->name, sizeof(ret->name), "%s",
		 dot ? dot + 1 : ret->module);
	if (dot)
		*dot = '\0';
	else
		snprintf(ret->module, sizeof(ret->module), "builtins");
}

static const char *keep_name(struct pytypes *types, const char *text,
			     uint32_t *ret_id, struct err *err)
{
	*ret_id = strset_add(&types->names, text, err);
	return *ret_id == STRSET_NONE ? NULL : types->names.all.v[*ret_id];
}

bool pytypes_name(struct pytypes *types, const struct pytype *type,
		  struct err *err)
{
	struct pytype *t = types->all.v[type->index];
	char full[2 * MAX_TYPE_NAME];
	struct type_name is;
	uint32_t ignored;

	if (t->full)
		return true;
	if (t->flags & TPF_HEAPTYPE)
		name_heap(types, t, &is);
	else
		name_static(types, t, &is);
	if (!*is.module || strcmp(is.module, "builtins") == 0)
		snprintf(full, sizeof(full), "%s", is.name);
	else
		snprintf(full, sizeof(full), "%s.%s", is.module, is.name);
	t->module = keep_name(types, is.module, &ignored, err);
	t->name = t->module ? keep_name(types, is.name, &ignored, err) : NULL;
	t->full = t->name ? keep_name(types, full, &t->full_id, err) : NULL;
	return t->full != NULL;
}
