/* SPDX-License-Identifier: MIT */
/* Hosts made by hand: which processes belong to what a user says? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/memory_tree.h"
#include "cli/ps_list.h"

enum {
	INIT = 1,
	SUPERVISOR = 10,		/* a Python, which starts programs */
	SHELL = 20,			/* no Python */
	MASTER = 30, WORKER = 31, HELPER = 32,	/* of the shell's */
	OTHER = 40,			/* another service of the supervisor */
};

static const struct {
	pid_t pid, ppid;
	const char *script;		/* NULL: no Python */
	bool forked;
} host[] = {
	{ INIT, 0, NULL, false },
	{ SUPERVISOR, INIT, "/usr/bin/supervisord", false },
	{ SHELL, SUPERVISOR, NULL, false },
	{ MASTER, SHELL, "/srv/gunicorn", false },
	{ WORKER, MASTER, "/srv/gunicorn", true },
	{ HELPER, WORKER, "/srv/helper", false },
	{ OTHER, SUPERVISOR, "/srv/other", false },
};

static struct ps_list list;
static struct err err;

static int setup(void **state)
{
	(void)state;
	memset(&list, 0, sizeof(list));
	list.tree.pids.v = calloc(ARRAY_SIZE(host), sizeof(pid_t));
	list.tree.ppids = calloc(ARRAY_SIZE(host), sizeof(pid_t));
	for (size_t i = 0; i < ARRAY_SIZE(host); i++) {
		struct ps_row *row;

		list.tree.pids.v[list.tree.pids.n++] = host[i].pid;
		list.tree.ppids[i] = host[i].ppid;
		if (!host[i].script)
			continue;
		row = vec_add(&list.rows, &err);
		assert_non_null(row);
		row->pid = host[i].pid;
		row->ppid = host[i].ppid;
		row->forked = host[i].forked;
		row->script = strdup(host[i].script);
		row->argv = calloc(1, sizeof(*row->argv));
		row->command = strdup("");
	}
	ps_family_link(&list.tree, list.rows.v, list.rows.n);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ps_list_fini(&list);
	return 0;
}

/* A bit for each PID. */
static uint64_t kept(void)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < list.rows.n; i++)
		bits |= 1ull << list.rows.v[i].pid;
	return bits;
}

#define BIT(pid) (1ull << (pid))
static const uint64_t service = BIT(MASTER) | BIT(WORKER) | BIT(HELPER);

static void a_tree_is_all_below(void **state)
{
	(void)state;
	assert_int_equal(ps_list_keep_tree(&list, MASTER), 3);
	assert_int_equal(kept(), service);
}

static void its_top_need_be_no_python(void **state)
{
	(void)state;
	assert_int_equal(ps_list_keep_tree(&list, SHELL), 3);
	assert_int_equal(kept(), service);
}

static void of_who_is_nobody_there_is_no_tree(void **state)
{
	(void)state;
	assert_int_equal(ps_list_keep_tree(&list, 55), 0);
}

static void a_group_is_without_who_started_it(void **state)
{
	(void)state;
	assert_int_equal(ps_list_keep_group(&list, "gunicorn"), 3);
	assert_int_equal(kept(), service);
}

static void a_worker_brings_its_master(void **state)
{
	(void)state;
	assert_int_equal(ps_list_keep_group(&list, "31"), 3);
	assert_int_equal(kept(), service);
}

static void a_program_of_its_own_does_not(void **state)
{
	(void)state;
	assert_int_equal(ps_list_keep_group(&list, "helper"), 1);
	assert_int_equal(kept(), BIT(HELPER));
}

static void a_family_is_all_below_its_head(void **state)
{
	(void)state;
	assert_int_equal(ps_list_filter(&list, "gunicorn", true), 5);
	assert_int_equal(kept(), service | BIT(SUPERVISOR) | BIT(OTHER));
}

static void parents_stand_before_their_children(void **state)
{
	static const pid_t wanted[] = { SUPERVISOR, MASTER, WORKER, HELPER,
					OTHER };

	(void)state;
	assert_true(ps_family_order(list.rows.v, list.rows.n, &err));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_int_equal(list.rows.v[i].pid, wanted[i]);
	assert_int_equal(list.rows.v[3].depth, 3);
}

static void too_many_are_cut_short_and_told(void **state)
{
	struct dump dump = { .complete = 1 };

	(void)state;
	assert_int_equal(memory_tree_bound(3, 3, &dump), 3);
	assert_int_equal(dump.complete, 1);
	assert_int_equal(memory_tree_bound(4, 3, &dump), 3);
	assert_int_equal(dump.complete, 0);
	assert_int_equal(dump.warnings.n, 1);
	assert_string_equal(dump.warnings.v[0], "there are 4 processes: only "
			    "the first 3 were looked into");
	dump_fini(&dump);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_tree_is_all_below),
		TEST(its_top_need_be_no_python),
		TEST(of_who_is_nobody_there_is_no_tree),
		TEST(a_group_is_without_who_started_it),
		TEST(a_worker_brings_its_master),
		TEST(a_program_of_its_own_does_not),
		TEST(a_family_is_all_below_its_head),
		TEST(parents_stand_before_their_children),
		TEST(too_many_are_cut_short_and_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
