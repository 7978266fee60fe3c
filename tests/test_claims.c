/* SPDX-License-Identifier: MIT */
/* Who claims chunks and mappings, and what they lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "account/claims.h"
#include "fakemem.h"
#include "heap/regions.h"

enum {
	PAGE = ADDR_PAGE,
	HEAP = 0x100000, CHUNK = 0x100, CHUNKS = 4,
	MAP = 0x400000, MAP_SIZE = 16 * PAGE,
	FILE_MAP = 0x800000,
	OWNER = 0x1000, OTHER = 0x2000,
};

static struct err err;
static struct account acc;
static struct fakemem fm;
static struct target target;
static struct capture cap;
static struct account_look look;
static struct claims cl;
static struct pytype type = { .full = "app.Tree" }, *types[] = { &type };
static struct map map[] = {
	{ .start = HEAP, .end = HEAP + CHUNKS * CHUNK, .write = true,
	  .path = "[heap]" },
	{ .start = MAP, .end = MAP + MAP_SIZE, .write = true, .path = "" },
	{ .start = FILE_MAP, .end = FILE_MAP + PAGE, .inode = 1,
	  .path = "/file" },
};
static struct glibc_chunk chunk[CHUNKS];
static struct glibc_region region;
static uint32_t leaves[CHUNKS];
static uint8_t others[ARRAY_SIZE(map)];
static uint16_t pointed[ARRAY_SIZE(map)];
static struct library library = { .allocator = "jemalloc" };
static struct page_run runs[] = {
	{ HEAP, HEAP + PAGE, PAGE_RESIDENT },
	{ MAP, MAP + MAP_SIZE, PAGE_RESIDENT },
};

static raddr body(int i)
{
	return chunk[i].at + GLIBC_HEAD;
}

static int setup(void **state)
{
	(void)state;
	memset(&acc, 0, sizeof(acc));
	memset(&look, 0, sizeof(look));
	memset(&cap, 0, sizeof(cap));
	memset(leaves, 0, sizeof(leaves));
	memset(others, 0, sizeof(others));
	memset(pointed, 0, sizeof(pointed));
	fake_init(&fm, HEAP);
	target.mem = &fm.mem;
	cap.tr.target = &target;
	assert_true(places_init(&cap.places, &err));
	assert_true(places_add(&cap.places, HEAP, PAGE, REGION_ANON, &err));
	assert_true(places_add(&cap.places, MAP, MAP_SIZE, REGION_ANON, &err));
	assert_true(places_index(&cap.places, &err));
	cap.types.all.v = types;
	cap.types.all.n = 1;
	for (int i = 0; i < CHUNKS; i++) {
		chunk[i] = (struct glibc_chunk){ .at = HEAP + i * CHUNK,
						 .size = CHUNK };
		fake_u64(&fm, chunk[i].at + 8, CHUNK | 1);
	}
	region = (struct glibc_region){ .start = HEAP,
					.end = HEAP + CHUNKS * CHUNK,
					.n = CHUNKS };
	look.cap = &cap;
	look.maps = (struct maps){ .v = map, .n = ARRAY_SIZE(map) };
	look.has_malloc = true;
	look.gm.chunks.v = chunk;
	look.gm.chunks.n = CHUNKS;
	look.gm.regions.v = &region;
	look.gm.regions.n = 1;
	look.chunk_leaf = leaves;
	look.is_others = others;
	look.pointed = pointed;
	look.typed.acc = &acc;
	look.typed.types = &cap.types;
	cl = (struct claims){ .look = &look, .acc = &acc, .err = &err };
	err.code = ERR_NONE;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vec_free(&cl.taken);
	vec_free(&cl.holdings);
	vec_free(&cl.queue);
	addrmap_fini(&cl.holding_of);
	addrmap_fini(&cl.block_at);
	vec_free(&look.blocks);
	vec_free(&look.claims);
	typeleaves_fini(&look.typed);
	places_fini(&cap.places);
	account_fini(&acc);
	fake_fini(&fm);
	return 0;
}

static void take(raddr start, uint64_t len)
{
	assert_true(claims_take_mapped(&cl, start, len, TYPELEAF_DATA_MAPPED,
				       OWNER, &type));
}

static void assert_claim(size_t i, raddr start, raddr end)
{
	assert_true(look.claims.n > i);
	assert_int_equal(look.claims.v[i].start, start);
	assert_int_equal(look.claims.v[i].end, end);
}

static void no_byte_of_a_mapping_is_had_twice(void **state)
{
	(void)state;
	take(MAP + 4 * PAGE, 4 * PAGE);
	take(MAP + 4 * PAGE, 4 * PAGE);
	take(MAP + 6 * PAGE, 8 * PAGE);		/* begins in the first */
	assert_int_equal(look.claims.n, 1);
	take(MAP, 6 * PAGE);			/* ends where that begins */
	take(MAP + 8 * PAGE, PAGE);
	assert_int_equal(look.claims.n, 3);
	assert_claim(0, MAP + 4 * PAGE, MAP + 8 * PAGE);
	assert_claim(1, MAP, MAP + 4 * PAGE);
	assert_claim(2, MAP + 8 * PAGE, MAP + 9 * PAGE);
	assert_int_equal(cl.holdings.n, 1);
	assert_int_equal(cl.holdings.v[0].size, 9 * PAGE);
}

static void what_an_object_says_of_its_length_is_not_believed(void **state)
{
	(void)state;
	take(MAP + 15 * PAGE, UINT64_MAX);
	assert_claim(0, MAP + 15 * PAGE, MAP + MAP_SIZE);
	take(MAP, PAGE - 1);			/* the rest of its page, too */
	assert_claim(1, MAP, MAP + PAGE);
	take(MAP + 2 * PAGE + 8, PAGE - 8);	/* less than one */
	take(FILE_MAP, PAGE);
	take(MAP + MAP_SIZE, PAGE);		/* in no mapping */
	assert_int_equal(look.claims.n, 2);
}

static void who_comes_first_has_a_chunk(void **state)
{
	(void)state;
	assert_true(claims_take_data(&cl, &chunk[1], TYPELEAF_DATA_MALLOC,
				     OWNER, &type));
	assert_true(claims_take(&cl, &chunk[1], TYPELEAF_MALLOC, &type));
	assert_string_equal(acc.leaves.v[leaves[1] - 1].path[0], "data");
	chunk[2].state = GLIBC_FREE;
	assert_null(claims_chunk(&cl, body(2)));
	assert_ptr_equal(claims_chunk(&cl, body(3) + 8), &chunk[3]);
}

/* 0 leads to 2, and that to 1. */
static void make_chain(void)
{
	fake_u64(&fm, body(0) + 40, body(2));
	fake_u64(&fm, body(2), body(1));
	assert_true(claims_infer(&cl, body(0) + 16, 64, OWNER, &type));
}

static void what_chunks_lead_to_is_followed(void **state)
{
	(void)state;
	make_chain();
	assert_true(claims_reach(&cl));
	assert_true(leaves[0] && leaves[1] == leaves[0] &&
		    leaves[2] == leaves[0]);
	assert_int_equal(leaves[3], 0);
	assert_string_equal(acc.leaves.v[leaves[0] - 1].path[3], "inferred");
	assert_int_equal(cl.holdings.v[0].size, 3 * (CHUNK - 8));
}

static void a_chunk_that_changed_since_leads_nowhere(void **state)
{
	(void)state;
	make_chain();
	fake_u64(&fm, chunk[2].at + 8, (CHUNK + 16) | 1);
	assert_true(claims_reach(&cl));
	assert_true(leaves[0] && leaves[2]);
	assert_int_equal(leaves[1], 0);
}

static void only_the_start_of_a_chunk_is_followed(void **state)
{
	(void)state;
	fake_u64(&fm, body(0) + 8, body(1) + 16);
	fake_u64(&fm, body(0) + 16, chunk[3].at);
	make_chain();
	fake_u64(&fm, body(2), 0);
	assert_true(claims_reach(&cl));
	assert_true(leaves[2]);
	assert_int_equal(leaves[1], 0);
	assert_int_equal(leaves[3], 0);
}

static void a_cycle_of_chunks_ends(void **state)
{
	(void)state;
	make_chain();
	fake_u64(&fm, body(1), body(0));
	assert_true(claims_reach(&cl));
	assert_int_equal(cl.queue.n, 3);
}

static void a_process_that_goes_away_takes_nothing_back(void **state)
{
	(void)state;
	make_chain();
	fm.reads_left = 0;
	assert_true(claims_reach(&cl));
	assert_true(leaves[0]);
	assert_int_equal(cl.lost, 1);
}

static void of_what_nobody_has_it_is_noted_what_changed(void **state)
{
	(void)state;
	for (int i = 0; i < CHUNKS; i++) {
		chunk[i].link = 0x100u + (unsigned)i;
		fake_u64(&fm, body(i), chunk[i].link);
	}
	/* It is free by now, another begins there, and one is somebody's. */
	fake_u64(&fm, body(1), 0);
	fake_u64(&fm, chunk[2].at + 8, (CHUNK + 16) | 1);
	fake_u64(&fm, body(3), 0);
	assert_true(claims_take(&cl, &chunk[3], TYPELEAF_MALLOC, &type));
	assert_true(claims_recheck(&cl));
	assert_int_equal(look.changed[0], 1 << 1 | 1 << 2);
	free(look.changed);
}

static void who_is_gone_by_then_has_no_account(void **state)
{
	(void)state;
	fm.reads_left = 0;
	assert_false(claims_recheck(&cl));
	assert_int_equal(err.code, ERR_GONE);
	free(look.changed);
}

/* -- Allocators that are not glibc's -------------------------------------- */

static void jemalloc_serves(void)
{
	look.has_malloc = false;
	look.libs.allocator = look.typed.allocator = "jemalloc";
	look.libs.all.v = &library;
	look.libs.all.n = 1;
	look.pages.runs.v = runs;
	look.pages.runs.n = ARRAY_SIZE(runs);
}

static void take_block(raddr start, uint64_t len, enum typeleaf kind)
{
	assert_true(claims_take_block(&cl, start, len, kind, &type));
}

static void where_glibc_serves_there_are_no_blocks_but_chunks(void **state)
{
	(void)state;
	take_block(MAP + 16, 100, TYPELEAF_OTHER);
	assert_int_equal(look.blocks.n, 0);
	assert_int_equal(others[1], OTHERS_NOT);
}

static void a_block_is_of_whoever_comes_first(void **state)
{
	(void)state;
	jemalloc_serves();
	take_block(MAP + 16, 100, TYPELEAF_DATA_OTHER);
	take_block(MAP + 16, 200, TYPELEAF_OTHER);
	assert_int_equal(look.blocks.n, 1);
	assert_int_equal(look.blocks.v[0].end, MAP + 116);
	assert_string_equal(acc.leaves.v[look.blocks.v[0].leaf].path[0],
			    "data");
	assert_string_equal(acc.leaves.v[look.blocks.v[0].leaf].path[1],
			    "jemalloc");
}

static void a_block_ends_with_its_mapping_and_is_in_no_file(void **state)
{
	(void)state;
	jemalloc_serves();
	take_block(MAP + MAP_SIZE - 8, UINT64_MAX, TYPELEAF_OTHER);
	take_block(FILE_MAP + 8, 8, TYPELEAF_OTHER);
	take_block(MAP + MAP_SIZE, 8, TYPELEAF_OTHER);
	assert_int_equal(look.blocks.n, 1);
	assert_int_equal(look.blocks.v[0].end, MAP + MAP_SIZE);
}

static void what_it_gave_an_object_tells_a_mapping_of_its_own(void **state)
{
	(void)state;
	jemalloc_serves();
	take_block(MAP + 16, 100, TYPELEAF_DATA_OTHER);
	assert_int_equal(others[1], OTHERS_NOT);	/* mmap() could have */
	take_block(MAP + 256, 100, TYPELEAF_OTHER);
	assert_int_equal(others[1], OTHERS_KNOWN);
	assert_int_equal(others[0], OTHERS_NOT);
}

static void what_its_data_leads_to_is_its_own(void **state)
{
	(void)state;
	jemalloc_serves();
	pointed[0] = 1;
	assert_true(claims_settle_others(&cl));
	assert_int_equal(others[0], OTHERS_KNOWN);
	assert_int_equal(others[1], OTHERS_NOT);
}

/* What is in the first mapping leads to @n pages of the second. */
static void lead_to(int n, unsigned shift)
{
	jemalloc_serves();
	others[0] = OTHERS_KNOWN;
	for (int i = 0; i < n; i++)
		fake_u64(&fm, HEAP + 8 * i, (MAP + (i + 1) * PAGE) >> shift);
	assert_true(claims_settle_others(&cl));
}

static void what_its_books_know_page_by_page_is_inferred(void **state)
{
	(void)state;
	lead_to(8, 0);
	assert_int_equal(others[1], OTHERS_INFERRED);
}

static void a_few_words_to_a_mapping_are_no_books(void **state)
{
	(void)state;
	lead_to(3, 0);
	assert_int_equal(others[1], OTHERS_NOT);
}

static void who_is_pointed_at_by_another_library_is_not_its_own(void **state)
{
	(void)state;
	library.allocator = NULL;
	pointed[1] = 1;
	lead_to(8, 0);
	library.allocator = "jemalloc";
	assert_int_equal(others[1], OTHERS_NOT);
}

static void numbers_of_pages_lead_there_only_in_books_that_have_some(
	void **state)
{
	(void)state;
	lead_to(16, 13);
	assert_int_equal(others[1], OTHERS_NOT);
	look.libs.allocator = "tcmalloc";
	assert_true(claims_settle_others(&cl));
	assert_int_equal(others[1], OTHERS_INFERRED);
}

static void data_that_it_did_not_give_is_data_in_a_mapping(void **state)
{
	(void)state;
	jemalloc_serves();
	assert_true(claims_take_mapped(&cl, MAP, 4 * PAGE, TYPELEAF_DATA_OTHER,
				       OWNER, &type));
	assert_true(claims_settle_others(&cl));
	assert_string_equal(acc.leaves.v[look.claims.v[0].leaf].path[1],
			    "mappings");
	others[1] = OTHERS_KNOWN;
	assert_true(claims_take_mapped(&cl, MAP + 8 * PAGE, 4 * PAGE,
				       TYPELEAF_DATA_OTHER, OWNER, &type));
	assert_true(claims_settle_others(&cl));
	assert_string_equal(acc.leaves.v[look.claims.v[1].leaf].path[1],
			    "jemalloc");
}

static void no_word_has_a_mapping_of_an_allocator_for_its_own(void **state)
{
	(void)state;
	jemalloc_serves();
	others[1] = OTHERS_KNOWN;
	assert_true(claims_infer(&cl, MAP, 64, OWNER, &type));
	assert_int_equal(look.claims.n, 0);
	others[1] = OTHERS_NOT;
	assert_true(claims_infer(&cl, MAP, 64, OWNER, &type));
	assert_int_equal(look.claims.n, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_byte_of_a_mapping_is_had_twice),
		TEST(what_an_object_says_of_its_length_is_not_believed),
		TEST(who_comes_first_has_a_chunk),
		TEST(what_chunks_lead_to_is_followed),
		TEST(a_chunk_that_changed_since_leads_nowhere),
		TEST(only_the_start_of_a_chunk_is_followed),
		TEST(a_cycle_of_chunks_ends),
		TEST(a_process_that_goes_away_takes_nothing_back),
		TEST(of_what_nobody_has_it_is_noted_what_changed),
		TEST(who_is_gone_by_then_has_no_account),
		TEST(where_glibc_serves_there_are_no_blocks_but_chunks),
		TEST(a_block_is_of_whoever_comes_first),
		TEST(a_block_ends_with_its_mapping_and_is_in_no_file),
		TEST(what_it_gave_an_object_tells_a_mapping_of_its_own),
		TEST(what_its_data_leads_to_is_its_own),
		TEST(what_its_books_know_page_by_page_is_inferred),
		TEST(a_few_words_to_a_mapping_are_no_books),
		TEST(who_is_pointed_at_by_another_library_is_not_its_own),
		TEST(numbers_of_pages_lead_there_only_in_books_that_have_some),
		TEST(data_that_it_did_not_give_is_data_in_a_mapping),
		TEST(no_word_has_a_mapping_of_an_allocator_for_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
