/* SPDX-License-Identifier: MIT */
/* Which frames of C run which of Python; also where they do not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stacks/interleave.h"

/*
 * Frames of C by letters, innermost first: e is an evaluation, h a handler of
 * one, c another function, ? has no name.  Number i has the stack from
 * 0x1000 + i * 0x100 on.
 */
static struct interleave_c c[32];
static size_t n_c;

static void set_c(const char *letters)
{
	n_c = strlen(letters);
	for (size_t i = 0; i < n_c; i++)
		c[i] = (struct interleave_c){
			.sp = 0x1000 + i * 0x100,
			.is_eval = letters[i] == 'e',
			.is_handler = letters[i] == 'h',
			.is_named = letters[i] != '?',
		};
}

/* Frames of Python: P was called by Python, E by C; the record of the next E
 * lies in the frame of C whose number @where names, '-' for nowhere. */
static struct interleave_python python[32];
static size_t n_python;

static void set_python(const char *letters, const char *where)
{
	n_python = strlen(letters);
	for (size_t i = 0; i < n_python; i++) {
		python[i] = (struct interleave_python){
			.is_entry = letters[i] == 'E',
		};
		if (letters[i] != 'E' || !where || !*where)
			continue;
		if (*where != '-')
			python[i].anchor = 0x1080 +
				(raddr)(*where - '0') * 0x100;
		where++;
	}
}

/* The result: digits are frames of C, letters of Python, a the first. */
static char got[128];
static struct interleave il;

static const char *merged(bool is_whole)
{
	struct err err;
	char *at = got;

	assert_true(interleave(c, n_c, python, n_python, is_whole, &il, &err));
	for (size_t i = 0; i < il.items.n; i++)
		*at++ = (char)((il.items.v[i].is_python ? 'a' : '0') +
			       (char)il.items.v[i].number);
	*at = '\0';
	interleave_fini(&il);
	return got;
}

static void an_evaluation_is_replaced_by_the_frames_it_runs(void **state)
{
	(void)state;
	set_c("ccec");
	set_python("PPE", "2");
	assert_string_equal(merged(true), "01abc3");
	assert_int_equal(il.n_unplaced, 0);
}

static void frames_called_from_c_have_evaluations_of_their_own(void **state)
{
	(void)state;
	set_c("ceccecec");
	set_python("PEEPPE", "146");
	assert_string_equal(merged(true), "0ab23c5def7");
}

static void no_name_is_needed_where_the_call_left_a_record(void **state)
{
	(void)state;
	set_c("??????");
	set_python("EPE", "13");
	assert_string_equal(merged(true), "0a2bc45");
}

static void an_evaluation_that_was_inlined_leaves_its_caller(void **state)
{
	(void)state;
	set_c("ccc");
	set_python("E", "1");
	assert_string_equal(merged(true), "0a12");
}

static void handlers_belong_to_the_evaluation_behind_them(void **state)
{
	(void)state;
	set_c("chech");
	set_python("E", "2");
	assert_string_equal(merged(true), "0a34");
}

static void an_evaluation_without_a_record_stays(void **state)
{
	(void)state;
	set_c("ecec");
	set_python("E", "2");
	assert_string_equal(merged(true), "01a3");
}

static void counts_pair_where_there_are_no_records(void **state)
{
	(void)state;
	set_c("ceccec");
	set_python("EE", NULL);
	assert_string_equal(merged(true), "0a23b5");
	assert_false(il.apart);
}

static void an_evaluation_that_only_begins_stays(void **state)
{
	(void)state;
	set_c("eccec");
	set_python("E", NULL);
	assert_string_equal(merged(true), "012a4");
}

static void counts_that_do_not_match_are_listed_apart(void **state)
{
	(void)state;
	set_c("cecec");
	set_python("EEE", NULL);
	assert_string_equal(merged(true), "01234abc");
	assert_true(il.apart);
	assert_int_equal(il.n_unplaced, 3);
	assert_int_equal(il.n_evals, 2);

	set_c("eeecec");
	set_python("E", NULL);
	assert_string_equal(merged(true), "012345a");
	assert_true(il.apart);
}

static void part_of_a_stack_pairs_from_within(void **state)
{
	(void)state;
	set_c("cece");
	set_python("EEEE", NULL);
	assert_string_equal(merged(false), "0a2bcd");
	assert_false(il.apart);
	assert_int_equal(il.n_unplaced, 2);
}

/* It may not have begun: then all would be off by one. */
static void part_of_a_stack_with_a_doubtful_first_is_listed_apart(void **state)
{
	(void)state;
	set_c("ece");
	set_python("EEE", NULL);
	assert_string_equal(merged(false), "012abc");
	assert_true(il.apart);
}

static void python_frames_beyond_the_last_of_c_come_last(void **state)
{
	(void)state;
	set_c("cec");
	set_python("EPE", "19");
	assert_string_equal(merged(false), "0a2bc");
	assert_int_equal(il.n_unplaced, 1);
}

static void a_record_in_the_last_frame_is_not_believed(void **state)
{
	(void)state;
	set_c("ce");
	set_python("E", "1");
	assert_string_equal(merged(false), "01a");
	assert_int_equal(il.n_unplaced, 1);
}

static void a_call_without_a_record_stands_before_the_next(void **state)
{
	(void)state;
	set_c("cececec");
	set_python("EEE", "1-5");
	assert_string_equal(merged(true), "0a234bc6");
	assert_int_equal(il.n_unplaced, 1);
}

/* Records in the wrong order, twice the same, or anywhere. */
static void lying_records_lose_no_frame(void **state)
{
	(void)state;
	set_c("cececec");
	set_python("EEEE", "5311");
	assert_string_equal(merged(true), "01234a6bcd");
	assert_int_equal(il.n_unplaced, 3);
	set_python("EE", "11");
	assert_string_equal(merged(true), "0a23456b");
	for (size_t i = 0; i < 2; i++)
		python[i].anchor = UINT64_MAX - i;
	assert_string_equal(merged(true), "0123456ab");
}

static void frames_above_the_last_call_are_kept(void **state)
{
	(void)state;
	set_c("cec");
	set_python("EPP", "1");
	assert_string_equal(merged(true), "0a2bc");
}

static void either_may_be_missing(void **state)
{
	(void)state;
	set_c("ccc");
	set_python("", NULL);
	assert_string_equal(merged(true), "012");
	assert_false(il.apart);
	set_c("");
	set_python("PE", "1");
	assert_string_equal(merged(true), "ab");
	set_python("PE", NULL);
	assert_string_equal(merged(false), "ab");
	set_python("", NULL);
	assert_string_equal(merged(true), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_evaluation_is_replaced_by_the_frames_it_runs),
		cmocka_unit_test(
			frames_called_from_c_have_evaluations_of_their_own),
		cmocka_unit_test(
			no_name_is_needed_where_the_call_left_a_record),
		cmocka_unit_test(
			an_evaluation_that_was_inlined_leaves_its_caller),
		cmocka_unit_test(
			handlers_belong_to_the_evaluation_behind_them),
		cmocka_unit_test(an_evaluation_without_a_record_stays),
		cmocka_unit_test(counts_pair_where_there_are_no_records),
		cmocka_unit_test(an_evaluation_that_only_begins_stays),
		cmocka_unit_test(counts_that_do_not_match_are_listed_apart),
		cmocka_unit_test(part_of_a_stack_pairs_from_within),
		cmocka_unit_test(
			part_of_a_stack_with_a_doubtful_first_is_listed_apart),
		cmocka_unit_test(
			python_frames_beyond_the_last_of_c_come_last),
		cmocka_unit_test(a_record_in_the_last_frame_is_not_believed),
		cmocka_unit_test(
			a_call_without_a_record_stands_before_the_next),
		cmocka_unit_test(lying_records_lose_no_frame),
		cmocka_unit_test(frames_above_the_last_call_are_kept),
		cmocka_unit_test(either_may_be_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
