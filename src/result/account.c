/* SPDX-License-Identifier: MIT */
#include "result/account.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strset.h"
#include "base/units.h"

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

static raddr path_hash(const char *const *path)
{
	uint64_t hash = 0;

	for (int i = 0; i < ACCOUNT_DEPTH && path[i]; i++)
		hash = (hash ^ strset_hash(path[i])) * 0x9e3779b97f4a7c15;
	return hash ? hash : 1;
}

int64_t account_leaf(struct account *acc, const char *a, const char *b,
		     const char *c, const char *d, struct err *err)
{
	const char *const path[ACCOUNT_DEPTH] = { a, b, c, d };
	raddr key = path_hash(path);
	struct account_leaf *leaf;
	uint32_t i;

	/* Others of the same hash stand behind the first. */
	while ((i = addrmap_get(&acc->by_path, key)) != ADDRMAP_NONE) {
		if (is_path(&acc->leaves.v[i], path))
			return i;
		key = key + 1 ? key + 1 : 1;
	}
	i = (uint32_t)acc->leaves.n;
	leaf = vec_add(&acc->leaves, err);
	for (int k = 0; leaf && k < ACCOUNT_DEPTH && path[k]; k++) {
		leaf->path[k] = strdup(path[k]);
		if (!leaf->path[k]) {
			err_nomem(err);
			return -1;
		}
	}
	if (!leaf || !addrmap_put(&acc->by_path, key, i, err))
		return -1;
	return i;
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

int account_path_order(const struct account_leaf *l,
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
	return account_path_order(l, r);
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

int64_t account_cgroup_held(const struct account_cgroup *cg)
{
	if (cg->usage < 0 || cg->file < 0 || cg->shmem < 0)
		return cg->usage;
	/* Each is read by itself: they may not fit. */
	return cg->usage > cg->file - cg->shmem ?
	       cg->usage - (cg->file - cg->shmem) : 0;
}

void account_cgroup_foresee(struct account_cgroup *cg,
			    const struct trend *held)
{
	int64_t now = account_cgroup_held(cg);

	cg->rate = now < 0 ? NAN : trend_rate(held);
	cg->seconds_to_limit = now < 0 ? -1 :
			       trend_seconds_to(held, cg->limit - now);
}

const char *account_cgroup_limit(char buf[ACCOUNT_LIMIT_TEXT],
				 const struct account_cgroup *cg)
{
	char limit[UNITS_TEXT], rate[UNITS_TEXT], time[UNITS_TEXT];
	int len = 0;

	*buf = '\0';
	if (cg->version)
		len = snprintf(buf, ACCOUNT_LIMIT_TEXT, "of a limit of %s",
			       units_bytes(limit, cg->limit));
	if (cg->version && cg->seconds_to_limit >= 0)
		snprintf(buf + len, ACCOUNT_LIMIT_TEXT - (size_t)len, "; at "
			 "+%s/h it is reached in %s",
			 units_bytes(rate, (int64_t)(cg->rate * 3600)),
			 units_duration(time, cg->seconds_to_limit));
	return buf;
}

static void free_leaf(struct account_leaf *leaf)
{
	for (int i = 0; i < ACCOUNT_DEPTH; i++)
		free(leaf->path[i]);
}

static int held_order(const void *a, const void *b)
{
	const struct account_leaf *l = a, *r = b;

	if (l->count != r->count)
		return l->count < r->count ? 1 : -1;
	return account_path_order(l, r);
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
	addrmap_fini(&acc->by_path);
	if (n)
		qsort(acc->leaves.v, n, sizeof(*acc->leaves.v), leaf_order);
	if (acc->sparse.kept_by.n)
		qsort(acc->sparse.kept_by.v, acc->sparse.kept_by.n,
		      sizeof(*acc->sparse.kept_by.v), kept_order);
	if (acc->sparse_malloc.held_by.n)
		qsort(acc->sparse_malloc.held_by.v,
		      acc->sparse_malloc.held_by.n,
		      sizeof(*acc->sparse_malloc.held_by.v), held_order);
}

void account_fini(struct account *acc)
{
	for (size_t i = 0; i < acc->leaves.n; i++)
		free_leaf(&acc->leaves.v[i]);
	for (size_t i = 0; i < acc->sparse.kept_by.n; i++)
		free(acc->sparse.kept_by.v[i].type);
	for (size_t i = 0; i < acc->owners.n; i++)
		free(acc->owners.v[i].type);
	vec_free(&acc->owners);
	addrmap_fini(&acc->by_path);
	vec_free(&acc->leaves);
	vec_free(&acc->allocators);
	for (size_t i = 0; i < acc->malloc.n; i++)
		vec_free(&acc->malloc.v[i].threads);
	vec_free(&acc->advice);
	vec_free(&acc->pools);
	vec_free(&acc->malloc);
	vec_free(&acc->sparse.kept_by);
	for (size_t i = 0; i < acc->sparse_malloc.held_by.n; i++)
		free_leaf(&acc->sparse_malloc.held_by.v[i]);
	vec_free(&acc->sparse_malloc.held_by);
	memset(acc, 0, sizeof(*acc));
}
