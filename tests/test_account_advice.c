/* SPDX-License-Identifier: MIT */
/* Accounts made by hand, and what is advised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account/advice.h"

#define MIB (1ll << 20)

static struct account acc;
static struct err err;

static int setup(void **state)
{
	(void)state;
	memset(&acc, 0, sizeof(acc));
	acc.rss = 1000 * MIB;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	account_fini(&acc);
	return 0;
}

static struct account_malloc *arena(int64_t trimmable, int64_t top)
{
	struct account_malloc *row = vec_add(&acc.malloc, &err);

	assert_non_null(row);
	row->trimmable = trimmable;
	row->top = top;
	return row;
}

/* The advice @what, or NULL. */
static const struct account_advice *find(const char *what)
{
	for (size_t i = 0; i < acc.advice.n; i++) {
		if (strcmp(acc.advice.v[i].what, what) == 0)
			return &acc.advice.v[i];
	}
	return NULL;
}

static void assert_advice(const char *what, int64_t bytes, const char *size)
{
	const struct account_advice *a;

	assert_true(advice_give(&acc, &err));
	a = find(what);
	assert_non_null(a);
	assert_int_equal(a->bytes, bytes);
	assert_non_null(strstr(a->text, size));
	/* None is longer than there is room for. */
	assert_true(strlen(a->text) + 1 < sizeof(a->text));
}

static void assert_silent(void)
{
	assert_true(advice_give(&acc, &err));
	assert_int_equal(acc.advice.n, 0);
}

static void who_wastes_nothing_is_told_nothing(void **state)
{
	(void)state;
	arena(2 * MIB, MIB);
	acc.sparse.releasable = 40 * MIB;	/* of 1,000 */
	assert_silent();
}

static void what_is_little_is_not_worth_a_word(void **state)
{
	(void)state;
	acc.rss = 10 * MIB;
	arena(7 * MIB, 7 * MIB);
	assert_silent();
}

static void free_pages_of_malloc_can_be_trimmed(void **state)
{
	(void)state;
	arena(60 * MIB, 0);
	arena(40 * MIB, 0);
	assert_advice("malloc_trim", 100 * MIB, "100.0 MiB");
	assert_null(find("MALLOC_ARENA_MAX"));
	assert_null(find("MALLOC_TRIM_THRESHOLD_"));
}

static void what_was_not_read_to_its_end_proves_nothing(void **state)
{
	(void)state;
	arena(60 * MIB, 0);
	arena(-1, 0);
	assert_silent();
}

static void many_arenas_that_keep_much_could_be_few(void **state)
{
	(void)state;
	arena(0, 0);
	for (int i = 0; i < 28; i++)
		arena(20 * MIB, MIB);
	assert_advice("MALLOC_ARENA_MAX", 560 * MIB, "560.0 MiB");
	assert_null(find("MALLOC_TRIM_THRESHOLD_"));
}

static void the_end_of_the_main_arena_could_go_at_once(void **state)
{
	(void)state;
	arena(300 * MIB, 200 * MIB);
	assert_advice("MALLOC_TRIM_THRESHOLD_", 200 * MIB, "200.0 MiB");
}

static void put_leaf(const char *arena, const char *list, int64_t bytes,
		     int64_t huge)
{
	int64_t leaf = account_leaf(&acc, "free", "malloc", arena, list, &err);

	acc.leaves.v[leaf].bytes = bytes;
	acc.leaves.v[leaf].huge = huge;
}

static void where_large_blocks_were_they_could_be_mapped(void **state)
{
	(void)state;
	arena(0, 0)->large = 60 * MIB;
	arena(0, 0)->large = 40 * MIB;
	acc.raised_threshold = MIB;
	assert_advice("MALLOC_MMAP_THRESHOLD_", 100 * MIB, "100.0 MiB");
}

static void a_threshold_that_was_not_raised_is_not_to_blame(void **state)
{
	(void)state;
	arena(0, 0)->large = 100 * MIB;
	assert_silent();
}

static void what_is_free_but_no_whole_page_is_for_another_allocator(
	void **state)
{
	(void)state;
	arena(50 * MIB, 20 * MIB);	/* 30 MiB of them in bins */
	put_leaf("main arena", "bins", 100 * MIB, 0);
	put_leaf("main arena", "fast bins", 10 * MIB, 0);
	put_leaf("main arena", "top", 20 * MIB, 0);
	put_leaf("main arena", "thread caches", 500 * MIB, 0);
	assert_advice("another allocator", 80 * MIB, "80.0 MiB");
}

static void whole_pages_are_no_matter_of_the_allocator(void **state)
{
	(void)state;
	arena(40 * MIB, 0);
	put_leaf("main arena", "bins", 60 * MIB, 0);
	assert_silent();
	/* Nor what is not known. */
	acc.malloc.v[0].trimmable = -1;
	acc.leaves.v[0].bytes = 600 * MIB;
	assert_silent();
}

static void what_is_free_may_be_there_for_a_huge_page(void **state)
{
	(void)state;
	put_leaf("main arena", "top", 90 * MIB, 70 * MIB);
	assert_advice("huge pages", 70 * MIB, "70.0 MiB");
}

static void huge_pages_in_use_are_fine(void **state)
{
	int64_t leaf = account_leaf(&acc, "native", "malloc", "x", NULL, &err);

	(void)state;
	acc.leaves.v[leaf].bytes = acc.leaves.v[leaf].huge = 500 * MIB;
	assert_silent();
}

static void survivors_hold_arenas(void **state)
{
	(void)state;
	acc.sparse.releasable = 90 * MIB;
	assert_advice("survivors", 90 * MIB, "90.0 MiB");
}

static void mapped_files_are_no_leak(void **state)
{
	int64_t leaf = account_leaf(&acc, "mappings", "files", "/srv/m.bin",
				    NULL, &err);

	(void)state;
	acc.leaves.v[leaf].bytes = 400 * MIB;
	assert_advice("page cache", 400 * MIB, "400.0 MiB");
}

static void a_limit_that_is_near_comes_first(void **state)
{
	(void)state;
	arena(100 * MIB, 0);
	acc.cgroup = (struct account_cgroup){
		.version = 2, .limit = 1100 * MIB, .usage = 1000 * MIB,
	};
	assert_advice("cgroup", 1000 * MIB, "1000.0 MiB");
	assert_ptr_equal(find("cgroup"), acc.advice.v);
}

static void a_limit_that_is_far_or_not_known_is_no_advice(void **state)
{
	(void)state;
	acc.cgroup = (struct account_cgroup){
		.version = 2, .limit = 1200 * MIB, .usage = 1000 * MIB,
	};
	assert_silent();
	acc.cgroup.usage = -1;
	assert_silent();
	memset(&acc.cgroup, 0, sizeof(acc.cgroup));
	assert_silent();
}

/* Of all of them, of whom it is known. */
static void freezing_is_worth_it_where_workers_would_share_much(void **state)
{
	struct family family = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct family_member *m = family_add(&family, &err);

		assert_non_null(m);
		if (i == 0)
			continue;
		m->uss = 60 * MIB;
		m->freezable = 3 * MIB;
	}
	assert_true(advice_to_family(&acc, &family, &err));
	assert_int_equal(acc.advice.n, 0);
	family.v.v[2].freezable = 5 * MIB;
	assert_true(advice_to_family(&acc, &family, &err));
	assert_int_equal(acc.advice.n, 1);
	assert_string_equal(acc.advice.v[0].what, FAMILY_FREEZE);
	assert_int_equal(acc.advice.v[0].bytes, 8 * MIB);
	family.v.v[1].uss = 1000 * MIB;
	assert_true(advice_to_family(&acc, &family, &err));
	assert_int_equal(acc.advice.n, 1);
	family_fini(&family);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(who_wastes_nothing_is_told_nothing),
		TEST(what_is_little_is_not_worth_a_word),
		TEST(free_pages_of_malloc_can_be_trimmed),
		TEST(what_was_not_read_to_its_end_proves_nothing),
		TEST(many_arenas_that_keep_much_could_be_few),
		TEST(the_end_of_the_main_arena_could_go_at_once),
		TEST(where_large_blocks_were_they_could_be_mapped),
		TEST(a_threshold_that_was_not_raised_is_not_to_blame),
		TEST(what_is_free_but_no_whole_page_is_for_another_allocator),
		TEST(whole_pages_are_no_matter_of_the_allocator),
		TEST(what_is_free_may_be_there_for_a_huge_page),
		TEST(huge_pages_in_use_are_fine),
		TEST(survivors_hold_arenas),
		TEST(mapped_files_are_no_leak),
		TEST(a_limit_that_is_near_comes_first),
		TEST(a_limit_that_is_far_or_not_known_is_no_advice),
		TEST(freezing_is_worth_it_where_workers_would_share_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
