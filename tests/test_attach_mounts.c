/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attach/mounts.h"

static const char mountinfo[] =
	"22 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"
	"23 22 0:21 / /proc rw,nosuid shared:5 - proc proc rw\n"
	"31 22 0:40 / /home/a\\040-\\040b rw shared:1 master:2 - nfs4 s:/ rw\n"
	"32 22 0:41 / /mnt rw - fuse.sshfs user@host: rw,user_id=1000\n"
	"33 22 0:42 / /merged rw,relatime - overlay overlay rw,lowerdir=/a\n"
	"34 22 8:17 / /disk rw - fuseblk /dev/sdb1 rw\n"
	"nonsense\n"
	"35 22 0:43 / /cut";

static void who_is_served_by_others_may_wait(void **state)
{
	(void)state;
	assert_true(mounts_may_wait(mountinfo, 0, 40));
	assert_true(mounts_may_wait(mountinfo, 0, 41));
	assert_true(mounts_may_wait(mountinfo, 8, 17));
}

static void who_is_served_by_the_kernel_may_not(void **state)
{
	(void)state;
	assert_false(mounts_may_wait(mountinfo, 254, 0));
	assert_false(mounts_may_wait(mountinfo, 0, 21));
	assert_false(mounts_may_wait(mountinfo, 0, 42));
}

static void who_is_not_known_may_unless_it_is_a_disk(void **state)
{
	(void)state;
	assert_true(mounts_may_wait(mountinfo, 0, 43));
	assert_true(mounts_may_wait(mountinfo, 0, 99));
	assert_true(mounts_may_wait("", 0, 21));
	assert_false(mounts_may_wait(mountinfo, 259, 3));
}

static void the_number_of_a_mount_tells_who_serves_it(void **state)
{
	(void)state;
	assert_int_equal(mounts_server(mountinfo, 23), MOUNT_KERNEL);
	assert_int_equal(mounts_server(mountinfo, 31), MOUNT_NETWORK);
	assert_int_equal(mounts_server(mountinfo, 32), MOUNT_PROCESS);
	assert_int_equal(mounts_server(mountinfo, 34), MOUNT_PROCESS);
	assert_int_equal(mounts_server(mountinfo, 35), MOUNT_UNLISTED);
	assert_int_equal(mounts_server(mountinfo, 2), MOUNT_UNLISTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_served_by_others_may_wait),
		cmocka_unit_test(who_is_served_by_the_kernel_may_not),
		cmocka_unit_test(who_is_not_known_may_unless_it_is_a_disk),
		cmocka_unit_test(the_number_of_a_mount_tells_who_serves_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
