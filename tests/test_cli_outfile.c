/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
	strcpy(of.temp, "temp");
	close(openat(of.dir, of.temp, O_CREAT | O_WRONLY, 0600));
	outfile_close(&of);
	holds("old");
}

static bool write_new(const char *where)
{
	struct outfile of;
	bool ok = outfile_open(&of, where, &err);

	if (!ok)
		return false;
	assert_int_equal(write(of.fd, "new", 3), 3);
	ok = outfile_commit(&of, &err);
	outfile_close(&of);
	return ok;
}

static mode_t mode_of(const char *where)
{
	struct stat st;

	assert_int_equal(lstat(where, &st), 0);
	return st.st_mode;
}

/* The link stays one; what is behind it is as new as a file without links. */
static void what_our_link_leads_to_is_replaced(void **state)
{
	char link[140], other[140];

	(void)state;
	put("old");
	chmod(path, 0644);
	snprintf(link, sizeof(link), "%s/link", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(symlink("file", link), 0);
	assert_int_equal(symlink(link, other), 0);
	assert_true(write_new(other));
	holds("new");
	assert_int_equal(mode_of(path) & 07777, 0600);
	assert_true(S_ISLNK(mode_of(link)) && S_ISLNK(mode_of(other)));
	/* One that leads to what is not there yet. */
	unlink(path);
	assert_true(write_new(other));
	holds("new");
	unlink(link);
	unlink(other);
}

/* Anybody may put one into /tmp; root would follow it anywhere. */
static void another_users_link_is_refused(void **state)
{
	char link[140], below[160];

	(void)state;
	if (geteuid() != 0)
		skip();
	put("old");
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink("file", link), 0);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	assert_false(write_new(link));
	assert_non_null(strstr(err.text, "symbolic link of user 65534"));
	assert_int_equal(err.code, ERR_OS);
	holds("old");
	/* Nor on the way. */
	unlink(link);
	assert_int_equal(symlink(dir, link), 0);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	snprintf(below, sizeof(below), "%s/file", link);
	assert_false(write_new(below));
	assert_non_null(strstr(err.text, "symbolic link of user 65534"));
	holds("old");
	unlink(link);
}

static void links_in_a_circle_end(void **state)
{
	(void)state;
	assert_int_equal(symlink("file", path), 0);
	assert_false(write_new(path));
	assert_non_null(strstr(err.text, "symbolic links"));
}

/* Its other names keep what they had: they may be anybody's. */
static void other_names_of_a_file_are_left_alone(void **state)
{
	char other[140];

	(void)state;
	put("old");
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(link(other, path), 0);
	assert_true(write_new(path));
	holds("new");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(other, path), 0);
	holds("old");
}

static void a_device_is_written_as_it_is(void **state)
{
	struct stat st;

	(void)state;
	assert_true(write_new("/dev/null"));
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void a_pipe_is_written_as_it_is(void **state)
{
	char got[8] = "";
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR);
	assert_true(write_new(path));
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_string_equal(got, "new");
	assert_true(S_ISFIFO(mode_of(path)));
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_false(write_new(path));
		assert_non_null(strstr(err.text, "another user's"));
	}
	close(fd);
}

/* As /dev/stdout: what is in the file already stays, and so does its end. */
static void our_own_descriptors_are_just_that(void **state)
{
	char name[40], link[140];
	int fd;

	(void)state;
	put("old");
	fd = open(path, O_WRONLY | O_APPEND);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	assert_true(write_new(name));
	holds("oldnew");
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink(name, link), 0);
	assert_true(write_new(link));
	holds("oldnewnew");
	assert_int_equal(write(fd, ".", 1), 1);
	holds("oldnewnew.");
	unlink(link);
	close(fd);
	assert_false(write_new("/proc/1/fd/0"));
}

static void what_cannot_be_written_is_named(void **state)
{
	struct outfile of;

	(void)state;
	assert_false(outfile_open(&of, "/nonexistent/x", &err));
	outfile_close(&of);
	assert_int_equal(err.code, ERR_OS);
	assert_non_null(strstr(err.text, "cannot write '/nonexistent/x': "));
	assert_non_null(strstr(err.text, "No such file or directory"));
	assert_false(outfile_open(&of, dir, &err));
	outfile_close(&of);
	assert_non_null(strstr(err.text, "Is a directory"));
	assert_false(outfile_open(&of, "/etc/passwd/x", &err));
	assert_non_null(strstr(err.text, "Not a directory"));
	assert_false(outfile_open(&of, "", &err));
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
		IN_DIR(what_our_link_leads_to_is_replaced),
		IN_DIR(another_users_link_is_refused),
		IN_DIR(links_in_a_circle_end),
		IN_DIR(other_names_of_a_file_are_left_alone),
		IN_DIR(a_device_is_written_as_it_is),
		IN_DIR(a_pipe_is_written_as_it_is),
		IN_DIR(our_own_descriptors_are_just_that),
		IN_DIR(what_cannot_be_written_is_named),
		IN_DIR(no_name_and_a_dash_are_stdout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
