/* SPDX-License-Identifier: MIT */
#include "result/why.h"

#include <stdlib.h>

struct why_suspect *why_add(struct why *why, enum why_kind kind,
			    int64_t retained, struct err *err)
{
	struct why_suspect *row = vec_add(&why->suspects, err);

	if (row) {
		row->kind = kind;
		row->retained = retained;
	}
	return row;
}

static int by_retained(const void *a, const void *b)
{
	const struct why_suspect *l = a, *r = b;

	if (l->retained != r->retained)
		return l->retained < r->retained ? 1 : -1;
	return (l->address > r->address) - (l->address < r->address);
}

void why_sort(struct why *why)
{
	if (why->suspects.n)
		qsort(why->suspects.v, why->suspects.n,
		      sizeof(*why->suspects.v), by_retained);
	for (size_t i = 0; i < why->suspects.n; i++)
		held_sort(&why->suspects.v[i].held);
}

static void suspect_fini(struct why_suspect *row)
{
	held_fini(&row->held);
	free(row->name);
	free(row->type);
	free(row->chain_by);
}

void why_fini(struct why *why)
{
	for (size_t i = 0; i < why->suspects.n; i++)
		suspect_fini(&why->suspects.v[i]);
	vec_free(&why->suspects);
}
