/* SPDX-License-Identifier: MIT */
#include "graph/holdings.h"

#include <stdlib.h>

enum { TYPE_SHIFT = 32 };

void holdings_fini(struct holdings *h)
{
	vec_free(&h->v);
	addrmap_fini(&h->at);
	*h = (struct holdings){ .at = { .n = 0 } };
}

bool holdings_add(struct holdings *h, uint32_t holder,
		  const struct pytype *type, uint64_t bytes, struct err *err)
{
	const raddr key = ((raddr)type->index + 1) << TYPE_SHIFT | holder;
	uint32_t i = addrmap_get(&h->at, key);
	struct holding *slot;

	if (i == ADDRMAP_NONE) {
		i = (uint32_t)h->v.n;
		slot = vec_add(&h->v, err);
		if (!slot || !addrmap_put(&h->at, key, i, err))
			return false;
		slot->holder = holder;
		slot->type = type;
	}
	h->v.v[i].count++;
	h->v.v[i].bytes += (int64_t)bytes;
	return true;
}

static int by_holder(const void *a, const void *b)
{
	const struct holding *l = a, *r = b;

	if (l->holder != r->holder)
		return l->holder < r->holder ? -1 : 1;
	if (l->bytes != r->bytes)
		return l->bytes < r->bytes ? 1 : -1;
	if (l->count != r->count)
		return l->count < r->count ? 1 : -1;
	return (l->type->addr > r->type->addr) -
	       (l->type->addr < r->type->addr);
}

void holdings_sort(struct holdings *h)
{
	if (h->v.n)
		qsort(h->v.v, h->v.n, sizeof(*h->v.v), by_holder);
}

const struct holding *holdings_of(const struct holdings *h, uint32_t holder,
				  size_t *ret_n)
{
	size_t from = 0, to = h->v.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (h->v.v[middle].holder < holder)
			from = middle + 1;
		else
			to = middle;
	}
	*ret_n = 0;
	while (from + *ret_n < h->v.n &&
	       h->v.v[from + *ret_n].holder == holder)
		++*ret_n;
	return *ret_n ? &h->v.v[from] : NULL;
}

bool holdings_tell(const struct holding *v, size_t n, struct pytypes *types,
		   struct held_types *ret, struct err *err)
{
	for (size_t i = 0; i < n && i < HOLDINGS_TOLD; i++) {
		if (!pytypes_name(types, v[i].type, err) ||
		    !held_add(ret, v[i].type->full, v[i].count, v[i].bytes,
			      err))
			return false;
	}
	return true;
}
