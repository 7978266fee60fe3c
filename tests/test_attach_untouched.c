/* SPDX-License-Identifier: MIT */
/*
 * Every kind of mapping there is, in a real child that has touched one page of
 * each: what is read of it, and that the child is none the larger for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

#include "attach/live.h"
#include "attach/maps.h"
#include "attach/module.h"
#include "attach/process.h"
#include "attach/procfs.h"
#include "test_attach_child.h"

#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED (1 << 13)	/* Linux 6.4 */
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)		/* Linux 6.7 */
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102			/* Linux 6.13 */
#endif

enum {
	SIZE = 8 << 20,
	HUGE_PAGE = 2 << 20,
	WRITTEN = 3 * ADDR_PAGE + 5,	/* where the child writes a 'W' */
	FAR = 5 << 20,			/* a page it has not touched */
	DATA = 4 << 20,
	MIDDLE = DATA / 2,
};

static int temporary_file(void)
{
	char name[] = "/tmp/untouched-XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	return fd;
}

static int shm_file(void)
{
	char name[] = "/dev/shm/untouched-XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	return fd;
}

static int memory_file(void)
{
	return memfd_create("untouched", MFD_CLOEXEC);
}

static int huge_file(void)
{
	return memfd_create("untouched", MFD_CLOEXEC | MFD_HUGETLB);
}

static int zero_file(void)
{
	return open("/dev/zero", O_RDWR | O_CLOEXEC);
}

static int no_file(void)
{
	return -1;
}

static bool free_lazily(char *map)
{
	return madvise(map, HUGE_PAGE, MADV_FREE) == 0;
}

/* Where nothing is touched: else the kernel makes some at a time of its own. */
static bool want_huge_pages(char *map)
{
	return madvise(map + SIZE / 2, SIZE / 2, MADV_HUGEPAGE) == 0;
}

static bool protect(char *map)
{
	return mprotect(map, SIZE, PROT_NONE) == 0;
}

static int register_faults(char *map, uint64_t mode, uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register all = {
		.range = { (uintptr_t)map, SIZE }, .mode = mode,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) != 0 ||
	    ioctl(fd, UFFDIO_REGISTER, &all) != 0)
		return -1;
	return fd;
}

/* Whoever touches the rest waits: the child never answers. */
static bool let_faults_wait(char *map)
{
	return register_faults(map, UFFDIO_REGISTER_MODE_MISSING, 0) >= 0;
}

/* Pages that are not there then look like swapped ones. */
static bool leave_markers(char *map)
{
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)map + FAR, ADDR_PAGE },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int fd = register_faults(map, UFFDIO_REGISTER_MODE_WP,
				 UFFD_FEATURE_WP_ASYNC |
				 UFFD_FEATURE_WP_UNPOPULATED);

	return fd >= 0 && ioctl(fd, UFFDIO_WRITEPROTECT, &wp) == 0;
}

/* What is not there: zeros, or not to be had? */
static const struct kind {
	const char *name;
	int flags;
	int (*file)(void);
	bool zeros;
	bool (*then)(char *map);
} kinds[] = {
	{ "anonymous, private", MAP_PRIVATE | MAP_ANONYMOUS, no_file, true,
	  NULL },
	{ "anonymous, shared", MAP_SHARED | MAP_ANONYMOUS, no_file, false,
	  NULL },
	{ "anonymous, huge pages", MAP_PRIVATE | MAP_ANONYMOUS, no_file, true,
	  want_huge_pages },
	{ "a file, private", MAP_PRIVATE, temporary_file, false, NULL },
	{ "a file, shared", MAP_SHARED, temporary_file, false, NULL },
	{ "tmpfs, private", MAP_PRIVATE, shm_file, false, NULL },
	{ "tmpfs, shared", MAP_SHARED, shm_file, false, NULL },
	{ "memfd, private", MAP_PRIVATE, memory_file, false, NULL },
	{ "memfd, shared", MAP_SHARED, memory_file, false, NULL },
	{ "hugetlb, private", MAP_PRIVATE, huge_file, false, NULL },
	{ "hugetlb, shared", MAP_SHARED, huge_file, false, NULL },
	{ "/dev/zero, private", MAP_PRIVATE, zero_file, false, NULL },
	{ "MADV_FREE", MAP_PRIVATE | MAP_ANONYMOUS, no_file, true,
	  free_lazily },
	{ "PROT_NONE", MAP_PRIVATE | MAP_ANONYMOUS, no_file, true, protect },
	{ "PROT_NONE, a file", MAP_PRIVATE, temporary_file, false, protect },
	{ "userfaultfd", MAP_PRIVATE | MAP_ANONYMOUS, no_file, true,
	  let_faults_wait },
	{ "userfaultfd, memfd", MAP_SHARED, memory_file, false,
	  let_faults_wait },
	{ "markers", MAP_PRIVATE | MAP_ANONYMOUS, no_file, true,
	  leave_markers },
	{ "markers, a file", MAP_PRIVATE, temporary_file, false,
	  leave_markers },
	{ "markers, memfd", MAP_SHARED, memory_file, false, leave_markers },
};

/* Never touched, so it is what the file of this program has. */
static volatile uint8_t data[DATA] = { 1, [MIDDLE] = 7 };

static struct shared *sh;
static const struct kind *kind;
static struct process proc;
static struct maps maps;
static struct modules *mods;
static struct live lv;
static struct err err;
static pid_t child;

static void map_and_wait(struct child_ready ready, struct shared *shared)
{
	int fd = kind->file();
	char *map;

	shared->counter = 0;
	/* Zeros of a device are as many as one likes. */
	if (fd >= 0 && kind->file != zero_file && ftruncate(fd, SIZE) != 0)
		goto out;
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, kind->flags, fd, 0);
	if (map == MAP_FAILED)
		goto out;
	madvise(map, SIZE, MADV_NOHUGEPAGE);
	map[WRITTEN] = 'W';
	if (!kind->then || kind->then(map))
		shared->counter = (uint64_t)(uintptr_t)map;
out:
	child_is_ready(ready);
	for (;;)
		pause();
}

static void look_at(void (*body)(struct child_ready, struct shared *))
{
	child = child_start(body, sh);
	assert_true(process_open(&proc, child, &err));
	assert_true(live_open(&lv, &proc, &err));
	assert_true(maps_read(&maps, &proc, &err));
	mods = modules_new(&maps, NULL, &lv.mem, &err);
	assert_non_null(mods);
	live_know(&lv, mods);
}

static void look_away(void)
{
	live_close(&lv);
	modules_free(mods);
	maps_free(&maps);
	process_close(&proc);
	child_end(child);
}

static uint64_t pagemap_entry(uint64_t at)
{
	uint64_t entry;

	assert_int_equal(pread(lv.untouched.pagemap_fd, &entry, 8,
			       (off_t)(at / ADDR_PAGE * 8)), 8);
	return entry;
}

/* Pages that are in the page table. */
static size_t present(uint64_t at, size_t len)
{
	size_t n = 0;

	for (uint64_t end = at + len; at < end; at += ADDR_PAGE)
		n += pagemap_entry(at) >> 63;
	return n;
}

/* What may not grow, in kB.  Not what is counted of pages of ours, too. */
static const char *const counters[] = {
	"VmRSS", "RssAnon", "RssFile", "RssShmem", "VmPTE", "VmSwap",
	"HugetlbPages",
};

struct memory {
	int64_t kb[ARRAY_SIZE(counters)];
};

static struct memory memory_of_child(void)
{
	struct memory memory;
	char text[4096];

	assert_true(procfs_read(proc.mm_fd, "status", text, sizeof(text),
				&err));
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		memory.kb[i] = procfs_number(text, counters[i]);
	return memory;
}

static void is_no_larger(const char *what, const struct memory *before)
{
	struct memory after = memory_of_child();

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		if (after.kb[i] > before->kb[i])
			fail_msg("%s: %s was %d kB and is %d kB", what,
				 counters[i], (int)before->kb[i],
				 (int)after.kb[i]);
	}
}

static void read_every_page(uint64_t at)
{
	char byte[1];
	uint64_t end = at + SIZE;
	bool was_there;
	int64_t got;

	for (; at < end; at += ADDR_PAGE) {
		was_there = pagemap_entry(at) >> 63;
		got = mem_read_some(&lv.mem, at, byte, 1, &err);
		if (was_there || kind->zeros)
			assert_int_equal(got, 1);
		else
			assert_int_equal(got, 0);
		if (!was_there && kind->zeros)
			assert_int_equal(*byte, 0);
	}
}

static void read_at_once(uint64_t at)
{
	char *copy = malloc(SIZE);
	int64_t got = mem_read_some(&lv.mem, at, copy, SIZE, &err);

	if (kind->zeros)
		assert_int_equal(got, SIZE);
	else
		assert_true(got >= 0 && got <= FAR);
	free(copy);
}

static void read_in_batches(uint64_t at)
{
	enum { PIECES = 100 };
	struct mem_piece piece[PIECES];
	char bytes[PIECES * 8];

	for (size_t i = 0; i < PIECES; i++)
		piece[i] = (struct mem_piece){
			.at = at + i * (SIZE / PIECES / 8 * 8), .len = 8,
			.buf = bytes + i * 8,
		};
	piece[7].at = at + WRITTEN / 8 * 8;
	assert_true(mem_read_batch(&lv.mem, piece, PIECES, &err));
	assert_true(piece[7].ok);
	if (!kind->zeros) {
		assert_false(piece[PIECES - 1].ok);
		return;
	}
	for (size_t i = 0; i < PIECES; i++)
		assert_true(piece[i].ok);
}

/* Each as if it were the first read of a look. */
static void look_at_kind(void)
{
	static void (*const reads[])(uint64_t at) = {
		read_every_page, read_at_once, read_in_batches,
	};
	uint64_t at = sh->counter;
	struct memory before = memory_of_child();
	size_t there = present(at, SIZE);
	char byte;

	assert_false(pagemap_entry(at + FAR) >> 63);
	for (size_t i = 0; i < ARRAY_SIZE(reads); i++) {
		live_know(&lv, mods);
		reads[i](at);
		is_no_larger(kind->name, &before);
		assert_int_equal(present(at, SIZE), there);
	}
	assert_true(mem_read(&lv.mem, at + WRITTEN, &byte, 1, &err));
	assert_int_equal(byte, 'W');
}

static void nothing_of_any_kind_of_mapping_comes_by_being_read(void **state)
{
	(void)state;
	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		look_at(map_and_wait);
		if (sh->counter)
			look_at_kind();
		else
			print_message("not here: %s\n", kind->name);
		look_away();
	}
}

static void the_same_without_proc_pid_mem(void **state)
{
	(void)state;
	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		look_at(map_and_wait);
		close(lv.mem_fd);
		lv.mem_fd = -1;
		/* process_vm_readv() heeds the protection. */
		if (sh->counter && kind->then != protect)
			look_at_kind();
		look_away();
	}
}

static void what_a_program_has_not_touched_of_its_data_is_in_its_file(
	void **state)
{
	uint64_t at = addr_up((uintptr_t)data, ADDR_PAGE);
	size_t len = DATA - ADDR_PAGE, there, middle;
	uint8_t *copy = malloc(len);
	struct memory before;

	(void)state;
	look_at(just_wait);
	there = present(at, len);
	assert_true(there < len / ADDR_PAGE);
	before = memory_of_child();
	assert_true(mem_read(&lv.mem, at, copy, len, &err));
	is_no_larger("data", &before);
	assert_int_equal(present(at, len), there);
	middle = (uintptr_t)data + MIDDLE - at;
	for (size_t i = 0; i < len; i++)
		assert_int_equal(copy[i], i == middle ? 7 : 0);
	look_away();
	free(copy);
}

/* The same file, but no loader put it there. */
static void map_ourselves(struct child_ready ready, struct shared *shared)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	shared->counter = (uint64_t)(uintptr_t)mmap(
		NULL, DATA, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	child_is_ready(ready);
	for (;;)
		pause();
}

static void a_library_that_was_mapped_as_data_is_no_segment(void **state)
{
	char byte;

	(void)state;
	look_at(map_ourselves);
	assert_int_equal(mem_read_some(&lv.mem, sh->counter, &byte, 1, &err),
			 0);
	look_away();
}

/* The stack of a new thread, say. */
static void mappings_that_came_later_are_found(void **state)
{
	char byte;

	(void)state;
	for (kind = kinds; kind < kinds + 4; kind++) {
		look_at(map_and_wait);
		live_know(&lv, NULL);
		assert_int_equal(mem_read_some(&lv.mem, sh->counter + FAR,
					       &byte, 1, &err), kind->zeros);
		assert_int_equal(mem_read_some(&lv.mem, sh->counter + WRITTEN,
					       &byte, 1, &err), 1);
		look_away();
	}
}

static bool guard(char *map)
{
	return madvise(map + FAR, ADDR_PAGE, MADV_GUARD_INSTALL) == 0;
}

static void a_guard_ends_a_read(void **state)
{
	static const struct kind guarded = {
		"a guard", MAP_PRIVATE | MAP_ANONYMOUS, no_file, true, guard,
	};
	char *copy = malloc(SIZE);

	(void)state;
	kind = &guarded;
	look_at(map_and_wait);
	if (sh->counter)
		assert_int_equal(mem_read_some(&lv.mem, sh->counter, copy,
					       SIZE, &err), FAR);
	look_away();
	free(copy);
}

/* Its page tables are empty by then; zeros they are not. */
static void of_who_is_gone_nothing_is_read(void **state)
{
	char byte;

	(void)state;
	kind = &kinds[0];
	look_at(map_and_wait);
	child_end(child);
	assert_int_equal(mem_read_some(&lv.mem, sh->counter + FAR, &byte, 1,
				       &err), -1);
	assert_int_equal(err.code, ERR_GONE);
	look_away();
}

static void what_comes_while_we_look_is_seen(void **state)
{
	uint64_t at;
	uint8_t byte;

	(void)state;
	kind = &kinds[8];	/* a memfd, shared: we may write to it, too */
	look_at(map_and_wait);
	at = sh->counter + FAR;
	assert_int_equal(mem_read_some(&lv.mem, at, &byte, 1, &err), 0);
	{
		auto_close int fd = openat(proc.mm_fd, "mem",
					   O_RDWR | O_CLOEXEC);

		assert_int_equal(pwrite(fd, "N", 1, (off_t)at), 1);
	}
	assert_int_equal(mem_read_some(&lv.mem, at, &byte, 1, &err), 1);
	assert_int_equal(byte, 'N');
	look_away();
}

static void without_a_pagemap_files_are_left_alone(void **state)
{
	char byte;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		kind = &kinds[i];
		look_at(map_and_wait);
		close(lv.untouched.pagemap_fd);
		lv.untouched.pagemap_fd = -1;
		if (sh->counter)
			assert_int_equal(mem_read_some(
				&lv.mem, sh->counter + WRITTEN, &byte, 1,
				&err), kind->zeros);
		look_away();
	}
}

static int group_set_up(void **state)
{
	(void)state;
	/* Who reads what only a userfaultfd fills waits for ever. */
	alarm(600);
	sh = shared_new();
	return 0;
}

static int group_tear_down(void **state)
{
	(void)state;
	shared_free(sh);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			nothing_of_any_kind_of_mapping_comes_by_being_read),
		cmocka_unit_test(the_same_without_proc_pid_mem),
		cmocka_unit_test(
			what_a_program_has_not_touched_of_its_data_is_in_its_file),
		cmocka_unit_test(
			a_library_that_was_mapped_as_data_is_no_segment),
		cmocka_unit_test(mappings_that_came_later_are_found),
		cmocka_unit_test(a_guard_ends_a_read),
		cmocka_unit_test(of_who_is_gone_nothing_is_read),
		cmocka_unit_test(what_comes_while_we_look_is_seen),
		cmocka_unit_test(without_a_pagemap_files_are_left_alone),
	};

	return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
