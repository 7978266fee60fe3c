/* SPDX-License-Identifier: MIT */
/* Containers, remembered from look to look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "result/holders.h"

enum { HERE = 0x1000, THERE = 0x2000, DICT = 0x10, LIST = 0x20 };

static struct err err;
static struct holders holders;
static double now;

struct one {
	raddr address, type;
	int64_t length;
};

static int set_up(void **state)
{
	(void)state;
	memset(&holders, 0, sizeof(holders));
	now = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	holders_fini(&holders);
	return 0;
}

static void add(struct containers *c, const struct one *one)
{
	struct container row = { .address = one->address, .type = one->type,
				 .length = one->length };

	row.name = strset_add(&c->names, one->type == DICT ? "dict" : "list",
			      &err);
	assert_true(containers_add(c, &row, &err));
}

/* A look a second after the last; ended by one without address. */
static void look(const struct one *ones)
{
	struct containers seen = { .known = true };

	for (; ones->address; ones++)
		add(&seen, ones);
	assert_true(holders_look(&holders, &seen, now++, &err));
	containers_fini(&seen);
}

#define LOOK(...) look((const struct one[]){ __VA_ARGS__, { 0, 0, 0 } })

static const struct holder *row_at(raddr address)
{
	for (size_t i = 0; i < holders.rows.n; i++) {
		if (holders.rows.v[i].address == address)
			return &holders.rows.v[i];
	}
	return NULL;
}

static void what_rises_each_time_is_told_from_what_only_once_did(void **state)
{
	const struct holder **rank;
	size_t n;

	(void)state;
	LOOK({ HERE, DICT, 100 }, { THERE, LIST, 100 });
	assert_false(holder_rose_always(&holders, row_at(HERE)));
	LOOK({ HERE, DICT, 150 }, { THERE, LIST, 900 });
	LOOK({ HERE, DICT, 180 }, { THERE, LIST, 900 });
	assert_true(holder_rose_always(&holders, row_at(HERE)));
	assert_false(holder_rose_always(&holders, row_at(THERE)));
	assert_int_equal(holder_more(row_at(HERE)), 80);
	assert_true(holder_rate(&holders, row_at(HERE)) == 40);
	assert_string_equal(holders_type(&holders, row_at(HERE)), "dict");
	assert_true(holders_rank(&holders, &rank, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(rank[0]->address, THERE);
	free(rank);
}

static void who_shrinks_and_rises_again_has_risen_once(void **state)
{
	(void)state;
	LOOK({ HERE, DICT, 100 });
	LOOK({ HERE, DICT, 200 });
	LOOK({ HERE, DICT, 70 });
	LOOK({ HERE, DICT, 300 });
	assert_int_equal(row_at(HERE)->rises, 1);
	assert_false(holder_rose_always(&holders, row_at(HERE)));
}

static void one_of_another_type_at_an_address_is_another(void **state)
{
	(void)state;
	LOOK({ HERE, DICT, 100 });
	LOOK({ HERE, LIST, 500 });
	assert_int_equal(holders.rows.n, 1);
	assert_int_equal(holder_more(row_at(HERE)), 0);
	assert_string_equal(holders_type(&holders, row_at(HERE)), "list");
	assert_int_equal(holders.lost, 1);
	assert_int_equal(holders.came, 1);
}

static void one_that_a_look_missed_is_the_same_if_it_may_be(void **state)
{
	(void)state;
	LOOK({ HERE, DICT, 100 }, { THERE, DICT, 100 });
	LOOK({ 0x3000, DICT, 100 });
	assert_true(row_at(HERE)->missed);
	LOOK({ HERE, DICT, 150 }, { THERE, DICT, 400 });
	assert_int_equal(holder_more(row_at(HERE)), 50);
	assert_false(row_at(HERE)->missed);
	assert_int_equal(holder_more(row_at(THERE)), 0);
	assert_int_equal(holders.lost, 1);
	/* It was not seen to rise each time. */
	assert_false(holder_rose_always(&holders, row_at(HERE)));
}

static void one_that_came_back_with_less_is_another(void **state)
{
	(void)state;
	LOOK({ HERE, DICT, 100 });
	LOOK({ THERE, DICT, 100 });
	LOOK({ HERE, DICT, 99 });
	assert_int_equal(row_at(HERE)->first, 99);
	assert_int_equal(holders.lost, 1);
}

static void who_is_missed_twice_is_lost(void **state)
{
	(void)state;
	LOOK({ HERE, DICT, 100 });
	LOOK({ THERE, DICT, 100 });
	assert_int_equal(holders.lost, 0);
	LOOK({ THERE, DICT, 100 });
	assert_int_equal(holders.lost, 1);
	assert_null(row_at(HERE));
	LOOK({ HERE, DICT, 120 }, { THERE, DICT, 100 });
	assert_int_equal(holder_more(row_at(HERE)), 0);
}

static void a_baseline_is_what_it_is_compared_with(void **state)
{
	const struct holder **rank;
	size_t n;

	(void)state;
	LOOK({ HERE, DICT, 100 });
	LOOK({ HERE, DICT, 150 });
	holders_baseline(&holders);
	assert_int_equal(holder_more(row_at(HERE)), 0);
	assert_true(holders_rank(&holders, &rank, &n, &err));
	assert_int_equal(n, 0);
	free(rank);
	LOOK({ HERE, DICT, 160 }, { THERE, LIST, 70 });
	LOOK({ HERE, DICT, 160 }, { THERE, LIST, 90 });
	assert_int_equal(holder_more(row_at(HERE)), 10);
	assert_true(holder_rate(&holders, row_at(HERE)) == 5);
	assert_int_equal(holder_more(row_at(THERE)), 20);
	holders_clear_baseline(&holders);
	assert_int_equal(holder_more(row_at(HERE)), 60);
}

/* --- of one look --------------------------------------------------------- */

static void the_longest_are_kept_and_it_says_from_which_length_on(void **state)
{
	struct containers c = { .known = true };
	struct one one = { .type = DICT };

	(void)state;
	for (int64_t i = 0; i < 3 * CONTAINERS_MOST; i++) {
		one.address = (raddr)(i + 1) * 8;
		one.length = CONTAINERS_LEAST + i % 1000;
		add(&c, &one);
	}
	assert_true(c.v.n <= CONTAINERS_MOST);
	assert_true(c.least > CONTAINERS_LEAST);
	for (size_t i = 0; i < c.v.n; i++)
		assert_true(c.v.v[i].length >= c.least);
	containers_fini(&c);
}

static void where_all_are_as_long_none_of_them_is_kept(void **state)
{
	struct containers c = { .known = true };
	struct one one = { .type = DICT, .length = CONTAINERS_LEAST };

	(void)state;
	for (int64_t i = 0; i < CONTAINERS_MOST + 1; i++) {
		one.address = (raddr)(i + 1) * 8;
		add(&c, &one);
	}
	assert_int_equal(c.v.n, 0);
	assert_int_equal(c.least, 2 * CONTAINERS_LEAST);
	containers_fini(&c);
}

static void short_ones_are_not_wanted(void **state)
{
	struct containers c = { .known = true };
	const struct one one = { HERE, DICT, CONTAINERS_LEAST - 1 };

	(void)state;
	add(&c, &one);
	assert_int_equal(c.v.n, 0);
	containers_fini(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_rises_each_time_is_told_from_what_only_once_did),
		TEST(who_shrinks_and_rises_again_has_risen_once),
		TEST(one_of_another_type_at_an_address_is_another),
		TEST(one_that_a_look_missed_is_the_same_if_it_may_be),
		TEST(one_that_came_back_with_less_is_another),
		TEST(who_is_missed_twice_is_lost),
		TEST(a_baseline_is_what_it_is_compared_with),
		TEST(the_longest_are_kept_and_it_says_from_which_length_on),
		TEST(where_all_are_as_long_none_of_them_is_kept),
		TEST(short_ones_are_not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
