/* SPDX-License-Identifier: MIT */
/* C types that nobody described, on a base that is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "faketypes.h"
#include "pyabi/layout.h"
#include "pyabi/sizebound.h"

enum {
	OBJECT, LIST, STR, DERIVED, MORE,	/* types, by number */

	/* from its type on */
	MRO = 0xb00,
	DICT = 0xb40,
	KEYS = 0xb80,
	TEXT = 0xc00,

	LIST_TRAVERSE = 0x11111,
	OWN_TRAVERSE = 0x22222,
	SUBTYPE_TRAVERSE = 0x33333,
	SUBTYPE_DEALLOC = 0x44444,
};

static struct faketypes ft;

static raddr nth(unsigned i)
{
	return FAKETYPES_MORE + i * FAKETYPES_STEP;
}

static void put(uint32_t field, unsigned i, uint64_t value)
{
	fake_u64(&ft.fm, nth(i) + field, value);
}

/* tp_mro of type @i: itself, @n more, object. */
static void make_mro(unsigned i, unsigned n, const unsigned *more)
{
	raddr mro = nth(i) + MRO, at = mro + ft.abi.tuple_ob_item;

	put(ft.abi.type_tp_mro, i, mro);
	fake_u64(&ft.fm, mro + ft.abi.var_ob_size, n + 2);
	fake_u64(&ft.fm, at, nth(i));
	for (unsigned k = 0; k < n; k++)
		fake_u64(&ft.fm, at + 8 * (k + 1), nth(more[k]));
	fake_u64(&ft.fm, at + 8 * (n + 1), nth(OBJECT));
}

/* A type of its own on @base, @more bytes longer. */
static void make_type(unsigned i, const char *name, unsigned base,
		      uint64_t more, uint64_t traverse, uint64_t flags)
{
	const struct abi *abi = &ft.abi;
	uint64_t size = base == LIST ? abi->list_sizeof : abi->object_sizeof;

	faketypes_put(&ft, nth(i), name, size + more, 0,
		      flags | (traverse ? TPF_HAVE_GC : 0));
	put(abi->type_tp_base, i, nth(base));
	put(abi->type_tp_traverse, i, traverse);
	make_mro(i, base != OBJECT, &base);
}

/* A dict of type @i with one entry. */
static void make_dict(unsigned i, const char *key, raddr value)
{
	const struct abi *abi = &ft.abi;
	raddr dict = nth(i) + DICT, keys = nth(i) + KEYS, text = nth(i) + TEXT;
	raddr entry = keys + abi->keys_dk_indices + 8;

	put(abi->type_tp_dict, i, dict);
	fake_u64(&ft.fm, dict + abi->dict_ma_keys, keys);
	fake_u64(&ft.fm, keys + abi->keys_dk_refcnt, 1);
	fake_u8(&ft.fm, keys + abi->keys_dk_log2_size, 3);
	fake_u8(&ft.fm, keys + abi->keys_dk_log2_index_bytes, 3);
	fake_u8(&ft.fm, keys + abi->keys_dk_kind, 1);	/* str */
	fake_u64(&ft.fm, keys + abi->keys_dk_usable, 4);
	fake_u64(&ft.fm, keys + abi->keys_dk_nentries, 1);
	fake_u64(&ft.fm, entry, text);
	fake_u64(&ft.fm, entry + 8, value);
	fake_u64(&ft.fm, text + abi->object_ob_type, nth(STR));
	fake_u64(&ft.fm, text + abi->str_length, strlen(key));
	/* one byte a character, compact, ASCII */
	fake_u32(&ft.fm, text + abi->str_state, 1 << 2 | 1 << 5 | 1 << 6);
	fake_str(&ft.fm, text + abi->str_ascii_sizeof, key);
}

static int set_up(void **state)
{
	(void)state;
	faketypes_init(&ft, 12);
	faketypes_put(&ft, nth(OBJECT), "object", ft.abi.object_sizeof, 0, 0);
	make_type(LIST, "list", OBJECT,
		  ft.abi.list_sizeof - ft.abi.object_sizeof, LIST_TRAVERSE,
		  TPF_LIST_SUBCLASS);
	make_type(STR, "str", OBJECT, ft.abi.str_sizeof - ft.abi.object_sizeof,
		  0, TPF_STR_SUBCLASS);
	assert_true(faketypes_read(&ft));
	pytypes_know_classes(&ft.types, SUBTYPE_DEALLOC, SUBTYPE_TRAVERSE);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	faketypes_fini(&ft);
	return 0;
}

static const struct pytype *get(unsigned i)
{
	const struct pytype *t = pytypes_get(&ft.types, nth(i));

	assert_non_null(t);
	return t;
}

static enum sizebound bound(unsigned i)
{
	return sizebound_of(&ft.types, get(i));
}

/* --- layout --------------------------------------------------------------- */

static void what_adds_fields_begins_like_its_base(void **state)
{
	const struct pytype *t;

	(void)state;
	make_type(DERIVED, "xxsubtype.spamlist", LIST, 8, LIST_TRAVERSE, 0);
	t = get(DERIVED);
	assert_ptr_equal(t->layout, get(LIST)->layout);
	assert_int_equal(t->described, ft.abi.list_sizeof);
	assert_false(t->own_traverse);
	assert_false(pytype_is_foreign(t));
}

static void whoever_traverses_itself_may_visit_more(void **state)
{
	const struct pytype *t;

	(void)state;
	make_type(DERIVED, "spam.List", LIST, 8, OWN_TRAVERSE, 0);
	make_type(MORE, "spam.More", LIST, 16, OWN_TRAVERSE, 0);
	put(ft.abi.type_tp_base, MORE, nth(DERIVED));
	t = get(DERIVED);
	assert_ptr_equal(t->layout, get(LIST)->layout);
	assert_true(pytype_is_foreign(t));
	/* A base that nobody described is no better known by another. */
	t = get(MORE);
	assert_ptr_equal(t->layout, get(LIST)->layout);
	assert_int_equal(t->described, ft.abi.list_sizeof);
	assert_true(pytype_is_foreign(t));
}

static void that_it_is_an_object_says_nothing(void **state)
{
	(void)state;
	make_type(DERIVED, "spam.Eggs", OBJECT, 8, 0, 0);
	assert_null(get(DERIVED)->layout);
	make_type(MORE, "spam.Missing", OBJECT, 0, 0, 0);
	assert_ptr_equal(get(MORE)->layout, get(OBJECT)->layout);
}

static void a_metatype_begins_like_type(void **state)
{
	const struct abi *abi = &ft.abi;
	const struct pytype *t;

	(void)state;
	faketypes_put(&ft, nth(DERIVED), "sip.wrappertype",
		      abi->heaptype_sizeof + 24, abi->memberdef_sizeof,
		      TPF_TYPE_SUBCLASS | TPF_HAVE_GC);
	put(abi->type_tp_base, DERIVED, FAKETYPES);
	t = get(DERIVED);
	assert_non_null(t->layout);
	assert_string_equal(t->layout->name, "type");
	assert_int_equal(t->described, abi->heaptype_sizeof);
}

static void a_spec_without_dealloc_makes_no_class(void **state)
{
	const struct pytype *t;

	(void)state;
	make_type(DERIVED, "_ssl.Error", LIST, 0, LIST_TRAVERSE, TPF_HEAPTYPE);
	put(ft.abi.type_tp_dealloc, DERIVED, SUBTYPE_DEALLOC);
	make_type(MORE, "C", LIST, 16, SUBTYPE_TRAVERSE, TPF_HEAPTYPE);
	put(ft.abi.type_tp_base, MORE, nth(DERIVED));
	put(ft.abi.type_tp_dealloc, MORE, SUBTYPE_DEALLOC);
	t = get(MORE);
	assert_true(t->python_class);
	assert_ptr_equal(t->cbase, get(DERIVED));
	assert_false(t->cbase->python_class);
	assert_ptr_equal(t->layout, get(LIST)->layout);
}

static void a_class_without_gc_adds_nothing(void **state)
{
	(void)state;
	make_type(DERIVED, "spam.Raw", OBJECT, 32, 0, TPF_HEAPTYPE);
	put(ft.abi.type_tp_itemsize, DERIVED, 1);
	put(ft.abi.type_tp_dealloc, DERIVED, SUBTYPE_DEALLOC);
	assert_false(get(DERIVED)->python_class);
	assert_null(get(DERIVED)->layout);
	make_type(MORE, "C", OBJECT, 0, 0, TPF_HEAPTYPE);
	put(ft.abi.type_tp_dealloc, MORE, SUBTYPE_DEALLOC);
	assert_true(get(MORE)->python_class);
}

static void a_heap_type_of_a_module_is_no_builtin(void **state)
{
	(void)state;
	/* mypy.types.NoneType, as mypyc makes it */
	make_type(DERIVED, "NoneType", OBJECT, 32, OWN_TRAVERSE, TPF_HEAPTYPE);
	make_dict(DERIVED, "__module__", nth(DERIVED) + TEXT);
	assert_null(get(DERIVED)->layout);
	make_type(MORE, "NoneType", OBJECT, 0, 0, 0);
	assert_non_null(get(MORE)->layout);
}

/* --- bounds --------------------------------------------------------------- */

static void a_size_that_is_inherited_from_a_builtin_is_true(void **state)
{
	(void)state;
	make_type(DERIVED, "spam.List", LIST, 8, OWN_TRAVERSE, 0);
	assert_int_equal(bound(LIST), SIZEBOUND_NONE);
	assert_int_equal(bound(DERIVED), SIZEBOUND_NONE);
}

static void what_only_object_measures_is_a_lower_bound(void **state)
{
	(void)state;
	make_type(DERIVED, "spam.Eggs", OBJECT, 8, 0, 0);
	make_type(MORE, "spam.Missing", OBJECT, 0, 0, 0);
	assert_int_equal(bound(DERIVED), SIZEBOUND_LOWER);
	assert_int_equal(bound(MORE), SIZEBOUND_NONE);
}

static void a_sizeof_of_its_own_may_say_anything(void **state)
{
	(void)state;
	make_type(DERIVED, "spam.List", LIST, 8, LIST_TRAVERSE, 0);
	make_dict(DERIVED, "__sizeof__", nth(OBJECT));
	make_type(MORE, "spam.Other", LIST, 8, LIST_TRAVERSE, 0);
	make_dict(MORE, "__sizeofx_", nth(OBJECT));
	assert_int_equal(bound(DERIVED), SIZEBOUND_UNKNOWN);
	assert_int_equal(bound(MORE), SIZEBOUND_NONE);
}

static void the_first_sizeof_counts(void **state)
{
	static const unsigned mixin_first[] = { MORE, LIST };
	static const unsigned list_first[] = { LIST, MORE };

	(void)state;
	make_type(MORE, "spam.Mixin", OBJECT, 0, 0, 0);
	make_dict(MORE, "__sizeof__", nth(OBJECT));
	make_type(DERIVED, "spam.List", LIST, 8, LIST_TRAVERSE, 0);
	make_mro(DERIVED, 2, mixin_first);
	assert_int_equal(bound(DERIVED), SIZEBOUND_UNKNOWN);
	make_mro(DERIVED, 2, list_first);
	assert_int_equal(bound(DERIVED), SIZEBOUND_NONE);
}

static void who_decides_on_its_head_may_have_none(void **state)
{
	(void)state;
	make_type(DERIVED, "greenlet", OBJECT, 8, OWN_TRAVERSE, 0);
	put(ft.abi.type_tp_is_gc, DERIVED, 0x5555);
	assert_true(get(DERIVED)->asks_is_gc);
	assert_int_equal(bound(DERIVED), SIZEBOUND_UNKNOWN);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_adds_fields_begins_like_its_base),
		TEST(whoever_traverses_itself_may_visit_more),
		TEST(that_it_is_an_object_says_nothing),
		TEST(a_metatype_begins_like_type),
		TEST(a_spec_without_dealloc_makes_no_class),
		TEST(a_class_without_gc_adds_nothing),
		TEST(a_heap_type_of_a_module_is_no_builtin),
		TEST(a_size_that_is_inherited_from_a_builtin_is_true),
		TEST(what_only_object_measures_is_a_lower_bound),
		TEST(a_sizeof_of_its_own_may_say_anything),
		TEST(the_first_sizeof_counts),
		TEST(who_decides_on_its_head_may_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
