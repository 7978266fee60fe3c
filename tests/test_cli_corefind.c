/* SPDX-License-Identifier: MIT */
/* Core files by what they begin with, and by the names systemd gives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/corefind.h"
#include "fakecore.h"

#define BOOT "0123456789abcdef0123456789abcdef"

static char folder[] = "/tmp/test-corefind.XXXXXX", found[4096];
static struct err err;

static const char *path_of(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const void *bytes, size_t len)
{
	int fd = open(path_of(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static const char *const names[] = {
	"core.python3.1000." BOOT ".4711.1700000000000000.zst",
	"core.python3.1000." BOOT ".4711.1700000000000002.lz4",
	"core.python3.1000." BOOT ".47.1700000000000003",
	"core.my\\x2eapp.0." BOOT ".11.1600000000000000.xz",
	("core.python3.1000." BOOT), "note.txt", "core.",
};

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		write_file(names[i], "", 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

static void finds(const char *what, size_t number)
{
	assert_true(corefind_newest(folder, what, found, sizeof(found),
				    &err));
	assert_string_equal(found, path_of(names[number]));
}

static void the_newest_of_a_process_is_found(void **state)
{
	(void)state;
	finds("4711", 1);
	finds("47", 2);
}

static void the_newest_of_a_name_is_found(void **state)
{
	(void)state;
	finds("python3", 2);
	finds("my.app", 3);
}

static void what_is_not_there_is_told(void **state)
{
	(void)state;
	assert_false(corefind_newest(folder, "471", found, sizeof(found),
				     &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_false(corefind_newest(folder, "python", found, sizeof(found),
				     &err));
	assert_false(corefind_newest("/nonexistent", "1", found,
				     sizeof(found), &err));
	assert_int_equal(err.code, ERR_USAGE);
}

static bool is_core(const void *bytes, size_t len)
{
	bool is;

	write_file("it", bytes, len);
	is = corefind_is_core(path_of("it"));
	unlink(path_of("it"));
	return is;
}

static void a_core_is_known_by_its_first_bytes(void **state)
{
	struct fakecore fc = { .n_segments = 0 };

	(void)state;
	fakecore_thread(&fc, 1);
	fakecore_make(&fc);
	assert_true(is_core(fc.whole, fc.len));
	assert_true(is_core("\x28\xb5\x2f\xfd....", 8));
	fc.whole[16] = 2;		/* a program */
	assert_false(is_core(fc.whole, fc.len));
	assert_false(is_core("#!/usr/bin/python3\n", 19));
	assert_false(is_core("", 0));
	assert_false(corefind_is_core(folder));
	assert_false(corefind_is_core("/dev/null"));
	fakecore_fini(&fc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_of_a_process_is_found),
		cmocka_unit_test(the_newest_of_a_name_is_found),
		cmocka_unit_test(what_is_not_there_is_told),
		cmocka_unit_test(a_core_is_known_by_its_first_bytes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
