/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attach/demangle.h"

static struct demangler dm;

static void expect(const char *name, const char *want)
{
	char *got = demangle(&dm, name);

	if (want)
		assert_string_equal(got ? got : "(none)", want);
	else
		assert_null(got);
	free(got);
}

/* Where there is no C++ runtime, nothing can be tested. */
static void need_demangler(void)
{
	char *got = demangle(&dm, "_Z1fv");

	if (!got)
		skip();
	free(got);
}

static void names_of_cxx_are_as_in_the_source(void **state)
{
	(void)state;
	need_demangler();
	expect("_ZN4shop4Till4ringEPFvvE", "shop::Till::ring(void (*)())");
	expect("_ZNKSt6vectorIiSaIiEE4sizeEv",
	       "std::vector<int, std::allocator<int> >::size() const");
}

static void older_names_of_rust_lose_their_hash_and_escapes(void **state)
{
	(void)state;
	need_demangler();
	expect("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write");
	expect("_ZN54_$LT$std..path..Path$u20$as$u20$core..fmt..Display$GT$"
	       "3fmt17h0123456789abcdefE",
	       "<std::path::Path as core::fmt::Display>::fmt");
}

static void newer_names_of_rust_are_read_or_left_alone(void **state)
{
	(void)state;
#ifdef HAVE_LIBIBERTY
	expect("_RNvC6_123foo3bar", "123foo::bar");
#else
	expect("_RNvC6_123foo3bar", NULL);
#endif
}

static void other_names_stand_for_themselves(void **state)
{
	(void)state;
	expect("", NULL);
	expect("main", NULL);
	expect("_start", NULL);
	expect("_PyEval_EvalFrameDefault", NULL);
	expect("_Z", NULL);
	expect("_ZN", NULL);
	expect("_ZN999999999999999999999fooE", NULL);
}

/* What nests without end is refused, not followed. */
static void names_that_nest_too_deep_end(void **state)
{
	char name[4000] = "_Z1f";

	(void)state;
	memset(name + 4, 'P', sizeof(name) - 5);
	free(demangle(&dm, name));
	for (size_t i = 4; i < sizeof(name) - 1; i++)
		name[i] = "NK"[i % 2];
	free(demangle(&dm, name));
	for (size_t i = 4; i < sizeof(name) - 1; i++)
		name[i] = "Xspcv"[i % 5];
	free(demangle(&dm, name));
}

static int fini(void **state)
{
	(void)state;
	demangler_fini(&dm);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_cxx_are_as_in_the_source),
		cmocka_unit_test(
			older_names_of_rust_lose_their_hash_and_escapes),
		cmocka_unit_test(newer_names_of_rust_are_read_or_left_alone),
		cmocka_unit_test(other_names_stand_for_themselves),
		cmocka_unit_test(names_that_nest_too_deep_end),
	};

	return cmocka_run_group_tests(tests, NULL, fini);
}
