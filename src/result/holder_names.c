/* SPDX-License-Identifier: MIT */
#include "result/holder_names.h"

#include <stdlib.h>

void holder_name_fini(struct holder_name *name)
{
	free(name->name);
	free(name->held);
}

void holder_names_fini(struct holder_names *names)
{
	for (size_t i = 0; i < names->v.n; i++)
		holder_name_fini(&names->v.v[i]);
	vec_free(&names->v);
}

bool holder_names_ask(struct holder_names *names, raddr address, raddr type,
		      struct err *err)
{
	struct holder_name *slot = vec_add(&names->v, err);

	if (!slot)
		return false;
	slot->address = address;
	slot->type = type;
	return true;
}

const struct holder_name *holder_names_find(const struct holder_names *names,
					    raddr address, raddr type)
{
	for (size_t i = 0; i < names->v.n; i++) {
		if (names->v.v[i].address == address &&
		    names->v.v[i].type == type)
			return &names->v.v[i];
	}
	return NULL;
}
