/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faketypes.h"
#include "heap/details.h"

enum {
	INT = FAKETYPES + 1 * FAKETYPES_STEP,
	LIST = FAKETYPES + 2 * FAKETYPES_STEP,
	TUPLE = FAKETYPES + 3 * FAKETYPES_STEP,
	OBJECT = 0x2000,
	ITEMS = 0x4000,
	NUMBER = 0x6000,
	NOWHERE = 0x7fff0000,
};

static struct faketypes ft;
static struct details_object found;
static struct err err;

static int setup(void **state)
{
	const struct abi *abi;

	(void)state;
	faketypes_init(&ft, 12);
	abi = &ft.abi;
	faketypes_put(&ft, INT, "int", abi->int_ob_digit, 4,
		      TPF_LONG_SUBCLASS);
	faketypes_put(&ft, LIST, "list", abi->list_sizeof, 0,
		      TPF_LIST_SUBCLASS);
	faketypes_put(&ft, TUPLE, "tuple", abi->tuple_ob_item, 8,
		      TPF_TUPLE_SUBCLASS);
	assert_true(faketypes_read(&ft));
	fake_u64(&ft.fm, NUMBER, 1);
	fake_u64(&ft.fm, NUMBER + abi->object_ob_type, INT);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	details_object_fini(&found);
	faketypes_fini(&ft);
	return 0;
}

static void put_list(uint64_t n, raddr items)
{
	fake_u64(&ft.fm, OBJECT, 1);
	fake_u64(&ft.fm, OBJECT + ft.abi.object_ob_type, LIST);
	fake_u64(&ft.fm, OBJECT + ft.abi.var_ob_size, n);
	fake_u64(&ft.fm, OBJECT + ft.abi.list_ob_item, items);
}

static void items_have_numbers_types_and_addresses(void **state)
{
	(void)state;
	put_list(3, ITEMS);
	fake_u64(&ft.fm, ITEMS, NUMBER);
	fake_u64(&ft.fm, ITEMS + 16, NOWHERE);
	assert_true(details_look(&found, &ft.ctx, OBJECT, false, &err));
	assert_string_equal(found.type, "list");
	assert_int_equal(found.fields.n, 2);
	assert_string_equal(found.fields.v[0].name, "[0]");
	assert_string_equal(found.fields.v[0].type, "int");
	assert_int_equal(found.fields.v[0].address, NUMBER);
	assert_string_equal(found.fields.v[1].name, "[2]");
	assert_null(found.fields.v[1].type);
}

/* The user's data is shown when asked for, and only then. */
static void values_are_read_only_when_asked_for(void **state)
{
	(void)state;
	put_list(1, ITEMS);
	fake_u64(&ft.fm, ITEMS, NUMBER);
	assert_true(details_look(&found, &ft.ctx, OBJECT, false, &err));
	assert_null(found.fields.v[0].value);
	details_object_fini(&found);
	assert_true(details_look(&found, &ft.ctx, OBJECT, true, &err));
	assert_non_null(found.fields.v[0].value);
}

static void a_length_that_lies_ends_at_what_can_be_read(void **state)
{
	(void)state;
	put_list(1ull << 60, ITEMS);
	fake_u64(&ft.fm, ITEMS, NUMBER);
	assert_true(details_look(&found, &ft.ctx, OBJECT, false, &err));
	assert_true(found.fields.n >= 1);
	assert_true(found.torn || found.cut);
}

static void more_than_fits_is_cut_and_said_so(void **state)
{
	(void)state;
	fake_segment(&ft.fm, 0x800000, 0x10000);
	put_list(2000, 0x800000);
	for (unsigned i = 0; i < 2000; i++)
		fake_u64(&ft.fm, 0x800000 + 8 * i, NUMBER);
	assert_true(details_look(&found, &ft.ctx, OBJECT, false, &err));
	assert_int_equal(found.fields.n, DETAILS_MAX_FIELDS);
	assert_true(found.cut);
}

static bool is_somewhere(const void *places, raddr addr)
{
	(void)places;
	return addr >= 0x1000 && addr < NOWHERE;
}

/* pymalloc links free blocks through their first word; the type stays. */
static void a_freed_object_is_none(void **state)
{
	(void)state;
	put_list(0, 0);
	ft.ctx.may_hold = is_somewhere;
	fake_u64(&ft.fm, OBJECT, ITEMS);
	assert_false(details_look(&found, &ft.ctx, OBJECT, false, &err));
	assert_int_equal(err.code, ERR_BADDATA);
	details_object_fini(&found);
	fake_u64(&ft.fm, OBJECT, 0);
	assert_false(details_look(&found, &ft.ctx, OBJECT, false, &err));
}

static void what_is_no_address_of_an_object_is_none(void **state)
{
	static const raddr at[] = { 0, OBJECT + 1, NOWHERE, UINT64_MAX - 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_false(details_look(&found, &ft.ctx, at[i], false,
					  &err));
		details_object_fini(&found);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(items_have_numbers_types_and_addresses),
		TEST(values_are_read_only_when_asked_for),
		TEST(a_length_that_lies_ends_at_what_can_be_read),
		TEST(more_than_fits_is_cut_and_said_so),
		TEST(a_freed_object_is_none),
		TEST(what_is_no_address_of_an_object_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
