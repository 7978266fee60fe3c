/* SPDX-License-Identifier: MIT */
#include "result/holder_growth.h"

#include <stdlib.h>

static void growth_holders_fini(struct growth_holders *holders)
{
	for (size_t i = 0; i < holders->v.n; i++) {
		struct growth_holder *row = &holders->v.v[i];

		held_fini(&row->held);
		free(row->name);
		free(row->type);
	}
	vec_free(&holders->v);
}

void holder_growth_fini(struct holder_growth *growth)
{
	growth_holders_fini(&growth->containers);
	growth_holders_fini(&growth->owners);
	holders_fini(&growth->holders);
	vec_free(&growth->looks);
}

struct growth_holder *growth_holders_add(struct growth_holders *holders,
					 struct err *err)
{
	return vec_add(&holders->v, err);
}
