/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pyabi/blocksource.h"

enum { BASE = 0x7f0000004000, BLOCK = 64 };

static struct abi abi;
static uint8_t bytes[POOL_MAX_SIZE];

static void put32(uint32_t off, uint32_t v)
{
	memcpy(bytes + off, &v, sizeof(v));
}

static void put64(uint32_t off, uint64_t v)
{
	memcpy(bytes + off, &v, sizeof(v));
}

/* A pool of 64-byte blocks, @n of them handed out, none given back. */
static void make_pool(uint32_t n)
{
	struct err err;
	struct abi_target want = { .version = ABI_VERSION(3, 12, 1) };

	assert_true(abi_builtin_find(&want, &abi, &err));
	memset(bytes, 0, sizeof(bytes));
	put32(abi.pool_count, n);
	put32(abi.pool_szidx, BLOCK / 16 - 1);
	put32(abi.pool_nextoffset, abi.pool_sizeof + n * BLOCK);
	put32(abi.pool_maxnextoffset, (uint32_t)abi.n_pool_size - BLOCK);
}

static uint32_t offset(uint32_t i)
{
	return abi.pool_sizeof + i * BLOCK;
}

/* Put block @i on the free chain. */
static void give_back(uint32_t i)
{
	uint64_t first;
	uint32_t count;

	memcpy(&first, bytes + abi.pool_freeblock, sizeof(first));
	put64(offset(i), first);
	put64(abi.pool_freeblock, BASE + offset(i));
	memcpy(&count, bytes + abi.pool_count, sizeof(count));
	put32(abi.pool_count, count - 1);
}

static void blocks_before_nextoffset_are_live(void **state)
{
	struct pool pool;

	(void)state;
	make_pool(70);
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_USED);
	assert_int_equal(pool.block, BLOCK);
	assert_int_equal(pool.n_live, 70);
	assert_true(pool_is_live(&pool, 69));
	assert_false(pool_is_live(&pool, 70));
}

static void blocks_on_the_free_chain_are_not(void **state)
{
	struct pool pool;

	(void)state;
	make_pool(10);
	give_back(3);
	give_back(9);
	give_back(0);
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_USED);
	assert_int_equal(pool.n_live, 7);
	assert_false(pool_is_live(&pool, 3));
	assert_true(pool_is_live(&pool, 4));
}

static void a_pool_without_blocks_in_use_is_free(void **state)
{
	struct pool pool;

	(void)state;
	make_pool(1);
	give_back(0);
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_FREE);
	assert_int_equal(pool.n_live, 0);
}

static void a_circle_in_the_free_chain_ends(void **state)
{
	struct pool pool;

	(void)state;
	make_pool(10);
	give_back(1);
	give_back(2);
	put64(offset(1), BASE + offset(2));
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_BAD);
}

static void a_chain_that_leaves_the_pool_is_bad(void **state)
{
	static const int64_t wild[] = { -1, 8, BLOCK * 10, 1ll << 40 };
	struct pool pool;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		make_pool(10);
		give_back(5);
		put64(offset(5), BASE + offset(0) + (uint64_t)wild[i]);
		assert_int_equal(pool_parse(&abi, BASE, bytes, &pool),
				 POOL_BAD);
	}
}

static void a_count_that_does_not_fit_is_bad(void **state)
{
	struct pool pool;

	(void)state;
	make_pool(10);
	put32(abi.pool_count, 12);
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_BAD);
	put32(abi.pool_count, 8);
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_BAD);
	put32(abi.pool_count, UINT32_MAX);
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_BAD);
}

/* A thread may be stopped between counting a block and taking it. */
static void a_count_may_be_one_ahead_or_behind(void **state)
{
	struct pool pool;

	(void)state;
	make_pool(10);
	put32(abi.pool_count, 11);
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_USED);
	assert_int_equal(pool.n_live, 10);
	put32(abi.pool_count, 9);
	assert_int_equal(pool_parse(&abi, BASE, bytes, &pool), POOL_USED);
}

static void absurd_headers_are_no_pools(void **state)
{
	(void)state;
	make_pool(10);
	assert_int_equal(pool_header_block(&abi, BASE, bytes), BLOCK);
	put32(abi.pool_szidx, 32);
	assert_int_equal(pool_header_block(&abi, BASE, bytes), 0);
	make_pool(10);
	put32(abi.pool_nextoffset, offset(10) + 1);
	assert_int_equal(pool_header_block(&abi, BASE, bytes), 0);
	make_pool(10);
	put32(abi.pool_nextoffset, (uint32_t)abi.n_pool_size + BLOCK);
	assert_int_equal(pool_header_block(&abi, BASE, bytes), 0);
	make_pool(10);
	put32(abi.pool_maxnextoffset, (uint32_t)abi.n_pool_size);
	assert_int_equal(pool_header_block(&abi, BASE, bytes), 0);
	make_pool(10);
	put64(abi.pool_freeblock, BASE + offset(0) + 1);
	assert_int_equal(pool_header_block(&abi, BASE, bytes), 0);
}

static void requests_are_rounded_to_their_class(void **state)
{
	(void)state;
	make_pool(1);
	assert_int_equal(pool_class(&abi, 0), 16);
	assert_int_equal(pool_class(&abi, 1), 16);
	assert_int_equal(pool_class(&abi, 17), 32);
	assert_int_equal(pool_class(&abi, 512), 512);
	assert_int_equal(pool_class(&abi, 513), 0);
	assert_int_equal(pool_class(&abi, UINT64_MAX), 0);
}

static const struct blocksource source = { .abi = &abi };

static void a_span_is_what_the_pool_holds(void **state)
{
	uint64_t live[SPAN_MAX_BLOCKS / 64] = { 0 };
	struct span span;

	(void)state;
	make_pool(70);
	give_back(3);
	give_back(69);
	assert_int_equal(blocksource_read(&source, BASE, bytes, &span, live),
			 SPAN_USED);
	assert_int_equal(span.start, BASE + abi.pool_sizeof);
	assert_ptr_equal(span.p, bytes + abi.pool_sizeof);
	assert_int_equal(span.block, BLOCK);
	assert_int_equal(span.n, 70);
	assert_int_equal(span.n_live, 68);
	assert_int_equal(span.room, (POOL_MAX_SIZE - abi.pool_sizeof) / BLOCK);
	assert_int_equal(live[0], ~(1ull << 3));
	assert_int_equal(live[1], 0x1f);
	make_pool(0);
	assert_int_equal(blocksource_read(&source, BASE, bytes, &span, live),
			 SPAN_FREE);
	make_pool(70);
	put64(abi.pool_freeblock, BASE + offset(3) + 8);
	assert_int_equal(blocksource_read(&source, BASE, bytes, &span, live),
			 SPAN_TORN);
}

static void an_address_leads_to_its_block(void **state)
{
	struct span span;

	(void)state;
	make_pool(70);
	assert_int_equal(blocksource_head(&source, BASE, bytes, &span),
			 SPAN_USED);
	assert_int_equal(span_index(&span, BASE), -1);
	assert_int_equal(span_index(&span, BASE + offset(0) - 1), -1);
	assert_int_equal(span_index(&span, BASE + offset(0)), 0);
	assert_int_equal(span_index(&span, BASE + offset(69) + BLOCK - 1), 69);
	assert_int_equal(span_index(&span, BASE + offset(70)), -1);
	assert_int_equal(span_index(&span, BASE - (1ull << 32)), -1);
}

static void cells_are_numbered_in_places_of_their_kind(void **state)
{
	enum { ANON = 1, ARENA = 2 };
	const uint64_t cell = POOL_MAX_SIZE;
	struct places places = { 0 };
	struct blocksource src = { 0 };
	struct err err;

	(void)state;
	make_pool(1);
	assert_true(places_init(&places, &err));
	assert_true(places_add(&places, BASE, 2 * cell, ARENA, &err));
	assert_true(places_add(&places, BASE + 2 * cell, cell, ANON, &err));
	assert_true(places_add(&places, BASE + 3 * cell, cell, ARENA, &err));
	assert_true(places_index(&places, &err));
	assert_true(blocksource_init(&src, &abi, &places, ARENA, NULL,
				     &err));
	assert_int_equal(src.n_cells, 3);
	assert_int_equal(blocksource_cell(&src, BASE), 0);
	assert_int_equal(blocksource_cell(&src, BASE + cell + 17), 1);
	assert_true(blocksource_cell(&src, BASE + 2 * cell) == SIZE_MAX);
	assert_int_equal(blocksource_cell(&src, BASE + 3 * cell), 2);
	assert_true(blocksource_cell(&src, BASE - 1) == SIZE_MAX);
	blocksource_fini(&src);
	places_fini(&places);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_before_nextoffset_are_live),
		cmocka_unit_test(blocks_on_the_free_chain_are_not),
		cmocka_unit_test(a_pool_without_blocks_in_use_is_free),
		cmocka_unit_test(a_circle_in_the_free_chain_ends),
		cmocka_unit_test(a_chain_that_leaves_the_pool_is_bad),
		cmocka_unit_test(a_count_that_does_not_fit_is_bad),
		cmocka_unit_test(a_count_may_be_one_ahead_or_behind),
		cmocka_unit_test(absurd_headers_are_no_pools),
		cmocka_unit_test(requests_are_rounded_to_their_class),
		cmocka_unit_test(a_span_is_what_the_pool_holds),
		cmocka_unit_test(an_address_leads_to_its_block),
		cmocka_unit_test(cells_are_numbered_in_places_of_their_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
