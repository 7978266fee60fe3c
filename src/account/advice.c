/* SPDX-License-Identifier: MIT */
#include "account/advice.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"

enum {
	WORTH_PART = 20,	/* of RSS, that is: 5 % */
	WORTH_BYTES = 8 << 20,
	NEAR_PART = 10,		/* of a limit, that are left */
	FEW_ARENAS = 4,		/* what nobody needs to bound */
};

static int64_t trimmable(const struct account *acc)
{
	int64_t sum = 0;

	for (size_t i = 0; i < acc->malloc.n; i++) {
		if (acc->malloc.v[i].trimmable < 0)
			return 0;
		sum += acc->malloc.v[i].trimmable;
	}
	return sum;
}

/* What can be given back of arenas that are there for threads. */
static int64_t free_beside_main(const struct account *acc)
{
	int64_t sum = 0;

	for (size_t i = 1; i < acc->malloc.n; i++) {
		if (acc->malloc.v[i].trimmable > 0)
			sum += acc->malloc.v[i].trimmable;
	}
	return acc->malloc.n > FEW_ARENAS ? sum : 0;
}

/* The end of the main one is given back by free() itself, from a size on that
 * grows with what was once mapped and freed. */
static int64_t main_top(const struct account *acc)
{
	const struct account_malloc *main = acc->malloc.v;

	if (!acc->malloc.n || main->trimmable < 0)
		return 0;
	return main->top < main->trimmable ? main->top : main->trimmable;
}

/* Blocks as large as these were mapped by themselves, and went back when they
 * were freed, until malloc raised the size from which on it does so. */
static int64_t large_runs(const struct account *acc)
{
	int64_t sum = 0;

	for (size_t i = 0; acc->raised_threshold && i < acc->malloc.n; i++)
		sum += acc->malloc.v[i].large;
	return sum;
}

/* Neither top nor in a thread's cache. */
static int64_t free_in_holes(const struct account *acc)
{
	int64_t sum = 0;

	for (size_t i = 0; i < acc->leaves.n; i++) {
		const struct account_leaf *leaf = &acc->leaves.v[i];

		if (strcmp(leaf->path[0], "free") == 0 && leaf->path[3] &&
		    (strcmp(leaf->path[3], "bins") == 0 ||
		     strcmp(leaf->path[3], "fast bins") == 0))
			sum += leaf->bytes;
	}
	return sum;
}

/* What is no whole page, and so cannot be given back. */
static int64_t holes(const struct account *acc)
{
	const int64_t pages = trimmable(acc) - main_top(acc);
	const int64_t sum = free_in_holes(acc) - pages;

	for (size_t i = 0; i < acc->malloc.n; i++) {
		if (acc->malloc.v[i].trimmable < 0)
			return 0;
	}
	return sum > 0 ? sum : 0;
}

static int64_t free_in_huge(const struct account *acc)
{
	int64_t sum = 0;

	for (size_t i = 0; i < acc->leaves.n; i++) {
		if (strcmp(acc->leaves.v[i].path[0], "free") == 0)
			sum += acc->leaves.v[i].huge;
	}
	return sum;
}

static int64_t sparse(const struct account *acc)
{
	return acc->sparse.releasable;
}

static int64_t page_cache(const struct account *acc)
{
	return account_sum(acc, "mappings", "files", NULL);
}

static int64_t left_of_limit(const struct account *acc)
{
	const struct account_cgroup *cg = &acc->cgroup;

	if (!cg->version || cg->usage < 0 ||
	    cg->limit - cg->usage > cg->limit / NEAR_PART)
		return 0;
	return cg->usage;
}

/** @bytes: 0 where the rule has nothing to say.  They stand between @before and
 *  @behind. */
static const struct rule {
	const char *what;
	int64_t (*bytes)(const struct account *acc);
	const char *before, *behind;
} rules[] = {
	{ "cgroup", left_of_limit,
	  "its cgroup uses ", ", more than nine tenths of what it may: beyond "
	  "that, the kernel kills" },
	{ "malloc_trim", trimmable,
	  "malloc keeps ", " in free pages: malloc_trim(0), by "
	  "ctypes.CDLL(None).malloc_trim(0), gives them back now" },
	{ "MALLOC_ARENA_MAX", free_beside_main,
	  "", " of that lie in arenas of threads: MALLOC_ARENA_MAX=2 in the "
	  "environment lets them share what one has freed" },
	{ "MALLOC_TRIM_THRESHOLD_", main_top,
	  "", " are free at the end of the main arena: "
	  "MALLOC_TRIM_THRESHOLD_=131072 in the environment has them given "
	  "back at once, always" },
	{ "MALLOC_MMAP_THRESHOLD_", large_runs,
	  "", " are free where large blocks were, which go back by themselves "
	  "only as long as malloc does not raise its threshold: "
	  "MALLOC_MMAP_THRESHOLD_=131072 in the environment keeps it" },
	{ "another allocator", holes,
	  "", " are free in pieces of less than a page, between what is in use, "
	  "and cannot be given back: jemalloc or mimalloc, by LD_PRELOAD, keep "
	  "blocks of a size together" },
	{ "huge pages", free_in_huge,
	  "", " of what is free lie in huge pages, which are there as a whole: "
	  "\"never\" in /sys/kernel/mm/transparent_hugepage/enabled, or "
	  "PR_SET_THP_DISABLE, has pages of 4 KiB instead" },
	{ "survivors", sparse,
	  "", " of Python's arenas are held open by what is left in them: make "
	  "what lives long before what is many, or let it go with that" },
	{ "page cache", page_cache,
	  "", " are files that the program has mapped: no leak, for the system "
	  "takes such pages back when it needs them" },
};

static bool is_worth_it(const struct account *acc, int64_t bytes)
{
	return bytes >= WORTH_BYTES && bytes >= acc->rss / WORTH_PART;
}

static bool advice_add(struct account *acc, const struct rule *rule,
		       int64_t bytes, struct err *err)
{
	struct account_advice *advice = vec_add(&acc->advice, err);
	char size[UNITS_TEXT];

	if (!advice)
		return false;
	advice->what = rule->what;
	advice->bytes = bytes;
	snprintf(advice->text, sizeof(advice->text), "%s%s%s", rule->before,
		 units_bytes(size, bytes), rule->behind);
	return true;
}

bool advice_give(struct account *acc, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		int64_t bytes = rules[i].bytes(acc);

		if (is_worth_it(acc, bytes) &&
		    !advice_add(acc, &rules[i], bytes, err))
			return false;
	}
	return true;
}

bool advice_to_family(struct account *acc, const struct family *family,
		      struct err *err)
{
	static const struct rule freeze = {
		.what = FAMILY_FREEZE, .before = "up to ",
		.behind = " of what the collector wrote in workers would be "
			  "shared still, had their master called gc.freeze() "
			  "before it forked them",
	};
	int64_t freezable = 0, uss = 0;

	for (size_t i = 0; i < family->v.n; i++) {
		const struct family_member *m = &family->v.v[i];

		freezable += m->freezable > 0 ? m->freezable : 0;
		uss += m->uss > 0 ? m->uss : 0;
	}
	return freezable < WORTH_BYTES || freezable < uss / WORTH_PART ||
	       advice_add(acc, &freeze, freezable, err);
}
