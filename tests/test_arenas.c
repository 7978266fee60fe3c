/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakemem.h"
#include "pyabi/arenas.h"

enum {
	INTERP = 0x10000000,
	TABLE = 0x20000000,
	HEAP = 0x7f0000000000,	/* N arenas, aligned, all mapped */
	N = 6,
	ENTRIES = 16,
	ARENA = 1 << 20,
	POOL = 16384,
	BLOCK = 64,
};

static struct fakemem fm;
static struct runtime rt;
static struct maps maps;
static struct arenas found;
static struct err err;

static raddr entry(unsigned i)
{
	return TABLE + i * rt.abi.arena_sizeof;
}

static raddr arena(unsigned i)
{
	return HEAP + (uint64_t)i * ARENA;
}

static void put_entry(unsigned i, raddr address, unsigned n_pools,
		      unsigned n_free)
{
	const struct abi *abi = &rt.abi;

	fake_u64(&fm, entry(i) + abi->arena_address, address);
	fake_u64(&fm, entry(i) + abi->arena_pool_address,
		 address + (uint64_t)n_pools * POOL);
	fake_u32(&fm, entry(i) + abi->arena_nfreepools, n_free);
	fake_u32(&fm, entry(i) + abi->arena_ntotalpools, ARENA / POOL);
}

static void put_pool(raddr at, unsigned index)
{
	const struct abi *abi = &rt.abi;

	fake_u32(&fm, at + abi->pool_count, 2);
	fake_u32(&fm, at + abi->pool_szidx, BLOCK / 16 - 1);
	fake_u32(&fm, at + abi->pool_arenaindex, index);
	fake_u32(&fm, at + abi->pool_nextoffset, abi->pool_sizeof + 2 * BLOCK);
	fake_u32(&fm, at + abi->pool_maxnextoffset, POOL - BLOCK);
}

/* Each of the N arenas has three pools in use. */
static int set_up(void **state)
{
	struct abi_target want = { .version = ABI_VERSION(3, 12, 1) };
	raddr *interp, obmalloc;
	char text[200];

	(void)state;
	memset(&rt, 0, sizeof(rt));
	memset(&found, 0, sizeof(found));
	assert_true(abi_builtin_find(&want, &rt.abi, &err));
	fake_init(&fm, 0x1000);
	fake_segment(&fm, INTERP, 1 << 20);
	fake_segment(&fm, TABLE, ENTRIES * 64);
	fake_segment(&fm, HEAP, (uint64_t)N * ARENA);
	snprintf(text, sizeof(text), "10000000-30000000 rw-p 0 00:00 0\n"
		 "%llx-%llx rw-p 0 00:00 0\n", (unsigned long long)HEAP,
		 (unsigned long long)arena(N));
	assert_true(maps_parse(&maps, text, strlen(text), &err));
	interp = vec_add(&rt.interps, &err);
	assert_non_null(interp);
	*interp = INTERP;
	obmalloc = INTERP + rt.abi.interp_obmalloc;
	fake_u64(&fm, obmalloc + rt.abi.obmalloc_arenas, TABLE);
	fake_u32(&fm, obmalloc + rt.abi.obmalloc_maxarenas, ENTRIES);
	for (unsigned i = 0; i < N; i++) {
		put_entry(i, arena(i), 3, ARENA / POOL - 3);
		for (unsigned k = 0; k < 3; k++)
			put_pool(arena(i) + k * POOL, i);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arenas_fini(&found);
	runtime_fini(&rt);
	maps_free(&maps);
	fake_fini(&fm);
	return 0;
}

static bool find(void)
{
	return arenas_find(&found, &rt, &maps, &fm.mem, &err);
}

static void the_table_says_where_they_are(void **state)
{
	(void)state;
	assert_true(find());
	assert_int_equal(found.v.n, N);
	assert_int_equal(found.n_bad, 0);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(found.v.v[i].start, arena(i));
		assert_int_equal(found.v.v[i].end, arena(i) + 3 * POOL);
		assert_int_equal(found.v.v[i].limit, arena(i + 1));
	}
}

static void they_are_sorted(void **state)
{
	(void)state;
	put_entry(0, arena(5), 3, 0);
	put_entry(5, arena(0), 3, 0);
	assert_true(find());
	for (size_t i = 0; i < N; i++)
		assert_int_equal(found.v.v[i].start, arena(i));
}

static void one_that_is_not_aligned_has_a_pool_less(void **state)
{
	(void)state;
	put_entry(0, arena(0) + 4096, 0, 0);
	fake_u32(&fm, entry(0) + rt.abi.arena_ntotalpools, ARENA / POOL - 1);
	fake_u64(&fm, entry(0) + rt.abi.arena_pool_address,
		 arena(0) + 3 * POOL);
	put_entry(1, 0, 0, 0);
	assert_true(find());
	assert_int_equal(found.v.v[0].start, arena(0) + POOL);
	assert_int_equal(found.v.v[0].end, arena(0) + 3 * POOL);
}

static void the_scan_finds_the_same_pools(void **state)
{
	struct arenas scanned;

	(void)state;
	assert_true(find());
	assert_true(arenas_scan(&scanned, &rt, &maps, &fm.mem, &err));
	assert_int_equal(scanned.v.n, found.v.n);
	for (size_t i = 0; i < found.v.n; i++) {
		assert_int_equal(scanned.v.v[i].start, found.v.v[i].start);
		assert_int_equal(scanned.v.v[i].end, found.v.v[i].end);
	}
	arenas_fini(&scanned);
}

static void one_that_comes_or_goes_is_left_out(void **state)
{
	(void)state;
	fake_u32(&fm, entry(2) + rt.abi.arena_ntotalpools, 0);
	assert_true(find());
	assert_int_equal(found.v.n, N - 1);
	assert_int_equal(found.n_bad, 1);
	arenas_fini(&found);
	/* Unmapped, not yet struck out, and nothing was in it. */
	put_entry(2, 0x600000000000, 3, ARENA / POOL);
	assert_true(find());
	assert_int_equal(found.v.n, N - 1);
	assert_int_equal(found.n_bad, 0);
}

static void a_table_of_lies_is_none(void **state)
{
	static const raddr lies[] = {
		1, 8, 4096, HEAP + 1, HEAP - 4096, UINT64_MAX,
		1ull << 63, UINT64_MAX - 4095,
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(lies); i++)
		put_entry(i, lies[i], 3, 0);
	assert_false(find());
	assert_int_equal(err.code, ERR_BADDATA);
}

static void numbers_that_lie_make_an_entry_bad(void **state)
{
	(void)state;
	put_entry(0, arena(0), ARENA / POOL + 1, 0);
	put_entry(1, arena(1), 3, ARENA / POOL + 1);
	put_entry(2, arena(2), 3, UINT32_MAX);
	fake_u64(&fm, entry(3) + rt.abi.arena_pool_address, arena(3) + 1);
	assert_true(find());
	assert_int_equal(found.n_bad, 4);
	assert_int_equal(found.v.n, N - 4);
}

static void absurd_tables_are_refused(void **state)
{
	raddr obmalloc = INTERP + rt.abi.interp_obmalloc;

	(void)state;
	fake_u32(&fm, obmalloc + rt.abi.obmalloc_maxarenas, UINT32_MAX);
	assert_false(find());
	arenas_fini(&found);
	fake_u32(&fm, obmalloc + rt.abi.obmalloc_maxarenas, ENTRIES * 1000);
	assert_false(find());
	arenas_fini(&found);
	fake_u32(&fm, obmalloc + rt.abi.obmalloc_maxarenas, ENTRIES);
	fake_u64(&fm, obmalloc + rt.abi.obmalloc_arenas, 0xdead0000);
	assert_false(find());
	assert_int_equal(err.code, ERR_BADDATA);
}

static void arenas_that_overlap_are_refused(void **state)
{
	(void)state;
	put_entry(1, arena(0), 3, 0);
	assert_false(find());
	arenas_fini(&found);
	put_entry(1, arena(0) + 4096, 0, 0);
	fake_u64(&fm, entry(1) + rt.abi.arena_pool_address, arena(0) + POOL);
	assert_false(find());
}

static void no_table_means_another_allocator(void **state)
{
	(void)state;
	fake_u64(&fm, INTERP + rt.abi.interp_obmalloc + rt.abi.obmalloc_arenas,
		 0);
	assert_false(find());
	assert_int_equal(err.code, ERR_VERSION);
}

static void a_shared_table_counts_once(void **state)
{
	raddr *second = vec_add(&rt.interps, &err);

	(void)state;
	assert_non_null(second);
	*second = INTERP;
	assert_true(find());
	assert_int_equal(found.v.n, N);
}

static void the_end_of_the_tracee_is_noticed(void **state)
{
	(void)state;
	for (int reads = 0; reads < 3; reads++) {
		fake_exit_after(&fm, reads);
		assert_false(find());
		arenas_fini(&found);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_table_says_where_they_are),
		TEST(they_are_sorted),
		TEST(one_that_is_not_aligned_has_a_pool_less),
		TEST(the_scan_finds_the_same_pools),
		TEST(one_that_comes_or_goes_is_left_out),
		TEST(a_table_of_lies_is_none),
		TEST(numbers_that_lie_make_an_entry_bad),
		TEST(absurd_tables_are_refused),
		TEST(arenas_that_overlap_are_refused),
		TEST(no_table_means_another_allocator),
		TEST(a_shared_table_counts_once),
		TEST(the_end_of_the_tracee_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
