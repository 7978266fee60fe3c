/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/rights.h"
#include "attach/target.h"
#include "attach/textfile.h"

enum { NOBODY = 65534, MOST = 1 << 16 };

static char path[] = "/tmp/textfile-XXXXXX";
static struct target *target;
static pid_t pid;
static int held;	/* what it reads from, and nobody writes into */
static struct err err;

/* A program of @uid's: who changes the user and no more cannot be looked at. */
static void start(uid_t uid)
{
	int said[2], waits[2];
	char c;

	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	assert_int_equal(pipe2(waits, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setgid(uid) != 0 || setuid(uid) != 0)
			_exit(1);
		dup2(waits[0], STDIN_FILENO);
		dup2(said[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", "echo; read x", (char *)NULL);
		_exit(1);
	}
	close(said[1]);
	close(waits[0]);
	assert_int_equal(read(said[0], &c, 1), 1);
	close(said[0]);
	held = waits[1];
	target = target_open(&(struct target_spec){ .pid = pid }, &err);
	assert_non_null(target);
}

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x = 1\n", 6), 6);
	close(fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	target_close(target);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(held);
	unlink(path);
	strcpy(path, "/tmp/textfile-XXXXXX");
	return 0;
}

static void reads(const char *want)
{
	char *text = textfile_read(target, path, MOST);

	if (want)
		assert_string_equal(text ? text : "none", want);
	else
		assert_null(text);
	free(text);
}

static void what_it_may_read_is_read(void **state)
{
	(void)state;
	start(getuid());
	reads("x = 1\n");
	assert_null(textfile_read(target, path, 5));
	assert_null(textfile_read(target, "/nowhere", MOST));
	assert_null(textfile_read(target, "/tmp", MOST));
}

static void what_we_may_and_it_may_not_is_not(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		start(getuid());
		return;		/* we may no more than it may */
	}
	start(NOBODY);
	reads(NULL);
	assert_int_equal(chmod(path, 0644), 0);
	reads("x = 1\n");
	assert_int_equal(chmod(path, 0640), 0);
	reads(NULL);
	assert_int_equal(chown(path, 0, NOBODY), 0);
	reads("x = 1\n");
}

static void rights_are_those_of_the_process(void **state)
{
	struct rights ours;
	gid_t groups[RIGHTS_GROUPS];
	int n = getgroups(RIGHTS_GROUPS, groups);

	(void)state;
	start(getuid());
	assert_true(rights_of(getpid(), &ours, &err));
	assert_int_equal(ours.uid, geteuid());
	assert_int_equal(ours.gid, getegid());
	assert_int_equal(ours.n_groups, n);
	for (int i = 0; i < n; i++)
		assert_int_equal(ours.groups[i], groups[i]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_it_may_read_is_read),
		TEST(what_we_may_and_it_may_not_is_not),
		TEST(rights_are_those_of_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
