/* SPDX-License-Identifier: MIT */
#include "result/counts.h"

#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b)
{
	const struct counts_type *l = a, *r = b;
	int64_t n = l->surplus + l->excess, m = r->surplus + r->excess;

	return n != m ? (n < m ? 1 : -1) : strcmp(l->type, r->type);
}

void counts_sort(struct counts *counts)
{
	if (counts->types.n)
		qsort(counts->types.v, counts->types.n,
		      sizeof(*counts->types.v), by_number);
}

void counts_fini(struct counts *counts)
{
	for (size_t i = 0; i < counts->types.n; i++)
		free(counts->types.v[i].type);
	vec_free(&counts->types);
}
