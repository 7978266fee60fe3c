/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakemem.h"
#include "pyabi/gcstate.h"

enum { HEAD = 0x1000, FIRST = 0x1030, STEP = 0x30 };

static struct abi abi;
static struct fakemem fm;
static struct pyctx ctx;
static raddr seen[200];
static size_t n_seen;

static raddr node(unsigned i)
{
	return FIRST + i * STEP;
}

/* A ring of @n objects behind HEAD, linked both ways. */
static void make_ring(unsigned n)
{
	raddr last = HEAD;

	for (unsigned i = 0; i < n; i++) {
		fake_u64(&fm, last + abi.gc_head_gc_next, node(i));
		fake_u64(&fm, node(i) + abi.gc_head_gc_prev, last);
		last = node(i);
	}
	fake_u64(&fm, last + abi.gc_head_gc_next, HEAD);
	fake_u64(&fm, HEAD + abi.gc_head_gc_prev, last);
}

static int set_up(void **state)
{
	struct abi_target want = { .version = ABI_VERSION(3, 12, 1) };
	struct err err;

	(void)state;
	assert_true(abi_builtin_find(&want, &abi, &err));
	fake_init(&fm, 0x1000);
	ctx = (struct pyctx){ .abi = &abi, .mem = &fm.mem };
	n_seen = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_fini(&fm);
	return 0;
}

static void keep(void *arg, raddr object)
{
	(void)arg;
	assert_true(n_seen < ARRAY_SIZE(seen));
	seen[n_seen++] = object;
}

static void objects_stand_right_behind_their_heads(void **state)
{
	(void)state;
	make_ring(3);
	assert_true(gcstate_walk(&ctx, HEAD, 100, keep, NULL));
	assert_int_equal(n_seen, 3);
	assert_int_equal(seen[0], node(0) + 16);
	assert_int_equal(seen[2], node(2) + 16);
}

static void an_empty_ring_points_at_itself(void **state)
{
	(void)state;
	make_ring(0);
	assert_true(gcstate_walk(&ctx, HEAD, 100, keep, NULL));
	assert_int_equal(n_seen, 0);
}

/* A collection keeps flags in the low bits of the links. */
static void flags_in_links_are_masked_off(void **state)
{
	(void)state;
	make_ring(2);
	fake_u64(&fm, node(0) + abi.gc_head_gc_next, node(1) | 1);
	fake_u64(&fm, node(1) + abi.gc_head_gc_next, (raddr)HEAD | 3);
	assert_true(gcstate_walk(&ctx, HEAD, 100, keep, NULL));
	assert_int_equal(n_seen, 2);
}

/* A torn write can leave a ring that never comes home. */
static void an_endless_ring_is_noticed_and_what_was_seen_is_kept(void **state)
{
	(void)state;
	make_ring(3);
	fake_u64(&fm, node(2) + abi.gc_head_gc_next, node(0));
	assert_false(gcstate_walk(&ctx, HEAD, 100, keep, NULL));
	assert_in_range(n_seen, 3, 9);
	n_seen = 0;
	assert_false(gcstate_walk(&ctx, HEAD, 2, keep, NULL));
	assert_int_equal(n_seen, 2);
}

static void a_link_to_nowhere_ends_the_walk(void **state)
{
	(void)state;
	make_ring(3);
	fake_u64(&fm, node(1) + abi.gc_head_gc_next, 0xdead0000);
	assert_false(gcstate_walk(&ctx, HEAD, 100, keep, NULL));
	assert_in_range(n_seen, 2, 3);
	n_seen = 0;
	fake_u64(&fm, node(1) + abi.gc_head_gc_next, 0);
	assert_false(gcstate_walk(&ctx, HEAD, 100, keep, NULL));
	assert_int_equal(n_seen, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_stand_right_behind_their_heads),
		TEST(an_empty_ring_points_at_itself),
		TEST(flags_in_links_are_masked_off),
		TEST(an_endless_ring_is_noticed_and_what_was_seen_is_kept),
		TEST(a_link_to_nowhere_ends_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
