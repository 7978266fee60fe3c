/* SPDX-License-Identifier: MIT */
/* /proc/PID/maps, as the kernel writes it and as it never would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/maps.h"
#include "attach/process.h"
#include "base/bounds.h"

static struct maps maps;
static struct err err;

static bool parse(const char *text)
{
	err = (struct err){0};
	return maps_parse(&maps, text, strlen(text), &err);
}

static int tear_down(void **state)
{
	(void)state;
	maps_free(&maps);
	return 0;
}

static const char two[] =
	"7f12c000-7f12d000 r-xp 00001000 fe:01 4711      /lib/libm.so.6\n"
	"7f12e000-7f130000 rw-s 00000000 00:00 0 \n";

static void every_field_has_its_place(void **state)
{
	(void)state;
	assert_true(parse(two));
	assert_int_equal(maps.n, 2);
	assert_int_equal(maps.v[0].start, 0x7f12c000);
	assert_int_equal(maps.v[0].end, 0x7f12d000);
	assert_true(maps.v[0].read && !maps.v[0].write && maps.v[0].exec);
	assert_false(maps.v[0].shared);
	assert_int_equal(maps.v[0].offset, 0x1000);
	assert_int_equal(maps.v[0].dev_major, 0xfe);
	assert_int_equal(maps.v[0].dev_minor, 1);
	assert_int_equal(maps.v[0].inode, 4711);
	assert_string_equal(maps.v[0].path, "/lib/libm.so.6");
	assert_true(maps.v[1].write && maps.v[1].shared);
	assert_string_equal(maps.v[1].path, "");
}

static void an_address_finds_its_mapping(void **state)
{
	(void)state;
	assert_true(parse(two));
	assert_null(maps_find(&maps, 0));
	assert_ptr_equal(maps_find(&maps, 0x7f12c000), &maps.v[0]);
	assert_ptr_equal(maps_find(&maps, 0x7f12cfff), &maps.v[0]);
	assert_null(maps_find(&maps, 0x7f12d000));
	assert_ptr_equal(maps_find(&maps, 0x7f12ffff), &maps.v[1]);
	assert_null(maps_find(&maps, 0x7f130000));
	assert_null(maps_find(&maps, UINT64_MAX));
	assert_int_equal(maps_from(&maps, 0x7f12d000), 1);
	assert_int_equal(maps_from(&maps, 0x7f130000), 2);
}

static void a_path_may_hold_blanks_and_a_newline(void **state)
{
	(void)state;
	assert_true(parse("1000-2000 r--p 00000000 00:01 9   "
			  "/tmp/a b\\012c  d (deleted)\n"));
	assert_string_equal(maps.v[0].path, "/tmp/a b\nc  d");
	assert_true(maps.v[0].deleted);
}

static void a_path_that_is_only_the_suffix_is_kept(void **state)
{
	(void)state;
	assert_true(parse("1000-2000 r--p 0 00:01 9  (deleted)\n"));
	assert_false(maps.v[0].deleted);
	assert_string_equal(maps.v[0].path, "(deleted)");
}

static void the_last_line_needs_no_newline(void **state)
{
	(void)state;
	assert_true(parse("1000-2000 r--p 0 00:01 9 /a"));
	assert_string_equal(maps.v[0].path, "/a");
	maps_free(&maps);
	assert_true(parse("1000-2000 r--p 0 00:00 0"));
	assert_string_equal(maps.v[0].path, "");
}

static void nothing_is_no_mapping(void **state)
{
	(void)state;
	assert_true(parse(""));
	assert_int_equal(maps.n, 0);
	assert_null(maps_find(&maps, 0x1000));
}

static void vsyscall_at_the_top_is_fine(void **state)
{
	(void)state;
	assert_true(parse("ffffffffff600000-ffffffffff601000 --xp 00000000 "
			  "00:00 0                  [vsyscall]\n"));
	assert_string_equal(maps.v[0].path, "[vsyscall]");
	assert_non_null(maps_find(&maps, 0xffffffffff600fff));
}

static void nonsense_names_its_line(void **state)
{
	static const char *const bad[] = {
		"\n",
		"x",
		"1000",
		"1000-",
		"1000-2000",
		"-2000 r--p 0 00:01 9 /a\n",
		"1000-2000 r--p\n",
		"1000-2000 r--p 0 00:01\n",
		"1000-2000 r--p 0 00:01 \n",
		"1000-2000 r--p 0 0001 9 /a\n",
		"1000-2000 r--q 0 00:01 9 /a\n",
		"1000-2000 rwwp 0 00:01 9 /a\n",
		"1000-2000 r-\n",
		"2000-1000 r--p 0 00:01 9 /a\n",
		"1000-1000 r--p 0 00:01 9 /a\n",
		"1000-2000 r--p 0 00:01 9a /a\n",
		"1000-2000 r--p 0 100000000:01 9 /a\n",
		"10000000000000000-20000000000000000 r--p 0 00:01 9 /a\n",
		"1000-2000 r--p 0 00:01 99999999999999999999 /a\n",
		"1000-2000 R--p 0 00:01 9 /a\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[300];

		snprintf(text, sizeof(text),
			 "100-200 r--p 0 00:01 9 /ok\n%s", bad[i]);
		assert_false(parse(text));
		assert_int_equal(err.code, ERR_BADDATA);
		assert_string_equal(err.text, "line 2 of maps makes no sense");
		assert_null(maps.v);
	}
}

/* As the kernel lists what grows while it is listed, from 6.17 on. */
static void of_a_mapping_that_overlaps_what_is_new_is_taken(void **state)
{
	(void)state;
	assert_true(parse("10000-20000 rw-p 00000000 00:00 0 [heap]\n"
			  "10000-30000 rw-p 00000000 00:00 0 [heap]\n"
			  "18000-28000 rw-p 00000000 00:00 0\n"
			  "40000-42000 r--p 0 00:01 9 /a\n"
			  "40000-44000 r--p 0 00:01 9 /a\n"));
	assert_int_equal(maps.n, 3);
	assert_int_equal(maps.v[0].start, 0x10000);
	assert_int_equal(maps.v[0].end, 0x30000);
	assert_int_equal(maps.v[1].end, 0x42000);
	assert_int_equal(maps.v[2].start, 0x42000);
	assert_int_equal(maps.v[2].end, 0x44000);
	assert_int_equal(maps.v[2].offset, 0x2000);
}

/* As the kernel lists the heap of a process that forked and then grew. */
static void a_heap_that_grew_after_a_fork_is_one_mapping(void **state)
{
	(void)state;
	assert_true(parse("10000-20000 rw-p 00000000 00:00 0 [heap]\n"
			  "20000-28000 rw-p 00000000 00:00 0 [heap]\n"
			  "28000-29000 rw-p 00000000 00:00 0 [heap]\n"));
	assert_int_equal(maps.n, 1);
	assert_int_equal(maps.v[0].start, 0x10000);
	assert_int_equal(maps.v[0].end, 0x29000);
	assert_ptr_equal(maps_find(&maps, 0x28fff), &maps.v[0]);
}

static void what_differs_stays_apart(void **state)
{
	static const char *const next[] = {
		"21000-22000 rw-p 00000000 00:00 0",
		"20000-22000 r--p 00000000 00:00 0",
		"20000-22000 -w-p 00000000 00:00 0",
		"20000-22000 rwxp 00000000 00:00 0",
		"20000-22000 rw-s 00000000 00:00 0",
		"20000-22000 rw-p 00000000 00:00 0 [heap]",
		"20000-22000 rw-p 00000000 00:01 9",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(next); i++) {
		char text[200];

		snprintf(text, sizeof(text),
			 "10000-20000 rw-p 00000000 00:00 0\n%s\n", next[i]);
		assert_true(parse(text));
		assert_int_equal(maps.n, 2);
		assert_int_equal(maps.v[0].end, 0x20000);
		maps_free(&maps);
	}
}

static void mappings_of_a_file_are_never_joined(void **state)
{
	(void)state;
	assert_true(parse("10000-20000 rw-p 00000000 00:01 9 /a\n"
			  "20000-30000 rw-p 00010000 00:01 9 /a\n"));
	assert_int_equal(maps.n, 2);
}

static void a_nul_in_the_text_is_refused(void **state)
{
	static const char text[] = "1000-2000 r--p 0 00:01 9 /a\0b\n";

	(void)state;
	assert_false(maps_parse(&maps, text, sizeof(text) - 1, &err));
	assert_int_equal(err.code, ERR_BADDATA);
}

static void too_many_mappings_are_a_limit(void **state)
{
	const size_t room = ((size_t)MAX_MAPS + 1) * 40;
	char *text = malloc(room);
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i <= MAX_MAPS; i++)
		len += (size_t)snprintf(text + len, room - len,
					"%zx-%zx r--p 0 0:0 0\n", i * 8192,
					i * 8192 + 4096);
	assert_false(maps_parse(&maps, text, len, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	free(text);
}

static void our_own_maps_hold_our_own_data(void **state)
{
	const struct map *map;
	struct process proc;

	(void)state;
	assert_true(process_open(&proc, getpid(), &err));
	assert_true(maps_read(&maps, &proc, &err));
	map = maps_find(&maps, (uintptr_t)two);
	assert_non_null(map);
	assert_true(map->read && !map->write && map->inode);
	assert_non_null(strstr(map->path, "test_attach_maps"));
	map = maps_find(&maps, (uintptr_t)&map);
	assert_true(map && map->write);
	process_close(&proc);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_has_its_place),
		TEST(an_address_finds_its_mapping),
		TEST(a_path_may_hold_blanks_and_a_newline),
		TEST(a_path_that_is_only_the_suffix_is_kept),
		TEST(the_last_line_needs_no_newline),
		TEST(nothing_is_no_mapping),
		TEST(vsyscall_at_the_top_is_fine),
		TEST(nonsense_names_its_line),
		TEST(of_a_mapping_that_overlaps_what_is_new_is_taken),
		TEST(a_heap_that_grew_after_a_fork_is_one_mapping),
		TEST(what_differs_stays_apart),
		TEST(mappings_of_a_file_are_never_joined),
		TEST(a_nul_in_the_text_is_refused),
		TEST(too_many_mappings_are_a_limit),
		TEST(our_own_maps_hold_our_own_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
