/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "faketypes.h"
#include "pyabi/block.h"

enum {
	FLOAT = FAKETYPES_MORE,
	TUPLE = FAKETYPES_MORE + FAKETYPES_STEP,
	OPAQUE = FAKETYPES_MORE + 2 * FAKETYPES_STEP,
	AT = 0x7f0000000030,
	LEAD = 16,		/* of the debug hooks */
};

static struct faketypes ft;
static struct blockreader br;
static struct pyobj o;
static uint8_t block[512];

static bool may_be_type(void *arg, raddr word)
{
	(void)arg;
	return addr_in(word, FAKETYPES, FAKETYPES_ROOM * FAKETYPES_STEP);
}

static void put(uint32_t off, uint64_t v)
{
	memcpy(block + off, &v, sizeof(v));
}

static void start(unsigned minor)
{
	struct err err;

	faketypes_init(&ft, minor);
	faketypes_put(&ft, FLOAT, "float", 24, 0, 0);
	faketypes_put(&ft, TUPLE, "tuple", 24, 8,
		      TPF_HAVE_GC | TPF_TUPLE_SUBCLASS);
	faketypes_put(&ft, OPAQUE, "spam.Unheard_Of", 48, 0, TPF_HAVE_GC);
	assert_true(faketypes_read(&ft));
	assert_true(blockreader_init(&br, &ft.ctx, &err));
	br.may_be_type = may_be_type;
	memset(block, 0, sizeof(block));
}

static int set_up(void **state)
{
	(void)state;
	start(12);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	blockreader_fini(&br);
	faketypes_fini(&ft);
	return 0;
}

static void make(uint32_t off, raddr type)
{
	put(off, 1);
	put(off + ft.abi.object_ob_type, type);
}

static bool is_object(uint32_t size)
{
	return block_object(&br, AT, block, size, &o);
}

static void an_object_without_gc_head_starts_its_block(void **state)
{
	(void)state;
	make(0, FLOAT);
	assert_true(is_object(32));
	assert_int_equal(o.addr, AT);
	assert_int_equal(o.avail, 32);
	assert_int_equal(o.type->addr, FLOAT);
}

static void an_object_with_gc_head_stands_behind_it(void **state)
{
	(void)state;
	make(16, TUPLE);
	put(16 + ft.abi.var_ob_size, 2);
	assert_true(is_object(64));
	assert_int_equal(o.addr, AT + 16);
	/* The same words where no tuple can be. */
	memset(block, 0, sizeof(block));
	make(0, TUPLE);
	put(ft.abi.var_ob_size, 2);
	assert_false(is_object(64));
	memset(block, 0, sizeof(block));
	make(16, FLOAT);
	assert_false(is_object(48));
}

static bool seems_object(uint32_t seen, uint32_t size)
{
	return block_seems_object(&br, AT, block, seen, size, &o);
}

static void the_first_bytes_tell_if_one_fills_its_block(void **state)
{
	enum { SIZE = 16 + 24 + 8 * 1000 };

	(void)state;
	make(16, TUPLE);
	put(16 + ft.abi.var_ob_size, 1000);
	assert_true(seems_object(64, SIZE));
	assert_int_equal(o.type->addr, TUPLE);
	assert_false(seems_object(64, SIZE - 8));
	/* Its length is not at hand. */
	assert_false(seems_object(32, SIZE));
	assert_false(seems_object(24, SIZE));
}

static void a_block_of_the_wrong_size_holds_none(void **state)
{
	(void)state;
	make(0, FLOAT);
	assert_false(is_object(16));
	assert_false(is_object(48));
	make(16, TUPLE);
	put(16 + ft.abi.var_ob_size, 200);
	assert_false(is_object(64));
}

static void in_a_larger_block_an_object_is_loose(void **state)
{
	(void)state;
	/* C code took one of two items away, then the other. */
	make(16, TUPLE);
	put(16 + ft.abi.var_ob_size, 2);
	assert_true(is_object(64));
	assert_false(o.loose);
	put(16 + ft.abi.var_ob_size, 1);
	assert_true(is_object(64));
	assert_true(o.loose);
	put(16 + ft.abi.var_ob_size, 7);
	assert_true(is_object(112));	/* it may have shrunk */
	assert_false(o.loose);
	put(16 + ft.abi.var_ob_size, 0);
	assert_true(is_object(512));
	assert_true(o.loose);
	/* All floats are of one size. */
	memset(block, 0, sizeof(block));
	make(0, FLOAT);
	assert_true(is_object(32));
	assert_false(o.loose);
}

static void lengths_that_lie_make_none(void **state)
{
	static const uint64_t lies[] = {
		UINT64_MAX, INT64_MAX, 1ull << 63, 1ull << 61, 1ull << 40,
		UINT64_MAX / 8, UINT64_MAX / 8 + 1,
	};

	(void)state;
	make(16, TUPLE);
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		put(16 + ft.abi.var_ob_size, lies[i]);
		assert_false(is_object(64));
	}
}

static void a_type_nobody_knows_needs_room_for_its_basicsize(void **state)
{
	(void)state;
	make(16, OPAQUE);
	assert_true(is_object(64));
	assert_true(is_object(512));
	assert_false(is_object(48));
}

static void words_that_point_at_no_type_make_none(void **state)
{
	(void)state;
	assert_false(is_object(512));
	make(0, AT);
	assert_false(is_object(32));
	make(0, FAKETYPES + 8);
	assert_false(is_object(32));
	make(0, FAKETYPES + 100 * FAKETYPES_STEP);
	assert_false(is_object(32));
	assert_false(is_object(8));
}

static void counts_of_references_are_doubted(void **state)
{
	(void)state;
	make(0, FLOAT);
	put(0, 0);
	assert_false(is_object(32));
	put(0, AT);		/* a list of types, say */
	assert_false(is_object(32));
	put(0, UINT64_MAX);
	assert_false(is_object(32));
	put(0, UINT32_MAX);	/* immortal */
	assert_true(is_object(32));
}

static void five_letters_are_no_count(void **state)
{
	const uint64_t allow = 0x776f6c6c61;

	(void)state;
	for (unsigned minor = 6; minor <= 15; minor++) {
		tear_down(NULL);
		start(minor);
		assert_false(refcnt_is_alive(&ft.abi, allow));
		assert_true(refcnt_is_alive(&ft.abi, allow & INT32_MAX));
	}
}

static void immortals_differ_by_version(void **state)
{
	(void)state;
	assert_true(refcnt_is_alive(&ft.abi, UINT32_MAX));
	assert_true(refcnt_is_immortal(&ft.abi, UINT32_MAX));
	assert_true(refcnt_is_immortal(&ft.abi, 1ull << 33 | UINT32_MAX));
	assert_false(refcnt_is_immortal(&ft.abi, INT32_MAX));
	tear_down(NULL);
	start(8);
	assert_true(refcnt_is_alive(&ft.abi, 1ull << 33));
	assert_false(refcnt_is_alive(&ft.abi, 0));
	assert_false(refcnt_is_alive(&ft.abi, 1ull << 46));
	tear_down(NULL);
	start(14);
	assert_true(refcnt_is_alive(&ft.abi, 3221225472u | 1ull << 48));
	assert_false(refcnt_is_alive(&ft.abi, 1ull << 32));
	assert_false(refcnt_is_alive(&ft.abi, 1ull << 63 | 1));
}

/* What the debug hooks leave around @asked bytes. */
static void mark(uint32_t asked)
{
	memset(block, 0, sizeof(block));
	block[6] = (uint8_t)(asked >> 8);
	block[7] = (uint8_t)asked;
	block[8] = 'o';
	memset(block + 9, (int)ft.abi.n_debug_forbidden, 7);
	memset(block + LEAD + asked, (int)ft.abi.n_debug_forbidden, 8);
}

static void marks_of_debug_hooks_are_known(void **state)
{
	(void)state;
	mark(24);
	assert_true(block_has_marks(&ft.abi, block, 48));
	assert_false(block_has_marks(&ft.abi, block, 16));
	assert_false(block_has_marks(&ft.abi, block, 32));
	block[9] ^= 1;
	assert_false(block_has_marks(&ft.abi, block, 48));
	mark(24);
	block[0] = 0xff;
	assert_false(block_has_marks(&ft.abi, block, 48));
	memset(block, 0, sizeof(block));
	assert_false(block_has_marks(&ft.abi, block, 48));
}

static void with_debug_hooks_the_size_asked_for_counts(void **state)
{
	(void)state;
	br.debug = true;
	mark(24);
	make(LEAD, FLOAT);
	assert_true(is_object(48));
	assert_int_equal(o.addr, AT + LEAD);
	mark(23);
	make(LEAD, FLOAT);
	assert_false(is_object(48));
	mark(180);
	make(LEAD + 16, TUPLE);
	assert_true(is_object(224));
	assert_true(o.loose);
	assert_false(is_object(128));	/* of 180 bytes? */
	mark(24);
	make(0, FLOAT);
	assert_false(is_object(48));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_without_gc_head_starts_its_block),
		TEST(an_object_with_gc_head_stands_behind_it),
		TEST(in_a_larger_block_an_object_is_loose),
		TEST(five_letters_are_no_count),
		TEST(the_first_bytes_tell_if_one_fills_its_block),
		TEST(a_block_of_the_wrong_size_holds_none),
		TEST(lengths_that_lie_make_none),
		TEST(a_type_nobody_knows_needs_room_for_its_basicsize),
		TEST(words_that_point_at_no_type_make_none),
		TEST(counts_of_references_are_doubted),
		TEST(immortals_differ_by_version),
		TEST(marks_of_debug_hooks_are_known),
		TEST(with_debug_hooks_the_size_asked_for_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
