/* SPDX-License-Identifier: MIT */
/* The page table of this very process, of which we know what we touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/pagetable.h"
#include "attach/process.h"

enum { PAGES = 16, PAGE = ADDR_PAGE };

static struct process proc;
static struct maps maps;
static struct pagetable pt;
static struct err err;

static int setup(void **state)
{
	(void)state;
	memset(&pt, 0, sizeof(pt));
	memset(&maps, 0, sizeof(maps));
	return !process_open(&proc, getpid(), &err);
}

static int teardown(void **state)
{
	(void)state;
	pagetable_fini(&pt);
	maps_free(&maps);
	process_close(&proc);
	return 0;
}

static char *pages(int flags)
{
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		       flags | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	/* Huge ones would be there as a whole. */
	madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE);
	return p;
}

static uint64_t resident(const char *p, int first, int n)
{
	raddr at = (raddr)(uintptr_t)p + first * PAGE;

	assert_true(maps_read(&maps, &proc, &err));
	assert_true(pagetable_read(&pt, &proc, &maps, &err));
	return pagetable_resident(&pt, at, at + n * PAGE);
}

static void look_at_zeros(void)
{
	char *p = pages(MAP_PRIVATE);
	volatile char *zero = p;

	memset(p + PAGE, 1, 3 * PAGE);
	/* One page of zeros is shown in place of all of these. */
	for (int i = 8; i < 12; i++)
		assert_int_equal(zero[i * PAGE], 0);
	assert_int_equal(resident(p, 0, PAGES), 3 * PAGE +
			 (pt.overstated ? 4 * PAGE : 0));
	munmap(p, PAGES * PAGE);
}

static void only_what_was_written_is_resident(void **state)
{
	(void)state;
	look_at_zeros();
}

/* Before Linux 6.7; then only root knows the page of zeros. */
static void so_it_is_without_a_scan(void **state)
{
	(void)state;
	pt.no_scan = true;
	look_at_zeros();
	if (!geteuid())
		assert_false(pt.overstated);
}

/* Whoever is held up by it has waited long enough. */
static void once_the_time_is_up_no_more_is_read(void **state)
{
	(void)state;
	assert_true(maps_read(&maps, &proc, &err));
	for (int no_scan = 0; no_scan < 2; no_scan++) {
		pt.no_scan = no_scan;
		pt.end_ns = 1;
		assert_false(pagetable_read(&pt, &proc, &maps, &err));
		assert_int_equal(err.code, ERR_LIMIT);
		assert_int_equal(pt.runs.n, 0);
	}
}

static void pages_of_shared_memory_are_resident(void **state)
{
	char *p = pages(MAP_SHARED);

	(void)state;
	memset(p + 4 * PAGE, 1, 2 * PAGE);
	assert_int_equal(resident(p, 0, PAGES), 2 * PAGE);
	munmap(p, PAGES * PAGE);
}

static void what_the_kernel_shows_of_itself_is_not(void **state)
{
	(void)state;
	assert_true(maps_read(&maps, &proc, &err));
	assert_true(pagetable_read(&pt, &proc, &maps, &err));
	for (size_t i = 0; i < maps.n; i++) {
		if (strncmp(maps.v[i].path, "[vvar", 5) == 0)
			assert_int_equal(pagetable_resident(&pt,
				maps.v[i].start, maps.v[i].end), 0);
	}
	assert_true(pt.runs.n > 0);
	for (size_t i = 1; i < pt.runs.n; i++)
		assert_true(pt.runs.v[i - 1].end <= pt.runs.v[i].start);
}

/* As the kernel counts it for the mapping that @at lies in. */
static uint64_t smaps_huge(raddr at)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long long start, end, kib = 0;
	bool is_it = false;
	char line[512];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			is_it = start <= at && at < end;
		else if (is_it && sscanf(line, "AnonHugePages: %llu", &kib))
			break;
	}
	fclose(f);
	return kib << 10;
}

static uint64_t huge(raddr start, raddr end)
{
	uint64_t sum = 0;

	pagetable_fini(&pt);
	maps_free(&maps);
	assert_true(maps_read(&maps, &proc, &err));
	assert_true(pagetable_read(&pt, &proc, &maps, &err));
	for (size_t i = pagetable_from(&pt, start);
	     i < pt.runs.n && pt.runs.v[i].start < end; i++) {
		if (pt.runs.v[i].flags & PAGE_HUGE)
			sum += pt.runs.v[i].end - pt.runs.v[i].start;
	}
	return sum;
}

/* There may be none to be had; then nobody says that there are. */
static void huge_pages_are_those_that_the_kernel_counts(void **state)
{
	enum { HUGE = 2 << 20 };
	char *p = mmap(NULL, 4 * HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	raddr at = (raddr)(uintptr_t)p;
	uint64_t before, sum;

	(void)state;
	assert_ptr_not_equal(p, MAP_FAILED);
	/* A mapping of its own, whatever lies beside it. */
	assert_int_equal(mprotect(p, ADDR_PAGE, PROT_NONE), 0);
	assert_int_equal(mprotect(p + 4 * HUGE - ADDR_PAGE, ADDR_PAGE,
				  PROT_NONE), 0);
	madvise(p, 4 * HUGE, MADV_HUGEPAGE);
	for (int i = 1; i < 3; i++)
		p[i * HUGE] = 1;
	/* The kernel may join small ones at any time. */
	do {
		before = smaps_huge(at + HUGE);
		sum = huge(at, at + 4 * HUGE);
	} while (before != smaps_huge(at + HUGE));
	assert_int_equal(sum, before);
	munmap(p, 4 * HUGE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(only_what_was_written_is_resident),
		TEST(so_it_is_without_a_scan),
		TEST(once_the_time_is_up_no_more_is_read),
		TEST(pages_of_shared_memory_are_resident),
		TEST(what_the_kernel_shows_of_itself_is_not),
		TEST(huge_pages_are_those_that_the_kernel_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
