/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/outfile.h"

static char dir[100];
static char path[120];
static struct err err;

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/pyheapspy-outfile.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);	/* fails if anything else was left */
}

static void put(const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void holds(const char *want)
{
	char got[100] = "";
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	close(fd);
	assert_string_equal(got, want);
}

static void a_new_file_is_its_owners_alone(void **state)
{
	struct outfile of;
	struct stat st;

	(void)state;
	umask(0);
	assert_true(outfile_open(&of, path, &err));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(write(of.fd, "new", 3), 3);
	assert_true(outfile_commit(&of, &err));
	outfile_close(&of);
	holds("new");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void the_old_file_stays_until_the_new_one_is_whole(void **state)
{
	struct outfile of;

	(void)state;
	put("old");
	assert_true(outfile_open(&of, path, &err));
	assert_int_equal(write(of.fd, "new", 3), 3);
	holds("old");
	outfile_close(&of);
	holds("old");
	assert_true(outfile_open(&of, path, &err));
	assert_int_equal(write(of.fd, "new", 3), 3);
	assert_true(outfile_commit(&of, &err));
	holds("new");
	outfile_close(&of);
	holds("new");
}

/* File systems without O_TMPFILE: the same, by another way. */
static void a_file_with_a_name_is_unlinked_unless_committed(void **state)
{
	struct outfile of;

	(void)state;
	put("old");
	assert_true(outfile_open(&of, path, &err));
	of.temp = malloc(sizeof(path));
	snprintf(of.temp, sizeof(path), "%s/temp", dir);
	close(open(of.temp, O_CREAT | O_WRONLY, 0600));
	outfile_close(&of);
	holds("old");
}

static void a_link_is_written_through(void **state)
{
	struct outfile of;
	struct stat st;

	(void)state;
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_true(outfile_open(&of, path, &err));
	assert_true(outfile_commit(&of, &err));
	outfile_close(&of);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void what_cannot_be_written_is_named(void **state)
{
	struct outfile of;

	(void)state;
	assert_false(outfile_open(&of, "/nonexistent/x", &err));
	outfile_close(&of);
	assert_int_equal(err.code, ERR_OS);
	assert_string_equal(err.text, "cannot create '/nonexistent/x': "
			    "No such file or directory");
	assert_false(outfile_open(&of, dir, &err));
	outfile_close(&of);
	assert_non_null(strstr(err.text, "Is a directory"));
}

static void no_name_and_a_dash_are_stdout(void **state)
{
	struct outfile of;

	(void)state;
	assert_true(outfile_open(&of, NULL, &err));
	assert_int_equal(of.fd, STDOUT_FILENO);
	assert_true(outfile_commit(&of, &err));
	outfile_close(&of);
	assert_true(outfile_open(&of, "-", &err));
	assert_int_equal(of.fd, STDOUT_FILENO);
	outfile_close(&of);
	assert_int_equal(fcntl(STDOUT_FILENO, F_GETFD) >= 0, 1);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIR(a_new_file_is_its_owners_alone),
		IN_DIR(the_old_file_stays_until_the_new_one_is_whole),
		IN_DIR(a_file_with_a_name_is_unlinked_unless_committed),
		IN_DIR(a_link_is_written_through),
		IN_DIR(what_cannot_be_written_is_named),
		IN_DIR(no_name_and_a_dash_are_stdout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
