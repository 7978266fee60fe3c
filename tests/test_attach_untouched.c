/* SPDX-License-Identifier: MIT */
/* Pages of a file that a real child has mapped, and touched only in part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "attach/live.h"
#include "attach/process.h"
#include "attach/untouched.h"
#include "test_attach_child.h"

enum {
	PAGE = 4096,
	PAGES = 1300,		/* more than are asked for at once */
	WRITTEN = 3,		/* the pages the child writes to */
	FAR = 1100,
};

static char *map;
static int file;
static struct process proc;
static struct live lv;
static struct untouched untouched;
static struct err err;
static pid_t child;

static raddr at(size_t page)
{
	return (raddr)(uintptr_t)(map + page * PAGE);
}

static void write_and_wait(struct child_ready ready, struct shared *sh)
{
	(void)sh;
	map[WRITTEN * PAGE + 5] = 'W';
	map[FAR * PAGE] = 'W';
	child_is_ready(ready);
	for (;;)
		pause();
}

static int set_up(void **state)
{
	char name[] = "/tmp/untouched-XXXXXX", page[PAGE];

	(void)state;
	file = mkstemp(name);
	unlink(name);
	for (size_t i = 0; i < PAGES; i++) {
		memset(page, 'a' + (int)(i % 26), sizeof(page));
		if (write(file, page, sizeof(page)) != PAGE)
			return -1;
	}
	map = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE, file, 0);
	child = child_start(write_and_wait, NULL);
	if (!process_open(&proc, child, &err) ||
	    !live_open(&lv, &proc, &err))
		return -1;
	untouched_init(&untouched, &proc);
	lv.untouched = &untouched;
	return untouched_add(&untouched, at(0), at(PAGES), 0, file, &err) ?
		0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	untouched_fini(&untouched);
	live_close(&lv);
	process_close(&proc);
	child_end(child);
	munmap(map, (size_t)PAGES * PAGE);
	close(file);
	return 0;
}

/* Resident pages of the mapping in the child. */
static size_t resident(void)
{
	uint64_t entry;
	size_t n = 0;

	for (size_t i = 0; i < PAGES; i++) {
		assert_int_equal(pread(untouched.pagemap_fd, &entry, 8,
				       (off_t)(at(i) / PAGE * 8)), 8);
		n += entry >> 63;
	}
	return n;
}

static void what_was_written_is_the_childs_and_the_rest_the_files(void **state)
{
	char *copy = malloc((size_t)PAGES * PAGE);

	(void)state;
	assert_true(mem_read(&lv.mem, at(0), copy, (size_t)PAGES * PAGE,
			     &err));
	assert_int_equal(copy[WRITTEN * PAGE + 5], 'W');
	assert_int_equal(copy[FAR * PAGE], 'W');
	copy[WRITTEN * PAGE + 5] = 'a' + WRITTEN % 26;
	copy[FAR * PAGE] = 'a' + FAR % 26;
	for (size_t i = 0; i < (size_t)PAGES * PAGE; i++) {
		if (copy[i] != (char)('a' + i / PAGE % 26))
			fail_msg("byte %zu is %d", i, copy[i]);
	}
	free(copy);
}

static void reading_maps_nothing_in_the_child(void **state)
{
	char *copy = malloc((size_t)PAGES * PAGE);
	size_t before = resident();

	(void)state;
	assert_true(before < PAGES);
	assert_true(mem_read(&lv.mem, at(0) + 77, copy,
			     (size_t)PAGES * PAGE - 77, &err));
	assert_int_equal(resident(), before);
	free(copy);
}

static void runs_end_where_touching_begins_and_ends(void **state)
{
	size_t len = 10 * PAGE;
	uint64_t offset = 0;
	int fd = 0;

	(void)state;
	/* Around a fault the kernel maps neighbours, so ask from there. */
	assert_true(untouched_run(&untouched, at(WRITTEN), len, &fd,
				  &offset) >= PAGE);
	assert_int_equal(fd, -1);
	assert_int_equal(untouched_run(&untouched, at(PAGES) - 10, len, &fd,
				       &offset), 10);
	assert_int_equal(fd, file);
	assert_int_equal(offset, (size_t)PAGES * PAGE - 10);
	/* Outside of any file all counts as touched. */
	assert_int_equal(untouched_run(&untouched, at(0) - 100, len, &fd,
				       &offset), 100);
	assert_int_equal(fd, -1);
	assert_int_equal(untouched_run(&untouched, at(PAGES), len, &fd,
				       &offset), len);
	assert_int_equal(fd, -1);
	assert_true(untouched_any(&untouched, at(0), at(PAGES)));
	assert_true(untouched_any(&untouched, at(PAGES - 1), at(PAGES)));
	assert_false(untouched_any(&untouched, at(FAR), at(FAR + 1)));
}

static void a_file_that_was_cut_is_a_hole_as_it_is_for_the_child(void **state)
{
	char byte = 0;

	(void)state;
	assert_int_equal(ftruncate(file, (off_t)10 * PAGE), 0);
	assert_int_equal(mem_read_some(&lv.mem, at(500), &byte, 1, &err), 0);
}

static void without_a_pagemap_all_is_read_from_the_child(void **state)
{
	char byte = 0;

	(void)state;
	close(untouched.pagemap_fd);
	untouched.pagemap_fd = -1;
	assert_true(mem_read(&lv.mem, at(700), &byte, 1, &err));
	assert_int_equal(byte, 'a' + 700 % 26);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(what_was_written_is_the_childs_and_the_rest_the_files),
		T(reading_maps_nothing_in_the_child),
		T(runs_end_where_touching_begins_and_ends),
		T(a_file_that_was_cut_is_a_hole_as_it_is_for_the_child),
		T(without_a_pagemap_all_is_read_from_the_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
