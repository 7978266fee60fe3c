/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "result/fullness.h"

enum { SIZE = 1000 };

static struct account_arena arena(int64_t used, bool filling)
{
	return (struct account_arena){ .size = SIZE, .resident = SIZE / 2,
				       .used = used, .filling = filling };
}

static void an_arena_is_one_character(void **state)
{
	static const struct {
		int64_t used;
		bool filling;
		char sign;
	} cases[] = {
		{ 0, false, '.' }, { 1, false, '1' }, { 100, false, '1' },
		{ 101, false, '2' }, { 900, false, '9' }, { 901, false, '#' },
		{ SIZE, false, '#' }, { 0, true, '+' }, { 500, true, '+' },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct account_arena a = arena(cases[i].used,
					       cases[i].filling);

		assert_int_equal(fullness_sign(&a), cases[i].sign);
	}
}

static void each_arena_is_in_one_tenth(void **state)
{
	struct fullness f = { 0 };
	int64_t arenas = 0;

	(void)state;
	for (int used = 0; used <= SIZE; used++) {
		struct account_arena a = arena(used, used == 7);

		fullness_add(&f, &a);
	}
	assert_int_equal(f.arenas[0], 101);
	assert_int_equal(f.arenas[9], 100);
	assert_int_equal(f.used[0], 100 * 101 / 2);
	assert_int_equal(f.resident[3], 100 * SIZE / 2);
	assert_int_equal(f.filling, 1);
	for (int i = 0; i < FULLNESS_PARTS; i++)
		arenas += f.arenas[i];
	assert_int_equal(arenas, SIZE + 1);
}

static size_t draw(const struct account_arena *arenas, size_t n, char *picture)
{
	return fullness_draw(arenas, n, sizeof(*arenas), picture);
}

static void a_picture_has_a_bound_and_all_arenas(void **state)
{
	static struct account_arena many[2 * FULLNESS_MOST + 1];
	char picture[FULLNESS_MOST + 1];

	(void)state;
	assert_int_equal(draw(many, 0, picture), 0);
	assert_string_equal(picture, "");
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = arena(i % 3 == 0 ? SIZE : 0, false);
	assert_int_equal(draw(many, 6, picture), 1);
	assert_string_equal(picture, "#..#..");
	assert_int_equal(draw(many, FULLNESS_MOST, picture), 1);
	assert_int_equal(strlen(picture), FULLNESS_MOST);
	/* Three each, one full and two empty; of the last it is one of two. */
	assert_int_equal(draw(many, ARRAY_SIZE(many), picture), 3);
	assert_int_equal(strlen(picture),
			 (ARRAY_SIZE(many) + 2) / 3);
	assert_int_equal(strspn(picture, "4"), strlen(picture) - 1);
	assert_int_equal(picture[strlen(picture) - 1], '5');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_is_one_character),
		cmocka_unit_test(each_arena_is_in_one_tenth),
		cmocka_unit_test(a_picture_has_a_bound_and_all_arenas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
