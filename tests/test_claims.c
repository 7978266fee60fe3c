/* SPDX-License-Identifier: MIT */
/* Who claims chunks and mappings, and what they lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
