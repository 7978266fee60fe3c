/* SPDX-License-Identifier: MIT */
#include "result/containers.h"

void containers_fini(struct containers *c)
{
	vec_free(&c->v);
	strset_fini(&c->names);
}

static void containers_raise(struct containers *c)
{
	size_t n = 0;

	c->least = c->least < CONTAINERS_LEAST ? CONTAINERS_LEAST : c->least;
	c->least *= 2;
	for (size_t i = 0; i < c->v.n; i++) {
		if (c->v.v[i].length >= c->least)
			c->v.v[n++] = c->v.v[i];
	}
	c->v.n = n;
}

bool containers_add(struct containers *c, const struct container *container,
		    struct err *err)
{
	struct container *slot;

	while (c->v.n >= CONTAINERS_MOST && c->least < INT64_MAX / 2)
		containers_raise(c);
	if (!containers_want(c, container->length))
		return true;
	slot = vec_add(&c->v, err);
	if (slot)
		*slot = *container;
	return slot != NULL;
}
