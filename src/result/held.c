/* SPDX-License-Identifier: MIT */
#include "result/held.h"

#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"

bool held_add(struct held_types *held, const char *type, int64_t count,
	      int64_t bytes, struct err *err)
{
	struct held_row *row = vec_add(held, err);

	if (!row)
		return false;
	*row = (struct held_row){ nomem_strdup(type), count, bytes };
	return row->type ? true : err_nomem(err);
}

static int by_bytes(const void *a, const void *b)
{
	const struct held_row *l = a, *r = b;

	return l->bytes != r->bytes ? (l->bytes < r->bytes ? 1 : -1) :
	       strcmp(l->type, r->type);
}

void held_sort(struct held_types *held)
{
	if (held->n)
		qsort(held->v, held->n, sizeof(*held->v), by_bytes);
}

void held_fini(struct held_types *held)
{
	for (size_t i = 0; i < held->n; i++)
		free(held->v[i].type);
	vec_free(held);
}
