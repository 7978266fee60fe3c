/* SPDX-License-Identifier: MIT */
/* The option table: what it parses, and what it says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/option.h"

static const struct option_row rows[] = {
	{ .name = "Heading" },
	{ 'o', "output", "FILE", "where to" },
	{ OPTION_LONG, "color", "always|never", "first line\nsecond line" },
	{ OPTION_LONG + 1, "count", NULL, "how many" },
	OPTION_REFUSED(OPTION_LONG + 3, "secret"),
	{ OPTION_LONG + 2, "a-name-of-thirty-characters-or", "X", "below" },
	{ 0 }
};

static const struct command command = { .name = "test", .options = rows };
static struct options o;
static struct err err;

/* Start on up to seven words. */
#define START(...) start((char *[8]){ "test", __VA_ARGS__ })

static void start(char **argv)
{
	int argc = 0;

	while (argc < 8 && argv[argc])
		argc++;
	options_init(&o, &command, argc, argv);
}

static void refuses(const char *text)
{
	assert_int_equal(option_next(&o, &err), OPTION_FAILED);
	assert_int_equal(err.code, ERR_USAGE);
	assert_string_equal(err.text, text);
}

static void options_and_the_rest_come_in_any_order(void **state)
{
	(void)state;
	START("4711", "--output=x", "--count", "y", "-oz", "--", "--count");
	assert_int_equal(option_next(&o, &err), 'o');
	assert_string_equal(o.value, "x");
	assert_int_equal(option_next(&o, &err), OPTION_LONG + 1);
	assert_int_equal(option_next(&o, &err), 'o');
	assert_string_equal(o.value, "z");
	assert_int_equal(option_next(&o, &err), OPTION_END);
	assert_int_equal(o.argc - o.rest, 3);
	assert_string_equal(o.argv[o.rest], "4711");
	assert_string_equal(o.argv[o.rest + 2], "--count");
}

static void long_options_may_be_abbreviated(void **state)
{
	(void)state;
	START("--cou", "--col", "never", "--help");
	assert_int_equal(option_next(&o, &err), OPTION_LONG + 1);
	assert_int_equal(option_next(&o, &err), OPTION_LONG);
	assert_int_equal(option_choice(&o, OPTION_LONG, &err), 1);
	assert_int_equal(option_next(&o, &err), OPTION_HELP);
	assert_int_equal(option_next(&o, &err), OPTION_END);
}

static void an_option_that_is_refused_is_known(void **state)
{
	(void)state;
	START("--secret");
	assert_int_equal(option_next(&o, &err), OPTION_LONG + 3);
}

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	START("--co");
	refuses("ambiguous option '--co' (see pyheapspy test --help)");
	START("--none=1");
	refuses("unknown option '--none=1' (see pyheapspy test --help)");
	START("-oq", "-q");
	assert_int_equal(option_next(&o, &err), 'o');
	refuses("unknown option '-q' (see pyheapspy test --help)");
	START("--count=3");
	refuses("option '--count=3' takes no value "
		"(see pyheapspy test --help)");
	START("--output");
	refuses("option '--output' needs a value "
		"(see pyheapspy test --help)");
	START("-o");
	refuses("option '-o' needs a value (see pyheapspy test --help)");
}

static void a_choice_is_one_of_the_list(void **state)
{
	static const char *const wrong[] = { "", "al", "alwaysx", "|" };

	(void)state;
	START("--color=always");
	assert_int_equal(option_next(&o, &err), OPTION_LONG);
	assert_int_equal(option_choice(&o, OPTION_LONG, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		o.value = wrong[i];
		assert_int_equal(option_choice(&o, OPTION_LONG, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
	}
}

static void prints(void (*list)(struct out *, const struct option_row *),
		   const char *want)
{
	static struct out out;
	char got[2000];
	ssize_t n;

	out_init(&out, memfd_create("test", MFD_CLOEXEC));
	list(&out, rows);
	assert_true(out_flush(&out, &err));
	n = pread(out.fd, got, sizeof(got) - 1, 0);
	assert_true(n >= 0);
	got[n] = '\0';
	close(out.fd);
	assert_string_equal(got, want);
}

static void one_table_makes_help_completion_and_manual(void **state)
{
	(void)state;
	prints(option_help,
	       "Heading:\n"
	       "  -o, --output=FILE        where to\n"
	       "      --color=always|never\n"
	       "                           first line\n"
	       "                           second line\n"
	       "      --count              how many\n"
	       "      --a-name-of-thirty-characters-or=X\n"
	       "                           below\n"
	       "      --help               this text\n");
	prints(option_list,
	       "--output=FILE\n--color=always|never\n--count\n"
	       "--a-name-of-thirty-characters-or=X\n--help\n");
	prints(option_man,
	       ".TP\n\\fB\\-o\\fR, \\fB\\-\\-output\\fR=\\fIFILE\\fR\n"
	       "\\&where to\n"
	       ".TP\n\\fB\\-\\-color\\fR=\\fIalways|never\\fR\n"
	       "\\&first line second line\n"
	       ".TP\n\\fB\\-\\-count\\fR\n\\&how many\n"
	       ".TP\n\\fB\\-\\-a\\-name\\-of\\-thirty\\-characters\\-or\\fR"
	       "=\\fIX\\fR\n\\&below\n");
}

static void commands_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(command_find("dump"), &cmd_dump);
	assert_null(command_find("dum"));
	assert_null(command_find(""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_the_rest_come_in_any_order),
		cmocka_unit_test(long_options_may_be_abbreviated),
		cmocka_unit_test(an_option_that_is_refused_is_known),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_choice_is_one_of_the_list),
		cmocka_unit_test(one_table_makes_help_completion_and_manual),
		cmocka_unit_test(commands_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
