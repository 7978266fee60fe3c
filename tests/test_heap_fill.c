/* SPDX-License-Identifier: MIT */
/* What is said of a look that was cut short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap/fill.h"
#include "heap/heap.h"

static struct capture cap;
static struct dump dump;

static int set_up(void **state)
{
	(void)state;
	dump_init(&dump);
	dump.complete = 1;
	cap = (struct capture){ .cut_short = true, .max_pause_ms = 20,
				.bytes_known = 73 << 20 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dump_fini(&dump);
	return 0;
}

static const char *said_of(uint64_t copied)
{
	struct heap heap = { .cap = &cap };
	const struct census census = { .heap = &heap };

	cap.mirror.mem.bytes_read = copied;
	fill_verdict(&dump, &cap, &census);
	assert_int_equal(dump.complete, 0);
	assert_int_equal(dump.warnings.n, 1);
	return dump.warnings.v[0];
}

static void who_is_let_go_is_told_with_how_much_was_copied(void **state)
{
	(void)state;
	assert_string_equal(said_of(4 << 20), "the process was let go after "
			    "20 ms, as was asked for: 4 of 73 MiB had been "
			    "copied by then, and the rest is as it was while it "
			    "ran");
}

static void no_more_is_copied_than_there_was(void **state)
{
	(void)state;
	assert_string_equal(said_of(77 << 20), "the process was let go after "
			    "20 ms, as was asked for: 77 MiB had been copied by "
			    "then, and the rest is as it was while it ran");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(who_is_let_go_is_told_with_how_much_was_copied),
		TEST(no_more_is_copied_than_there_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
