/* SPDX-License-Identifier: MIT */
#include "result/account_growth.h"

#include <stdlib.h>

static int by_path(const void *a, const void *b)
{
	const struct account_change *l = a, *r = b;

	return account_path_order(l->leaf, r->leaf);
}

static int by_change(const void *a, const void *b)
{
	const struct account_change *l = a, *r = b;
	int64_t left = llabs(l->now - l->before);
	int64_t right = llabs(r->now - r->before);

	if (left != right)
		return left < right ? 1 : -1;
	return by_path(a, b);
}

static bool add_leaves(struct account_growth *g, const struct account *acc,
		       bool is_now, struct err *err)
{
	for (size_t i = 0; i < acc->leaves.n; i++) {
		struct account_change *c = vec_add(&g->leaves, err);

		if (!c)
			return false;
		c->leaf = &acc->leaves.v[i];
		*(is_now ? &c->now : &c->before) = c->leaf->bytes;
	}
	return true;
}

/* Two of one path, next to each other, become one; what is as it was, none. */
static void join_leaves(struct account_growth *g)
{
	struct account_change *v = g->leaves.v;
	size_t n = 0;

	for (size_t i = 0; i < g->leaves.n; i++) {
		struct account_change c = v[i];

		if (i + 1 < g->leaves.n && by_path(&c, &v[i + 1]) == 0) {
			i++;
			c.before += v[i].before;
			c.now += v[i].now;
		}
		if (c.before != c.now)
			v[n++] = c;
	}
	g->leaves.n = n;
}

bool account_growth_find(struct account_growth *ret,
			 const struct account *before,
			 const struct account *now, double seconds,
			 struct err *err)
{
	*ret = (struct account_growth){ .seconds = seconds,
					.rss_before = before->rss };
	if (!add_leaves(ret, before, false, err) ||
	    !add_leaves(ret, now, true, err))
		return false;
	if (ret->leaves.n)
		qsort(ret->leaves.v, ret->leaves.n, sizeof(*ret->leaves.v),
		      by_path);
	join_leaves(ret);
	if (ret->leaves.n)
		qsort(ret->leaves.v, ret->leaves.n, sizeof(*ret->leaves.v),
		      by_change);
	return true;
}

void account_growth_fini(struct account_growth *growth)
{
	vec_free(&growth->leaves);
}
