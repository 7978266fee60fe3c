/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/strset.h"

static struct err err;

static void a_string_has_one_number_and_keeps_it(void **state)
{
	struct strset set = { 0 };
	char text[32];

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "app.Row%u", i);
		assert_int_equal(strset_add(&set, text, &err), i);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "app.Row%u", i);
		assert_int_equal(strset_add(&set, text, &err), i);
		assert_string_equal(set.all.v[i], text);
	}
	assert_int_equal(strset_add(&set, "", &err), 5000);
	assert_int_equal(strset_add(&set, "", &err), 5000);
	assert_int_equal(set.all.n, 5001);
	strset_fini(&set);
	assert_int_equal(strset_add(&set, "again", &err), 0);
	strset_fini(&set);
}

static void bytes_are_told_from_others_by_all_of_them(void **state)
{
	struct strset set = { 0 };

	(void)state;
	assert_int_equal(strset_put(&set, "a\0b", 3, SIZE_MAX, &err), 0);
	assert_int_equal(strset_put(&set, "a\0c", 3, SIZE_MAX, &err), 1);
	assert_int_equal(strset_put(&set, "a", 1, SIZE_MAX, &err), 2);
	assert_int_equal(strset_put(&set, "a\0b", 3, SIZE_MAX, &err), 0);
	assert_int_equal(strset_add(&set, "a", &err), 2);
	assert_int_equal(set.len.v[1], 3);
	assert_memory_equal(set.all.v[1], "a\0c", 4);
	strset_fini(&set);
}

static void there_is_an_end_to_bytes(void **state)
{
	enum { MOST = 1 << 16 };
	struct strset set = { 0 };
	uint32_t i = 0;

	(void)state;
	while (strset_put(&set, &i, sizeof(i), MOST, &err) != STRSET_NONE)
		i++;
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(set.all.n, i);
	assert_in_range(i, MOST / 64, MOST / sizeof(i));
	i = 0;
	assert_int_equal(strset_put(&set, &i, sizeof(i), MOST, &err), 0);
	strset_fini(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_has_one_number_and_keeps_it),
		cmocka_unit_test(bytes_are_told_from_others_by_all_of_them),
		cmocka_unit_test(there_is_an_end_to_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
