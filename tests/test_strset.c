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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_has_one_number_and_keeps_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
