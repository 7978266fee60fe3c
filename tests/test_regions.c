/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>

#include "attach/procfs.h"
#include "base/vec.h"
#include "fakemem.h"
#include "heap/regions.h"

enum { KIB = 1024, ARENA = 256 * KIB };

static struct fakemem fm;
static struct places places;
static struct maps maps;
static struct modules *mods;
static struct arenas arenas;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	fake_init(&fm, 0x1000);
	memset(&arenas, 0, sizeof(arenas));
	assert_true(places_init(&places, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	places_fini(&places);
	arenas_fini(&arenas);
	modules_free(mods);
	maps_free(&maps);
	fake_fini(&fm);
	return 0;
}

static void add_arena(raddr start)
{
	struct arena *a = vec_add(&arenas.v, &err);

	assert_non_null(a);
	*a = (struct arena){ start, start + ARENA / 2, start + ARENA };
}

static bool cut(const char *text)
{
	assert_true(maps_parse(&maps, text, strlen(text), &err));
	mods = modules_new(&maps, NULL, NULL, &err);
	assert_non_null(mods);
	return regions_add(&places, &maps, mods, &arenas, &err);
}

static void is_region(size_t n, raddr start, raddr end, unsigned kind)
{
	assert_true(n < places.n);
	assert_int_equal(places.v[n].start, start);
	assert_int_equal(places.v[n].start + places.v[n].len, end);
	assert_int_equal(places.v[n].kind, kind);
}

static void writable_private_mappings_are_regions(void **state)
{
	(void)state;
	assert_true(cut("10000-20000 rw-p 0 00:00 0 [heap]\n"
			"20000-30000 r--p 0 00:00 0\n"
			"30000-40000 rw-s 0 00:00 0\n"
			"40000-50000 -w-p 0 00:00 0\n"
			"50000-60000 rw-p 0 08:01 77 /no/such/file\n"
			"70000-80000 rw-p 0 00:00 0 [stack]\n"
			"80000-90000 rw-p 0 00:00 0 [vvar]\n"
			"90000-a0000 rw-p 0 00:00 0\n"));
	assert_int_equal(places.n, 3);
	is_region(0, 0x10000, 0x20000, REGION_ANON);
	is_region(1, 0x50000, 0x60000, REGION_ANON);
	is_region(2, 0x90000, 0xa0000, REGION_ANON);
	assert_int_equal(places_kind(&places, 0x15000), REGION_ANON);
	assert_int_equal(places_kind(&places, 0x25000), 0);
}

static void mappings_are_cut_at_arenas(void **state)
{
	(void)state;
	add_arena(0x140000);
	add_arena(0x200000);
	assert_true(cut("100000-300000 rw-p 0 00:00 0\n"));
	assert_int_equal(places.n, 5);
	is_region(0, 0x100000, 0x140000, REGION_ANON);
	is_region(1, 0x140000, 0x180000, REGION_ARENA);
	is_region(2, 0x180000, 0x200000, REGION_ANON);
	is_region(3, 0x200000, 0x240000, REGION_ARENA);
	is_region(4, 0x240000, 0x300000, REGION_ANON);
}

static void arenas_side_by_side_are_one_region(void **state)
{
	(void)state;
	add_arena(0x100000);
	add_arena(0x140000);
	add_arena(0x180000);
	assert_true(cut("100000-1c0000 rw-p 0 00:00 0\n"));
	assert_int_equal(places.n, 1);
	is_region(0, 0x100000, 0x1c0000, REGION_ARENA);
}

static void not_across_mappings(void **state)
{
	(void)state;
	add_arena(0x100000);
	add_arena(0x140000);
	assert_true(cut("100000-140000 rw-p 0 00:00 0\n"
			"140000-180000 rw-p 0 00:00 0 [anon:more]\n"));
	assert_int_equal(places.n, 2);
	is_region(0, 0x100000, 0x140000, REGION_ARENA);
	is_region(1, 0x140000, 0x180000, REGION_ARENA);
}

static void an_arena_that_outgrows_its_mapping_is_refused(void **state)
{
	(void)state;
	add_arena(0x100000);
	assert_false(cut("100000-120000 rw-p 0 00:00 0\n"));
	assert_int_equal(err.code, ERR_BADDATA);
}

static void arenas_without_a_mapping_are_left_out(void **state)
{
	(void)state;
	add_arena(0x100000);
	add_arena(0x500000);
	add_arena(0x900000);
	assert_true(cut("500000-540000 rw-p 0 00:00 0\n"));
	assert_int_equal(places.n, 1);
	is_region(0, 0x500000, 0x540000, REGION_ARENA);
	assert_int_equal(arenas.v.n, 1);
	assert_int_equal(arenas.v.v[0].start, 0x500000);
	assert_int_equal(arenas.n_bad, 2);
}

static void an_arena_in_a_stack_is_left_out(void **state)
{
	(void)state;
	add_arena(0x100000);
	add_arena(0x500000);
	assert_true(cut("100000-140000 rw-p 0 00:00 0 [stack]\n"
			"500000-540000 rw-p 0 00:00 0\n"));
	assert_int_equal(places.n, 1);
	assert_int_equal(arenas.v.n, 1);
	assert_int_equal(arenas.v.v[0].start, 0x500000);
	assert_int_equal(arenas.n_bad, 1);
}

static void absurd_mappings_are_refused(void **state)
{
	(void)state;
	assert_false(cut("ffffffff00000000-fffffffffffff000 rw-p 0 00:00 0\n"));
	assert_int_equal(err.code, ERR_BADDATA);
}

/* Some of it initialised, some not: .data and .bss. */
static volatile int in_data = 1, in_bss[4096];

static unsigned kind_of(volatile void *p)
{
	return places_kind(&places, (raddr)(uintptr_t)p);
}

static void only_segments_that_a_loader_mapped_are_data(void **state)
{
	auto_close int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *mapped, *anonymous;
	size_t len;
	char *text;

	(void)state;
	mapped = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
		      0);
	anonymous = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(mapped != MAP_FAILED && anonymous != MAP_FAILED);
	text = procfs_slurp(AT_FDCWD, "/proc/self/maps", 1 << 20, &len, &err);
	assert_non_null(text);
	assert_true(cut(text));
	assert_int_equal(kind_of(&in_data), REGION_STATIC);
	assert_int_equal(kind_of(&in_bss[4000]), REGION_STATIC);
	assert_int_equal(kind_of(mapped), REGION_ANON);
	assert_int_equal(kind_of(anonymous), REGION_ANON);
	munmap(mapped, 1 << 16);
	munmap(anonymous, 1 << 16);
	free(text);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writable_private_mappings_are_regions),
		TEST(mappings_are_cut_at_arenas),
		TEST(arenas_side_by_side_are_one_region),
		TEST(not_across_mappings),
		TEST(an_arena_that_outgrows_its_mapping_is_refused),
		TEST(arenas_without_a_mapping_are_left_out),
		TEST(an_arena_in_a_stack_is_left_out),
		TEST(absurd_mappings_are_refused),
		TEST(only_segments_that_a_loader_mapped_are_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
