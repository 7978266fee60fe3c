/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attach/places.h"

enum { HEAP = 0x10000, SIZE = 1 << 16, FAR = 0x7f0000001000 };
enum { RED = 1, BLUE = 2 };	/* kinds */

static struct places places;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	assert_true(places_init(&places, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	places_fini(&places);
	return 0;
}

static void add(raddr start, uint64_t len, uint8_t kind)
{
	assert_true(places_add(&places, start, len, kind, &err));
}

static void kinds_are_told_apart_within_a_granule(void **state)
{
	(void)state;
	add(HEAP, SIZE, RED);
	add(FAR, 4 * ADDR_PAGE, BLUE);
	assert_true(places_index(&places, &err));
	assert_int_equal(places_kind(&places, HEAP), RED);
	assert_int_equal(places_kind(&places, FAR), BLUE);
	assert_int_equal(places_kind(&places, FAR - 1), 0);
	assert_int_equal(places_kind(&places, FAR + 4 * ADDR_PAGE), 0);
	assert_int_equal(places_kinds(&places, 0), RED);
	assert_int_equal(places_kinds(&places, UINT64_MAX), 0);
	assert_int_equal(places_kinds(&places, 1ull << 48), 0);
}

static void two_places_may_share_a_granule(void **state)
{
	(void)state;
	add(HEAP, ADDR_PAGE, RED);
	add(HEAP + ADDR_PAGE, ADDR_PAGE, BLUE);
	assert_true(places_index(&places, &err));
	assert_int_equal(places_kind(&places, HEAP), RED);
	assert_int_equal(places_kind(&places, HEAP + ADDR_PAGE), BLUE);
	assert_int_equal(places_kind(&places, HEAP + 2 * ADDR_PAGE), 0);
	assert_int_equal(places_kinds(&places, HEAP), RED | BLUE);
	assert_ptr_equal(places_find(&places, HEAP + ADDR_PAGE + 8),
			 &places.v[1]);
}

static void gaps_in_a_granule_are_nobodys(void **state)
{
	const raddr second = HEAP + 2 * ADDR_PAGE, third = HEAP + 5 * ADDR_PAGE;

	(void)state;
	add(HEAP, ADDR_PAGE, RED);
	add(second, ADDR_PAGE, BLUE);
	add(third, 1ull << PLACES_GRANULE_SHIFT, RED);
	assert_true(places_index(&places, &err));
	assert_null(places_find(&places, HEAP - 1));
	assert_null(places_find(&places, second - 1));
	assert_ptr_equal(places_find(&places, second), &places.v[1]);
	assert_null(places_find(&places, third - 1));
	assert_ptr_equal(places_find(&places, third), &places.v[2]);
	assert_ptr_equal(places_find(&places, third + places.v[2].len - 1),
			 &places.v[2]);
	assert_null(places_find(&places, third + places.v[2].len));
}

static void a_range_is_clipped_where_its_place_ends(void **state)
{
	(void)state;
	add(HEAP, ADDR_PAGE, RED);
	add(HEAP + ADDR_PAGE, ADDR_PAGE, RED);
	assert_true(places_index(&places, &err));
	assert_int_equal(places_clip(&places, HEAP + 8, 16), 16);
	assert_int_equal(places_clip(&places, HEAP + 8, UINT64_MAX),
			 ADDR_PAGE - 8);
	assert_int_equal(places_clip(&places, HEAP - 8, 16), 0);
}

static void absurd_places_are_refused(void **state)
{
	(void)state;
	add(HEAP, SIZE, RED);
	assert_false(places_add(&places, FAR + 1, ADDR_PAGE, RED, &err));
	assert_int_equal(err.code, ERR_BADDATA);
	assert_false(places_add(&places, FAR, 1, RED, &err));
	assert_false(places_add(&places, HEAP, ADDR_PAGE, RED, &err));
	assert_false(places_add(&places, UINT64_MAX - 4095, ADDR_PAGE, RED,
				&err));
	assert_false(places_add(&places, (1ull << 48) - ADDR_PAGE,
				2 * ADDR_PAGE, RED, &err));
	assert_int_equal(places.n, 1);
}

static void of_nothing_nothing_is_known(void **state)
{
	struct places none = { 0 };

	(void)state;
	assert_true(places_index(&places, &err));
	assert_null(places_find(&places, HEAP));
	assert_int_equal(places_kinds(&places, HEAP), 0);
	places_fini(&none);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kinds_are_told_apart_within_a_granule),
		TEST(two_places_may_share_a_granule),
		TEST(gaps_in_a_granule_are_nobodys),
		TEST(a_range_is_clipped_where_its_place_ends),
		TEST(absurd_places_are_refused),
		TEST(of_nothing_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
