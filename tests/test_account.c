/* SPDX-License-Identifier: MIT */
/* Leaves, and the sweep that fills them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account/libraries.h"
#include "account/sweep.h"
#include "result/account_growth.h"

enum { PAGE = ADDR_PAGE, FIRST = 0x10000, SECOND = 0x40000 };

static struct account acc;
static struct err err;

/* Two mappings of 8 pages, of which some are resident. */
static struct map map[] = {
	{ .start = FIRST, .end = FIRST + 8 * PAGE },
	{ .start = SECOND, .end = SECOND + 8 * PAGE },
};
static const struct maps maps = { .v = map, .n = 2 };

static struct page_run run[] = {
	{ FIRST, FIRST + 2 * PAGE, PAGE_RESIDENT },
	{ FIRST + 4 * PAGE, FIRST + 5 * PAGE, PAGE_SWAPPED },
	{ FIRST + 6 * PAGE, FIRST + 8 * PAGE, PAGE_RESIDENT | PAGE_SHARED },
	{ SECOND + PAGE, SECOND + 2 * PAGE, PAGE_RESIDENT },
};
static const struct pagetable pages = { .runs = { run, 4, 4 } };

static struct sweep sw;
static uint32_t of_map[2], other, mine, yours;

static int setup(void **state)
{
	(void)state;
	memset(&acc, 0, sizeof(acc));
	of_map[0] = (uint32_t)account_leaf(&acc, "maps", "1", NULL, NULL, &err);
	of_map[1] = (uint32_t)account_leaf(&acc, "maps", "2", NULL, NULL, &err);
	other = (uint32_t)account_leaf(&acc, "other", NULL, NULL, NULL, &err);
	mine = (uint32_t)account_leaf(&acc, "mine", NULL, NULL, NULL, &err);
	yours = (uint32_t)account_leaf(&acc, "yours", NULL, NULL, NULL, &err);
	sweep_init(&sw, &acc, &pages, &maps, of_map, other);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	account_fini(&acc);
	return 0;
}

static int64_t bytes(uint32_t leaf)
{
	return acc.leaves.v[leaf].bytes;
}

static void assert_sum(void)
{
	assert_int_equal(account_sum(&acc, NULL, NULL, NULL), 5 * PAGE);
}

static void what_nobody_has_is_its_mappings(void **state)
{
	(void)state;
	sweep_end(&sw);
	assert_int_equal(bytes(of_map[0]), 4 * PAGE);
	assert_int_equal(acc.leaves.v[of_map[0]].shared, 2 * PAGE);
	assert_int_equal(acc.leaves.v[of_map[0]].swapped, PAGE);
	assert_int_equal(bytes(of_map[1]), PAGE);
	assert_int_equal(bytes(other), 0);
	assert_sum();
}

static void pieces_share_a_page_byte_by_byte(void **state)
{
	(void)state;
	sweep_add(&sw, FIRST + 8, FIRST + 24, mine);
	sweep_add(&sw, FIRST + 24, FIRST + PAGE + 100, yours);
	sweep_add(&sw, FIRST + PAGE + 100, FIRST + 7 * PAGE, mine);
	sweep_end(&sw);
	assert_int_equal(bytes(mine), 16 + PAGE - 100 + PAGE);
	assert_int_equal(acc.leaves.v[mine].swapped, PAGE);
	assert_int_equal(bytes(yours), PAGE + 100 - 24);
	assert_int_equal(bytes(of_map[0]), 8 + PAGE);
	assert_sum();
}

static void pieces_that_overlap_count_once(void **state)
{
	(void)state;
	sweep_add(&sw, FIRST, FIRST + PAGE + 10, mine);
	sweep_add(&sw, FIRST + 10, FIRST + PAGE, yours);
	sweep_add(&sw, FIRST + PAGE, FIRST + 2 * PAGE, yours);
	sweep_end(&sw);
	assert_int_equal(bytes(mine), PAGE + 10);
	assert_int_equal(bytes(yours), PAGE - 10);
	assert_sum();
}

static void a_piece_over_many_mappings_has_what_is_there(void **state)
{
	(void)state;
	sweep_add(&sw, 0, UINT64_MAX, mine);
	sweep_end(&sw);
	assert_int_equal(bytes(mine), 5 * PAGE);
	assert_sum();
}

/* As if each page were added. */
static void give_pages(raddr start, raddr end, bool is_alike, unsigned is)
{
	unsigned flags = 0;

	assert_int_equal(sweep_enter(&sw, start, end, &flags), is_alike);
	if (!is_alike) {
		sweep_add(&sw, start, end, mine);
		return;
	}
	assert_int_equal(flags, is);
	sweep_give(&sw, end - start, flags, mine);
}

static void what_is_alike_is_given_without_a_look_at_its_pages(void **state)
{
	(void)state;
	give_pages(FIRST, FIRST + PAGE, true, PAGE_RESIDENT);
	give_pages(FIRST, FIRST + PAGE, false, 0);		/* it was */
	give_pages(FIRST + PAGE, FIRST + 3 * PAGE, false, 0);
	give_pages(FIRST + 3 * PAGE, FIRST + 4 * PAGE, true, 0);
	give_pages(FIRST + 4 * PAGE, FIRST + 5 * PAGE, true, PAGE_SWAPPED);
	give_pages(FIRST + 5 * PAGE, FIRST + 7 * PAGE, false, 0);
	give_pages(FIRST + 7 * PAGE, FIRST + 8 * PAGE, true,
		   PAGE_RESIDENT | PAGE_SHARED);
	sweep_end(&sw);
	assert_int_equal(bytes(mine), 4 * PAGE);
	assert_int_equal(acc.leaves.v[mine].shared, 2 * PAGE);
	assert_int_equal(acc.leaves.v[mine].swapped, PAGE);
	assert_sum();
}

static void what_is_in_no_mapping_is_not_lost(void **state)
{
	static const struct maps none;

	(void)state;
	sw.maps = &none;
	sweep_end(&sw);
	assert_int_equal(bytes(other), 5 * PAGE);
}

static void resident_bytes_of_a_range_are_counted(void **state)
{
	(void)state;
	assert_int_equal(pagetable_resident(&pages, 0, UINT64_MAX), 5 * PAGE);
	assert_int_equal(pagetable_resident(&pages, FIRST + PAGE,
					    FIRST + 7 * PAGE), 2 * PAGE);
	assert_int_equal(pagetable_resident(&pages, FIRST + 100, FIRST + 101),
			 1);
	assert_int_equal(pagetable_resident(&pages, FIRST + 2 * PAGE,
					    FIRST + 6 * PAGE), 0);
}

/* Of the first word that points into a library's data. */
static void a_block_is_of_the_library_it_names_first(void **state)
{
	static struct library lib[] = {
		{ .start = FIRST, .end = FIRST + PAGE },
		{ .start = SECOND, .end = SECOND + PAGE },
	};
	static const struct libraries libs = { .all = { lib, 2, 2 } };
	uint64_t words[LIBRARIES_WORDS + 1] = { 0 };
	const uint8_t *p = (const uint8_t *)words;

	(void)state;
	words[LIBRARIES_WORDS] = FIRST;
	assert_int_equal(libraries_whose(&libs, p, sizeof(words)), 0);
	words[3] = SECOND + PAGE - 1;
	words[4] = FIRST;
	assert_int_equal(libraries_whose(&libs, p, sizeof(words)), 2);
	assert_int_equal(libraries_whose(&libs, p, 4 * 8), 2);
	assert_int_equal(libraries_whose(&libs, p, 4 * 8 - 1), 0);
	words[0] = SECOND + PAGE;
	words[1] = FIRST + PAGE;
	words[2] = FIRST - 1;
	assert_int_equal(libraries_whose(&libs, p, 3 * 8), 0);
}

static void a_path_is_one_leaf(void **state)
{
	(void)state;
	assert_int_equal(account_leaf(&acc, "mine", NULL, NULL, NULL, &err),
			 mine);
	assert_int_not_equal(account_leaf(&acc, "mine", "too", NULL, NULL,
					  &err), mine);
	assert_int_not_equal(account_leaf(&acc, "maps", NULL, NULL, NULL,
					  &err), of_map[0]);
}

static void leaves_of_nothing_go_and_the_largest_comes_first(void **state)
{
	(void)state;
	sweep_add(&sw, SECOND, SECOND + 8 * PAGE, yours);
	sweep_end(&sw);
	account_sort(&acc);
	assert_int_equal(acc.leaves.n, 2);
	assert_string_equal(acc.leaves.v[0].path[1], "1");
	assert_string_equal(acc.leaves.v[1].path[0], "yours");
	assert_int_equal(account_sum(&acc, "maps", "1", NULL), 4 * PAGE);
	assert_int_equal(account_sum(&acc, "maps", "2", NULL), 0);
}

static void put_leaf(struct account *to, const char *a, const char *b,
		     int64_t n)
{
	int64_t leaf = account_leaf(to, a, b, NULL, NULL, &err);

	to->leaves.v[leaf].bytes = n;
	to->rss += n;
}

static void what_changed_is_told_the_most_first(void **state)
{
	struct account before = { 0 }, now = { 0 };
	struct account_growth g;

	(void)state;
	put_leaf(&before, "free", "gone", 100);
	put_leaf(&before, "python", "same", 70);
	put_leaf(&before, "python", "more", 10);
	put_leaf(&now, "python", "more", 30);
	put_leaf(&now, "python", "same", 70);
	put_leaf(&now, "python", NULL, 50);
	assert_true(account_growth_find(&g, &before, &now, 2., &err));
	assert_int_equal(g.rss_before, 180);
	assert_int_equal(g.leaves.n, 3);
	assert_string_equal(g.leaves.v[0].leaf->path[1], "gone");
	assert_int_equal(g.leaves.v[0].before, 100);
	assert_int_equal(g.leaves.v[0].now, 0);
	assert_null(g.leaves.v[1].leaf->path[1]);
	assert_int_equal(g.leaves.v[1].now, 50);
	assert_int_equal(g.leaves.v[2].before, 10);
	assert_int_equal(g.leaves.v[2].now, 30);
	account_growth_fini(&g);
	account_fini(&before);
	account_fini(&now);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_changed_is_told_the_most_first),
		TEST(what_nobody_has_is_its_mappings),
		TEST(pieces_share_a_page_byte_by_byte),
		TEST(pieces_that_overlap_count_once),
		TEST(a_piece_over_many_mappings_has_what_is_there),
		TEST(what_is_alike_is_given_without_a_look_at_its_pages),
		TEST(what_is_in_no_mapping_is_not_lost),
		TEST(resident_bytes_of_a_range_are_counted),
		TEST(a_block_is_of_the_library_it_names_first),
		TEST(a_path_is_one_leaf),
		TEST(leaves_of_nothing_go_and_the_largest_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
