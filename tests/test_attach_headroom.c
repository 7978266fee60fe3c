/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attach/headroom.h"

#define FILES "inactive_file "

static void the_host_says_what_is_available(void **state)
{
	(void)state;
	assert_int_equal(headroom_of_host("MemTotal:  2048 kB\n"
					  "MemFree:   10 kB\n"
					  "MemAvailable:   1024 kB\n"),
			 1 << 20);
	assert_true(headroom_of_host("MemTotal: 2048 kB\n") ==
		    HEADROOM_UNLIMITED);
}

static void a_cgroup_has_what_it_does_not_use(void **state)
{
	(void)state;
	assert_int_equal(headroom_of_cgroup("1000\n", "400\n", NULL, FILES),
			 600);
	assert_int_equal(headroom_of_cgroup("1000\n", "1400\n", NULL, FILES),
			 0);
	assert_int_equal(headroom_of_cgroup("1000\n", NULL, NULL, FILES),
			 1000);
}

static void inactive_files_count_as_free(void **state)
{
	const char *stat = "anon 7\ninactive_anon 5\ninactive_file 300\n";

	(void)state;
	assert_int_equal(headroom_of_cgroup("1000\n", "400\n", stat, FILES),
			 900);
	assert_int_equal(headroom_of_cgroup("1000\n", "200\n", stat, FILES),
			 1000);
	assert_int_equal(headroom_of_cgroup("1000\n", "400\n",
					    "total_inactive_file 100",
					    "total_inactive_file "),
			 700);
}

static void no_limit_is_unlimited(void **state)
{
	static const char *const texts[] = {
		"max\n", "", "-\n", "99999999999999999999999\n",
	};

	(void)state;
	assert_true(headroom_of_cgroup(NULL, "4", NULL, FILES) ==
		    HEADROOM_UNLIMITED);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_true(headroom_of_cgroup(texts[i], "4", NULL, FILES) ==
			    HEADROOM_UNLIMITED);
	/* v1 has no word for it but a very large number. */
	assert_true(headroom_of_cgroup("9223372036854771712\n", "4\n", NULL,
				       FILES) > 1ull << 60);
}

static void the_path_is_that_of_the_controller(void **state)
{
	const char *mixed = "12:cpuset,memory:/docker/ab:c\n"
			    "3:memory_more:/no\n1:name=systemd:/init\n"
			    "0::/user.slice/x y\n";
	char buf[64];

	(void)state;
	assert_true(headroom_cgroup_path(mixed, "memory", buf, sizeof(buf)));
	assert_string_equal(buf, "/docker/ab:c");
	assert_true(headroom_cgroup_path(mixed, "", buf, sizeof(buf)));
	assert_string_equal(buf, "/user.slice/x y");
	assert_false(headroom_cgroup_path(mixed, "cpu", buf, sizeof(buf)));
	assert_true(headroom_cgroup_path("0::/", "", buf, sizeof(buf)));
	assert_string_equal(buf, "/");
}

static void texts_that_are_none_have_no_path(void **state)
{
	static const char *const texts[] = {
		"", "\n", "memory", "4:memory", "4:memory\n0::/\n", ":", "::",
	};
	char buf[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(headroom_cgroup_path(texts[i], "memory", buf,
						  sizeof(buf)));
	assert_true(headroom_cgroup_path("1:memory:/long/path\n", "memory",
					 buf, sizeof(buf)));
	assert_string_equal(buf, "/long/p");
}

static void too_little_says_how_much_it_takes(void **state)
{
	struct headroom room = { .memory = 100 << 20, .limit = "this host" };
	struct err err;

	(void)state;
	assert_true(headroom_check(&room, 100 << 20, "a copy of its heap", &err));
	assert_false(headroom_check(&room, 300 << 20, "a copy of its heap", &err));
	assert_int_equal(err.code, ERR_NOMEM);
	assert_non_null(strstr(err.text, "300 MiB"));
	assert_non_null(strstr(err.text, "100 MiB"));
	assert_non_null(strstr(err.text, "this host"));
}

static void there_is_some_here(void **state)
{
	struct headroom room;

	(void)state;
	headroom_read(&room);
	assert_true(room.memory > 0);
	assert_true(room.memory == HEADROOM_UNLIMITED || room.limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_says_what_is_available),
		cmocka_unit_test(a_cgroup_has_what_it_does_not_use),
		cmocka_unit_test(inactive_files_count_as_free),
		cmocka_unit_test(no_limit_is_unlimited),
		cmocka_unit_test(the_path_is_that_of_the_controller),
		cmocka_unit_test(texts_that_are_none_have_no_path),
		cmocka_unit_test(too_little_says_how_much_it_takes),
		cmocka_unit_test(there_is_some_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
