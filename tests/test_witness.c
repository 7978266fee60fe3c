/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakemem.h"
#include "heap/witness.h"
#include "pyabi/pytype.h"

enum {
	ARENA = 0x7f0000010000,	/* both in one granule, */
	LEN = 0x10000,
	ANON = 0x7f0000020000,
	OTHER = 0x7f0200040000,	/* ... and one far away */
};

static struct fakemem fm;
static struct places places;
static struct witness w;
static struct abi abi;
static struct err err;

static void start(unsigned minor)
{
	struct abi_target want = { .version = ABI_VERSION(3, minor, 1) };

	fake_init(&fm, ARENA);
	assert_true(places_init(&places, &err));
	assert_true(places_add(&places, ARENA, LEN, REGION_ARENA, &err));
	assert_true(places_add(&places, ANON, LEN, REGION_ANON, &err));
	assert_true(places_add(&places, OTHER, LEN, REGION_ARENA, &err));
	assert_true(places_index(&places, &err));
	assert_true(abi_builtin_find(&want, &abi, &err));
	assert_true(witness_init(&w, &places, &abi, &err));
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
	witness_fini(&w);
	places_fini(&places);
	fake_fini(&fm);
	return 0;
}

static raddr first_left(void)
{
	uint64_t place = 0;

	return witness_next(&w, &place, w.n);
}

static void an_object_is_doubted_until_somebody_refers_to_it(void **state)
{
	(void)state;
	assert_int_equal(first_left(), 0);
	witness_doubt(&w, ARENA + 0x40);
	assert_int_equal(first_left(), ARENA + 0x40);
	witness_refer(&w, ARENA + 0x50);
	assert_int_equal(first_left(), ARENA + 0x40);
	witness_refer(&w, ARENA + 0x40);
	assert_int_equal(first_left(), 0);
}

static void all_that_are_left_are_told_in_order(void **state)
{
	static const raddr at[] = {
		ARENA, ARENA + 0x10, ARENA + 0x3f0, ARENA + 0x400,
		ARENA + LEN - 16, OTHER, OTHER + 0x7770,
	};
	uint64_t place = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		witness_doubt(&w, at[i]);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		assert_int_equal(witness_next(&w, &place, w.n), at[i]);
	assert_int_equal(witness_next(&w, &place, w.n), 0);
	assert_int_equal(witness_next(&w, &place, w.n), 0);
}

static void the_doubted_before_one_are_its_rank(void **state)
{
	(void)state;
	assert_int_equal(witness_rank(&w, ARENA, ARENA + LEN - 16), 0);
	for (raddr at = ARENA + 0x30; at < ARENA + LEN; at += 0x30)
		witness_doubt(&w, at);
	for (raddr at = ARENA + 0x30; at < ARENA + LEN; at += 0x30) {
		assert_int_equal(witness_rank(&w, ARENA, at),
				 (at - ARENA) / 0x30 - 1);
		assert_int_equal(witness_rank(&w, at, at), 0);
		assert_int_equal(witness_rank(&w, at, at + 16), 1);
	}
	/* Those before where it begins are none of them. */
	assert_int_equal(witness_rank(&w, ARENA + 0x4000, ARENA + 0x8000),
			 0x8000 / 0x30 - 0x4000 / 0x30);
}

static void words_refer_with_flags_and_without(void **state)
{
	const uint64_t words[] = {
		7, ARENA + 0x40, UINT64_MAX, OTHER + 0x80 + 1, ARENA + 0x98,
		ANON + 0x40, OTHER + 0x20 + 3, 0,
	};

	(void)state;
	witness_words(&w, (const uint8_t *)words, sizeof(words));
	assert_true(witness_is_referred(&w, ARENA + 0x40));
	assert_true(witness_is_referred(&w, OTHER + 0x80));
	assert_true(witness_is_referred(&w, OTHER + 0x20));
	/* Into the middle of something. */
	assert_false(witness_is_referred(&w, ARENA + 0x90));
	assert_false(witness_is_referred(&w, ARENA + 0xa0));
	assert_false(witness_is_referred(&w, 7));
}

static void what_stands_in_a_buffer_is_left_though_referred_to(void **state)
{
	(void)state;
	/* At the start of a block, behind a GC head, and behind two words
	 * more; the last is in the next word of the bitmap. */
	for (unsigned pre = 0; pre <= 32; pre += 16) {
		raddr block = ARENA + 0x3e0;

		witness_doubt(&w, block + pre);
		witness_refer(&w, block + pre);
		assert_int_equal(first_left(), 0);
		witness_claim(&w, block);
		assert_true(witness_is_claimed(&w, block));
		assert_int_equal(first_left(), block + pre);
		tear_down(NULL);
		start(12);
	}
}

static void places_are_nearer_where_alignment_is_8(void **state)
{
	(void)state;
	abi.n_pool_alignment = 8;
	witness_fini(&w);
	assert_true(witness_init(&w, &places, &abi, &err));
	witness_doubt(&w, ARENA + 0x48);
	witness_doubt(&w, OTHER + LEN - 8);
	witness_refer(&w, ARENA + 0x40);
	assert_int_equal(first_left(), ARENA + 0x48);
	witness_refer(&w, ARENA + 0x48);
	assert_int_equal(first_left(), OTHER + LEN - 8);
}

static void no_arenas_no_places(void **state)
{
	(void)state;
	witness_fini(&w);
	places_fini(&places);
	assert_true(places_init(&places, &err));
	assert_true(places_index(&places, &err));
	assert_true(witness_init(&w, &places, &abi, &err));
	witness_doubt(&w, ARENA);
	witness_refer(&w, ARENA);
	assert_int_equal(first_left(), 0);
}

static uint64_t words[8];

/* An object behind a GC head, with a count of @count. */
static struct pyobj object(const struct pytype *t, uint64_t count)
{
	words[2] = count;
	return (struct pyobj){ .addr = ARENA + 0x40, .type = t,
			       .p = (const uint8_t *)&words[2],
			       .pre = (const uint8_t *)words };
}

static void the_next_in_a_list_is_referred_to(void **state)
{
	const struct pytype t = { .gc = true, .pre = 16, .basicsize = 24 };
	struct pyobj o = object(&t, 1);

	(void)state;
	words[0] = 0;		/* not in one */
	witness_link(&w, &o);
	assert_false(witness_is_referred(&w, 16));
	words[0] = (ARENA + 0x100) | 1;
	witness_link(&w, &o);
	assert_true(witness_is_referred(&w, ARENA + 0x110));
	assert_false(witness_is_referred(&w, ARENA + 0x100));
}

static void who_is_held_once_by_nobody_knows_whom_speaks_for_itself(void **state)
{
	const struct pytype bare = { .basicsize = 16 };
	const struct pytype more = { .basicsize = 24 };
	struct pyobj o = object(&more, 1);

	(void)state;
	assert_true(witness_self(&w, &o));
	o.loose = true;
	assert_false(witness_self(&w, &o));
	o = object(&more, 2);
	assert_false(witness_self(&w, &o));
	o = object(&more, UINT32_MAX);	/* for ever */
	assert_true(witness_self(&w, &o));
	/* Count and type are two words, no more. */
	o = object(&bare, 1);
	assert_false(witness_self(&w, &o));
}

static void a_count_is_no_pointer(void **state)
{
	const struct pytype t = { .basicsize = 24 };
	struct pyobj o = object(&t, 5);

	(void)state;
	assert_true(witness_is_count(&w, &o));
	o = object(&t, 0x123456);
	assert_true(witness_is_count(&w, &o));
	o = object(&t, ANON + 0x120);
	assert_false(witness_is_count(&w, &o));
}

static struct pyctx ctx = { .abi = &abi };

static void who_is_in_a_list_is_believed_whatever_its_count(void **state)
{
	const struct pytype t = { .gc = true, .pre = 16, .basicsize = 24 };
	struct pyobj o = object(&t, ANON + 0x120);

	(void)state;
	assert_true(witness_believes(&w, &ctx, &o, LISTED_YES));
	assert_false(witness_may_doubt(&w, &o, LISTED_YES));
	assert_false(witness_believes(&w, &ctx, &o, LISTED_NO));
	assert_false(witness_believes(&w, &ctx, &o, LISTED_MAYBE));
	assert_false(witness_believes(&w, &ctx, &o, LISTED_UNTOLD));
}

/* Its head points at the one at 0x100 and at the one at 0x200. */
static struct pyobj tracked(const struct pytype *t)
{
	ctx.mem = &fm.mem;
	words[0] = ARENA + 0x100;
	words[1] = ARENA + 0x200;
	fake_u64(&fm, ARENA + 0x30, words[0]);
	fake_u64(&fm, ARENA + 0x38, words[1]);
	return object(t, 3);
}

static void who_says_it_is_in_a_list_has_neighbours_there(void **state)
{
	const struct pytype t = { .gc = true, .pre = 16, .basicsize = 24 };
	struct pyobj o = tracked(&t);

	(void)state;
	assert_false(witness_believes(&w, &ctx, &o, LISTED_NO));
	assert_int_equal(witness_verdict(&w, &ctx, &o), VERDICT_REFUSED);
	/* Short lists do not tell, and who runs is asked later. */
	assert_true(witness_believes(&w, &ctx, &o, LISTED_MAYBE));
	assert_true(witness_believes(&w, &ctx, &o, LISTED_UNTOLD));
	assert_true(witness_may_doubt(&w, &o, LISTED_UNTOLD));
	assert_false(witness_may_doubt(&w, &o, LISTED_MAYBE));
	/* The next leads back. */
	fake_u64(&fm, ARENA + 0x108, o.addr - 16);
	assert_true(witness_believes(&w, &ctx, &o, LISTED_NO));
	assert_int_equal(witness_verdict(&w, &ctx, &o), VERDICT_HELD);
	words[0] = 0x123450;	/* nothing is there */
	assert_false(witness_believes(&w, &ctx, &o, LISTED_UNTOLD));
}

static void the_last_word_is_claim_then_reference_then_its_own(void **state)
{
	const struct pytype t = { .basicsize = 24 };
	struct pyobj o = object(&t, 1), twice;

	(void)state;
	o.pre = o.p;
	assert_true(witness_believes(&w, &ctx, &o, LISTED_NO));
	assert_true(witness_may_doubt(&w, &o, LISTED_NO));
	assert_int_equal(witness_verdict(&w, &ctx, &o), VERDICT_ALONE);
	twice = object(&t, 2);
	twice.pre = twice.p;
	assert_int_equal(witness_verdict(&w, &ctx, &twice), VERDICT_REFUSED);
	witness_refer(&w, o.addr);
	assert_int_equal(witness_verdict(&w, &ctx, &twice), VERDICT_HELD);
	witness_claim(&w, o.addr);
	assert_int_equal(witness_verdict(&w, &ctx, &twice), VERDICT_REFUSED);
}

static void a_mere_word_does_not_make_two_pointers_an_object(void **state)
{
	const struct pytype heap_type = { .flags = TPF_HEAPTYPE };
	const struct pytype t = { .basicsize = 24 };
	struct pyobj o = object(&t, 5);

	(void)state;
	assert_true(witness_is_sure(&w, &ctx, &o, false));
	assert_false(witness_is_sure(&w, &ctx, &o, true));
	o = object(&t, ARENA + 0x40);
	assert_false(witness_is_sure(&w, &ctx, &o, false));
	o = object(&t, UINT32_MAX);	/* for ever, as what is static is */
	assert_true(witness_is_sure(&w, &ctx, &o, true));
	/* Nothing that a linker lays out names a type made at run time. */
	o = object(&heap_type, UINT32_MAX);
	assert_false(witness_is_sure(&w, &ctx, &o, true));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_is_doubted_until_somebody_refers_to_it),
		TEST(all_that_are_left_are_told_in_order),
		TEST(the_doubted_before_one_are_its_rank),
		TEST(words_refer_with_flags_and_without),
		TEST(what_stands_in_a_buffer_is_left_though_referred_to),
		TEST(places_are_nearer_where_alignment_is_8),
		TEST(no_arenas_no_places),
		TEST(the_next_in_a_list_is_referred_to),
		TEST(who_is_held_once_by_nobody_knows_whom_speaks_for_itself),
		TEST(a_count_is_no_pointer),
		TEST(who_is_in_a_list_is_believed_whatever_its_count),
		TEST(who_says_it_is_in_a_list_has_neighbours_there),
		TEST(the_last_word_is_claim_then_reference_then_its_own),
		TEST(a_mere_word_does_not_make_two_pointers_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
