/* SPDX-License-Identifier: MIT */
/*
 * Attributes of instances by name.
 *
 * Facts: CPython 3.6 to 3.15, Objects/object.c (_PyObject_GetDictPtr),
 *        Objects/typeobject.c (type_new: members of __slots__).
 */
#include "pyabi/attrs.h"

#include <string.h>

#include "base/bounds.h"
#include "pyabi/dictobj.h"
#include "pyabi/pytype.h"
#include "pyabi/strobj.h"
#include "pyabi/types/instance.h"
#include "pyabi/types/keys.h"

enum {
	MAX_ATTR_NAME = 64,
	MAX_SHARED = 254,	/* values without a dict: a byte counts them */
	MAX_MEMBERS = 4096,
};

static raddr in_values(struct pyctx *ctx, const struct pyobj *o,
		       const char *name)
{
	uint64_t most = 0;
	raddr values = instance_values(ctx, o, &most);
	unsigned before = ctx->faults;
	struct keys keys;

	if (!values || !o->type->cached_keys ||
	    !keys_read(ctx, o->type->cached_keys, &keys))
		return 0;
	for (uint64_t i = 0; i < keys.n && i < most && i < MAX_SHARED; i++) {
		raddr at = keys.entries + i * keys.step;
		raddr key = ctx_u64(ctx, at + keys.key);

		if (ctx->faults != before)
			return 0;
		if (key && strobj_is(ctx, key, name))
			return ctx_u64(ctx, values + i * sizeof(raddr));
	}
	return 0;
}

static bool is_named(struct pyctx *ctx, raddr member, const char *name)
{
	char text[MAX_ATTR_NAME];
	struct err ignored;
	raddr at = ctx_u64(ctx, member + ctx->abi->memberdef_name);

	return at && mem_cstr(ctx->mem, at, text, sizeof(text), &ignored) &&
	       strcmp(text, name) == 0;
}

/* The members that __slots__ made stand right behind the type object. */
static raddr in_slots(struct pyctx *ctx, const struct pyobj *o,
		      const struct pytype *t, const char *name)
{
	const struct abi *abi = ctx->abi;
	raddr member = t->addr + (uint64_t)t->meta->basicsize;
	uint64_t n;

	if (!t->n_slots)
		return 0;
	n = ctx_u64(ctx, t->addr + abi->var_ob_size);
	for (uint64_t i = 0; i < n && i < MAX_MEMBERS; i++) {
		if (is_named(ctx, member, name))
			return ctx_u64(ctx, o->addr +
					    ctx_u32(ctx, member +
						abi->memberdef_offset));
		member += abi->memberdef_sizeof;
	}
	return 0;
}

static raddr find(struct pyctx *ctx, const struct pyobj *o, const char *name)
{
	const struct pytype *t = o->type;
	raddr dict = instance_dict(ctx, o), found = 0;
	unsigned before = ctx->faults;

	if (dict) {
		found = dictobj_get(ctx, dict, name);
		ctx->faults += before;
	} else if (t->flags & TPF_MANAGED_DICT) {
		found = in_values(ctx, o, name);
	}
	for (int i = 0; t && !found && i < MAX_TYPE_DEPTH; i++) {
		found = in_slots(ctx, o, t, name);
		t = t->base;
	}
	return found;
}

raddr attrs_get(struct pyctx *ctx, raddr addr, const char *name)
{
	unsigned before = ctx->faults;
	const struct pytype *t;
	uint8_t store[1024];
	struct pyobj o;
	raddr found;

	t = pytypes_get(ctx->types,
			ctx_u64(ctx, addr + ctx->abi->object_ob_type));
	if (!t || ctx->faults != before ||
	    !obj_at(ctx, addr, t, store, sizeof(store), &o))
		return 0;
	found = find(ctx, &o, name);
	return ctx->faults == before ? found : 0;
}
