/* SPDX-License-Identifier: MIT */
/* What each allocator has, by what the leaves say. */
#include "account/account.h"
#include "base/compiler.h"

/* Parts of the tree whose leaves say next which allocator gave it. */
static const char *const in_use[] = { "python", "data", "native", "tls" };

static int64_t sums_used(const struct account *acc, const char *where)
{
	int64_t sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(in_use); i++)
		sum += account_sum(acc, in_use[i], where, NULL);
	return sum;
}

/* Not of a malloc that could not be read to its end. */
static int64_t sums_trimmable(const struct account *acc)
{
	int64_t sum = 0;

	for (size_t i = 0; i < acc->malloc.n; i++) {
		if (acc->malloc.v[i].trimmable == DUMP_UNKNOWN)
			return DUMP_UNKNOWN;
		sum += acc->malloc.v[i].trimmable;
	}
	return sum;
}

/* @where: what leaves call it that are in use. */
static bool sums_add(struct account *acc, const char *name, const char *where,
		     size_t arenas, int64_t trimmable, struct err *err)
{
	struct account_allocator *a = vec_add(&acc->allocators, err);
	int64_t nobodys = account_sum(acc, "unknown", name, "in use");

	if (!a)
		return false;
	a->name = name;
	a->arenas = (int64_t)arenas;
	a->used = sums_used(acc, where) + nobodys;
	a->free = account_sum(acc, "free", name, NULL);
	a->resident = a->used + a->free +
		      account_sum(acc, "overhead", name, NULL) +
		      account_sum(acc, "unknown", name, NULL) - nobodys;
	a->trimmable = trimmable;
	return true;
}

/* What is free in its mappings is not known. */
static bool sums_other(const struct account_look *look, struct account *acc,
		       struct err *err)
{
	const char *name = look->libs.allocator;
	struct account_allocator *a;

	acc->other = name;
	if (!name)
		return true;
	a = vec_add(&acc->allocators, err);
	if (!a)
		return false;
	*a = (struct account_allocator){
		.name = name, .used = DUMP_UNKNOWN, .free = DUMP_UNKNOWN,
		.trimmable = DUMP_UNKNOWN, .resident = sums_used(acc, name),
	};
	for (size_t i = 0; i < look->maps.n; i++)
		a->arenas += look->is_others[i] != OTHERS_NOT;
	return true;
}

bool account_sums(const struct account_look *look, struct account *acc,
		  struct err *err)
{
	return sums_add(acc, "pymalloc", "pools",
			capture_pools(look->cap)->v.n, DUMP_UNKNOWN, err) &&
	       (!look->has_malloc ||
		sums_add(acc, "malloc", "malloc", look->gm.arenas.n,
			 sums_trimmable(acc), err)) &&
	       sums_other(look, acc, err);
}
