/* SPDX-License-Identifier: MIT */
/* What of foreign text a terminal may see. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/disguise.h"
#include "base/visible.h"

static char shown[1000];
static size_t columns;

static const char *show(const char *s)
{
	char *to = shown;

	columns = 0;
	while (*s) {
		size_t more, len = visible_char(&s, to, &more);

		assert_true(len <= VISIBLE_MAX && more >= 1);
		to += len;
		columns += more;
	}
	*to = '\0';
	return shown;
}

static void what_hides_or_reorders_is_escaped(void **state)
{
	static const char *const hidden[] = {
		"\u00ad", "\u034f", "\u061c", "\u0600", "\u115f", "\u1160",
		"\u17b4", "\u180b", "\u180e", "\u200b", "\u200c", "\u200d",
		"\u200e", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060",
		"\u2063", "\u2066", "\u2069", "\u206f", "\u2800", "\u3164",
		"\ue000", "\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\ufff9",
		"\ufffb", "\U0001d159", "\U0001d173", "\U000e0001",
		"\U000e0041", "\U000e007f", "\U000e0100", "\U000f0000",
		"\xc2\x9b", "\x7f", "\x1b", "\xff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
		show(hidden[i]);
		assert_int_equal(*shown, '\\');
		assert_int_equal(columns, strlen(shown));
		for (const char *c = shown; *c; c++)
			assert_in_range(*c, ' ', '~');
	}
}

static void ordinary_text_of_any_script_is_shown_as_it_is(void **state)
{
	static const char *const text[] = {
		"caf\u00e9", "cafe\u0301", "\u0441\u0447\u0451\u0442",
		"\u0627\u0644\u0639\u064e\u0631\u064e\u0628",
		"\u0939\u093f\u0928\u094d\u0926\u0940",
		"\u0e20\u0e32\u0e29\u0e32\u0e17\u0e35\u0e48",
		"\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
		"\u6f22\u5b57", "\ud55c\uae00", "\u1112\u1161\u11ab",
		"\u1e9b\u0323", "\U0001f40d", "\U0001f1e6\U0001f1f9",
		"a\u0300\u0301\u0302\u0303",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		assert_string_equal(show(text[i]), text[i]);
}

static void a_pile_of_marks_is_cut_and_one_on_nothing_is_no_mark(void **state)
{
	(void)state;
	assert_string_equal(show("a\u0301\u0301\u0301\u0301\u0301"),
			    "a\u0301\u0301\u0301\u0301\\314\\201");
	assert_int_equal(columns, 1 + 8);
	assert_string_equal(show("\u0301a"), "\\314\\201a");
	assert_string_equal(show("\n\u0301"), "\\n\\314\\201");
	/* Of Thai and Hangul as well. */
	assert_string_equal(show("\u0e48"), "\\340\\271\\210");
	assert_string_equal(show("\u1161"), "\\341\\205\\241");
}

static void kinds_are_the_same_in_every_locale(void **state)
{
	(void)state;
	setlocale(LC_CTYPE, "C");
	assert_int_equal(disguise_of('a'), PLAIN);
	assert_int_equal(disguise_of(0x301), MARK);
	assert_int_equal(disguise_of(0x202e), HIDDEN);
	assert_int_equal(disguise_of(0xd800), HIDDEN);
	assert_int_equal(disguise_of(0x10ffff), HIDDEN);
	assert_int_equal(disguise_of(0x1f40d), PLAIN);
	assert_string_equal(show("\u00e9"), "\\303\\251");
	setlocale(LC_CTYPE, "C.UTF-8");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_hides_or_reorders_is_escaped),
		cmocka_unit_test(
			ordinary_text_of_any_script_is_shown_as_it_is),
		cmocka_unit_test(
			a_pile_of_marks_is_cut_and_one_on_nothing_is_no_mark),
		cmocka_unit_test(kinds_are_the_same_in_every_locale),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
