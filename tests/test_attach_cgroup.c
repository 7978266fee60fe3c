/* SPDX-License-Identifier: MIT */
/* Folders that look like /sys/fs/cgroup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "attach/cgroup.h"

static char root[64];
static struct cgroup_memory cg;

/* The folders of @path, below root, and at its end a file. */
static void put(const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0700);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

#define V1 "/sys/fs/cgroup/memory"
#define V2 "/sys/fs/cgroup"

static int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/test-cgroup-XXXXXX");
	return !mkdtemp(root);
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", root);
	return system(command);
}

static void a_group_of_v2_says_all(void **state)
{
	(void)state;
	put(V2 "/app/memory.max", "4294967296\n");
	put(V2 "/app/memory.current", "3000000000\n");
	put(V2 "/app/memory.high", "max\n");
	put(V2 "/app/memory.stat", "anon 2000\nfile 700\nkernel 300\n"
				   "inactive_anon 5\nshmem 30\n");
	put(V2 "/app/memory.events", "low 0\nhigh 7\nmax 12\noom 3\n"
				     "oom_kill 2\n");
	assert_true(cgroup_memory_read(&cg, root, "0::/app\n"));
	assert_int_equal(cg.version, 2);
	assert_int_equal(cg.limit, 4294967296);
	assert_int_equal(cg.usage, 3000000000);
	assert_int_equal(cg.high, -1);
	assert_int_equal(cg.anon, 2000);
	assert_int_equal(cg.file, 700);
	assert_int_equal(cg.kernel, 300);
	assert_int_equal(cg.oom_kills, 2);
	assert_int_equal(cg.met, 12);
	assert_int_equal(cg.shmem, 30);
}

static void a_group_of_v1_says_what_it_has(void **state)
{
	(void)state;
	put(V1 "/docker/ab/memory.limit_in_bytes", "1000000\n");
	put(V1 "/docker/ab/memory.usage_in_bytes", "900000\n");
	put(V1 "/docker/ab/memory.failcnt", "4\n");
	put(V1 "/docker/ab/memory.stat", "rss 1\ntotal_cache 200\n"
					 "total_rss 600\ntotal_shmem 40\n");
	put(V1 "/docker/ab/memory.oom_control",
	    "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
	assert_true(cgroup_memory_read(&cg, root, "4:memory:/docker/ab\n"
						  "0::/else\n"));
	assert_int_equal(cg.version, 1);
	assert_int_equal(cg.limit, 1000000);
	assert_int_equal(cg.usage, 900000);
	assert_int_equal(cg.anon, 600);
	assert_int_equal(cg.file, 200);
	assert_int_equal(cg.kernel, -1);
	assert_int_equal(cg.oom_kills, 1);
	assert_int_equal(cg.met, 4);
	assert_int_equal(cg.shmem, 40);
}

static void the_lowest_limit_above_counts(void **state)
{
	(void)state;
	put(V2 "/a/memory.max", "500\n");
	put(V2 "/a/memory.current", "450\n");
	put(V2 "/a/b/memory.max", "max\n");
	put(V2 "/a/b/c/memory.max", "800\n");
	put(V2 "/a/b/c/memory.current", "100\n");
	assert_true(cgroup_memory_read(&cg, root, "0::/a/b/c\n"));
	assert_int_equal(cg.limit, 500);
	assert_int_equal(cg.usage, 450);
}

/* In a container the path is the host's, but what is mounted is its own. */
static void a_path_that_is_not_there_is_what_is_mounted(void **state)
{
	(void)state;
	put(V2 "/memory.max", "700\n");
	assert_true(cgroup_memory_read(&cg, root, "0::/kubepods/pod1/x\n"));
	assert_int_equal(cg.limit, 700);
	assert_int_equal(cg.usage, -1);
}

static void no_limit_is_none(void **state)
{
	(void)state;
	put(V2 "/app/memory.max", "max\n");
	put(V1 "/app/memory.limit_in_bytes", "9223372036854771712\n");
	assert_false(cgroup_memory_read(&cg, root, "0::/app\n4:memory:/app\n"));
	assert_false(cgroup_memory_read(&cg, root, ""));
	assert_false(cgroup_memory_read(&cg, root, "0::relative\n"));
}

static void no_path_leads_out(void **state)
{
	static const char *const texts[] = {
		"0::/../etc\n", "0::/a/../../etc\n", "0::/..\n",
	};

	(void)state;
	put("/sys/fs/etc/memory.max", "5\n");
	put("/sys/fs/memory.max", "5\n");
	put(V2 "/a..b/memory.max", "900\n");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(cgroup_memory_read(&cg, root, texts[i]));
	assert_true(cgroup_memory_read(&cg, root, "0::/a..b\n"));
	assert_int_equal(cg.limit, 900);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_group_of_v2_says_all),
		TEST(a_group_of_v1_says_what_it_has),
		TEST(the_lowest_limit_above_counts),
		TEST(a_path_that_is_not_there_is_what_is_mounted),
		TEST(no_limit_is_none),
		TEST(no_path_leads_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
