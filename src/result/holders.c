/* SPDX-License-Identifier: MIT */
#include "result/holders.h"

#include <stdlib.h>
#include <string.h>

enum { PLAUSIBLE = 2 };		/* times as many, in one who was missed */

void holders_fini(struct holders *h)
{
	vec_free(&h->rows);
	strset_fini(&h->names);
	memset(h, 0, sizeof(*h));
}

/* Is @seen the one that @row tells of? */
static bool is_same(const struct holder *row, const struct container *seen)
{
	if (row->type != seen->type)
		return false;
	return !row->missed || (seen->length >= row->length &&
				seen->length / PLAUSIBLE <= row->length);
}

static void holder_grow(struct holder *row, int64_t length)
{
	row->before = row->length;
	row->length = length;
	row->rises = length > row->before ? row->rises + 1 : 0;
	row->looks++;
	row->missed = false;
}

/* One that was not there before, as far as is known. */
static bool holder_begin(struct holders *h, struct holder *row,
			 const struct containers *seen,
			 const struct container *one, double at,
			 struct err *err)
{
	*row = (struct holder){
		.address = one->address, .type = one->type,
		.name = strset_add(&h->names, containers_type(seen, one), err),
		.length = one->length, .before = one->length,
		.first = one->length, .base = one->length,
		.first_at = at, .base_at = at, .looks = 1,
	};
	h->came += h->looks > 0;
	return row->name != STRSET_NONE;
}

/* Those that this look did not see: once is no proof that they are gone. */
static void holders_drop(struct holders *h, const bool *was_seen)
{
	size_t n = 0;

	for (size_t i = 0; i < h->rows.n; i++) {
		struct holder row = h->rows.v[i];

		if (!was_seen[i] && row.missed) {
			h->lost++;
			continue;
		}
		if (!was_seen[i]) {
			row.missed = true;
			row.rises = 0;
		}
		h->rows.v[n++] = row;
	}
	h->rows.n = n;
}

static bool holders_take(struct holders *h, const struct containers *seen,
			 const struct addrmap *known, bool *was_seen,
			 double at, struct err *err)
{
	for (size_t i = 0; i < seen->v.n; i++) {
		const struct container *one = &seen->v.v[i];
		uint32_t n = addrmap_get(known, one->address);
		struct holder *row;

		if (n != ADDRMAP_NONE)
			was_seen[n] = true;
		if (n != ADDRMAP_NONE && is_same(&h->rows.v[n], one)) {
			holder_grow(&h->rows.v[n], one->length);
			continue;
		}
		h->lost += n != ADDRMAP_NONE;
		row = n != ADDRMAP_NONE ? &h->rows.v[n] :
					  vec_add(&h->rows, err);
		if (!row || !holder_begin(h, row, seen, one, at, err))
			return false;
	}
	return true;
}

bool holders_look(struct holders *h, const struct containers *seen, double at,
		  struct err *err)
{
	bool *was_seen = calloc(h->rows.n + seen->v.n + 1, sizeof(*was_seen));
	const size_t n_known = h->rows.n;
	struct addrmap known = { 0 };
	bool ok = was_seen || err_nomem(err);

	for (size_t i = 0; ok && i < n_known; i++)
		ok = addrmap_put(&known, h->rows.v[i].address, (uint32_t)i,
				 err);
	ok = ok && holders_take(h, seen, &known, was_seen, at, err);
	if (ok) {
		for (size_t i = n_known; i < h->rows.n; i++)
			was_seen[i] = true;
		holders_drop(h, was_seen);
		h->looks++;
		h->at = at;
		h->least = seen->least > CONTAINERS_LEAST ? seen->least :
							    CONTAINERS_LEAST;
	}
	addrmap_fini(&known);
	free(was_seen);
	return ok;
}

int64_t holders_missing(const struct holders *h)
{
	int64_t n = h->lost;

	for (size_t i = 0; i < h->rows.n; i++)
		n += h->rows.v[i].missed;
	return n;
}

void holders_baseline(struct holders *h)
{
	for (size_t i = 0; i < h->rows.n; i++) {
		h->rows.v[i].base = h->rows.v[i].length;
		h->rows.v[i].base_at = h->at;
	}
	h->has_baseline = true;
}

void holders_clear_baseline(struct holders *h)
{
	for (size_t i = 0; i < h->rows.n; i++) {
		h->rows.v[i].base = h->rows.v[i].first;
		h->rows.v[i].base_at = h->rows.v[i].first_at;
	}
	h->has_baseline = false;
}

double holder_rate(const struct holders *h, const struct holder *row)
{
	return h->at > row->base_at ?
	       (double)holder_more(row) / (h->at - row->base_at) : 0;
}

static int by_growth(const void *a, const void *b)
{
	const struct holder *const *l = a, *const *r = b;
	const int64_t more = holder_more(*l), other = holder_more(*r);

	if (more != other)
		return more < other ? 1 : -1;
	return ((*l)->address > (*r)->address) -
	       ((*l)->address < (*r)->address);
}

bool holders_rank(const struct holders *h, const struct holder ***ret,
		  size_t *ret_n, struct err *err)
{
	const struct holder **rows = calloc(h->rows.n + 1, sizeof(*rows));
	size_t n = 0;

	if (!rows)
		return err_nomem(err);
	for (size_t i = 0; i < h->rows.n; i++) {
		if (holder_more(&h->rows.v[i]) > 0)
			rows[n++] = &h->rows.v[i];
	}
	qsort(rows, n, sizeof(*rows), by_growth);
	*ret = rows;
	*ret_n = n;
	return true;
}
