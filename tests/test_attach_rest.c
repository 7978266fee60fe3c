/* SPDX-License-Identifier: MIT */
/* Did nobody run? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attach/process.h"
#include "attach/rest.h"
#include "attach/stop.h"
#include "base/vec.h"
#include "test_attach_child.h"

static struct err err;

/* For each byte it counts one. */
static void count_bytes(struct child_ready ready, struct shared *sh)
{
	char byte;

	child_is_ready(ready);
	while (read(sh->pipe[0], &byte, 1) == 1)
		sh->counter++;
}

static void wait_in_vfork(struct child_ready ready, struct shared *sh)
{
	child_is_ready(ready);
	if (vfork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sh->counter++;
		for (;;)
			pause();
	}
	pause();
}

struct child {
	struct shared *sh;
	struct process proc;
	struct rest before, after;
};

static void start(struct child *c,
		  void (*body)(struct child_ready, struct shared *))
{
	memset(c, 0, sizeof(*c));
	c->sh = shared_new();
	assert_true(process_open(&c->proc, child_start(body, c->sh), &err));
}

static void end(struct child *c)
{
	child_end(c->proc.pid);
	process_close(&c->proc);
	shared_free(c->sh);
	vec_free(&c->before);
	vec_free(&c->after);
}

static bool reads(struct rest *rest, const struct child *c, bool held)
{
	rest->n = 0;
	return rest_read(rest, &c->proc, held);
}

static void until_at_rest(struct rest *rest, const struct child *c)
{
	for (int i = 0; i < CHILD_NAPS; i++) {
		if (reads(rest, c, false))
			return;
		brief_nap();
	}
	fail_msg("it does not come to rest");
}

static void wake(const struct child *c)
{
	uint64_t old = c->sh->counter;

	assert_int_equal(write(c->sh->pipe[1], "x", 1), 1);
	assert_true(changes(&c->sh->counter, old));
}

static void who_sleeps_on_is_the_same(void **state)
{
	struct child c;

	(void)state;
	start(&c, count_bytes);
	until_at_rest(&c.before, &c);
	for (int i = 0; i < 100; i++) {
		assert_true(reads(&c.after, &c, false));
		assert_true(rest_is_same(&c.before, &c.after, 0));
	}
	end(&c);
}

static void who_woke_up_and_sleeps_again_is_not(void **state)
{
	struct child c;

	(void)state;
	start(&c, count_bytes);
	until_at_rest(&c.before, &c);
	for (int i = 0; i < 100; i++) {
		wake(&c);
		until_at_rest(&c.after, &c);
		assert_false(rest_is_same(&c.before, &c.after, 0));
		c.before.v[0] = c.after.v[0];
	}
	end(&c);
}

static void who_runs_is_not_at_rest(void **state)
{
	struct child c;

	(void)state;
	start(&c, just_count);
	for (int i = 0; i < 100; i++)
		assert_false(reads(&c.before, &c, false));
	end(&c);
}

static void who_waits_for_a_child_in_its_memory_is_not_at_rest(void **state)
{
	struct child c;

	(void)state;
	start(&c, wait_in_vfork);
	assert_true(changes(&c.sh->counter, 0));
	assert_true(child_reaches(c.proc.pid, c.proc.pid, "D"));
	assert_false(reads(&c.before, &c, false));
	end(&c);
}

static bool read_held(void *arg, const struct stop *stop, struct err *e)
{
	struct child *c = arg;

	(void)stop;
	(void)e;
	return reads(&c->after, c, true) && !reads(&c->before, c, false);
}

/* Once it was, what it is held for may be preempted: that counts, too. */
static void to_be_held_is_once_more(void **state)
{
	struct stop stop;
	struct child c;
	bool once = false;

	(void)state;
	start(&c, count_bytes);
	for (int i = 0; i < CHILD_NAPS && !once; i++) {
		struct rest asleep = { 0 };

		until_at_rest(&asleep, &c);
		assert_true(stop_while(&c.proc, &stop, read_held, &c, &err));
		assert_false(rest_is_same(&asleep, &c.after, 0));
		once = rest_is_same(&asleep, &c.after, 1);
		vec_free(&asleep);
	}
	assert_true(once);
	end(&c);
}

static void who_woke_up_before_it_is_held_is_not_the_same(void **state)
{
	struct rest asleep = { 0 };
	struct stop stop;
	struct child c;

	(void)state;
	start(&c, count_bytes);
	until_at_rest(&asleep, &c);
	wake(&c);
	until_at_rest(&c.before, &c);
	assert_true(stop_while(&c.proc, &stop, read_held, &c, &err));
	assert_false(rest_is_same(&asleep, &c.after, 1));
	end(&c);
	vec_free(&asleep);
}

static void other_threads_are_not_the_same(void **state)
{
	struct rest_thread one[] = { { 7, 1 } }, other[] = { { 8, 1 } },
			   two[] = { { 7, 1 }, { 8, 1 } };
	const struct rest r1 = { one, 1, 1 }, r2 = { other, 1, 1 },
			  r3 = { two, 2, 2 };

	(void)state;
	assert_true(rest_is_same(&r1, &r1, 0));
	assert_false(rest_is_same(&r1, &r2, 0));
	assert_false(rest_is_same(&r1, &r3, 0));
	assert_false(rest_is_same(&r3, &r1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_sleeps_on_is_the_same),
		cmocka_unit_test(who_woke_up_and_sleeps_again_is_not),
		cmocka_unit_test(who_runs_is_not_at_rest),
		cmocka_unit_test(
			who_waits_for_a_child_in_its_memory_is_not_at_rest),
		cmocka_unit_test(to_be_held_is_once_more),
		cmocka_unit_test(who_woke_up_before_it_is_held_is_not_the_same),
		cmocka_unit_test(other_threads_are_not_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
