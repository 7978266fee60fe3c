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
	STR = FAKETYPES + 4 * FAKETYPES_STEP,
	DICT = FAKETYPES + 5 * FAKETYPES_STEP,
	FUNCTION = FAKETYPES + 6 * FAKETYPES_STEP,
	OBJECT = 0x2000,
	ITEMS = 0x4000,
	NUMBER = 0x6000,
	NAME = 0x6100,
	OTHER = 0x6200,
	KEYS = 0x7000,
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
	faketypes_put(&ft, STR, "str", abi->str_sizeof, 0, TPF_STR_SUBCLASS);
	faketypes_put(&ft, DICT, "dict", abi->dict_sizeof, 0,
		      TPF_DICT_SUBCLASS);
	faketypes_put(&ft, FUNCTION, "function", abi->function_sizeof, 0, 0);
	fake_u64(&ft.fm, FUNCTION + abi->type_tp_dictoffset,
		 abi->function_func_dict);
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
	fake_u64(&ft.fm, OBJECT + ft.abi.list_allocated, n);
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

static void put_object(raddr at, raddr type)
{
	fake_u64(&ft.fm, at, 1);
	fake_u64(&ft.fm, at + ft.abi.object_ob_type, type);
}

/* {"name": 1} at @at. */
static void put_dict(raddr at)
{
	const struct abi *abi = &ft.abi;
	raddr entry = KEYS + abi->keys_dk_indices + 8;

	put_object(at, DICT);
	fake_u64(&ft.fm, at + abi->dict_ma_keys, KEYS);
	fake_u64(&ft.fm, KEYS + abi->keys_dk_refcnt, 1);
	fake_u8(&ft.fm, KEYS + abi->keys_dk_log2_size, 3);
	fake_u8(&ft.fm, KEYS + abi->keys_dk_log2_index_bytes, 3);
	fake_u8(&ft.fm, KEYS + abi->keys_dk_kind, 1);
	fake_u64(&ft.fm, KEYS + abi->keys_dk_nentries, 1);
	fake_u64(&ft.fm, entry + abi->strentry_me_key, NAME);
	fake_u64(&ft.fm, entry + abi->strentry_me_value, NUMBER);
	put_object(NAME, STR);
	fake_u64(&ft.fm, NAME + abi->str_length, 4);
	fake_u32(&ft.fm, NAME + abi->str_state, 1 << 2 | 1 << 5 | 1 << 6);
	fake_str(&ft.fm, NAME + abi->str_ascii_sizeof, "name");
}

/* A key may be a customer's name. */
static void keys_of_a_dict_are_values(void **state)
{
	(void)state;
	put_dict(OBJECT);
	assert_true(details_look(&found, &ft.ctx, OBJECT, false, &err));
	assert_int_equal(found.fields.n, 1);
	assert_string_equal(found.fields.v[0].name, "[0]");
	details_object_fini(&found);
	assert_true(details_look(&found, &ft.ctx, OBJECT, true, &err));
	assert_string_equal(found.fields.v[0].name, "['name']");
}

/* What is in its __dict__ is told in place of that; names of attributes are
 * the program's. */
static void a_function_is_told_with_its_attributes(void **state)
{
	const struct abi *abi = &ft.abi;

	(void)state;
	put_dict(OTHER);
	put_object(OBJECT, FUNCTION);
	fake_u64(&ft.fm, OBJECT + abi->function_func_defaults, NUMBER);
	fake_u64(&ft.fm, OBJECT + abi->function_func_dict, OTHER);
	assert_true(details_look(&found, &ft.ctx, OBJECT, false, &err));
	assert_int_equal(found.fields.n, 2);
	assert_string_equal(found.fields.v[0].name, "func_defaults");
	assert_string_equal(found.fields.v[1].name, "name");
	assert_int_equal(found.fields.v[1].address, NUMBER);
	assert_false(found.torn);
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
	put_list(1 << 24, ITEMS);
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
		TEST(keys_of_a_dict_are_values),
		TEST(a_function_is_told_with_its_attributes),
		TEST(values_are_read_only_when_asked_for),
		TEST(a_length_that_lies_ends_at_what_can_be_read),
		TEST(more_than_fits_is_cut_and_said_so),
		TEST(a_freed_object_is_none),
		TEST(what_is_no_address_of_an_object_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
