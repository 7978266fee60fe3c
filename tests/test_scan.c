/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakemem.h"
#include "heap/scan.h"

enum {
	ARENA = 0x100000,	/* three regions side by side, */
	ANON = 0x110000,	/* so that they share a granule */
	STATIC = 0x120000,
	LEN = 0x10000,
};

static struct fakemem fm;
static struct places places;
static struct blocksource source;
static struct scanner scan;
static struct abi abi;
static struct err err;
static uint64_t words[64];

static int set_up(void **state)
{
	struct abi_target want = { .version = ABI_VERSION(3, 12, 1) };

	(void)state;
	fake_init(&fm, ARENA);
	assert_true(places_init(&places, &err));
	assert_true(places_add(&places, ARENA, LEN, REGION_ARENA, &err));
	assert_true(places_add(&places, ANON, LEN, REGION_ANON, &err));
	assert_true(places_add(&places, STATIC, LEN, REGION_STATIC, &err));
	assert_true(places_index(&places, &err));
	assert_true(abi_builtin_find(&want, &abi, &err));
	assert_true(blocksource_init(&source, &abi, &places,
				     REGION_ARENA, NULL, &err));
	assert_true(scanner_init(&scan, &source, &err));
	memset(words, 0, sizeof(words));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scanner_fini(&scan);
	blocksource_fini(&source);
	places_fini(&places);
	fake_fini(&fm);
	return 0;
}

static void look(void)
{
	assert_true(scanner_scan(&scan, ARENA, (const uint8_t *)words,
				 sizeof(words), &err));
}

static void words_that_point_outside_are_noted(void **state)
{
	(void)state;
	words[2] = ANON + 0x40;
	words[5] = STATIC + 8;
	look();
	assert_int_equal(scan.hits.n, 2);
	assert_int_equal(scan.hits.v[0].at, ARENA + 16);
	assert_int_equal(scan.hits.v[0].to, ANON + 0x40);
	assert_int_equal(scan.hits.v[1].at, ARENA + 40);
	assert_int_equal(scan.hits.v[1].to, STATIC + 8);
}

static void other_words_are_not(void **state)
{
	static const uint64_t other[] = {
		0, 1, 8, 4096, ARENA + 64, ANON + 1, ANON + 4,
		UINT64_MAX, UINT64_MAX - 7, 1ull << 63, 1ull << 47,
		(1ull << 48) + ANON, 0x7f0000000000,
	};

	(void)state;
	memcpy(words, other, sizeof(other));
	look();
	assert_int_equal(scan.hits.n, 0);
}

/* A place for each of the first, then a hit without one, then none. */
static void what_all_point_at_is_noted_a_few_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = ANON + 0x40;
	look();
	look();
	assert_int_equal(scan.hits.n, SCAN_REPEATS + 1);
	for (size_t i = 0; i < SCAN_REPEATS; i++)
		assert_int_equal(scan.hits.v[i].at, ARENA + i * 8);
	assert_int_equal(scan.hits.v[SCAN_REPEATS].at, 0);
	assert_int_equal(scan.hits.v[SCAN_REPEATS].to, ANON + 0x40);
}

static void bytes_behind_the_last_word_are_left_alone(void **state)
{
	(void)state;
	words[1] = ANON + 8;
	assert_true(scanner_scan(&scan, ARENA, (const uint8_t *)words, 15,
				 &err));
	assert_int_equal(scan.hits.n, 0);
	assert_true(scanner_scan(&scan, ARENA, (const uint8_t *)words, 7,
				 &err));
}

static void scanners_add_up(void **state)
{
	struct scanner other;

	(void)state;
	assert_true(scanner_init(&other, &source, &err));
	words[0] = ANON + 8;
	look();
	assert_true(scanner_scan(&other, ARENA + LEN / 2,
				 (const uint8_t *)words, 8, &err));
	assert_true(scanner_add(&scan, &other, &err));
	assert_int_equal(scan.hits.n, 2);
	assert_int_equal(scan.hits.v[1].at, ARENA + LEN / 2);
	scanner_fini(&other);
}

enum { POOL = 0x4000, BLOCK = 64, TABLE = ANON + 0x40, KEYS = 48 };

/* A pool of 64-byte blocks, each of which points at TABLE: dicts, of which
 * those before @first_alive are dead. */
static void scan_dicts(uint32_t first_alive, uint32_t n)
{
	static uint8_t pool[POOL];
	uint32_t szidx = BLOCK / 16 - 1, max = POOL - BLOCK;
	uint32_t next = abi.pool_sizeof + n * BLOCK;

	memset(pool, 0, sizeof(pool));
	memcpy(pool + abi.pool_count, &n, 4);
	memcpy(pool + abi.pool_szidx, &szidx, 4);
	memcpy(pool + abi.pool_nextoffset, &next, 4);
	memcpy(pool + abi.pool_maxnextoffset, &max, 4);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t count = i >= first_alive;
		raddr type = STATIC + 0x100, table = TABLE;
		uint8_t *block = pool + abi.pool_sizeof + i * BLOCK;

		memcpy(block + abi.n_pre_gc, &count, 8);
		memcpy(block + abi.n_pre_gc + abi.object_ob_type, &type, 8);
		memcpy(block + KEYS, &table, 8);
	}
	assert_true(scanner_scan(&scan, ARENA, pool, sizeof(pool), &err));
}

static raddr place(uint32_t i)
{
	return ARENA + abi.pool_sizeof + i * BLOCK + KEYS;
}

static size_t noted(raddr at, raddr to)
{
	size_t n = 0;

	for (size_t i = 0; i < scan.hits.n; i++)
		n += scan.hits.v[i].at == at && scan.hits.v[i].to == to;
	return n;
}

/* malloc gave that address to one table after the other. */
static void the_living_owner_of_a_table_is_noted(void **state)
{
	(void)state;
	assert_int_equal(abi.n_pool_size, POOL);
	scan_dicts(100, 101);
	for (uint32_t i = 0; i < 101; i++)
		assert_int_equal(noted(place(i), TABLE),
				 i < SCAN_REPEATS || i == 100);
	assert_int_equal(noted(0, TABLE), 1);
}

static void of_many_living_ones_some_are(void **state)
{
	(void)state;
	scan_dicts(0, 101);
	for (uint32_t i = 0; i < 101; i++)
		assert_int_equal(noted(place(i), TABLE), i < SCAN_OWNERS);
	assert_int_equal(noted(0, TABLE), 1);
}

/* Every object points at its type. */
static void objects_in_data_segments_have_no_owner(void **state)
{
	(void)state;
	scan_dicts(0, 101);
	for (uint32_t i = 0; i < 101; i++)
		assert_int_equal(noted(place(i) - KEYS + (raddr)abi.n_pre_gc +
				       abi.object_ob_type, STATIC + 0x100),
				 i < SCAN_REPEATS);
	assert_int_equal(noted(0, STATIC + 0x100), 1);
}

/* A pool that was cut, or that lies about its blocks, says nothing. */
static void what_is_no_pool_has_no_owner(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = i % 2 ? TABLE : 1;
	look();
	assert_int_equal(scan.hits.n, SCAN_REPEATS + 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_that_point_outside_are_noted),
		TEST(other_words_are_not),
		TEST(what_all_point_at_is_noted_a_few_times),
		TEST(bytes_behind_the_last_word_are_left_alone),
		TEST(the_living_owner_of_a_table_is_noted),
		TEST(of_many_living_ones_some_are),
		TEST(objects_in_data_segments_have_no_owner),
		TEST(what_is_no_pool_has_no_owner),
		TEST(scanners_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
