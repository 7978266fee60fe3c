/* SPDX-License-Identifier: MIT */
/* Bytes of real children, by either way and with the other barred. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "attach/live.h"
#include "attach/process.h"
#include "base/bounds.h"
#include "test_attach_child.h"

enum {
	PAGE = 4096,
	BULK = 3 * 1024 * 1024 + 123,	/* more than one read */
};

/*
 * Mapped before the children are forked, so they lie at the same addresses
 * there: pages of 'a', a hole, a page of 'b', a hole; and a large block.
 */
static char *pages;
static char *bulk;
static struct process proc;
static struct live lv;
static struct err err;
static pid_t child;

static raddr at(const char *p)
{
	return (raddr)(uintptr_t)p;
}

static char *map(size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

static int set_up_pages(void **state)
{
	(void)state;
	pages = map(5 * PAGE);
	memset(pages, 'a', 2 * PAGE);
	memset(pages + 3 * PAGE, 'b', PAGE);
	munmap(pages + 2 * PAGE, PAGE);
	munmap(pages + 4 * PAGE, PAGE);
	bulk = map(BULK);
	for (size_t i = 0; i < BULK; i++)
		bulk[i] = (char)(i * 2654435761u >> 13);
	return 0;
}

/* Which way is open?  Each test runs once for each. */
enum way { BOTH, FILE_ONLY, VM_ONLY };

static void bar(enum way way)
{
	lv.batch_vm = way == BOTH;
	if (way == FILE_ONLY)
		lv.use_vm = false;
	if (way == VM_ONLY) {
		close(lv.mem_fd);
		lv.mem_fd = -1;
	}
}

static int set_up(void **state)
{
	child = child_start(just_wait, NULL);
	if (!process_open(&proc, child, &err))
		return -1;
	if (!live_open(&lv, &proc, &err)) {
		print_message("%s\n", err.text);
		return -1;
	}
	bar(*(enum way *)*state);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	live_close(&lv);
	process_close(&proc);
	child_end(child);
	return 0;
}

static void large_reads_come_whole(void **state)
{
	char *copy = malloc(BULK);

	(void)state;
	assert_true(mem_read(&lv.mem, at(bulk), copy, BULK, &err));
	assert_memory_equal(copy, bulk, BULK);
	assert_int_equal(lv.mem.bytes_read, BULK);
	free(copy);
}

static void a_hole_ends_the_read_exactly(void **state)
{
	char copy[4 * PAGE];

	(void)state;
	assert_int_equal(mem_read_some(&lv.mem, at(pages) + 100, copy,
				       sizeof(copy), &err), 2 * PAGE - 100);
	assert_memory_equal(copy, pages + 100, 2 * PAGE - 100);
	assert_int_equal(mem_read_some(&lv.mem, at(pages) + 2 * PAGE, copy, 8,
				       &err), 0);
	assert_false(mem_read(&lv.mem, at(pages), copy, 3 * PAGE, &err));
	assert_int_equal(err.code, ERR_FAULT);
	assert_int_equal(err.addr, at(pages) + 2 * PAGE);
}

static void absurd_addresses_are_holes(void **state)
{
	static const raddr absurd[] = {
		0, 1, 0x7fffffffffff, 1ull << 63, UINT64_MAX, UINT64_MAX - 8,
	};
	char copy[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(absurd); i++)
		assert_int_equal(mem_read_some(&lv.mem, absurd[i], copy,
					       sizeof(copy), &err), 0);
}

/* Good ones, holes, and one that straddles a hole, over several batches. */
static void a_batch_tells_each_piece_apart(void **state)
{
	enum { N = 5000 };
	struct mem_piece *piece = calloc(N, sizeof(*piece));
	char *copy = calloc(N, 64);

	(void)state;
	for (size_t i = 0; i < N; i++) {
		size_t where = i * 40503 % (4 * PAGE);

		piece[i] = (struct mem_piece){
			.at = at(pages) + where, .buf = copy + i * 64,
			.len = (uint32_t)(i * 7 % 65), .ok = i % 2,
		};
	}
	assert_true(mem_read_batch(&lv.mem, piece, N, &err));
	for (size_t i = 0; i < N; i++) {
		size_t where = piece[i].at - at(pages);
		size_t end = where + piece[i].len;
		bool holds = end <= 2 * PAGE ||
			     (where >= 3 * PAGE && end <= 4 * PAGE) ||
			     piece[i].len == 0;

		assert_int_equal(piece[i].ok, holds);
		if (holds && piece[i].len > 0)
			assert_memory_equal(piece[i].buf, pages + where,
					    piece[i].len);
	}
	free(copy);
	free(piece);
}

static void a_batch_of_nothing_but_holes_ends(void **state)
{
	struct mem_piece piece[1500];
	char byte;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(piece); i++)
		piece[i] = (struct mem_piece){i, &byte, 1, true};
	assert_true(mem_read_batch(&lv.mem, piece, ARRAY_SIZE(piece), &err));
	for (size_t i = 0; i < ARRAY_SIZE(piece); i++)
		assert_false(piece[i].ok);
}

static void expect_gone(void)
{
	char copy[64];
	struct mem_piece piece[8];

	assert_int_equal(mem_read_some(&lv.mem, at(bulk), copy, 64, &err), -1);
	assert_int_equal(err.code, ERR_GONE);
	for (size_t i = 0; i < ARRAY_SIZE(piece); i++)
		piece[i] = (struct mem_piece){at(bulk), copy, 64, false};
	assert_false(mem_read_batch(&lv.mem, piece, ARRAY_SIZE(piece), &err));
	assert_int_equal(err.code, ERR_GONE);
}

static void an_exit_is_noticed(void **state)
{
	(void)state;
	kill(child, SIGKILL);
	assert_true(child_reaches(child, child, "Z"));
	expect_gone();
	waitpid(child, NULL, 0);
	expect_gone();
}

static void exec_when_told(struct child_ready ready, struct shared *sh)
{
	char byte;

	child_is_ready(ready);
	if (read(sh->pipe[0], &byte, 1) == 1)
		execl("/bin/sleep", "sleep", "1000", (char *)NULL);
}

/* Reading the program it started would be plausible and wrong. */
static void another_program_is_never_read(void **state)
{
	enum way way = *(enum way *)*state;
	struct shared *sh = shared_new();
	pid_t pid = child_start(exec_when_told, sh);
	struct process changing;
	struct live own = lv;

	assert_true(process_open(&changing, pid, &err));
	assert_true(live_open(&lv, &changing, &err));
	bar(way);
	assert_int_equal(write(sh->pipe[1], "x", 1), 1);
	while (process_same(&changing, &err))
		brief_nap();
	expect_gone();
	live_close(&lv);
	process_close(&changing);
	lv = own;
	child_end(pid);
	shared_free(sh);
}

static void *read_often(void *arg)
{
	char *copy = malloc(BULK);
	struct err mine;

	for (int i = 0; i < 8; i++) {
		if (!mem_read(&lv.mem, at(bulk), copy, BULK, &mine) ||
		    memcmp(copy, bulk, BULK) != 0)
			*(volatile bool *)arg = true;
	}
	free(copy);
	return NULL;
}

static void several_threads_may_read_at_once(void **state)
{
	pthread_t thread[4];
	volatile bool wrong = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, read_often,
						(void *)&wrong), 0);
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++)
		pthread_join(thread[i], NULL);
	assert_false(wrong);
	assert_int_equal(lv.mem.bytes_read, 4ull * 8 * BULK);
}

/* -- Without the ways ----------------------------------------------------- */

static void a_forked_child_is_read_without_pinning(void **state)
{
	(void)state;
	child = child_start(just_wait, NULL);
	assert_true(process_open(&proc, child, &err));
	assert_true(live_open(&lv, &proc, &err));
	assert_false(lv.batch_vm);
	assert_true(lv.use_vm);
	assert_false(live_breaks_sharing(&lv));
	bar(VM_ONLY);
	assert_true(live_breaks_sharing(&lv));
}

/* Somebody without rights: says what live_open() said, as exit status. */
static int open_as_nobody(pid_t pid)
{
	pid_t other = fork();
	int status = 0;

	if (other == 0) {
		if (setgid(65534) != 0 || setuid(65534) != 0 ||
		    !process_open(&proc, pid, &err))
			_exit(100);
		if (live_open(&lv, &proc, &err))
			_exit(0);
		_exit(strstr(err.text, "cannot read the memory of process") ?
		      (int)err.code : 101);
	}
	waitpid(other, &status, 0);
	return WEXITSTATUS(status);
}

static void a_stranger_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	child = child_start(just_wait, NULL);
	assert_int_equal(open_as_nobody(child), ERR_PERM);
	child_end(child);
}

static void after_the_exit_nothing_opens(void **state)
{
	(void)state;
	child = child_start(just_wait, NULL);
	assert_true(process_open(&proc, child, &err));
	child_end(child);
	assert_false(live_open(&lv, &proc, &err));
	assert_int_equal(err.code, ERR_GONE);
	process_close(&proc);
}

static enum way both = BOTH, file_only = FILE_ONLY, vm_only = VM_ONLY;

#define TEST(name)							\
	{ #name, name, set_up, tear_down, &both },			\
	{ #name " through the file", name, set_up, tear_down, &file_only }, \
	{ #name " through process_vm_readv", name, set_up, tear_down, &vm_only }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(large_reads_come_whole),
		TEST(a_hole_ends_the_read_exactly),
		TEST(absurd_addresses_are_holes),
		TEST(a_batch_tells_each_piece_apart),
		TEST(a_batch_of_nothing_but_holes_ends),
		TEST(an_exit_is_noticed),
		TEST(another_program_is_never_read),
		TEST(several_threads_may_read_at_once),
		cmocka_unit_test_teardown(
			a_forked_child_is_read_without_pinning, tear_down),
		cmocka_unit_test(a_stranger_is_refused),
		cmocka_unit_test(after_the_exit_nothing_opens),
	};

	return cmocka_run_group_tests(tests, set_up_pages, NULL);
}
