/* SPDX-License-Identifier: MIT */
/* Files that a tracee names: what they lead to, and what is never opened. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/foreignfile.h"
#include "attach/process.h"

/* outer/secret, and outer/root/, below which all is to stay. */
static char outer[] = "/tmp/test_attach_foreignfile.XXXXXX", root[64];

static void fill(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int make_folders(void **state)
{
	int dir;

	(void)state;
	if (!mkdtemp(outer))
		return -1;
	snprintf(root, sizeof(root), "%s/root", outer);
	dir = open(outer, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(dir, "root", 0700), 0);
	assert_int_equal(mkdirat(dir, "root/lib", 0700), 0);
	fill(dir, "secret", "outside");
	fill(dir, "root/file", "inside");
	fill(dir, "root/secret", "inside");
	close(dir);
	return 0;
}

static int remove_folders(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", outer);
	return system(command);
}

/* What @path below root has; NULL: it was not opened, and errno says why. */
static const char *text_at(const char *path)
{
	const struct foreignfile want = { .most = 100 };
	static char text[101];
	int fd = foreignfile_open_below(&want, root, path);
	ssize_t len;

	if (fd < 0)
		return NULL;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

static void expect_refused(const char *path, int why)
{
	errno = 0;
	assert_null(text_at(path));
	assert_int_equal(errno, why);
}

static void put_link(const char *name, const char *target)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static void a_file_is_found_however_its_path_is_written(void **state)
{
	(void)state;
	assert_string_equal(text_at("file"), "inside");
	assert_string_equal(text_at("/file"), "inside");
	assert_string_equal(text_at("//lib/.//../file"), "inside");
	put_link("lib/link", "../file");
	assert_string_equal(text_at("/lib/link"), "inside");
	expect_refused("/lib", EISDIR);
	expect_refused("/", EISDIR);
	expect_refused("/none", ENOENT);
	expect_refused("/file/none", ENOTDIR);
}

static void no_way_leads_out_of_the_root(void **state)
{
	char absolute[128];

	(void)state;
	assert_string_equal(text_at("../secret"), "inside");
	assert_string_equal(text_at("lib/../../../secret"), "inside");
	put_link("up", "../secret");
	assert_string_equal(text_at("up"), "inside");
	put_link("top", "/secret");
	assert_string_equal(text_at("top"), "inside");
	snprintf(absolute, sizeof(absolute), "%s/secret", outer);
	put_link("far", absolute);
	expect_refused("far", ENOENT);
}

static void links_of_links_end(void **state)
{
	char path[5000];

	(void)state;
	put_link("ring", "ring");
	expect_refused("ring", ELOOP);
	put_link("grows", "grows/grows");
	expect_refused("grows", ELOOP);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	expect_refused(path, ENAMETOOLONG);
}

/* Opening a FIFO would wait for a writer, and a writer see a reader. */
static void what_is_no_regular_file_is_not_opened(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/fifo", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refused("fifo", EINVAL);
	put_link("to-fifo", "fifo");
	expect_refused("to-fifo", EINVAL);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", root);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	expect_refused("socket", EINVAL);
	close(fd);

	snprintf(path, sizeof(path), "%s/null", root);
	if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) == 0)
		expect_refused("null", EINVAL);
}

static void large_files_are_not_opened(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/file", root);
	assert_int_equal(truncate(path, 101), 0);
	expect_refused("file", EFBIG);
	assert_int_equal(truncate(path, 6), 0);
	assert_string_equal(text_at("file"), "inside");
}

static bool is_number(const void *arg, int fd, const struct stat *st)
{
	char first = 0;

	return st->st_size == 6 && pread(fd, &first, 1, 0) == 1 &&
	       first == *(const char *)arg;
}

static void another_file_than_was_meant_is_not_handed_out(void **state)
{
	struct foreignfile want = {
		.most = 100, .is_it = is_number, .arg = "i",
	};
	int fd = foreignfile_open_below(&want, root, "file");

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	want.arg = "j";
	assert_int_equal(foreignfile_open_below(&want, root, "file"), -1);
	assert_int_equal(errno, ESTALE);
}

static void the_links_of_the_kernel_lead_to_files(void **state)
{
	struct process self;
	struct foreignfile want = { .proc = &self, .most = 1 << 30 };
	struct err err;
	int fd;

	(void)state;
	assert_true(process_open(&self, getpid(), &err));
	fd = foreignfile_open_link(&want, "exe");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(foreignfile_open_link(&want, "root"), -1);
	fd = foreignfile_open_in_root(&want, outer);
	assert_int_equal(fd, -1);
	process_close(&self);
}

static void a_file_of_memory_is_a_file(void **state)
{
	struct process self;
	const struct foreignfile want = { .proc = &self, .most = 100 };
	int memory = memfd_create("program", MFD_CLOEXEC), fd;
	struct err err;
	char name[32];

	(void)state;
	assert_true(memory >= 0);
	assert_true(process_open(&self, getpid(), &err));
	snprintf(name, sizeof(name), "fd/%d", memory);
	fd = foreignfile_open_link(&want, name);
	assert_true(fd >= 0);
	close(fd);
	close(memory);
	process_close(&self);
}

/* -- A filesystem whose server never says a word --------------------------- */

enum { FINE, CANNOT_MOUNT, OPENED };

/* A lookup in it would never come back: the alarm ends that. */
static int walk_into_fuse(void)
{
	int server = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[128], path[128], link[128];

	alarm(600);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 server);
	snprintf(path, sizeof(path), "%s/lib", root);
	if (server < 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("silent", path, "fuse.silent", MS_NOSUID | MS_NODEV,
		  options) != 0)
		return CANNOT_MOUNT;
	errno = 0;
	if (text_at("lib/x") || errno != ENOTSUP)
		return OPENED;
	snprintf(link, sizeof(link), "%s/into", root);
	unlink(link);
	if (symlink("lib/x/y", link) != 0 || text_at("into") ||
	    errno != ENOTSUP)
		return OPENED;
	return FINE;
}

static void a_served_filesystem_is_not_walked_into(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(walk_into_fuse());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT_MOUNT)
		skip();
	assert_int_equal(WEXITSTATUS(status), FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_found_however_its_path_is_written),
		cmocka_unit_test(no_way_leads_out_of_the_root),
		cmocka_unit_test(links_of_links_end),
		cmocka_unit_test(what_is_no_regular_file_is_not_opened),
		cmocka_unit_test(large_files_are_not_opened),
		cmocka_unit_test(another_file_than_was_meant_is_not_handed_out),
		cmocka_unit_test(the_links_of_the_kernel_lead_to_files),
		cmocka_unit_test(a_file_of_memory_is_a_file),
		cmocka_unit_test(a_served_filesystem_is_not_walked_into),
	};

	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
