/* SPDX-License-Identifier: MIT */
/*
 * Attributes of instances by name.
 *
 * Facts: CPython 3.6 to 3.15, Objects/object.c (_PyObject_GetDictPtr),
 *        Objects/typeobject.c (type_new: members of __slots__).
 */
#include "pyabi/attrs.h"

#include <string.h>

#include "pyabi/dictobj.h"
#include "pyabi/pytype.h"
#include "pyabi/refs.h"
#include "pyabi/types/instance.h"

enum { MAX_ATTR_NAME = 64 };

/* In a slot, or a value without a dict. */
static raddr in_instance(struct pyctx *ctx, const struct pyobj *o,
			 const char *name)
{
	struct refs refs = { .named = true, .owned = true };
	char text[MAX_ATTR_NAME];
	raddr found = 0;

	instance_refs(ctx, o, &refs);
	for (size_t i = 0; i < refs.n && !found; i++) {
		const struct ref_name *at = &refs.names[i];

		if ((at->how == REF_SLOT || at->how == REF_ATTRIBUTE) &&
		    ref_name_text(ctx, at, text, sizeof(text)) &&
		    strcmp(text, name) == 0)
			found = refs.v[i];
	}
	refs_fini(&refs);
	return found;
}

static raddr find(struct pyctx *ctx, const struct pyobj *o, const char *name)
{
	unsigned before = ctx->faults;
	raddr dict = instance_dict(ctx, o), found = 0;

	if (dict) {
		found = dictobj_get(ctx, dict, name);
		ctx->faults += before;
	}
	return found ? found : in_instance(ctx, o, name);
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
