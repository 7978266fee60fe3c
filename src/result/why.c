/* SPDX-License-Identifier: MIT */
#include "result/why.h"

#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"

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

bool why_add_held(struct why_suspect *suspect, const char *type, int64_t count,
		  int64_t bytes, struct err *err)
{
	struct why_held *row = vec_add(&suspect->held, err);

	if (!row)
		return false;
	*row = (struct why_held){ nomem_strdup(type), count, bytes };
	return row->type ? true : err_nomem(err);
}

static int by_retained(const void *a, const void *b)
{
	const struct why_suspect *l = a, *r = b;

	if (l->retained != r->retained)
		return l->retained < r->retained ? 1 : -1;
	return (l->address > r->address) - (l->address < r->address);
}

static int by_bytes(const void *a, const void *b)
{
	const struct why_held *l = a, *r = b;

	return l->bytes != r->bytes ? (l->bytes < r->bytes ? 1 : -1) :
	       strcmp(l->type, r->type);
}

void why_sort(struct why *why)
{
	if (why->suspects.n)
		qsort(why->suspects.v, why->suspects.n,
		      sizeof(*why->suspects.v), by_retained);
	for (size_t i = 0; i < why->suspects.n; i++) {
		struct why_suspect *row = &why->suspects.v[i];

		if (row->held.n)
			qsort(row->held.v, row->held.n, sizeof(*row->held.v),
			      by_bytes);
	}
}

static void suspect_fini(struct why_suspect *row)
{
	for (size_t i = 0; i < row->held.n; i++)
		free(row->held.v[i].type);
	vec_free(&row->held);
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
