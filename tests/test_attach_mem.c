/* SPDX-License-Identifier: MIT */
/* What every reader of tracee memory has in common. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "attach/mem.h"
#include "fakemem.h"

static struct fakemem fm;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	fake_init(&fm, 0x10000);
	err = (struct err){0};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_fini(&fm);
	return 0;
}

static void numbers_come_as_written(void **state)
{
	uint64_t u64;
	uint32_t u32;

	(void)state;
	fake_u64(&fm, 0x10010, 0x1122334455667788);
	assert_true(mem_u64(&fm.mem, 0x10010, &u64, &err));
	assert_true(mem_u32(&fm.mem, 0x10014, &u32, &err));
	assert_int_equal(u64, 0x1122334455667788);
	assert_int_equal(u32, 0x11223344);
	assert_int_equal(fm.mem.bytes_read, 12);
}

static void a_fault_names_the_first_unreadable_address(void **state)
{
	char buf[64];

	(void)state;
	fake_fault(&fm, 0x10020, 1);
	assert_false(mem_read(&fm.mem, 0x10000, buf, sizeof(buf), &err));
	assert_int_equal(err.code, ERR_FAULT);
	assert_int_equal(err.addr, 0x10020);
	assert_string_equal(err.text, "cannot read 64 bytes at 0x10000");
}

static void reading_some_stops_at_the_end_of_the_mapping(void **state)
{
	char buf[64];

	(void)state;
	assert_int_equal(mem_read_some(&fm.mem, 0x10000 + FAKE_SIZE - 10, buf,
				       sizeof(buf), &err), 10);
	assert_int_equal(mem_read_some(&fm.mem, 0x9000, buf, 8, &err), 0);
	assert_int_equal(mem_read_some(&fm.mem, 0x10000, buf, 0, &err), 0);
}

static void adjoining_segments_are_read_at_once(void **state)
{
	uint64_t value;

	(void)state;
	fake_segment(&fm, 0x10000 + FAKE_SIZE, 16);
	fake_u32(&fm, 0x10000 + FAKE_SIZE, 7);
	assert_true(mem_u64(&fm.mem, 0x10000 + FAKE_SIZE - 4, &value, &err));
	assert_int_equal(value, 7ull << 32);
}

static void the_last_address_does_not_wrap(void **state)
{
	char buf[64];

	(void)state;
	fake_segment(&fm, UINT64_MAX - 7, 8);
	assert_int_equal(mem_read_some(&fm.mem, UINT64_MAX - 3, buf,
				       sizeof(buf), &err), 4);
	assert_false(mem_read(&fm.mem, UINT64_MAX - 3, buf, sizeof(buf),
			      &err));
}

static void an_exit_is_told_from_a_fault(void **state)
{
	uint64_t value;
	struct mem_piece piece = {0x10000, &value, 8, false};

	(void)state;
	fake_exit_after(&fm, 0);
	assert_false(mem_u64(&fm.mem, 0x10000, &value, &err));
	assert_int_equal(err.code, ERR_GONE);
	assert_int_equal(mem_read_some(&fm.mem, 0x10000, &value, 8, &err), -1);
	assert_false(mem_read_batch(&fm.mem, &piece, 1, &err));
}

static void a_batch_marks_just_the_bad_pieces(void **state)
{
	uint64_t value[3];
	struct mem_piece piece[] = {
		{0x10000, &value[0], 8, false},
		{0x5, &value[1], 8, true},
		{0x10008, &value[2], 8, false},
	};

	(void)state;
	fake_u64(&fm, 0x10008, 42);
	assert_true(mem_read_batch(&fm.mem, piece, 3, &err));
	assert_true(piece[0].ok);
	assert_false(piece[1].ok);
	assert_true(piece[2].ok);
	assert_int_equal(value[2], 42);
	assert_int_equal(fm.mem.bytes_read, 16);
}

static void a_string_may_end_right_before_a_hole(void **state)
{
	char buf[200];

	(void)state;
	fake_str(&fm, 0x10000 + FAKE_SIZE - 6, "hello");
	assert_true(mem_cstr(&fm.mem, 0x10000 + FAKE_SIZE - 6, buf,
			     sizeof(buf), &err));
	assert_string_equal(buf, "hello");
}

static void a_string_without_end_is_a_fault(void **state)
{
	char buf[200];

	(void)state;
	fake_bytes(&fm, 0x10000 + FAKE_SIZE - 3, "abc", 3);
	assert_false(mem_cstr(&fm.mem, 0x10000 + FAKE_SIZE - 3, buf,
			      sizeof(buf), &err));
	assert_int_equal(err.code, ERR_FAULT);
	assert_int_equal(err.addr, 0x10000 + FAKE_SIZE);
}

static void a_long_string_is_cut(void **state)
{
	char buf[100], tiny[1];

	(void)state;
	memset(fake_at(&fm, 0x10000, 500), 'x', 500);
	assert_true(mem_cstr(&fm.mem, 0x10000, buf, sizeof(buf), &err));
	assert_int_equal(strlen(buf), 99);
	assert_true(mem_cstr(&fm.mem, 0x10000, tiny, sizeof(tiny), &err));
	assert_string_equal(tiny, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_come_as_written),
		TEST(a_fault_names_the_first_unreadable_address),
		TEST(reading_some_stops_at_the_end_of_the_mapping),
		TEST(adjoining_segments_are_read_at_once),
		TEST(the_last_address_does_not_wrap),
		TEST(an_exit_is_told_from_a_fault),
		TEST(a_batch_marks_just_the_bad_pieces),
		TEST(a_string_may_end_right_before_a_hole),
		TEST(a_string_without_end_is_a_fault),
		TEST(a_long_string_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
