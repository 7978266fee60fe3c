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

/* What it refers to: the words that point at objects, but not at itself. */
static void words_of_a_foreign_type_are_looked_at(void **state)
{
	struct pytype *type = fakeobj_type(&fo, "spam.Eggs", 40, 0,
					   TPF_HAVE_GC);
	struct pyobj o;

	(void)state;
	fakeobj_put(&fo, 16, 0x123);
	o = fakeobj_at(&fo, type);
	assert_false(obj_knows_refs(&fo.ctx, &o));
	type->layout = layout_find(&fo.abi, "list", fo.abi.list_sizeof, NULL);
	type->described = (uint32_t)fo.abi.list_sizeof;
	assert_true(obj_knows_refs(&fo.ctx, &o));
	type->own_traverse = true;
	assert_false(obj_knows_refs(&fo.ctx, &o));
}

/* A list in C with two words more: its items, and what they point at. */
static void what_a_derived_type_adds_is_looked_at(void **state)
{
	struct pytype *type;
	uint64_t at_least = 0;

	(void)state;
	type = fakeobj_type(&fo, "list", fo.abi.list_sizeof, 0, TPF_HAVE_GC);
	type->described = (uint32_t)type->basicsize;
	type->basicsize += 16;
	fakeobj_put(&fo, fo.abi.list_allocated, 4);
	assert_int_equal(fakeobj_size(&fo, type),
			 type->pre + type->basicsize + 4 * 8);
	/* Any block will do: who knows how it was made. */
	assert_int_equal(fakeobj_block(&fo, type, &at_least), 0);
	assert_int_equal(at_least, type->pre + type->basicsize);
	assert_int_equal(obj_same_block(type), 0);
}

/* Who has a state, or none but code to traverse it, knows alone. */
static void what_a_module_in_c_visits_is_inferred(void **state)
{
	enum { DEF = 0x11000, STATE = 0x12000 };
	const struct abi *abi = &fo.abi;
	const struct pytype *type = fakeobj_type(&fo, "module",
						 abi->module_sizeof, 0,
						 TPF_HAVE_GC);
	struct pyobj o = fakeobj_at(&fo, type);

	(void)state;
	assert_true(obj_knows_refs(&fo.ctx, &o));	/* in Python */
	fakeobj_put(&fo, abi->module_md_def, DEF);
	fake_u64(&fo.fm, DEF + abi->moduledef_m_size, 16);
	fakeobj_put(&fo, abi->module_md_state, STATE);
	o = fakeobj_at(&fo, type);
	assert_true(obj_knows_refs(&fo.ctx, &o));	/* not traversed */
	fake_u64(&fo.fm, DEF + abi->moduledef_m_traverse, 0x77777);
	assert_false(obj_knows_refs(&fo.ctx, &o));
	fakeobj_put(&fo, abi->module_md_state, 0);
	o = fakeobj_at(&fo, type);
	assert_true(obj_knows_refs(&fo.ctx, &o));	/* not yet */
	fake_u64(&fo.fm, DEF + abi->moduledef_m_size, 0);
	assert_false(obj_knows_refs(&fo.ctx, &o));
	fake_u64(&fo.fm, DEF + abi->moduledef_m_size, UINT64_MAX);
	assert_false(obj_knows_refs(&fo.ctx, &o));
}

static bool nothing_is_high(const void *places, raddr addr)
{
	(void)places;
	return addr < 1 << 30;
}

/* msgspec.Raw has a pointer where items are counted. */
static void an_ob_size_that_is_none_is_no_fault(void **state)
{
	struct pytype *type = fakeobj_type(&fo, "spam.Raw", 48, 1, 0);

	(void)state;
	fo.ctx.may_hold = nothing_is_high;
	fakeobj_put(&fo, fo.abi.var_ob_size, 0x7f1234567890);
	assert_int_equal(fakeobj_size(&fo, type), 48);
	assert_int_equal(fo.ctx.faults, 0);
	fakeobj_put(&fo, fo.abi.var_ob_size, UINT64_MAX);
	assert_int_equal(fakeobj_size(&fo, type), 48);
	assert_int_equal(fo.ctx.faults, 0);
	fakeobj_put(&fo, fo.abi.var_ob_size, 20);
	assert_int_equal(fakeobj_size(&fo, type), 68);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_row_needs_name_and_size),
		T(what_a_version_lacks_has_no_row),
		T(the_plainest_types_are_known_in_every_version),
		T(nobody_knows_a_type_that_is_listed_nowhere),
		T(words_of_a_foreign_type_are_looked_at),
		T(what_a_derived_type_adds_is_looked_at),
		T(what_a_module_in_c_visits_is_inferred),
		T(an_ob_size_that_is_none_is_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
