/* SPDX-License-Identifier: MIT */
/* Who keeps arenas of pymalloc that are nearly empty. */
#include "account/sparse.h"
#include "heap/objects.h"
#include "pyabi/strobj.h"

struct owners {
	struct looker lk;
	struct sparse sparse;
};

static bool is_interned(struct pyctx *ctx, const struct pyobj *o)
{
	return (o->type->flags & TPF_STR_SUBCLASS) && strobj_is_interned(ctx, o);
}

static bool owners_object(struct owners *ow, const struct object *object,
			  const struct pyobj *o, struct err *err)
{
	if (!object->pool)
		return true;
	return sparse_keep(&ow->sparse, object->addr, object->type,
			   o && is_interned(&ow->lk.ctx, o) ?
				   SPARSE_INTERNED : SPARSE_OBJECT, err);
}

static bool visit(void *arg, const struct object *object, struct err *err)
{
	struct owners *ow = arg;
	struct looker *lk = &ow->lk;
	struct pyobj o;
	bool seen = objects_view(lk, object, &o);

	if (!owners_object(ow, object, seen ? &o : NULL, err))
		return false;
	if (!seen)
		return true;
	lk->bufs.n = 0;
	obj_buffers(&lk->ctx, &o, &lk->bufs);
	for (size_t i = 0; i < lk->bufs.n; i++) {
		if (!sparse_keep(&ow->sparse, lk->bufs.v[i].addr, o.type,
				 SPARSE_BUFFER, err))
			return false;
	}
	return true;
}

bool account_owners(struct account_look *look, struct heap *heap,
		    struct account *acc, struct err *err)
{
	struct owners ow = { 0 };
	bool ok;

	ok = sparse_init(&ow.sparse, look, heap, acc, err) &&
	     census_looker(&ow.lk, heap, err) &&
	     objects_visit(heap, visit, &ow, err) &&
	     sparse_end(&ow.sparse, &look->cap->types, err);
	looker_fini(&ow.lk);
	sparse_fini(&ow.sparse);
	return ok;
}
