/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bounds.h"
#include "faketypes.h"

enum { SUBTYPE_DEALLOC = 0xdea110c };

static struct faketypes ft;

static raddr nth(unsigned i)
{
	return FAKETYPES_MORE + i * FAKETYPES_STEP;
}

static void put(uint32_t field, unsigned i, uint64_t value)
{
	fake_u64(&ft.fm, nth(i) + field, value);
}

static int set_up(void **state)
{
	(void)state;
	faketypes_init(&ft, 12);
	faketypes_put(&ft, nth(0), "float", 24, 0, 0);
	assert_true(faketypes_read(&ft));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	faketypes_fini(&ft);
	return 0;
}

static void a_type_is_read_once(void **state)
{
	const struct pytype *t = pytypes_get(&ft.types, nth(0));

	(void)state;
	assert_non_null(t);
	assert_int_equal(t->basicsize, 24);
	assert_ptr_equal(t->meta, pytypes_get(&ft.types, FAKETYPES));
	put(ft.abi.type_tp_basicsize, 0, 48);
	assert_ptr_equal(pytypes_get(&ft.types, nth(0)), t);
	assert_int_equal(t->basicsize, 24);
}

static void what_leads_to_no_type_is_none(void **state)
{
	(void)state;
	assert_null(pytypes_get(&ft.types, 0));
	assert_null(pytypes_get(&ft.types, nth(1)));
	assert_null(pytypes_get(&ft.types, nth(0) + 4));
	assert_null(pytypes_get(&ft.types, 0xdead0000));
	/* Its type is a type, but makes no types. */
	faketypes_put(&ft, nth(2), "spam", 32, 0, 0);
	put(ft.abi.object_ob_type, 2, nth(0));
	assert_null(pytypes_get(&ft.types, nth(2)));
}

static void type_must_be_its_own_type(void **state)
{
	(void)state;
	faketypes_put(&ft, nth(1), "meta", ft.abi.heaptype_sizeof, 40,
		      TPF_TYPE_SUBCLASS);
	fake_u64(&ft.fm, FAKETYPES + ft.abi.object_ob_type, nth(1));
	assert_false(faketypes_read(&ft));
}

static void nobody_but_type_is_its_own_type(void **state)
{
	(void)state;
	faketypes_put(&ft, nth(1), "liar", 32, 0, TPF_TYPE_SUBCLASS);
	put(ft.abi.object_ob_type, 1, nth(1));
	assert_null(pytypes_get(&ft.types, nth(1)));
}

static void a_circle_of_types_ends(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 5; i++) {
		faketypes_put(&ft, nth(i), "liar", 32, 0, TPF_TYPE_SUBCLASS);
		put(ft.abi.object_ob_type, i, nth(i % 4 + 1));
	}
	for (unsigned i = 1; i < 5; i++)
		assert_null(pytypes_get(&ft.types, nth(i)));
}

static void a_circle_of_bases_ends(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 5; i++) {
		faketypes_put(&ft, nth(i), "liar", 32, 0, 0);
		put(ft.abi.type_tp_base, i, nth(i % 4 + 1));
	}
	for (unsigned i = 1; i < 5; i++)
		assert_null(pytypes_get(&ft.types, nth(i)));
	faketypes_put(&ft, nth(5), "liar", 32, 0, 0);
	put(ft.abi.type_tp_base, 5, nth(5));
	assert_null(pytypes_get(&ft.types, nth(5)));
}

static void a_chain_of_bases_is_followed_so_far(void **state)
{
	unsigned n = MAX_TYPE_DEPTH + 10;

	(void)state;
	for (unsigned i = 1; i <= n; i++) {
		faketypes_put(&ft, nth(i), "deep", 32, 0, 0);
		put(ft.abi.type_tp_base, i, i < n ? nth(i + 1) : nth(0));
	}
	assert_null(pytypes_get(&ft.types, nth(1)));
	assert_non_null(pytypes_get(&ft.types, nth(n)));
}

static void absurd_sizes_are_refused(void **state)
{
	static const int64_t absurd[] = {
		-1, 0, 8, INT64_MIN, INT64_MAX, 1ll << 40,
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(absurd); i++) {
		faketypes_put(&ft, nth(i + 1), "liar", (uint64_t)absurd[i], 0,
			      0);
		assert_null(pytypes_get(&ft.types, nth(i + 1)));
	}
	faketypes_put(&ft, nth(9), "liar", 32, 1ull << 40, 0);
	assert_null(pytypes_get(&ft.types, nth(9)));
	faketypes_put(&ft, nth(10), "liar", 32, 0, 0);
	put(ft.abi.type_tp_weaklistoffset, 10, 1ull << 50);
	assert_null(pytypes_get(&ft.types, nth(10)));
	faketypes_put(&ft, nth(11), "liar", 32, 0, 1ull << 40);
	assert_null(pytypes_get(&ft.types, nth(11)));
}

static void a_type_at_the_edge_of_memory_is_none(void **state)
{
	raddr edge = FAKETYPES + FAKETYPES_ROOM * FAKETYPES_STEP - 64;

	(void)state;
	fake_u64(&ft.fm, edge, 1);
	fake_u64(&ft.fm, edge + ft.abi.object_ob_type, FAKETYPES);
	assert_null(pytypes_get(&ft.types, edge));
}

/* A class with @n members that __slots__ made, of which one is no object. */
static void make_class(unsigned i, uint64_t n)
{
	raddr member = nth(i) + ft.abi.heaptype_sizeof;

	faketypes_put(&ft, nth(i), "C", 48, 0, TPF_HEAPTYPE | TPF_HAVE_GC);
	put(ft.abi.type_tp_dealloc, i, SUBTYPE_DEALLOC);
	put(ft.abi.type_tp_base, i, nth(0));
	put(ft.abi.var_ob_size, i, n);
	for (unsigned k = 0; k < n && k < 3; k++, member +=
	     ft.abi.memberdef_sizeof) {
		fake_u32(&ft.fm, member + ft.abi.memberdef_type, k ? 16 : 19);
		fake_u64(&ft.fm, member + ft.abi.memberdef_offset, 24 + 8 * k);
	}
}

static void slots_of_python_classes_are_known(void **state)
{
	const struct pytype *t;

	(void)state;
	make_class(1, 3);
	pytypes_know_classes(&ft.types, SUBTYPE_DEALLOC, 0);
	t = pytypes_get(&ft.types, nth(1));
	assert_non_null(t);
	assert_true(t->python_class);
	assert_ptr_equal(t->cbase, pytypes_get(&ft.types, nth(0)));
	assert_int_equal(t->n_slots, 2);
	assert_int_equal(t->slots[0].off, 32);
	assert_int_equal(t->slots[1].off, 40);
}

static void absurd_numbers_of_slots_are_refused(void **state)
{
	(void)state;
	make_class(1, UINT64_MAX);
	make_class(2, 1 << 20);
	make_class(3, 60000);	/* possible, but beyond what can be read */
	pytypes_know_classes(&ft.types, SUBTYPE_DEALLOC, 0);
	assert_null(pytypes_get(&ft.types, nth(1)));
	assert_null(pytypes_get(&ft.types, nth(2)));
	(void)pytypes_get(&ft.types, nth(3));
}

static void names_say_the_module(void **state)
{
	const struct pytype *t;
	struct err err;

	(void)state;
	faketypes_put(&ft, nth(1), "spam.eggs.Ham", 32, 0, 0);
	t = pytypes_get(&ft.types, nth(1));
	assert_true(pytypes_name(&ft.types, t, &err));
	assert_string_equal(t->module, "spam.eggs");
	assert_string_equal(t->name, "Ham");
	assert_string_equal(t->full, "spam.eggs.Ham");
	t = pytypes_get(&ft.types, nth(0));
	assert_true(pytypes_name(&ft.types, t, &err));
	assert_string_equal(t->module, "builtins");
	assert_string_equal(t->full, "float");
}

static void names_that_cannot_be_read_are_unknown(void **state)
{
	const struct pytype *t;
	struct err err;

	(void)state;
	faketypes_put(&ft, nth(1), "spam", 32, 0, 0);
	put(ft.abi.type_tp_name, 1, 0xdead0000);
	t = pytypes_get(&ft.types, nth(1));
	assert_non_null(t);
	assert_true(pytypes_name(&ft.types, t, &err));
	assert_string_equal(t->full, "?");
	/* A heap type whose name is no str, whose dict is none. */
	faketypes_put(&ft, nth(2), "spam", 32, 0, TPF_HEAPTYPE);
	put(ft.abi.heaptype_ht_qualname, 2, nth(0));
	put(ft.abi.type_tp_dict, 2, nth(1));
	t = pytypes_get(&ft.types, nth(2));
	assert_non_null(t);
	assert_true(pytypes_name(&ft.types, t, &err));
	assert_string_equal(t->full, "?");
}

/* Bit 4 of tp_flags is anybody's up to 3.10, bit 2 up to 3.12. */
static void flags_of_other_versions_mean_nothing(void **state)
{
	static const struct {
		unsigned minor;
		uint64_t known;
	} versions[] = {
		{ 10, 0 },
		{ 11, TPF_MANAGED_DICT },
		{ 12, TPF_MANAGED_DICT },
		{ 13, TPF_MANAGED_DICT | TPF_INLINE_VALUES },
	};
	const uint64_t both = TPF_MANAGED_DICT | TPF_INLINE_VALUES;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		const struct pytype *t;

		faketypes_fini(&ft);
		faketypes_init(&ft, versions[i].minor);
		faketypes_put(&ft, nth(0), "spam", 24, 0, both);
		assert_true(faketypes_read(&ft));
		t = pytypes_get(&ft.types, nth(0));
		assert_non_null(t);
		assert_int_equal(t->flags & both, versions[i].known);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_type_is_read_once),
		TEST(what_leads_to_no_type_is_none),
		TEST(type_must_be_its_own_type),
		TEST(nobody_but_type_is_its_own_type),
		TEST(a_circle_of_types_ends),
		TEST(a_circle_of_bases_ends),
		TEST(a_chain_of_bases_is_followed_so_far),
		TEST(absurd_sizes_are_refused),
		TEST(a_type_at_the_edge_of_memory_is_none),
		TEST(slots_of_python_classes_are_known),
		TEST(absurd_numbers_of_slots_are_refused),
		TEST(names_say_the_module),
		TEST(names_that_cannot_be_read_are_unknown),
		TEST(flags_of_other_versions_mean_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
