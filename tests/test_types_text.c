/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakeobj.h"

/* Bits of PyASCIIObject.state. */
enum {
	KIND1 = 1 << 2,
	KIND2 = 2 << 2,
	KIND3 = 3 << 2,
	COMPACT = 1 << 5,
	ASCII = 1 << 6,
	READY = 1 << 7,
};

static struct fakeobj fo;

static int setup(void **state)
{
	(void)state;
	fakeobj_init(&fo, 12);
	return 0;
}

static int setup_311(void **state)
{
	(void)state;
	fakeobj_init(&fo, 11);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fakeobj_fini(&fo);
	return 0;
}

static const struct pytype *str_type(void)
{
	return fakeobj_type(&fo, "str", fo.abi.str_sizeof, 0,
			    TPF_STR_SUBCLASS);
}

static void make_str(uint64_t length, uint32_t bits)
{
	fakeobj_put(&fo, fo.abi.str_length, length);
	fake_u32(&fo.fm, FAKEOBJ + fo.abi.str_state, bits);
}

static void ascii_follows_the_short_header(void **state)
{
	const struct pytype *str = str_type();
	uint64_t at_least;

	(void)state;
	make_str(5, KIND1 | COMPACT | ASCII);
	fake_bytes(&fo.fm, FAKEOBJ + fo.abi.str_ascii_sizeof, "hello", 6);
	assert_true(fakeobj_plausible(&fo, str));
	assert_int_equal(fakeobj_size(&fo, str), 40 + 6);
	assert_int_equal(fakeobj_block(&fo, str, &at_least), 40 + 6);
	assert_int_equal(fakeobj_buffers(&fo, str), 0);
	assert_int_equal(fo.ctx.faults, 0);
}

static void text_that_does_not_end_is_none(void **state)
{
	const struct pytype *str = str_type();

	(void)state;
	make_str(5, KIND1 | COMPACT | ASCII);
	fake_bytes(&fo.fm, FAKEOBJ + fo.abi.str_ascii_sizeof, "hello!", 6);
	assert_false(fakeobj_plausible(&fo, str));
}

static void a_copy_in_utf8_is_a_block_of_its_own(void **state)
{
	const struct pytype *str = str_type();

	(void)state;
	make_str(4, KIND2 | COMPACT);
	fakeobj_put(&fo, fo.abi.str_utf8, 0x11000);
	fakeobj_put(&fo, fo.abi.str_utf8_length, 12);
	assert_int_equal(fakeobj_size(&fo, str), 56 + 5 * 2 + 13);
	assert_int_equal(fakeobj_buffers(&fo, str), 1);
	assert_int_equal(fo.bufs.v[0].addr, 0x11000);
	assert_int_equal(fo.bufs.v[0].len, 13);
}

/* An instance of a subclass: text hangs on a pointer, utf8 may be the same. */
static void legacy_text_is_counted_once(void **state)
{
	const struct pytype *str = str_type();

	(void)state;
	make_str(4, KIND1 | ASCII);
	fakeobj_put(&fo, fo.abi.str_data, 0x11000);
	fakeobj_put(&fo, fo.abi.str_utf8, 0x11000);
	fakeobj_put(&fo, fo.abi.str_utf8_length, 4);
	assert_int_equal(fakeobj_size(&fo, str), 64 + 5);
	assert_int_equal(fakeobj_buffers(&fo, str), 1);
	assert_int_equal(fo.bufs.v[0].len, 5);
}

static void characters_of_three_bytes_there_are_none(void **state)
{
	const struct pytype *str = str_type();

	(void)state;
	make_str(1, KIND3 | COMPACT);
	assert_false(fakeobj_plausible(&fo, str));
	make_str(1, KIND2 | COMPACT | ASCII);
	assert_false(fakeobj_plausible(&fo, str));
	make_str(UINT64_MAX, KIND1 | COMPACT | ASCII);
	assert_false(fakeobj_plausible(&fo, str));
}

static void up_to_311_a_wide_copy_may_hang_on(void **state)
{
	const struct pytype *str = str_type();

	(void)state;
	make_str(3, KIND1 | COMPACT | ASCII | READY);
	fakeobj_put(&fo, fo.abi.str_wstr, 0x11000);
	assert_int_equal(fakeobj_size(&fo, str), 48 + 4 + 4 * 4);
	assert_int_equal(fakeobj_buffers(&fo, str), 1);
}

/* --- int, bytes ---------------------------------------------------------- */

static const struct pytype *int_type(void)
{
	return fakeobj_type(&fo, "int", fo.abi.int_ob_digit, 4,
			    TPF_LONG_SUBCLASS);
}

static void digits_are_counted_in_the_tag(void **state)
{
	const struct pytype *type = int_type();

	(void)state;
	fakeobj_put(&fo, fo.abi.int_lv_tag, 3 << 3 | 2);
	fake_u32(&fo.fm, FAKEOBJ + fo.abi.int_ob_digit + 8, 1);
	assert_int_equal(fakeobj_size(&fo, type), 24 + 12);
	assert_true(fakeobj_plausible(&fo, type));
	fakeobj_put(&fo, fo.abi.int_lv_tag, 0 << 3 | 1);
	assert_int_equal(fakeobj_size(&fo, type), 24 + 4);
	assert_true(fakeobj_plausible(&fo, type));
}

static void an_int_with_a_leading_zero_is_none(void **state)
{
	const struct pytype *type = int_type();

	(void)state;
	fakeobj_put(&fo, fo.abi.int_lv_tag, 2 << 3);
	assert_false(fakeobj_plausible(&fo, type));
	fakeobj_put(&fo, fo.abi.int_lv_tag, 2 << 3 | 1);	/* zero? */
	assert_false(fakeobj_plausible(&fo, type));
	fakeobj_put(&fo, fo.abi.int_lv_tag, 2 << 3 | 3);	/* no sign */
	assert_false(fakeobj_plausible(&fo, type));
}

static void up_to_311_the_sign_is_in_the_length(void **state)
{
	const struct pytype *type = int_type();

	(void)state;
	fakeobj_put(&fo, fo.abi.var_ob_size, (uint64_t)-3);
	assert_int_equal(fakeobj_size(&fo, type), 24 + 12);
	fakeobj_put(&fo, fo.abi.var_ob_size, (uint64_t)INT64_MIN);
	assert_false(fakeobj_plausible(&fo, type));
}

static void bytes_end_with_a_zero(void **state)
{
	const struct pytype *type = fakeobj_type(&fo, "bytes", 33, 1,
						 TPF_BYTES_SUBCLASS);
	uint64_t at_least;

	(void)state;
	fakeobj_put(&fo, fo.abi.var_ob_size, 3);
	fake_bytes(&fo.fm, FAKEOBJ + fo.abi.bytes_ob_sval, "abc", 4);
	assert_true(fakeobj_plausible(&fo, type));
	assert_int_equal(fakeobj_size(&fo, type), 33 + 3);
	assert_int_equal(fakeobj_block(&fo, type, &at_least), 33 + 3);
	fake_bytes(&fo.fm, FAKEOBJ + fo.abi.bytes_ob_sval, "abcd", 4);
	assert_false(fakeobj_plausible(&fo, type));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define T_311(name) cmocka_unit_test_setup_teardown(name, setup_311, teardown)
	const struct CMUnitTest tests[] = {
		T(ascii_follows_the_short_header),
		T(text_that_does_not_end_is_none),
		T(a_copy_in_utf8_is_a_block_of_its_own),
		T(legacy_text_is_counted_once),
		T(characters_of_three_bytes_there_are_none),
		T_311(up_to_311_a_wide_copy_may_hang_on),
		T(digits_are_counted_in_the_tag),
		T(an_int_with_a_leading_zero_is_none),
		T_311(up_to_311_the_sign_is_in_the_length),
		T(bytes_end_with_a_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
