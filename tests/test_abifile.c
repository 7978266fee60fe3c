/* SPDX-License-Identifier: MIT */
/*
 * The parser of offsets files, on files that are not as they should be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/bounds.h"
#include "pyabi/abi.h"
#include "pyabi/abifile.h"

/* A good file, and the same with one line changed. */
static const char *good(size_t *ret_len)
{
	struct abi_target t = { ABI_VERSION(3, 12, 1), BUILD_DEFAULT,
				ARCH_X86_64 };
	size_t found[ABI_MAX_CANDIDATES];

	assert_true(abi_builtin_candidates(&t, found) > 0);
	return abi_builtin_text(found[0], ret_len);
}

/* Where the line of @key begins. */
static const char *line_of(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, key, len) == 0 && at[len] == ' ')
			return at;
	}
	fail_msg("no %s in the file", key);
	return NULL;
}

static char *changed(const char *key, const char *line)
{
	size_t len;
	const char *text = good(&len);
	const char *at = line_of(text, key);
	const char *rest = strchr(at, '\n');
	char *ret;

	if (asprintf(&ret, "%.*s%s%s", (int)(at - text), text, line, rest) < 0)
		abort();
	return ret;
}

static void a_good_file_says_what_it_is(void **state)
{
	size_t len;
	const char *text = good(&len);
	struct abi abi;
	struct err err;

	(void)state;
	assert_true(abifile_parse(text, len, &abi, &err));
	assert_string_equal(abi.name, "cpython-3.12-x86_64");
	assert_int_equal(abi.first, ABI_VERSION(3, 12, 0));
	assert_int_equal(abi.last, ABI_VERSION(3, 12, 99));
	assert_int_equal(abi.n_checked, 1);
	assert_int_equal(abi.checked[0], ABI_VERSION(3, 12, 1));
	assert_int_equal(abi.frames, FRAMES_CFRAME);
	assert_int_equal(abi.n_pool_size, 16384);
	assert_int_equal(abi.n_managed_dict_at, -24);
	assert_true(abi.n_arena_map_top == 15);
	assert_true(abi.n_frame_suspended_locked == ABI_NO_NUMBER);
	assert_int_equal(abi.object_ob_type, 8);
	assert_false(abi_has(abi.tstate_current_frame));
}

static void every_bad_line_is_named(void **state)
{
	static const struct bad {
		const char *key, *line, *text;
	} bad[] = {
		{ "dict.ma_keys", "", "missing: dict.ma_keys" },
		{ "frames", "# gone", "missing: frames" },
		{ "pool_size", "", "missing: pool_size" },
		{ "dict.ma_keys", "dict.ma_keyz 32",
		  "unknown field: dict.ma_keyz" },
		{ "frames", "framez heap", "unknown key: framez" },
		{ "frames", "frames iframe", "unknown value: iframe" },
		{ "build", "build fast", "unknown value: fast" },
		{ "arch", "arch vax", "unknown value: vax" },
		{ "checked", "checked 3.12", "not like 3.12.1,3.12.3: 3.12" },
		{ "checked", "checked 3.12.1,", "not like 3.12.1,3.12.3: "
		  "3.12.1," },
		{ "checked", "checked 3.12.1\nchecked 3.12.2",
		  "said twice: checked" },
		{ "checked", "checked 1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,"
		  "1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,"
		  "1.1.1,1.1.1", "not like 3.12.1,3.12.3: 1.1.1,1.1.1,1.1.1,"
		  "1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,1.1.1,1.1" },
		{ "dict.ma_keys", "dict.ma_keys", "no value: dict.ma_keys" },
		{ "dict.ma_keys", "dict.ma_keys # 32",
		  "no value: dict.ma_keys" },
		{ "dict.ma_keys", "dict.ma_keys 32 40",
		  "more than one value: 40" },
		{ "dict.ma_keys", "dict.ma_keys -32",
		  "not an offset: -32" },
		{ "dict.ma_keys", "dict.ma_keys 0x20",
		  "not an offset: 0x20" },
		{ "dict.ma_keys", "dict.ma_keys 16777217",
		  "not an offset: 16777217" },
		{ "dict.ma_keys",
		  "dict.ma_keys 99999999999999999999999999999999",
		  "not an offset: 99999999999999999999999999999999" },
		{ "dict.ma_keys", "dict.ma_keys 3\x1b[2J",
		  "not an offset: 3?[2J" },
		{ "pool_size", "pool_size 4k", "not a number: 4k" },
		{ "pool_size", "pool_size --1", "not a number: --1" },
		{ "dict.ma_keys", "dict.ma_keys 32\ndict.ma_keys 32",
		  "said twice: dict.ma_keys" },
		{ "dict.ma_keys", "dict.ma_used 32",
		  "said twice: dict.ma_used" },
		{ "frames", "frames heap\nframes heap",
		  "said twice: frames" },
		{ "pool_size", "pool_size 1\npool_size 1",
		  "said twice: pool_size" },
		{ "abi", "abi a\nabi b", "said twice: abi" },
		{ "python", "python 3.12", "not like 3.12.0..3.12.99: 3.12" },
		{ "python", "python 3.12.0..3.13.0",
		  "not like 3.12.0..3.12.99: 3.12.0..3.13.0" },
		{ "python", "python 3.12.9..3.12.1",
		  "not like 3.12.0..3.12.99: 3.12.9..3.12.1" },
		{ "python", "python 3.12.0..3.12.256",
		  "not like 3.12.0..3.12.99: 3.12.0..3.12.256" },
		{ "python", "python 3.12.0..3.12.1rc",
		  "not like 3.12.0..3.12.99: 3.12.0..3.12.1rc" },
		{ "arch", "pool_size 1", "missing: arch" },
		{ "abi", "abi "
		  "cpython-with-a-name-that-is-longer-than-anyone-needs-it",
		  "name too long: "
		  "cpython-with-a-name-that-is-longer-than-anyone-needs-it" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *text = changed(bad[i].key, bad[i].line);
		struct abi abi;
		struct err err = { 0 };

		if (abifile_parse(text, strlen(text), &abi, &err))
			fail_msg("taken: %s", bad[i].line);
		assert_int_equal(err.code, ERR_BADDATA);
		if (!strstr(err.text, bad[i].text))
			fail_msg("%s, not: %s", err.text, bad[i].text);
		free(text);
	}
}

static void the_line_is_counted_from_one(void **state)
{
	static const char text[] = "# hello\n\n  abi x # name\npython 3\n";
	struct abi abi;
	struct err err;

	(void)state;
	assert_false(abifile_parse(text, sizeof(text) - 1, &abi, &err));
	assert_string_equal(err.text, "line 4: not like 3.12.0..3.12.99: 3");
}

/* Editors on other systems, and fields in another order. */
static void line_ends_blanks_and_order_do_not_matter(void **state)
{
	size_t len;
	const char *text = good(&len);
	const char *key = line_of(text, "dict.ma_keys");
	const char *next = strchr(key, '\n') + 1;
	struct abi abi, again;
	struct err err;
	char *moved;

	(void)state;
	assert_true(abifile_parse(text, len, &abi, &err));
	if (asprintf(&moved, "%.*s%s\r\n\t dict.ma_keys\t32 #x\r\n ",
		     (int)(key - text), text, next) < 0)
		abort();
	if (!abifile_parse(moved, strlen(moved), &again, &err))
		fail_msg("%s", err.text);
	assert_memory_equal(&abi, &again, sizeof(abi));
	free(moved);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
	size_t len;
	const char *text = good(&len);

	(void)state;
	for (size_t cut = 0; cut < len - 1; cut += 97) {
		struct abi abi;
		struct err err;

		assert_false(abifile_parse(text, cut, &abi, &err));
	}
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	static const char bytes[] = "\0\0\0\x7f" "ELF\2\1\1\0\n\n\xff\xfe 1\n";
	struct abi abi;
	struct err err;

	(void)state;
	assert_false(abifile_parse(bytes, sizeof(bytes) - 1, &abi, &err));
	assert_int_equal(err.code, ERR_BADDATA);
	assert_false(abifile_parse("", 0, &abi, &err));
	assert_string_equal(err.text, "missing: abi");
}

static void the_head_can_be_had_alone(void **state)
{
	static const char text[] = "abi x\npython 3.9.0..3.9.1\n"
				   "arch aarch64\nbuild free-threaded\n"
				   "checked 3.9.0,3.9.1\n?? ??\n";
	struct abi abi;
	struct err err;

	(void)state;
	assert_true(abifile_head(text, sizeof(text) - 1, &abi, &err));
	assert_string_equal(abi.name, "x");
	assert_int_equal(abi.build, BUILD_FREE_THREADED);
	assert_int_equal(abi.arch, ARCH_AARCH64);
	assert_int_equal(abi.n_checked, 2);
	assert_int_equal(abi.checked[1], ABI_VERSION(3, 9, 1));
	assert_false(abifile_head(text, 10, &abi, &err));
}

static void what_was_checked_may_be_left_out(void **state)
{
	char *text = changed("checked", "");
	struct abi abi;
	struct err err;

	(void)state;
	assert_true(abifile_parse(text, strlen(text), &abi, &err));
	assert_int_equal(abi.n_checked, 0);
	free(text);
}

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static void files_are_read_up_to_a_limit(void **state)
{
	char path[] = "/tmp/abifile.XXXXXX";
	int fd = mkstemp(path);
	size_t len;
	const char *text = good(&len);
	char *huge = calloc(1, MAX_OFFSETS_FILE);
	struct abi abi;
	struct err err;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_file(path, text, len);
	assert_true(abifile_read(path, &abi, &err));

	memset(huge, '\n', MAX_OFFSETS_FILE);
	write_file(path, huge, MAX_OFFSETS_FILE);
	assert_false(abifile_read(path, &abi, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_non_null(strstr(err.text, path));
	unlink(path);
	free(huge);

	assert_false(abifile_read(path, &abi, &err));
	assert_int_equal(err.code, ERR_OS);
	assert_non_null(strstr(err.text, path));
	assert_false(abifile_read("/", &abi, &err));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_file_says_what_it_is),
		cmocka_unit_test(every_bad_line_is_named),
		cmocka_unit_test(the_line_is_counted_from_one),
		cmocka_unit_test(line_ends_blanks_and_order_do_not_matter),
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(the_head_can_be_had_alone),
		cmocka_unit_test(what_was_checked_may_be_left_out),
		cmocka_unit_test(files_are_read_up_to_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
