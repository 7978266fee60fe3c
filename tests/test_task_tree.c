/* SPDX-License-Identifier: MIT */
/* Who awaits whom, as rows: shared, circular, deep and many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "result/task_tree.h"

enum { MANY = 10000 };

static struct stack_task tasks[MANY];
static struct task_tree tree;
static struct err err;

static raddr address_of(size_t t)
{
	return 0x7f0000000000 + t * 0x100;
}

static int make(void **state)
{
	(void)state;
	memset(tasks, 0, sizeof(tasks));
	for (size_t t = 0; t < MANY; t++)
		tasks[t].address = address_of(t);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	for (size_t t = 0; t < MANY; t++)
		vec_free(&tasks[t].awaited_by);
	task_tree_fini(&tree);
	return 0;
}

static void awaits(size_t from, size_t to)
{
	raddr *slot = vec_add(&tasks[to].awaited_by, &err);

	assert_non_null(slot);
	*slot = address_of(from);
}

static void build(size_t n)
{
	assert_true(task_tree_build(&tree, tasks, n, &err));
}

/* A row a word: dots for the depth, the task, and how it is marked. */
static void check(const char *want)
{
	static const char *const marks[] = {
		[TASK_SHOWN] = "", [TASK_ABOVE] = "^", [TASK_CIRCLE] = "@",
	};
	char is[1000] = "";
	size_t len = 0;

	for (size_t i = 0; i < tree.rows.n && len < 900; i++) {
		const struct task_row *row = &tree.rows.v[i];

		len += (size_t)sprintf(is + len, "%s%.*s%zu%s%s",
				       i ? " " : "", (int)row->depth,
				       "..........", row->task,
				       marks[row->mark],
				       row->is_last ? "" : ",");
	}
	assert_string_equal(is, want);
}

static void no_tasks_are_no_rows(void **state)
{
	(void)state;
	build(0);
	check("");
}

static void tasks_that_nobody_awaits_are_listed(void **state)
{
	(void)state;
	build(3);
	check("0 1 2");
}

static void the_awaited_stand_below_their_awaiter(void **state)
{
	(void)state;
	awaits(2, 0);
	awaits(2, 1);
	awaits(1, 3);
	build(4);
	check("2 .0, .1 ..3");
}

static void a_task_of_two_awaiters_is_shown_once(void **state)
{
	(void)state;
	awaits(0, 2);
	awaits(1, 2);
	awaits(2, 3);
	build(4);
	check("0 .2 ..3 1 .2^");
}

static void an_awaiter_named_twice_awaits_once(void **state)
{
	(void)state;
	awaits(0, 1);
	awaits(0, 1);
	build(2);
	check("0 .1");
}

static void a_circle_is_broken(void **state)
{
	(void)state;
	awaits(0, 1);
	awaits(1, 2);
	awaits(2, 0);
	build(4);
	check("3 0 .1 ..2 ...0@");
}

static void a_circle_below_a_root_is_shown_there(void **state)
{
	(void)state;
	awaits(2, 0);
	awaits(0, 1);
	awaits(1, 0);
	build(3);
	check("2 .0 ..1 ...0@");
}

static void a_task_may_claim_to_await_itself(void **state)
{
	(void)state;
	awaits(0, 0);
	build(1);
	check("0 .0@");
}

static void an_awaiter_that_is_no_task_is_none(void **state)
{
	raddr *slot = vec_add(&tasks[0].awaited_by, &err);

	(void)state;
	assert_non_null(slot);
	*slot = 0xdead;
	build(1);
	check("0");
}

static void two_tasks_at_one_address_are_both_listed(void **state)
{
	(void)state;
	tasks[1].address = tasks[0].address;
	awaits(0, 2);
	build(3);
	check("0 .2 1");
}

static void loops_stand_apart_in_their_first_order(void **state)
{
	(void)state;
	for (size_t t = 0; t < 6; t++)
		tasks[t].loop = t % 2 ? 0x1000 : 0x2000;
	awaits(4, 0);
	awaits(3, 1);
	build(6);
	check("2 4 .0 3 .1 5");
}

static void siblings_stand_in_the_order_of_their_names(void **state)
{
	static char *const names[] = { NULL, "Task-10", "Task-9", "a", NULL };

	(void)state;
	for (size_t t = 0; t < 5; t++) {
		tasks[t].name = names[t];
		awaits(5, t);
	}
	build(6);
	check("5 .2, .1, .3, .0, .4");
}

static void a_chain_of_ten_thousand_is_no_recursion(void **state)
{
	(void)state;
	for (size_t t = 0; t + 1 < MANY; t++)
		awaits(t, t + 1);
	build(MANY);
	assert_int_equal(tree.rows.n, MANY);
	for (size_t t = 0; t < MANY; t++) {
		assert_int_equal(tree.rows.v[t].task, t);
		assert_int_equal(tree.rows.v[t].depth, t);
	}
}

static void ten_thousand_awaited_by_one(void **state)
{
	(void)state;
	for (size_t t = 1; t < MANY; t++)
		awaits(0, t);
	build(MANY);
	assert_int_equal(tree.rows.n, MANY);
	assert_true(tree.rows.v[MANY - 1].is_last);
}

/* Were shared tasks shown again below each awaiter, these were 2^n rows. */
static void diamonds_do_not_multiply(void **state)
{
	enum { LAYERS = 200 };

	(void)state;
	for (size_t t = 0; t + 2 < 2 * LAYERS; t += 2) {
		for (size_t from = t; from < t + 2; from++) {
			awaits(from, t + 2);
			awaits(from, t + 3);
		}
	}
	build(2 * LAYERS);
	assert_true(tree.rows.n <= 2 * LAYERS + 4 * LAYERS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, clear)
		TEST(no_tasks_are_no_rows),
		TEST(tasks_that_nobody_awaits_are_listed),
		TEST(the_awaited_stand_below_their_awaiter),
		TEST(a_task_of_two_awaiters_is_shown_once),
		TEST(an_awaiter_named_twice_awaits_once),
		TEST(a_circle_is_broken),
		TEST(a_circle_below_a_root_is_shown_there),
		TEST(a_task_may_claim_to_await_itself),
		TEST(an_awaiter_that_is_no_task_is_none),
		TEST(two_tasks_at_one_address_are_both_listed),
		TEST(loops_stand_apart_in_their_first_order),
		TEST(siblings_stand_in_the_order_of_their_names),
		TEST(a_chain_of_ten_thousand_is_no_recursion),
		TEST(ten_thousand_awaited_by_one),
		TEST(diamonds_do_not_multiply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
