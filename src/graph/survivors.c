/* SPDX-License-Identifier: MIT */
/*
 * A number for each object says where it is and what: they come in the order of
 * addresses, so that two looks are compared as two sorted lists are merged.
 */
#include "graph/survivors.h"

#include <stdlib.h>

#include "attach/headroom.h"

enum {
	TYPE_BITS = 19,		/* beside 44 of an address, in units of 8 */
	UNIT_BITS = 3,
	ASK_EACH = 1 << 20,	/* objects, until we ask for headroom again */
};

_Static_assert(47 - UNIT_BITS + TYPE_BITS < 64, "address and type have room");

void survivors_fini(struct survivors *s)
{
	free(s->keys.v);
	*s = (struct survivors){ .looks = 0 };
}

/* Types that are not apart by a multiple of 4 MiB differ in it. */
static uint64_t key_of(const struct object *object)
{
	const uint64_t type = object->type->addr >> UNIT_BITS;

	return (object->addr >> UNIT_BITS) << TYPE_BITS |
	       (type & ((1u << TYPE_BITS) - 1));
}

static bool keys_add(struct survivor_keys *keys, uint64_t key, struct err *err)
{
	uint64_t *slot;

	if (keys->n % ASK_EACH == 0 &&
	    !headroom_ask(ASK_EACH * 2 * sizeof(key), "to know objects again",
			  err))
		return false;
	slot = vec_add(keys, err);
	if (slot)
		*slot = key;
	return slot != NULL;
}

/* --- two looks, merged --------------------------------------------------- */

struct merging {
	const struct survivor_keys *before;
	size_t next;		/* of these */
	bool if_known;		/* those that were there before, or the others */
	struct survivor_keys now;	/* where @fn is NULL */
	objects_fn *fn;
	void *arg;
};

static bool was_there(struct merging *m, uint64_t key)
{
	while (m->next < m->before->n && m->before->v[m->next] < key)
		m->next++;
	return m->next < m->before->n && m->before->v[m->next] == key;
}

static bool merge(void *arg, const struct object *object, struct err *err)
{
	struct merging *m = arg;
	uint64_t key;

	if (object->flags & OBJROW_STATIC)
		return true;
	key = key_of(object);
	if (was_there(m, key) != m->if_known)
		return true;
	return m->fn ? m->fn(m->arg, object, err) :
		       keys_add(&m->now, key, err);
}

bool survivors_look(struct survivors *s, struct heap *heap, struct err *err)
{
	/* What the first sees, and what the second does besides. */
	struct merging m = { .before = &s->keys, .if_known = s->looks > 1 };
	bool ok = objects_visit(heap, merge, &m, err);

	free(s->keys.v);
	s->keys = m.now;
	s->looks++;
	return ok;
}

bool survivors_each(const struct survivors *s, struct heap *heap,
		    objects_fn *fn, void *arg, struct err *err)
{
	struct merging m = { .before = &s->keys, .if_known = true, .fn = fn,
			     .arg = arg };

	return objects_visit(heap, merge, &m, err);
}
