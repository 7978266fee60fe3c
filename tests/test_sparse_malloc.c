/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "account/account.h"

/* A region of one arena, chunk by chunk, all of it resident but its last page. */
#define START 0x555500000000ull

enum { PAGES = 8 };

static struct account_look look;
static struct capture cap;
static struct account acc;
static struct glibc_arena *arena;
static struct glibc_region *region;
static raddr at;
static struct err err;

static void add_run(raddr start, uint64_t pages, uint8_t flags)
{
	struct page_run *run = vec_add(&look.pages.runs, &err);

	assert_non_null(run);
	*run = (struct page_run){ .start = start, .flags = flags,
				  .end = start + pages * ADDR_PAGE };
}

static int setup(void **state)
{
	(void)state;
	look = (struct account_look){ .cap = &cap, .has_malloc = true };
	memset(&acc, 0, sizeof(acc));
	at = START;
	arena = vec_add(&look.gm.arenas, &err);
	region = vec_add(&look.gm.regions, &err);
	assert_true(arena && region);
	region->start = START;
	/* The first has a leaf, too. */
	assert_int_equal(account_leaf(&acc, "free", "malloc", NULL, NULL,
				      &err), 0);
	look.gm.base = START;
	add_run(START, PAGES - 1, PAGE_RESIDENT);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	account_fini(&acc);
	free(look.chunk_leaf);
	pagetable_fini(&look.pages);
	glibc_fini(&look.gm);
	return 0;
}

static void chunk(uint64_t size, enum glibc_chunk_state how)
{
	struct glibc_chunk *c = vec_add(&look.gm.chunks, &err);

	assert_non_null(c);
	*c = (struct glibc_chunk){ .at = at, .size = size, .state = how };
	at += size;
}

/* What is left of the page. */
static void till(raddr end, enum glibc_chunk_state how)
{
	chunk(end - at, how);
}

/* All chunks in use are of one leaf, which the census gave them. */
static void take(const char *root, const char *name)
{
	int64_t leaf = account_leaf(&acc, root, "malloc", name, NULL, &err);

	region->n = look.gm.chunks.n;
	region->end = region->known_end = at;
	arena->system = at - START;
	look.chunk_leaf = calloc(region->n + 1, sizeof(*look.chunk_leaf));
	assert_non_null(look.chunk_leaf);
	for (size_t i = 0; i < region->n; i++) {
		if (look.gm.chunks.v[i].state == GLIBC_USED)
			look.chunk_leaf[i] = (uint32_t)leaf + 1;
	}
	assert_true(account_sparse_malloc(&look, &acc, &err));
}

static raddr page(unsigned n)
{
	return START + n * ADDR_PAGE;
}

/* The page of the region's own header is never given back. */
static void begin(void)
{
	till(page(1), GLIBC_USED);
}

static void a_small_block_holds_its_page(void **state)
{
	(void)state;
	begin();
	till(page(1) + 2048, GLIBC_FREE);
	chunk(96, GLIBC_USED);
	till(page(3), GLIBC_FREE);
	till(page(4), GLIBC_USED);
	take("python", "str");
	assert_int_equal(acc.sparse_malloc.pages, 1);
	assert_int_equal(acc.sparse_malloc.resident, ADDR_PAGE);
	assert_int_equal(acc.sparse_malloc.blocks, 1);
	assert_int_equal(acc.sparse_malloc.held_by.n, 1);
	assert_string_equal(acc.sparse_malloc.held_by.v[0].path[2], "str");
	assert_int_equal(acc.sparse_malloc.held_by.v[0].bytes, 96);
	/* A free chunk keeps its links: it begins where the page does. */
	assert_int_equal(acc.sparse_malloc.releasable, 0);
}

/* Two that are in a page each, one that begins in one and ends in another. */
static void without_them_whole_pages_go(void **state)
{
	(void)state;
	begin();
	chunk(64, GLIBC_USED);
	till(page(2) + 512, GLIBC_FREE);
	chunk(128, GLIBC_USED);
	till(page(4) - 64, GLIBC_FREE);
	chunk(128, GLIBC_USED);
	till(page(5), GLIBC_FREE);
	till(page(6), GLIBC_USED);
	take("native", "up to 128 bytes");
	assert_int_equal(acc.sparse_malloc.pages, 4);
	assert_int_equal(acc.sparse_malloc.blocks, 3);
	/* The links of what is free then are in page 1. */
	assert_int_equal(acc.sparse_malloc.releasable, 3 * ADDR_PAGE);
}

static void who_has_more_than_a_quarter_is_no_survivor(void **state)
{
	(void)state;
	begin();
	chunk(1040, GLIBC_USED);
	till(page(2), GLIBC_FREE);
	chunk(512, GLIBC_USED);
	till(page(2) + 2048, GLIBC_FREE);
	chunk(528, GLIBC_USED);
	till(page(3), GLIBC_FREE);
	/* Large, though little of it is in its last page. */
	till(page(4) + 32, GLIBC_USED);
	till(page(5), GLIBC_FREE);
	take("python", "str");
	assert_int_equal(acc.sparse_malloc.pages, 0);
	assert_int_equal(acc.sparse_malloc.releasable, 0);
}

static void what_a_cache_has_stays(void **state)
{
	(void)state;
	begin();
	chunk(64, GLIBC_USED);
	chunk(64, GLIBC_CACHED);
	till(page(2), GLIBC_FREE);
	till(page(3), GLIBC_USED);
	take("python", "str");
	assert_int_equal(acc.sparse_malloc.pages, 0);
}

static void what_is_not_resident_is_held_by_nobody(void **state)
{
	(void)state;
	begin();
	till(page(PAGES - 1), GLIBC_USED);
	chunk(64, GLIBC_USED);
	till(page(PAGES), GLIBC_FREE);
	take("python", "str");
	assert_int_equal(acc.sparse_malloc.pages, 0);
}

static void of_an_arena_in_doubt_nothing_is_told(void **state)
{
	(void)state;
	arena->doubt = "a chunk in it makes no sense";
	begin();
	chunk(64, GLIBC_USED);
	till(page(2), GLIBC_FREE);
	take("python", "str");
	assert_int_equal(acc.sparse_malloc.pages, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_small_block_holds_its_page),
		TEST(without_them_whole_pages_go),
		TEST(who_has_more_than_a_quarter_is_no_survivor),
		TEST(what_a_cache_has_stays),
		TEST(what_is_not_resident_is_held_by_nobody),
		TEST(of_an_arena_in_doubt_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
