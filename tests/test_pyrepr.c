/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "faketypes.h"
#include "pyabi/pyrepr.h"
#include "pyabi/reprbuf.h"

enum {
	INT = FAKETYPES + 1 * FAKETYPES_STEP,
	STR = FAKETYPES + 2 * FAKETYPES_STEP,
	LIST = FAKETYPES + 3 * FAKETYPES_STEP,
	DICT = FAKETYPES + 4 * FAKETYPES_STEP,
	SET = FAKETYPES + 5 * FAKETYPES_STEP,
	TUPLE = FAKETYPES + 6 * FAKETYPES_STEP,
	ERROR = FAKETYPES + 7 * FAKETYPES_STEP,
	MINE = FAKETYPES + 8 * FAKETYPES_STEP,
	OBJECT = 0x2000,
	ITEMS = 0x4000,
	OTHER = 0x6000,
	NOWHERE = 0x7fff0000,
};

static struct faketypes ft;
static char text[PYREPR_SIZE];

static int setup(void **state)
{
	const struct abi *abi;

	(void)state;
	faketypes_init(&ft, 13);
	abi = &ft.abi;
	faketypes_put(&ft, INT, "int", abi->int_ob_digit, 4,
		      TPF_LONG_SUBCLASS);
	faketypes_put(&ft, STR, "str", abi->str_sizeof, 0, TPF_STR_SUBCLASS);
	faketypes_put(&ft, LIST, "list", abi->list_sizeof, 0,
		      TPF_LIST_SUBCLASS);
	faketypes_put(&ft, DICT, "dict", abi->dict_sizeof, 0,
		      TPF_DICT_SUBCLASS);
	faketypes_put(&ft, SET, "set", abi->set_sizeof, 0, 0);
	faketypes_put(&ft, TUPLE, "tuple", abi->tuple_ob_item, 8,
		      TPF_TUPLE_SUBCLASS);
	faketypes_put(&ft, ERROR, "ValueError", abi->exc_sizeof, 0,
		      TPF_EXC_SUBCLASS);
	faketypes_put(&ft, MINE, "spam.Eggs", 64, 0, 0);
	assert_true(faketypes_read(&ft));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	faketypes_fini(&ft);
	return 0;
}

static raddr object(raddr at, raddr type)
{
	fake_u64(&ft.fm, at, 1);
	fake_u64(&ft.fm, at + ft.abi.object_ob_type, type);
	return at;
}

static raddr small_int(raddr at, uint32_t value)
{
	fake_u64(&ft.fm, object(at, INT) + ft.abi.int_lv_tag,
		 value ? 1 << 3 : 1);
	fake_u32(&ft.fm, at + ft.abi.int_ob_digit, value);
	return at;
}

static raddr list(raddr at, raddr items, uint64_t n)
{
	fake_u64(&ft.fm, object(at, LIST) + ft.abi.var_ob_size, n);
	fake_u64(&ft.fm, at + ft.abi.list_ob_item, items);
	return at;
}

static const char *repr(raddr at)
{
	pyrepr(&ft.ctx, at, text, sizeof(text));
	assert_int_equal(ft.ctx.faults, 0);
	return text;
}

static const char *repr_of_double(double value)
{
	struct reprbuf rb;

	reprbuf_init(&rb, text, sizeof(text));
	repr_float(&rb, value);
	return text;
}

static void a_float_is_its_shortest_text(void **state)
{
	(void)state;
	assert_string_equal(repr_of_double(0.1), "0.1");
	assert_string_equal(repr_of_double(-0.0), "-0.0");
	assert_string_equal(repr_of_double(1e16), "1e+16");
	assert_string_equal(repr_of_double(1e15), "1000000000000000.0");
	assert_string_equal(repr_of_double(0.0001), "0.0001");
	assert_string_equal(repr_of_double(0.00001), "1e-05");
	assert_string_equal(repr_of_double(5e-324), "5e-324");
	assert_string_equal(repr_of_double(1.7976931348623157e308),
			    "1.7976931348623157e+308");
	assert_string_equal(repr_of_double(INFINITY), "inf");
	assert_string_equal(repr_of_double(-NAN), "nan");
}

/* The nearest of sixteen digits, ...801, is not the same number. */
static void below_a_power_of_two_decimals_are_closer(void **state)
{
	(void)state;
	assert_string_equal(repr_of_double(0x1p-44), "5.684341886080802e-14");
}

static void ints_are_decimal_until_they_are_too_long(void **state)
{
	raddr at = small_int(OBJECT, 0);

	(void)state;
	assert_string_equal(repr(at), "0");
	assert_string_equal(repr(small_int(at, 123456789)), "123456789");
	fake_u64(&ft.fm, at + ft.abi.int_lv_tag, 3 << 3 | 2);
	fake_u32(&ft.fm, at + ft.abi.int_ob_digit, 0);
	fake_u32(&ft.fm, at + ft.abi.int_ob_digit + 4, 0);
	fake_u32(&ft.fm, at + ft.abi.int_ob_digit + 8, 1);
	assert_string_equal(repr(at), "-1152921504606846976");
	fake_u64(&ft.fm, at + ft.abi.int_lv_tag, 1000 << 3);
	fake_u32(&ft.fm, at + ft.abi.int_ob_digit + 4 * 999, 1);
	assert_string_equal(repr(at), "0x4000000000000000... (29971 bits)");
}

static void an_int_whose_highest_digit_is_zero_is_none(void **state)
{
	raddr at = small_int(OBJECT, 1);

	(void)state;
	fake_u64(&ft.fm, at + ft.abi.int_lv_tag, 1000 << 3);
	assert_string_equal(repr(at), "<unreadable at 0x2000>");
	fake_u64(&ft.fm, at + ft.abi.int_lv_tag, UINT64_MAX << 3);
	assert_string_equal(repr(at), "<unreadable at 0x2000>");
}

static void text_is_quoted_and_escaped(void **state)
{
	static const uint32_t s[] = { '"', '\'', '\n', 0x1b, 0x20ac, 0xd800,
				      0x10ffff };
	struct reprbuf rb;

	(void)state;
	reprbuf_init(&rb, text, sizeof(text));
	repr_str(&rb, s, ARRAY_SIZE(s), ARRAY_SIZE(s), 150);
	assert_string_equal(text,
			    "'\"\\'\\n\\x1b\xe2\x82\xac\\ud800\\U0010ffff'");
	reprbuf_init(&rb, text, sizeof(text));
	repr_str(&rb, s + 1, 1, 2, 150);
	assert_string_equal(text, "\"'\"... (2 characters)");
}

/* U+1C89 came with Unicode 16. */
static void what_is_printable_goes_by_the_version(void **state)
{
	static const uint32_t s = 0x1c89;
	struct reprbuf rb;

	(void)state;
	reprbuf_init(&rb, text, sizeof(text));
	repr_str(&rb, &s, 1, 1, 151);
	assert_string_equal(text, "'\\u1c89'");
	reprbuf_init(&rb, text, sizeof(text));
	repr_str(&rb, &s, 1, 1, 160);
	assert_string_equal(text, "'\xe1\xb2\x89'");
}

static void a_list_shows_its_first_items_and_its_size(void **state)
{
	raddr one = small_int(OTHER, 1);

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		fake_u64(&ft.fm, ITEMS + 8 * i, one);
	assert_string_equal(repr(list(OBJECT, ITEMS, 0)), "[]");
	assert_string_equal(repr(list(OBJECT, ITEMS, 2)), "[1, 1]");
	assert_string_equal(repr(list(OBJECT, ITEMS, 11)),
			    "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...] (11 items)");
}

static void an_item_that_cannot_be_read_is_the_only_one(void **state)
{
	(void)state;
	fake_u64(&ft.fm, ITEMS, NOWHERE);
	fake_u64(&ft.fm, ITEMS + 8, small_int(OTHER, 7));
	fake_u64(&ft.fm, ITEMS + 16, 0);
	assert_string_equal(repr(list(OBJECT, ITEMS, 3)),
			    "[<unreadable at 0x7fff0000>, 7, <NULL>]");
}

static void items_that_cannot_be_read_take_their_list_along(void **state)
{
	(void)state;
	assert_string_equal(repr(list(OBJECT, NOWHERE, 3)),
			    "<unreadable at 0x2000>");
	assert_string_equal(repr(list(OBJECT, ITEMS, UINT64_MAX)),
			    "<unreadable at 0x2000>");
	assert_string_equal(repr(NOWHERE), "<unreadable at 0x7fff0000>");
}

static void a_list_within_itself_ends(void **state)
{
	(void)state;
	fake_u64(&ft.fm, ITEMS, OBJECT);
	fake_u64(&ft.fm, ITEMS + 8, OBJECT);
	assert_string_equal(repr(list(OBJECT, ITEMS, 2)), "[[...], [...]]");
}

static void what_is_too_deep_is_left_out(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		fake_u64(&ft.fm, ITEMS + 0x100 * i, OBJECT + 0x100 * (i + 1));
		list(OBJECT + 0x100 * i, ITEMS + 0x100 * i, 1);
	}
	assert_string_equal(repr(OBJECT), "[[[[[...] (1 item)]]]]");
}

/* Ten lists of ten lists of...: the text is full before all is seen. */
static void many_items_end_with_the_room(void **state)
{
	uint64_t reads = ft.fm.reads;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		for (unsigned k = 0; k < 10; k++)
			fake_u64(&ft.fm, ITEMS + 0x100 * i + 8 * k,
				 OBJECT + 0x100 * (i + 1));
		list(OBJECT + 0x100 * i, ITEMS + 0x100 * i, 10);
	}
	repr(OBJECT);
	assert_true(strlen(text) < sizeof(text));
	assert_string_equal(text + strlen(text) - 3, "...");
	assert_true(ft.fm.reads - reads < 3000);
}

static void a_set_that_claims_a_huge_empty_table_ends(void **state)
{
	const struct abi *abi = &ft.abi;

	(void)state;
	fake_segment(&ft.fm, 0x40000000, 1 << 20);
	object(OBJECT, SET);
	fake_u64(&ft.fm, OBJECT + abi->set_used, 3);
	fake_u64(&ft.fm, OBJECT + abi->set_mask, (1ull << 40) - 1);
	fake_u64(&ft.fm, OBJECT + abi->set_table, 0x40000000);
	assert_string_equal(repr(OBJECT), "{...} (3 items)");
}

static void an_exception_is_its_type_and_arguments(void **state)
{
	const struct abi *abi = &ft.abi;

	(void)state;
	object(OBJECT, ERROR);
	fake_u64(&ft.fm, OBJECT + abi->exc_args, object(OTHER, TUPLE));
	fake_u64(&ft.fm, OTHER + abi->var_ob_size, 1);
	fake_u64(&ft.fm, OTHER + abi->tuple_ob_item, small_int(ITEMS, 5));
	assert_string_equal(repr(OBJECT), "ValueError(5)");
	fake_u64(&ft.fm, OTHER + abi->var_ob_size, 0);
	assert_string_equal(repr(OBJECT), "ValueError()");
	fake_u64(&ft.fm, OTHER + abi->var_ob_size, 1);
	fake_u64(&ft.fm, OTHER + abi->tuple_ob_item, OBJECT);
	assert_string_equal(repr(OBJECT), "ValueError(ValueError(...))");
	fake_u64(&ft.fm, OBJECT + abi->exc_args, 0);
	assert_string_equal(repr(OBJECT), "ValueError<NULL>");
}

static void all_other_is_where_it_is(void **state)
{
	(void)state;
	assert_string_equal(repr(object(OBJECT, MINE)),
			    "<spam.Eggs at 0x2000>");
}

static void a_heap_type_called_int_is_no_int(void **state)
{
	(void)state;
	faketypes_put(&ft, MINE, "int", 64, 0, TPF_HEAPTYPE);
	assert_true(faketypes_read(&ft));
	assert_string_equal(repr(object(OBJECT, MINE)), "<? at 0x2000>");
}

static void a_short_room_is_not_overrun(void **state)
{
	static const uint32_t euro[] = { 0x20ac, 0x20ac, 0x20ac, 0x20ac };

	(void)state;
	for (size_t size = REPRBUF_LEAST; size < 40; size++) {
		struct reprbuf rb;
		char room[40];

		memset(room, 'x', sizeof(room));
		reprbuf_init(&rb, room, size);
		repr_str(&rb, euro, 4, 4, 150);
		assert_true(strlen(room) < size);
		assert_true(size >= 18 || rb.full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_float_is_its_shortest_text),
		cmocka_unit_test(below_a_power_of_two_decimals_are_closer),
		cmocka_unit_test(text_is_quoted_and_escaped),
		cmocka_unit_test(what_is_printable_goes_by_the_version),
		cmocka_unit_test(a_short_room_is_not_overrun),
#define WITH_MEMORY(test) \
	cmocka_unit_test_setup_teardown(test, setup, teardown)
		WITH_MEMORY(ints_are_decimal_until_they_are_too_long),
		WITH_MEMORY(an_int_whose_highest_digit_is_zero_is_none),
		WITH_MEMORY(a_list_shows_its_first_items_and_its_size),
		WITH_MEMORY(an_item_that_cannot_be_read_is_the_only_one),
		WITH_MEMORY(items_that_cannot_be_read_take_their_list_along),
		WITH_MEMORY(a_list_within_itself_ends),
		WITH_MEMORY(what_is_too_deep_is_left_out),
		WITH_MEMORY(many_items_end_with_the_room),
		WITH_MEMORY(a_set_that_claims_a_huge_empty_table_ends),
		WITH_MEMORY(an_exception_is_its_type_and_arguments),
		WITH_MEMORY(all_other_is_where_it_is),
		WITH_MEMORY(a_heap_type_called_int_is_no_int),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
