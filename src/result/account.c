/* SPDX-License-Identifier: MIT */
#include "result/account.h"

#include <stdlib.h>
#include <string.h>

static bool is_path(const struct account_leaf *leaf, const char *const *path)
{
	for (int i = 0; i < ACCOUNT_DEPTH; i++) {
		if (!leaf->path[i] || !path[i])
			return leaf->path[i] == path[i];
		if (strcmp(leaf->path[i], path[i]) != 0)
			return false;
	}
	return true;
}

int64_t account_leaf(struct account *acc, const char *a, const char *b,
		     const char *c, const char *d, struct err *err)
{
	const char *const path[ACCOUNT_DEPTH] = { a, b, c, d };
	struct account_leaf *leaf;

	for (size_t i = 0; i < acc->leaves.n; i++) {
		if (is_path(&acc->leaves.v[i], path))
			return (int64_t)i;
	}
	leaf = vec_add(&acc->leaves, err);
	for (int i = 0; leaf && i < ACCOUNT_DEPTH && path[i]; i++) {
		leaf->path[i] = strdup(path[i]);
		if (!leaf->path[i]) {
			err_nomem(err);
			return -1;
		}
	}
	return leaf ? (int64_t)acc->leaves.n - 1 : -1;
}

int64_t account_sum(const struct account *acc, const char *a, const char *b,
		    const char *c)
{
	const char *const want[] = { a, b, c };
	int64_t sum = 0;

	for (size_t i = 0; i < acc->leaves.n; i++) {
		const struct account_leaf *leaf = &acc->leaves.v[i];
		bool is_in = true;

		for (int k = 0; is_in && k < 3 && want[k]; k++)
			is_in = leaf->path[k] &&
				strcmp(leaf->path[k], want[k]) == 0;
		if (is_in)
			sum += leaf->bytes;
	}
	return sum;
}

static int path_order(const struct account_leaf *l,
		      const struct account_leaf *r)
{
	for (int i = 0; i < ACCOUNT_DEPTH; i++) {
		int order;

		if (!l->path[i] || !r->path[i])
			return !!l->path[i] - !!r->path[i];
		order = strcmp(l->path[i], r->path[i]);
		if (order)
			return order;
	}
	return 0;
}

static int leaf_order(const void *a, const void *b)
{
	const struct account_leaf *l = a, *r = b;

	if (l->bytes != r->bytes)
		return l->bytes < r->bytes ? 1 : -1;
	return path_order(l, r);
}

static int kept_order(const void *a, const void *b)
{
	const struct account_kept *l = a, *r = b;
	int64_t left = l->count + l->buffers, right = r->count + r->buffers;

	if (left != right)
		return left < right ? 1 : -1;
	if (strcmp(l->type, r->type) != 0)
		return strcmp(l->type, r->type);
	return l->interned - r->interned;
}

static void free_leaf(struct account_leaf *leaf)
{
	for (int i = 0; i < ACCOUNT_DEPTH; i++)
		free(leaf->path[i]);
}

void account_sort(struct account *acc)
{
	size_t n = 0;

	for (size_t i = 0; i < acc->leaves.n; i++) {
		struct account_leaf *leaf = &acc->leaves.v[i];

		if (leaf->bytes || leaf->swapped)
			acc->leaves.v[n++] = *leaf;
		else
			free_leaf(leaf);
	}
	acc->leaves.n = n;
	if (n)
		qsort(acc->leaves.v, n, sizeof(*acc->leaves.v), leaf_order);
	if (acc->sparse.kept_by.n)
		qsort(acc->sparse.kept_by.v, acc->sparse.kept_by.n,
		      sizeof(*acc->sparse.kept_by.v), kept_order);
}

void account_fini(struct account *acc)
{
	for (size_t i = 0; i < acc->leaves.n; i++)
		free_leaf(&acc->leaves.v[i]);
	for (size_t i = 0; i < acc->sparse.kept_by.n; i++)
		free(acc->sparse.kept_by.v[i].type);
	vec_free(&acc->leaves);
	vec_free(&acc->allocators);
	vec_free(&acc->pools);
	vec_free(&acc->sparse.kept_by);
	memset(acc, 0, sizeof(*acc));
}
