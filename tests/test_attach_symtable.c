/* SPDX-License-Identifier: MIT */
/* Functions by address: those of this program. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attach/budget.h"
#include "attach/elffile.h"
#include "attach/symtable.h"

static struct elffile elf;
static struct err err;

__attribute__((noinline, used)) static int one_function(int x)
{
	return x * 3 + 1;
}

/* Two names of the same code. */
int known_name(int x);
int __known_name(int x);

__attribute__((noinline, used)) int __known_name(int x)
{
	return one_function(x) * 7 + 1;
}

int known_name(int x) __attribute__((alias("__known_name")));

static int open_it(void **state)
{
	(void)state;
	return !elffile_open(&elf, open("/proc/self/exe",
					O_RDONLY | O_CLOEXEC), &err);
}

static int close_it(void **state)
{
	(void)state;
	elffile_close(&elf);
	return 0;
}

static Elf64_Sym symbol(const char *name)
{
	Elf64_Sym sym;

	if (!elffile_symtab(&elf, name, &sym))
		skip();		/* stripped */
	return sym;
}

static void expect(raddr at, const char *name)
{
	struct symtable_want want = { .at = at };
	struct budget budget;

	budget_begin(&budget);
	symtable_find(&elf, &want, 1, &budget);
	if (name)
		assert_string_equal(want.name ? want.name : "(none)", name);
	else
		assert_null(want.name);
	free(want.name);
}

static void a_function_is_known_from_first_to_last_byte(void **state)
{
	Elf64_Sym sym = symbol("one_function");

	(void)state;
	assert_true(sym.st_size > 0);
	expect(sym.st_value, "one_function");
	expect(sym.st_value + sym.st_size - 1, "one_function");
}

static void of_two_names_the_one_with_fewer_underscores_is_meant(void **state)
{
	(void)state;
	expect(symbol("__known_name").st_value, "known_name");
}

/* Symbols of data are no functions; nor is what lies between two. */
static void what_is_no_function_has_no_name(void **state)
{
	(void)state;
	expect(0, NULL);
	expect(UINT64_MAX, NULL);
	expect(symbol("elf").st_value, NULL);
}

static void many_are_found_in_one_pass_in_any_order(void **state)
{
	Elf64_Sym one = symbol("one_function"), two = symbol("main");
	struct symtable_want want[] = {
		{ .at = UINT64_MAX }, { .at = two.st_value + 1 },
		{ .at = one.st_value }, { .at = one.st_value },
	};
	struct budget budget;
	size_t named = 0;

	(void)state;
	budget_begin(&budget);
	symtable_find(&elf, want, ARRAY_SIZE(want), &budget);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		if (want[i].at == UINT64_MAX)
			assert_null(want[i].name);
		else
			assert_string_equal(want[i].name,
					    want[i].at == one.st_value
						    ? "one_function" : "main");
		named += want[i].name != NULL;
		free(want[i].name);
	}
	assert_int_equal(named, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_is_known_from_first_to_last_byte),
		cmocka_unit_test(
			of_two_names_the_one_with_fewer_underscores_is_meant),
		cmocka_unit_test(what_is_no_function_has_no_name),
		cmocka_unit_test(many_are_found_in_one_pass_in_any_order),
	};

	return cmocka_run_group_tests(tests, open_it, close_it);
}
