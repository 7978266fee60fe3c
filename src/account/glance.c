/* SPDX-License-Identifier: MIT */
#include "account/glance.h"

#include <string.h>

#include "heap/regions.h"

static bool is_in_data(void *arg, raddr word)
{
	const struct glance *g = arg;

	return word % 8 == 0 &&
	       places_kind(&g->cap->places, word) == REGION_STATIC;
}

bool glance_init(struct glance *g, struct capture *cap, struct err *err)
{
	glance_fini(g);
	g->cap = cap;
	g->ctx = (struct pyctx){ .abi = &cap->tr.rt.abi, .types = &g->types,
				 .mem = cap->tr.target->mem };
	if (!pytypes_init(&g->types, &g->ctx, cap->tr.rt.type_type, err))
		return false;
	g->ready = true;
	if (!blockreader_init(&g->br, &g->ctx, err))
		return false;
	g->br.may_be_type = is_in_data;
	g->br.arg = g;
	return true;
}

void glance_fini(struct glance *g)
{
	blockreader_fini(&g->br);
	if (g->ready)
		pytypes_fini(&g->types);
	g->ready = false;
}

unsigned glance_type(void *glance, const uint8_t *p, uint64_t len,
		     uint64_t room)
{
	struct glance *g = glance;
	struct pyobj o;

	if (room > UINT32_MAX ||
	    !block_seems_object(&g->br, 0, p, (uint32_t)len, (uint32_t)room,
				&o) ||
	    o.type->index >= 1u << GLIBC_TYPE_BITS)
		return 0;
	return o.type->index + 1;
}

raddr glance_address(const struct glance *g, unsigned number)
{
	return g->types.all.v[number - 1]->addr;
}
