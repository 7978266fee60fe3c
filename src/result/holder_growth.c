/* SPDX-License-Identifier: MIT */
#include "result/holder_growth.h"

#include <stdlib.h>

#include "base/nomem.h"

static void growth_holders_fini(struct growth_holders *holders)
{
	for (size_t i = 0; i < holders->v.n; i++) {
		struct growth_holder *row = &holders->v.v[i];

		for (size_t k = 0; k < row->held.n; k++)
			free(row->held.v[k].type);
		vec_free(&row->held);
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

bool growth_holder_held(struct growth_holder *holder, const char *type,
			int64_t count, int64_t bytes, struct err *err)
{
	struct why_held *row = vec_add(&holder->held, err);

	if (!row)
		return false;
	*row = (struct why_held){ nomem_strdup(type), count, bytes };
	return row->type ? true : err_nomem(err);
}
