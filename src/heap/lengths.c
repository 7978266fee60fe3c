/* SPDX-License-Identifier: MIT */
#include "heap/lengths.h"

#include "heap/objects.h"
#include "pyabi/layout.h"

static bool has_length(const struct pytype *t)
{
	return t->layout && t->layout->length;
}

bool lengths_note(struct containers *c, struct looker *lk,
		  const struct pyobj *o, uint32_t row)
{
	struct container one = { .address = o->addr, .type = o->type->addr,
				 .row = row };
	uint64_t length;

	if (!has_length(o->type))
		return true;
	length = obj_length(&lk->ctx, o);
	one.length = (int64_t)length;
	return length > lk->cap->most_words ||
	       !containers_want(c, one.length) ||
	       containers_add(c, &one, &lk->err);
}

static bool is_settled(const struct container *one, const struct objtable *t)
{
	return one->row == LENGTHS_SURE ||
	       t->row[one->row].flags & OBJROW_IS_OBJECT;
}

bool lengths_tell(struct containers *to, const struct containers *from,
		  const struct objtable *t, struct pytypes *types,
		  struct err *err)
{
	if (from->least > to->least)
		to->least = from->least;
	for (size_t i = 0; i < from->v.n; i++) {
		struct container one = from->v.v[i];
		const struct pytype *type = pytypes_get(types, one.type);

		if (!type || !is_settled(&one, t) ||
		    !containers_want(to, one.length))
			continue;
		if (!pytypes_name(types, type, err))
			return false;
		one.name = strset_add(&to->names, type->full, err);
		if (one.name == STRSET_NONE || !containers_add(to, &one, err))
			return false;
	}
	to->known = true;
	return true;
}

/* --- of a copy ----------------------------------------------------------- */

struct measuring {
	struct looker lk;
	struct containers noted;
};

static bool measure(void *arg, const struct object *object, struct err *err)
{
	struct measuring *m = arg;
	struct pyobj o;

	if (!has_length(object->type) || object->flags & OBJROW_STATIC ||
	    !objects_view(&m->lk, object, &o) ||
	    lengths_note(&m->noted, &m->lk, &o, LENGTHS_SURE))
		return true;
	*err = m->lk.err;
	return false;
}

bool lengths_find(struct containers *ret, struct heap *heap, struct err *err)
{
	struct measuring m = { .noted = { .known = true } };
	bool ok = census_looker(&m.lk, heap, err) &&
		  objects_visit(heap, measure, &m, err) &&
		  lengths_tell(ret, &m.noted, NULL, &heap->cap->types, err);

	looker_fini(&m.lk);
	containers_fini(&m.noted);
	return ok;
}
