/* SPDX-License-Identifier: MIT */
#include "account/typeleaves.h"

/* The type comes behind.  NULL: the allocator. */
static const char *const typeleaf_paths[TYPELEAVES][2] = {
	[TYPELEAF_POOLS] = { "python", "pools" },
	[TYPELEAF_MALLOC] = { "python", "malloc" },
	[TYPELEAF_DATA_MALLOC] = { "data", "malloc" },
	[TYPELEAF_DATA_MAPPED] = { "data", "mappings" },
	[TYPELEAF_OTHER] = { "python", NULL },
	[TYPELEAF_DATA_OTHER] = { "data", NULL },
	[TYPELEAF_INFERRED_MALLOC] = { "data", "malloc" },
	[TYPELEAF_INFERRED_MAPPED] = { "data", "mappings" },
};

int64_t typeleaf_get(struct typeleaves *tl, enum typeleaf kind,
		     const struct pytype *t, struct err *err)
{
	const char *from;
	int64_t leaf;

	while (tl->of[kind].n <= t->index) {
		if (!vec_add(&tl->of[kind], err))
			return -1;
	}
	if (tl->of[kind].v[t->index])
		return tl->of[kind].v[t->index] - 1;
	if (!pytypes_name(tl->types, t, err))
		return -1;
	from = typeleaf_paths[kind][1];
	leaf = account_leaf(tl->acc, typeleaf_paths[kind][0],
			    from ? from : tl->allocator, t->full,
			    kind >= TYPELEAF_INFERRED_MALLOC ? "inferred" :
							       NULL, err);
	tl->of[kind].v[t->index] = (uint32_t)(leaf + 1);
	return leaf;
}

void typeleaves_fini(struct typeleaves *tl)
{
	for (int i = 0; i < TYPELEAVES; i++)
		vec_free(&tl->of[i]);
}
