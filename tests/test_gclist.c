/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fakemem.h"
#include "heap/gclist.h"

/* Heads by turns in an arena of pools and in malloc's memory. */
enum {
	ANCHOR = 0x10000,
	POOLS = 0x7f0000100000,
	OTHERS = 0x7f0000400000,
	BLOCK = 64, POOL = 4096, POOL_HEAD = 48,
	PER_POOL = (POOL - POOL_HEAD) / BLOCK,
	N_POOLS = 120,
	IN_POOLS = N_POOLS * PER_POOL,
	MANY = IN_POOLS * 9 / 8,	/* every ninth is outside */
	GEN = GEN_FIRST + 2,
};

static struct fakemem fm;
static struct capture cap;
static struct heap heap;
static struct err err;

static raddr head_at(int i)
{
	int k = i - i / 9;

	if (i == MANY)
		return ANCHOR;
	if (i % 9 == 8)
		return OTHERS + (raddr)(i / 9) * 32;
	return POOLS + (raddr)(k / PER_POOL) * POOL + POOL_HEAD +
	       (raddr)(k % PER_POOL) * BLOCK;
}

static void join(raddr before, raddr next)
{
	fake_u64(&fm, before, next | 1);	/* a flag, as there may be */
	fake_u64(&fm, next + 8, before);
}

/* The first @n heads in a ring. */
static void make_ring(int n)
{
	raddr last = ANCHOR;

	for (int i = 0; i < n; last = head_at(i++))
		join(last, head_at(i));
	join(last, ANCHOR);
}

static void add_region(raddr start, uint64_t len, enum region_kind kind)
{
	assert_true(places_add(&cap.places, start, len, kind, &err));
}

static int set_up(void **state)
{
	struct abi *abi = &cap.tr.rt.abi;

	(void)state;
	memset(&cap, 0, sizeof(cap));
	memset(&heap, 0, sizeof(heap));
	fake_init(&fm, ANCHOR);
	fake_segment(&fm, POOLS, N_POOLS * POOL);
	fake_segment(&fm, OTHERS, 1 << 16);
	abi->gc_head_gc_prev = 8;
	abi->n_pre_gc = 16;
	abi->n_pool_size = POOL;
	abi->pool_sizeof = POOL_HEAD;
	assert_true(places_init(&cap.places, &err));
	add_region(ANCHOR, FAKE_SIZE, REGION_STATIC);
	add_region(POOLS, N_POOLS * POOL, REGION_ARENA);
	add_region(OTHERS, 1 << 16, REGION_ANON);
	assert_true(places_index(&cap.places, &err));
	assert_true(mirror_init(&cap.mirror, &fm.mem, &cap.places,
				REGION_ARENA, &err));
	heap.cap = &cap;
	heap.n_pools = N_POOLS;
	heap.n_numbers = N_POOLS * 64;
	heap.live = calloc(N_POOLS, sizeof(*heap.live));
	assert_true(objtable_init(&heap.table, IN_POOLS, &err));
	heap.pools = calloc(N_POOLS, sizeof(*heap.pools));
	assert_true(blocksource_init(&cap.source, abi, &cap.places,
				     REGION_ARENA, NULL, &err));
	pthread_mutex_init(&heap.lock, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	heap_fini(&heap);
	mirror_fini(&cap.mirror);
	blocksource_fini(&cap.source);
	places_fini(&cap.places);
	fake_fini(&fm);
	return 0;
}

static bool walk(int64_t *ret_n)
{
	const uint8_t *pools;
	struct pyctx ctx = { .abi = &cap.tr.rt.abi, .mem = &cap.mirror.mem };

	assert_true(mirror_load(&cap.mirror, ANCHOR, FAKE_SIZE, &err));
	assert_true(mirror_load(&cap.mirror, POOLS, N_POOLS * POOL, &err));
	assert_true(mirror_load(&cap.mirror, OTHERS, 1 << 16, &err));
	pools = mirror_local(&cap.mirror, POOLS);
	for (int i = 0; i < N_POOLS; i++) {
		heap.pools[i] = (struct heap_pool){
			.span = {
				.start = POOLS + (raddr)i * POOL + POOL_HEAD,
				.p = pools + i * POOL + POOL_HEAD,
				.block = BLOCK, .n = PER_POOL,
				.n_live = PER_POOL,
			},
			.first = (uint64_t)i * 64,
			.rank = (uint32_t)i * PER_POOL,
		};
	}
	for (int i = 0; i < N_POOLS; i++)
		heap.live[i] = (1ull << PER_POOL) - 1;
	*ret_n = 0;
	return gclist_walk(&heap, &ctx, ANCHOR, GEN, ret_n);
}

static int noted(void)
{
	int n = 0;

	for (int i = 0; i < IN_POOLS; i++)
		n += heap.table.row[i].gen == GEN;
	for (size_t i = 0; i < heap.large.n; i++)
		n += heap.large.v[i].gen == GEN;
	return n;
}

static void an_empty_list_is_whole(void **state)
{
	int64_t n;

	(void)state;
	make_ring(0);
	assert_true(walk(&n));
	assert_int_equal(n, 0);
	assert_int_equal(noted(), 0);
}

static void everyone_in_a_short_list_is_noted_once(void **state)
{
	int64_t n;

	(void)state;
	make_ring(1000);
	assert_true(walk(&n));
	assert_int_equal(n, 1000);
	assert_int_equal(noted(), 1000);
}

static void everyone_in_a_long_list_is_noted_once(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	assert_true(walk(&n));
	assert_int_equal(n, MANY);
	assert_int_equal(noted(), MANY);
}

static void links_backward_do_not_matter(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	fake_u64(&fm, head_at(MANY - 300) + 8, 5 << 2);	/* a count */
	assert_true(walk(&n));
	assert_int_equal(n, MANY);
	assert_int_equal(noted(), MANY);
}

/* As a thread that was stopped while it adds an object leaves it. */
static void one_who_is_linked_forward_only_is_in_the_list(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	fake_u64(&fm, ANCHOR + 8, head_at(MANY - 2));
	assert_true(walk(&n));
	assert_int_equal(n, MANY);
	assert_int_equal(noted(), MANY);
}

static void one_who_is_linked_backward_only_is_not(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	fake_u64(&fm, head_at(5000), head_at(5002));
	assert_true(walk(&n));
	assert_int_equal(n, MANY - 1);
	assert_int_equal(noted(), MANY - 1);
}

static void a_circle_ends_where_it_closes(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	fake_u64(&fm, head_at(6000), head_at(17));
	assert_false(walk(&n));
	assert_int_equal(n, 6001);
	assert_int_equal(noted(), 6001);
}

static void so_does_one_at_the_end(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	fake_u64(&fm, head_at(MANY - 1), head_at(MANY - 1));
	assert_false(walk(&n));
	assert_int_equal(n, MANY);
	assert_int_equal(noted(), MANY);
}

static void a_link_into_nowhere_ends_it(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	fake_u64(&fm, head_at(7000), 0x1230);
	assert_false(walk(&n));
	assert_int_equal(n, 7001);
	assert_int_equal(noted(), 7001);
}

static void so_does_one_into_the_header_of_a_pool(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	fake_u64(&fm, head_at(7000), POOLS + POOL + 16);
	assert_false(walk(&n));
	assert_int_equal(n, 7001);
}

/* A head would end among its blocks: no more than its end is there. */
static void so_does_one_to_the_end_of_the_header_of_a_pool(void **state)
{
	int64_t n;

	(void)state;
	make_ring(MANY);
	fake_u64(&fm, head_at(7000), POOLS + POOL + POOL_HEAD - 8);
	assert_false(walk(&n));
	assert_int_equal(n, 7001);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_empty_list_is_whole),
		TEST(everyone_in_a_short_list_is_noted_once),
		TEST(everyone_in_a_long_list_is_noted_once),
		TEST(links_backward_do_not_matter),
		TEST(one_who_is_linked_forward_only_is_in_the_list),
		TEST(one_who_is_linked_backward_only_is_not),
		TEST(a_circle_ends_where_it_closes),
		TEST(so_does_one_at_the_end),
		TEST(a_link_into_nowhere_ends_it),
		TEST(so_does_one_into_the_header_of_a_pool),
		TEST(so_does_one_to_the_end_of_the_header_of_a_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
