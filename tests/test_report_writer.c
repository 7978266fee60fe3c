/* SPDX-License-Identifier: MIT */
/* What the formats stand on: output that may fail, JSON text, units. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/units.h"
#include "report/json_writer.h"
#include "report/out.h"
#include "report/report_objects.h"
#include "result/dump.h"

static struct out out;
static struct err err;
static char got[4096];

static int fresh(void **state)
{
	(void)state;
	out_init(&out, memfd_create("test", MFD_CLOEXEC));
	return out.fd < 0;
}

static int done(void **state)
{
	(void)state;
	return close(out.fd);
}

static const char *text(void)
{
	ssize_t n;

	assert_true(out_flush(&out, &err));
	n = pread(out.fd, got, sizeof(got) - 1, 0);
	assert_true(n >= 0);
	got[n] = '\0';
	return got;
}

static void json_text_is_valid_utf8_whatever_the_bytes(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "plain", "\"plain\"" },
		{ "", "\"\"" },
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\b\f\n\r\t\001\037\177",
		  "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d",
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d\"" },
		/* cut off, alone, overlong, too large */
		{ "\xc3", "\"\\udcc3\"" },
		{ "\xe2\x82", "\"\\udce2\\udc82\"" },
		{ "\x80x", "\"\\udc80x\"" },
		{ "\xc0\xaf", "\"\\udcc0\\udcaf\"" },
		{ "\xe0\x80\xaf", "\"\\udce0\\udc80\\udcaf\"" },
		{ "\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"" },
		{ "\xff\xfe", "\"\\udcff\\udcfe\"" },
		/* U+DC80 as Python's surrogatepass writes it */
		{ "\xed\xb2\x80", "\"\\udc80\"" },
		/* U+009B is "escape, bracket" to some terminals */
		{ "\xc2\x9b", "\"\\u009b\"" },
		{ "\xc2\xa0", "\"\xc2\xa0\"" },
		/* What reorders, ends lines, hides; beyond U+FFFF, too */
		{ "\u202e\u2066\u061c", "\"\\u202e\\u2066\\u061c\"" },
		{ "\u2028\u2029", "\"\\u2028\\u2029\"" },
		{ "\u00ad\u3164\ufe0f", "\"\\u00ad\\u3164\\ufe0f\"" },
		{ "\U000e0041", "\"\\udb40\\udc41\"" },
		/* Marks on something, on nothing, too many */
		{ "e\u0301", "\"e\u0301\"" },
		{ "\u0301e", "\"\\u0301e\"" },
		{ "e\u0301\u0301\u0301\u0301\u0301",
		  "\"e\u0301\u0301\u0301\u0301\\u0301\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fresh(state);
		json_quote(&out, cases[i].in);
		assert_string_equal(text(), cases[i].want);
		if (i + 1 < ARRAY_SIZE(cases))
			done(state);
	}
}

static void rows_stay_in_a_line_and_documents_do_not(void **state)
{
	struct json json;

	(void)state;
	json_init(&json, &out);
	json_object(&json, NULL, JSON_LINES);
	json_array(&json, "empty", JSON_LINES);
	json_close(&json);
	json_array(&json, "rows", JSON_LINES);
	json_object(&json, NULL, JSON_ROW);
	json_int(&json, "a", -5);
	json_array(&json, "b", JSON_LINES);
	json_int(&json, NULL, INT64_MIN);
	json_int(&json, NULL, INT64_MAX);
	json_close(&json);
	json_close(&json);
	json_null(&json, NULL);
	json_close(&json);
	json_close(&json);
	assert_string_equal(text(), "{\n \"empty\": [],\n \"rows\": [\n"
			    "  {\"a\": -5, \"b\": [-9223372036854775808, "
			    "9223372036854775807]},\n  null\n ]\n}\n");
}

static void what_is_no_number_is_null(void **state)
{
	struct json json;

	(void)state;
	json_init(&json, &out);
	json_array(&json, NULL, JSON_ROW);
	json_double(&json, NULL, 24.8);
	json_double(&json, NULL, -1);
	json_double(&json, NULL, 0.0 / 0.0);
	json_double(&json, NULL, 1e300);
	json_int(&json, NULL, DUMP_UNKNOWN);
	json_bool(&json, NULL, DUMP_UNKNOWN);
	json_string(&json, NULL, NULL);
	json_close(&json);
	assert_string_equal(text(),
			    "[24.800, null, null, null, null, null, null]\n");
}

static void a_full_disk_is_noticed_once_and_for_all(void **state)
{
	struct dump_object obj = { .address = 16, .type = "int" };
	static struct out full;
	char big[3 * OUT_SIZE];

	(void)state;
	out_init(&full, open("/dev/full", O_WRONLY | O_CLOEXEC));
	memset(big, 'x', sizeof(big));
	out_bytes(&full, big, 10);
	assert_true(out_check(&full, &err));
	out_bytes(&full, big, sizeof(big));
	assert_false(out_check(&full, &err));
	assert_int_equal(err.code, ERR_OS);
	assert_int_equal(err.sys, ENOSPC);
	assert_false(report_object(&full, &obj, &err));
	assert_false(out_flush(&full, &err));
	close(full.fd);
}

static void numbers_of_any_size(void **state)
{
	(void)state;
	out_i64(&out, INT64_MIN);
	out_char(&out, ' ');
	out_u64(&out, UINT64_MAX);
	out_char(&out, ' ');
	out_u64(&out, 0);
	out_char(&out, ' ');
	out_raddr(&out, 0);
	out_char(&out, ' ');
	out_raddr(&out, 0x10);
	out_char(&out, ' ');
	out_raddr(&out, UINT64_MAX);
	assert_string_equal(text(), "-9223372036854775808 "
			    "18446744073709551615 0 0x0 0x10 "
			    "0xffffffffffffffff");
}

static void more_than_the_buffer_comes_out_whole(void **state)
{
	size_t total = 0;
	char byte;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		out_const(&out, "abc");
		out_u64(&out, (uint64_t)i % 10);
		total += 4;
	}
	assert_true(out_flush(&out, &err));
	assert_int_equal(lseek(out.fd, 0, SEEK_END), total);
	for (size_t i = 3; i < total; i += 4) {
		assert_int_equal(pread(out.fd, &byte, 1, (off_t)i), 1);
		assert_int_equal(byte, '0' + (int)(i / 4 % 10));
	}
}

static void terminals_see_only_what_can_be_printed(void **state)
{
	(void)state;
	assert_int_equal(out_visible(&out, "caf\xc3\xa9", 10), 4);
	out_char(&out, '|');
	assert_int_equal(out_visible(&out, "\033[1m\n\t\xff\\", 40), 17);
	out_char(&out, '|');
	assert_int_equal(out_visible(&out, "abcdefgh", 6), 6);
	out_char(&out, '|');
	/* Right to left: what follows would be shown mirrored. */
	out_visible(&out, "\xe2\x80\xae" "c.", 40);
	out_char(&out, '|');
	/* Two columns each: the third would leave no room for the dots. */
	assert_int_equal(out_visible(&out, "\xe6\xbc\xa2\xe5\xad\x97"
				     "\xe6\xbc\xa2\xe5\xad\x97", 6), 5);
	assert_string_equal(text(), "caf\xc3\xa9|"
			    "\\033[1m\\n\\t\\377\\\\|abc...|"
			    "\\342\\200\\256c.|\xe6\xbc\xa2...");
}

static void units_are_short_and_never_lie_about_unknown(void **state)
{
	static const struct {
		int64_t n;
		const char *bytes, *count;
	} cases[] = {
		{ DUMP_UNKNOWN, "-", "-" },
		{ 0, "0 B", "0" },
		{ 999, "999 B", "999" },
		{ 1000, "1000 B", "1,000" },
		{ 1024, "1.0 KiB", "1,024" },
		{ 1048575, "1.0 MiB", "1,048,575" },
		{ 11538432, "11.0 MiB", "11,538,432" },
		{ 107374182400, "100.0 GiB", "107,374,182,400" },
		{ INT64_MAX, "8.0 EiB", "9,223,372,036,854,775,807" },
	};
	char buf[UNITS_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_string_equal(units_bytes(buf, cases[i].n),
				    cases[i].bytes);
		assert_string_equal(units_count(buf, cases[i].n),
				    cases[i].count);
	}
	assert_int_equal(units_percent(1, 0), 0);
	assert_int_equal(units_percent(1, 3), 33);
	assert_int_equal(units_percent(INT64_MAX, INT64_MAX), 100);
}

#define WITH_OUT(test) cmocka_unit_test_setup_teardown(test, fresh, done)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			json_text_is_valid_utf8_whatever_the_bytes, done),
		WITH_OUT(rows_stay_in_a_line_and_documents_do_not),
		WITH_OUT(what_is_no_number_is_null),
		WITH_OUT(a_full_disk_is_noticed_once_and_for_all),
		WITH_OUT(numbers_of_any_size),
		WITH_OUT(more_than_the_buffer_comes_out_whole),
		WITH_OUT(terminals_see_only_what_can_be_printed),
		cmocka_unit_test(units_are_short_and_never_lie_about_unknown),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
