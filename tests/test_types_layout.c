/* SPDX-License-Identifier: MIT */
/* Which row serves which type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakeobj.h"
#include "pyabi/abifile.h"
#include "pyabi/layout.h"

static struct fakeobj fo;

static int setup(void **state)
{
	(void)state;
	fakeobj_init(&fo, 12);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fakeobj_fini(&fo);
	return 0;
}

static void a_row_needs_name_and_size(void **state)
{
	const struct abi *abi = &fo.abi;

	(void)state;
	assert_non_null(layout_find(abi, "list", abi->list_sizeof, NULL));
	assert_null(layout_find(abi, "list", abi->list_sizeof + 8, NULL));
	assert_null(layout_find(abi, "lis", abi->list_sizeof, NULL));
	assert_null(layout_find(abi, "lists", abi->list_sizeof, NULL));
	assert_null(layout_find(abi, "set|frozenset", abi->set_sizeof, NULL));
	assert_non_null(layout_find(abi, "frozenset", abi->set_sizeof, NULL));
}

static void what_a_version_lacks_has_no_row(void **state)
{
	const struct abi *abi = &fo.abi;

	(void)state;
	assert_false(abi_has(abi->frozendict_sizeof));
	assert_null(layout_find(abi, "frozendict", abi->frozendict_sizeof,
				NULL));
	assert_null(layout_find(abi, "frozendict", abi->dict_sizeof, NULL));
}

static void the_plainest_types_are_known_in_every_version(void **state)
{
	static const char *const names[] = {
		"object", "type", "int", "bool", "float", "complex", "str",
		"bytes", "bytearray", "tuple", "list", "dict", "set",
		"frozenset", "slice", "range", "function", "method", "cell",
		"code", "frame", "generator", "coroutine", "module",
		"property", "BaseException", "KeyError", "OSError",
		"collections.OrderedDict", "collections.deque",
	};

	(void)state;
	for (size_t v = 0; abi_builtin_name(v); v++) {
		struct abi abi;
		struct err err;

		assert_true(abi_builtin_load(v, &abi, &err));
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			bool found = false;

			/* Any size that a type of that name can have. */
			for (uint64_t size = 16; size < 1024 && !found; size++)
				found = layout_find(&abi, names[i], size,
						    NULL) != NULL;
			if (!found)
				fail_msg("%s: no row for %s", abi.name,
					 names[i]);
		}
	}
}

/* An exception in C that adds no fields, say. */
static void a_type_that_adds_nothing_is_read_like_its_base(void **state)
{
	const struct abi *abi = &fo.abi;
	const struct pytype *base;
	struct pytype *type;

	(void)state;
	base = fakeobj_type(&fo, "ValueError", abi->exc_sizeof, 0,
			    TPF_HAVE_GC);
	type = fakeobj_type(&fo, "lxml.etree.Error", abi->exc_sizeof, 0,
			    TPF_HAVE_GC);
	assert_null(type->layout);
	type->base = base;
	type->traverse = base->traverse;
	assert_ptr_equal(layout_find(abi, "lxml.etree.Error", abi->exc_sizeof,
				     type),
			 base->layout);
	type->basicsize += 8;
	assert_null(layout_find(abi, "lxml.etree.Error", abi->exc_sizeof + 8,
				type));
}

static void any_metatype_is_read_like_type(void **state)
{
	const struct abi *abi = &fo.abi;
	struct pytype *type;

	(void)state;
	type = fakeobj_type(&fo, "sip.wrappertype", abi->heaptype_sizeof + 24,
			    40, TPF_HAVE_GC | TPF_TYPE_SUBCLASS);
	assert_non_null(type->layout);
	assert_string_equal(type->layout->name, "type");
}

/* Sizes and references of an unknown type are a lower bound and a guess. */
static void nobody_knows_a_type_that_is_listed_nowhere(void **state)
{
	struct pytype *type = fakeobj_type(&fo, "spam.Eggs", 64, 0, 0);
	uint64_t at_least = 0;

	(void)state;
	assert_null(type->layout);
	assert_int_equal(fakeobj_block(&fo, type, &at_least), 0);
	assert_int_equal(at_least, 64);
	assert_int_equal(fakeobj_size(&fo, type), 64);
	assert_true(fakeobj_plausible(&fo, type));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_row_needs_name_and_size),
		T(what_a_version_lacks_has_no_row),
		T(the_plainest_types_are_known_in_every_version),
		T(a_type_that_adds_nothing_is_read_like_its_base),
		T(any_metatype_is_read_like_type),
		T(nobody_knows_a_type_that_is_listed_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
