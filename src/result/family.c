/* SPDX-License-Identifier: MIT */
#include "result/family.h"

#include <stdlib.h>
#include <string.h>

#include "result/dump.h"

struct family_member *family_add(struct family *family, struct err *err)
{
	struct family_member *m = vec_add(&family->v, err);

	if (m)
		*m = (struct family_member){
			.rss = DUMP_UNKNOWN, .pss = DUMP_UNKNOWN,
			.uss = DUMP_UNKNOWN, .objects = DUMP_UNKNOWN,
			.pause_ms = DUMP_UNKNOWN, .shared = DUMP_UNKNOWN,
			.dirtied = DUMP_UNKNOWN, .freezable = DUMP_UNKNOWN,
		};
	return m;
}

static void member_fini(struct family_member *m)
{
	for (size_t i = 0; i < m->by_type.n; i++)
		free(m->by_type.v[i].type);
	vec_free(&m->by_type);
	free(m->problem);
}

void family_drop(struct family *family)
{
	member_fini(&family->v.v[--family->v.n]);
}

bool family_dirty(struct family_member *m, const char *type,
		  const int64_t by[FAMILY_CAUSES], struct err *err)
{
	struct family_dirtied *row = vec_add(&m->by_type, err);

	if (!row)
		return false;
	for (int i = 0; i < FAMILY_CAUSES; i++) {
		row->by[i] = by[i];
		row->bytes += by[i];
	}
	row->type = type ? strdup(type) : NULL;
	return row->type || !type || err_nomem(err);
}

static int by_type(const void *a, const void *b)
{
	const struct family_dirtied *l = a, *r = b;

	if (!l->type || !r->type)
		return !!l->type - !!r->type;
	return strcmp(l->type, r->type);
}

static int by_bytes(const void *a, const void *b)
{
	const struct family_dirtied *l = a, *r = b;

	if (l->bytes != r->bytes)
		return l->bytes < r->bytes ? 1 : -1;
	return by_type(a, b);
}

static void merge(struct family_dirtied *to, struct family_dirtied *from)
{
	to->bytes += from->bytes;
	for (int i = 0; i < FAMILY_CAUSES; i++)
		to->by[i] += from->by[i];
	free(from->type);
}

void family_sort(struct family_member *m)
{
	struct family_dirtied *v = m->by_type.v;
	size_t n = 0;

	if (!m->by_type.n)
		return;
	qsort(v, m->by_type.n, sizeof(*v), by_type);
	for (size_t i = 1; i < m->by_type.n; i++) {
		if (by_type(&v[n], &v[i]) == 0)
			merge(&v[n], &v[i]);
		else
			v[++n] = v[i];
	}
	m->by_type.n = n + 1;
	qsort(v, m->by_type.n, sizeof(*v), by_bytes);
}

void family_fini(struct family *family)
{
	while (family->v.n)
		family_drop(family);
	vec_free(&family->v);
}
