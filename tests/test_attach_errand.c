/* SPDX-License-Identifier: MIT */
/* Children that come back, and such as do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "attach/errand.h"
#include "base/clock.h"

enum { SOON = 1000, WORK = 2000, N = 12 };	/* ms, but for N */

static struct err err;

static void write_number(void *arg, size_t i, int fd)
{
	(void)arg;
	errand_write(fd, &i, sizeof(i));
}

static void sleep_for_ever(void *arg, size_t i, int fd)
{
	(void)arg;
	(void)i;
	(void)fd;
	for (;;)
		pause();
}

static void work_for_long(void *arg, size_t i, int fd)
{
	uint64_t end = clock_now_ns() + (uint64_t)WORK * 1000000;

	while (clock_now_ns() < end)
		;
	write_number(arg, i, fd);
}

static void die(void *arg, size_t i, int fd)
{
	(void)arg;
	(void)i;
	errand_write(fd, "abc", 3);
	_exit(1);
}

static enum errand_read read_of(void (*fn)(void *arg, size_t i, int fd),
				size_t *ret)
{
	enum errand_read how;
	struct errand e;

	assert_true(errand_start(&e, 7, 8, fn, NULL, &err));
	e.patience = SOON;
	how = errand_read(&e, ret, sizeof(*ret));
	errand_end(&e);
	return how;
}

static void what_a_child_writes_comes(void **state)
{
	size_t i = 0;

	(void)state;
	assert_int_equal(read_of(write_number, &i), ERRAND_CAME);
	assert_int_equal(i, 7);
}

static void who_sleeps_is_stuck(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(read_of(sleep_for_ever, &i), ERRAND_STUCK);
}

static void who_works_is_not(void **state)
{
	size_t i = 0;

	(void)state;
	assert_int_equal(read_of(work_for_long, &i), ERRAND_CAME);
	assert_int_equal(i, 7);
}

static void who_dies_has_ended(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(read_of(die, &i), ERRAND_ENDED);
}

/* Some sleep, one dies, one does so in the middle of its answer. */
static void mixed(void *arg, size_t i, int fd)
{
	if (i == 0 || i == 5 || i == 6 || i == N - 1)
		sleep_for_ever(arg, i, fd);
	if (i == 3 || i == 8)
		die(arg, i, fd);
	write_number(arg, i, fd);
}

static char fate[N + 1];

static bool take(void *arg, size_t i, struct errand *e, enum errand_read *ret,
		 struct err *error)
{
	size_t got;

	(void)arg;
	(void)error;
	*ret = errand_read(e, &got, sizeof(got));
	if (*ret != ERRAND_CAME)
		return false;
	assert_int_equal(got, i);
	fate[i] = '.';
	return true;
}

static bool lose(void *arg, size_t i, struct err *error)
{
	(void)arg;
	(void)error;
	fate[i] = '-';
	return true;
}

static void others_are_served_whoever_is_lost(void **state)
{
	static const struct errands errands = {
		.fn = mixed, .take = take, .lost = lose, .patience = SOON,
	};

	(void)state;
	assert_true(errands_run(&errands, N, NULL, &err));
	assert_string_equal(fate, "-..-.--.-..-");
}

static bool fail_to_take(void *arg, size_t i, struct errand *e,
			 enum errand_read *ret, struct err *error)
{
	(void)arg;
	(void)e;
	*ret = ERRAND_CAME;
	return i < 3 || err_nomem(error);
}

static void who_cannot_take_says_so(void **state)
{
	static const struct errands errands = {
		.fn = write_number, .take = fail_to_take, .lost = lose,
	};

	(void)state;
	assert_false(errands_run(&errands, N, NULL, &err));
	assert_int_equal(err.code, ERR_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_child_writes_comes),
		cmocka_unit_test(who_sleeps_is_stuck),
		cmocka_unit_test(who_works_is_not),
		cmocka_unit_test(who_dies_has_ended),
		cmocka_unit_test(others_are_served_whoever_is_lost),
		cmocka_unit_test(who_cannot_take_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
