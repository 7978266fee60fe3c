/* SPDX-License-Identifier: MIT */
#include "result/inspect.h"

#include <stdlib.h>

static void ref_fini(struct inspect_ref *ref)
{
	free(ref->name);
	free(ref->type);
	free(ref->value);
}

void inspect_fini(struct inspect *inspect)
{
	for (size_t i = 0; i < inspect->fields.n; i++)
		ref_fini(&inspect->fields.v[i]);
	for (size_t i = 0; i < inspect->referrers.n; i++)
		ref_fini(&inspect->referrers.v[i]);
	vec_free(&inspect->fields);
	vec_free(&inspect->referrers);
	free(inspect->type);
	free(inspect->value);
	free(inspect->path);
}
