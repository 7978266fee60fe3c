/* SPDX-License-Identifier: MIT */
/*
 * Counting is the last thing that is done with an object.  Sizes that lie may
 * add up to more than there are numbers.
 */
#include "heap/tally.h"

static void add(int64_t *sum, uint64_t more)
{
	*sum = (int64_t)((uint64_t)*sum + more);
}

void census_fini(struct census *c)
{
	vec_free(&c->by_type);
	vec_free(&c->dicts_of);
}

struct tally *census_tally(struct census *c, const struct pytype *t,
			   struct err *err)
{
	while (c->by_type.n <= t->index) {
		if (!vec_add(&c->by_type, err))
			return NULL;
	}
	return &c->by_type.v[t->index];
}

static void add_sizes(struct tally *t, const struct object_sizes *sizes)
{
	t->count++;
	add(&t->bytes, sizes->size);
	add(&t->allocated, sizes->allocated);
}

void tally_count(struct census *c, struct tally *t, unsigned flags,
		 const struct object_sizes *sizes)
{
	c->faults += (flags & OBJROW_FAULTY) != 0;
	if (flags & OBJROW_STATIC) {
		t->static_count++;
		add(&t->static_bytes, sizes->size);
		return;
	}
	add_sizes(t, sizes);
	t->inferred += (flags & OBJROW_INFERRED) != 0;
}

static void group_dict(struct census *c, uint32_t holder,
		       const struct object_sizes *sizes)
{
	if (holder > DICTS_N)
		add_sizes(&c->dicts_of.v[holder - 1 - DICTS_N], sizes);
	else if (holder)
		add_sizes(&c->dicts[holder - 1], sizes);
}

bool census_group(struct census *c, const struct objtable *t, uint32_t from,
		  uint32_t to, size_t n_types, const struct pytype *dict,
		  struct err *err)
{
	while (c->by_type.n < n_types) {
		if (!vec_add(&c->by_type, err))
			return false;
	}
	while (dict && c->dicts_of.n < n_types) {
		if (!vec_add(&c->dicts_of, err))
			return false;
	}
	for (uint32_t n = from; n < to; n++) {
		const struct objrow row = t->row[n];
		struct object_sizes sizes;

		if (!(row.flags & OBJROW_IS_OBJECT))
			continue;
		sizes = objtable_sizes(t, n);
		tally_count(c, &c->by_type.v[row.type], row.flags, &sizes);
		c->pooled++;
		if (dict && row.type == dict->index)
			group_dict(c, t->holder[n], &sizes);
	}
	return true;
}

static void add_tally(struct tally *to, const struct tally *from)
{
	to->count += from->count;
	add(&to->bytes, (uint64_t)from->bytes);
	add(&to->allocated, (uint64_t)from->allocated);
	to->static_count += from->static_count;
	add(&to->static_bytes, (uint64_t)from->static_bytes);
	to->inferred += from->inferred;
}

bool census_add(struct census *c, const struct census *part, struct err *err)
{
	for (size_t i = 0; i < part->by_type.n; i++) {
		if (c->by_type.n <= i && !vec_add(&c->by_type, err))
			return false;
		add_tally(&c->by_type.v[i], &part->by_type.v[i]);
	}
	for (size_t i = 0; i < part->dicts_of.n; i++) {
		if (c->dicts_of.n <= i && !vec_add(&c->dicts_of, err))
			return false;
		add_tally(&c->dicts_of.v[i], &part->dicts_of.v[i]);
	}
	for (int i = 0; i < DICTS_N; i++)
		add_tally(&c->dicts[i], &part->dicts[i]);
	c->in_use += part->in_use;
	c->pooled += part->pooled;
	c->faults += part->faults;
	c->unlisted += part->unlisted;
	c->unheld += part->unheld;
	c->alone += part->alone;
	c->lost += part->lost;
	c->torn += part->torn;
	c->unreadable += part->unreadable;
	return true;
}

void census_sum(struct census *c)
{
	for (size_t i = 0; i < c->by_type.n; i++)
		add_tally(&c->total, &c->by_type.v[i]);
}
