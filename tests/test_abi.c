/* SPDX-License-Identifier: MIT */
/*
 * The files of offsets/, as compiled in: complete, sane, and chosen right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pyabi/abi.h"
#include "pyabi/abifile.h"

#define AT(name) offsetof(struct abi, name)

static struct abi_target target(uint32_t version)
{
	return (struct abi_target){ version, BUILD_DEFAULT, ARCH_X86_64 };
}

static void load(uint32_t version, struct abi *ret)
{
	struct abi_target t = target(version);
	struct err err;

	if (!abi_builtin_find(&t, ret, &err))
		fail_msg("%s", err.text);
}

static void load_nth(size_t i, struct abi *ret)
{
	struct err err;

	if (!abi_builtin_load(i, ret, &err))
		fail_msg("%s", err.text);
}

static size_t struct_len(const struct abi_field *field)
{
	return strcspn(field->key, ".");
}

static bool same_struct(const struct abi_field *a, const struct abi_field *b)
{
	return struct_len(a) == struct_len(b) &&
	       memcmp(a->key, b->key, struct_len(a)) == 0;
}

static const struct abi_field *sizeof_of(const struct abi_field *field)
{
	char key[64];

	snprintf(key, sizeof(key), "%.*s.sizeof", (int)struct_len(field),
		 field->key);
	return abi_field_find(key, strlen(key));
}

static void every_file_parses_and_is_called_like_its_content(void **state)
{
	(void)state;
	assert_true(abi_n_builtins >= 10);
	for (size_t i = 0; abi_builtin_name(i); i++) {
		struct abi abi;

		load_nth(i, &abi);
		assert_string_equal(abi.name, abi_builtin_name(i));
	}
	assert_null(abi_builtin_name(abi_n_builtins));
}

static void what_is_printed_parses_to_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; abi_builtin_name(i); i++) {
		struct abi abi, again;
		struct err err;
		char *text;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		load_nth(i, &abi);
		abifile_print(f, &abi);
		fclose(f);
		if (!abifile_parse(text, len, &again, &err))
			fail_msg("%s", err.text);
		assert_memory_equal(&abi, &again, sizeof(abi));
		free(text);
	}
}

static void rows_are_found_by_key_and_by_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < abi_n_fields; i++) {
		const struct abi_field *f = &abi_fields[i];

		assert_ptr_equal(abi_field_find(f->key, f->key_len), f);
		assert_ptr_equal(abi_field_at(f->member), f);
	}
	assert_string_equal(abi_field_at(AT(dict_ma_keys))->key,
			    "dict.ma_keys");
	assert_null(abi_field_at(AT(name)));
	assert_null(abi_field_at(AT(dict_ma_keys) + 1));
	assert_null(abi_field_at(sizeof(struct abi)));
	assert_null(abi_field_find("dict.ma_key", 11));
}

/* abi_take_struct() and the reader's eye rely on it. */
static void the_rows_of_a_struct_stand_together(void **state)
{
	(void)state;
	for (size_t i = 1; i < abi_n_fields; i++) {
		const struct abi_field *f = &abi_fields[i];

		if (same_struct(f, f - 1))
			continue;
		for (size_t j = 0; j + 1 < i; j++) {
			if (same_struct(f, &abi_fields[j]))
				fail_msg("%s comes too late", f->key);
		}
	}
}

/* Sizes are no offsets, and freelist.* are offsets in another struct. */
static void fields_lie_within_their_struct(void **state)
{
	(void)state;
	for (size_t i = 0; abi_builtin_name(i); i++) {
		struct abi abi;

		load_nth(i, &abi);
		for (size_t j = 0; j < abi_n_fields; j++) {
			const struct abi_field *f = &abi_fields[j];
			const struct abi_field *s = sizeof_of(f);

			if (!s || strncmp(f->key, "freelist.", 9) == 0 ||
			    strchr(f->path, '(') ||
			    !abi_has(abi_get(&abi, f)))
				continue;
			/* Where it ends, if it is a flexible array. */
			if (abi_get(&abi, f) > abi_get(&abi, s))
				fail_msg("%s: %s %u in a struct of %u",
					 abi.name, f->key, abi_get(&abi, f),
					 abi_get(&abi, s));
		}
	}
}

/* CPython took these away for five releases, and brought them back. */
static bool is_known_gap(const struct abi_field *field)
{
	static const size_t known[] = {
		AT(gc_generations), AT(gc_generation0),
		AT(gc_long_lived_total), AT(gc_long_lived_pending),
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (field->member == known[i])
			return true;
	}
	return false;
}

/* In the order in which things came: a late 3.13 has some of a late 3.14. */
static void no_file_forgets_what_its_neighbours_have(void **state)
{
	static const uint32_t versions[] = {
		ABI_VERSION(3, 6, 15), ABI_VERSION(3, 7, 16),
		ABI_VERSION(3, 8, 18), ABI_VERSION(3, 9, 18),
		ABI_VERSION(3, 10, 13), ABI_VERSION(3, 11, 7),
		ABI_VERSION(3, 12, 1), ABI_VERSION(3, 13, 0),
		ABI_VERSION(3, 14, 3), ABI_VERSION(3, 14, 10),
		ABI_VERSION(3, 15, 2),
	};
	struct abi abi[ARRAY_SIZE(versions)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		load(versions[i], &abi[i]);
	for (size_t j = 0; j < abi_n_fields; j++) {
		const struct abi_field *f = &abi_fields[j];

		for (size_t i = 1; i + 1 < ARRAY_SIZE(versions); i++) {
			if (abi_has(abi_get(&abi[i - 1], f)) &&
			    !abi_has(abi_get(&abi[i], f)) &&
			    abi_has(abi_get(&abi[i + 1], f)) &&
			    !is_known_gap(f))
				fail_msg("%s has no %s", abi[i].name, f->key);
		}
	}
}

/* The shapes say what code will look for: then it must be there. */
static void what_a_shape_promises_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; abi_builtin_name(i); i++) {
		struct abi abi;

		load_nth(i, &abi);
		assert_int_equal(abi.gc == GC_INCREMENTAL,
				 abi_has(abi.gc_young));
		assert_int_equal(abi.gc_place == GC_PLACE_INTERP,
				 abi_has(abi.interp_gc));
		assert_int_equal(abi.gc_links == GC_LINKS_REFS,
				 abi_has(abi.gc_head_gc_refs));
		assert_int_equal(abi.gc_stats == GC_STATS_RINGS,
				 abi_has(abi.gcring_young));
		assert_int_equal(abi.int_shape == INT_LV_TAG,
				 abi_has(abi.int_lv_tag));
		assert_int_equal(abi.dict_keys == DICT_KEYS_LOG2,
				 abi_has(abi.keys_dk_log2_size));
		assert_int_equal(abi.dict_values == VALUES_STRUCT,
				 abi_has(abi.values_capacity));
		assert_int_equal(abi.managed_dict != MANAGED_DICT_NONE,
				 abi.n_managed_dict_at != ABI_NO_NUMBER);
		assert_int_equal(abi.static_types != STATIC_TYPES_OWN,
				 abi_has(abi.types_builtins));
		assert_int_equal(abi.static_types == STATIC_TYPES_MANAGED,
				 abi_has(abi.types_for_extensions));
		assert_int_equal(abi.frames == FRAMES_HEAP,
				 abi_has(abi.tstate_frame));
		assert_int_equal(abi.frames == FRAMES_CURRENT,
				 abi_has(abi.tstate_current_frame));
		assert_int_equal(abi.frame_stack == FRAME_STACK_TOP,
				 abi_has(abi.frame_f_stacktop));
		assert_int_equal(abi.frame_stack == FRAME_STACK_POINTER,
				 abi_has(abi.iframe_stackpointer));
		assert_int_equal(abi.gen_state == GEN_STATE_GEN,
				 abi_has(abi.gen_gi_frame_state));
		assert_int_equal(abi.arenas != ARENAS_STATICS,
				 abi_has(abi.interp_obmalloc));
		assert_int_equal(abi.allocators == ALLOCATORS_RUNTIME,
				 abi_has(abi.runtime_allocators_obj));
		assert_int_equal(abi.free_lists == FREE_LISTS_CHAINS,
				 abi_has(abi.freelist_ints));
		assert_int_equal(abi.free_lists != FREE_LISTS_STATICS,
				 abi_has(abi.freelist_floats));
		assert_int_equal(abi.tracemalloc == TRACEMALLOC_RUNTIME,
				 abi_has(abi.runtime_tracemalloc));
		assert_int_equal(abi.hashtable == HASHTABLE_SIZED,
				 abi_has(abi.hashtable_key_size));
		assert_int_equal(abi.interned != INTERNED_STATICS,
				 abi_has(abi.interp_interned_strings));
		assert_int_equal(abi.small_ints == SMALL_INTS_INTERP,
				 abi_has(abi.interp_small_ints));
		assert_int_equal(abi.runtime == RUNTIME_STATICS,
				 !abi_has(abi.runtime_sizeof));
		assert_int_equal(abi.n_pool_size & (abi.n_pool_size - 1), 0);
		assert_int_equal(abi.n_pre_gc, abi.gc_head_sizeof);
	}
}

/* A few that one can look up anywhere, so that no row slips by one. */
static void well_known_offsets_are_where_they_are_known_to_be(void **state)
{
	static const struct known {
		uint32_t version, value;
		size_t member;
	} known[] = {
		{ ABI_VERSION(3, 6, 15), 8, AT(object_ob_type) },
		{ ABI_VERSION(3, 6, 15), 16, AT(interp_modules) },
		{ ABI_VERSION(3, 7, 16), 24, AT(runtime_interpreters_head) },
		{ ABI_VERSION(3, 7, 16), 176, AT(gc_generation0) },
		{ ABI_VERSION(3, 8, 18), 344, AT(runtime_gc) },
		{ ABI_VERSION(3, 9, 18), 616, AT(interp_gc) },
		{ ABI_VERSION(3, 10, 13), 72, AT(str_data) },
		{ ABI_VERSION(3, 11, 7), 56, AT(tstate_cframe) },
		{ ABI_VERSION(3, 12, 1), 512, AT(obmalloc_arenas) },
		{ ABI_VERSION(3, 12, 1), 200, AT(types_builtins_count) },
		{ ABI_VERSION(3, 12, 1), 98320, AT(types_builtins) },
		{ ABI_VERSION(3, 13, 0), 10800, AT(interp_obmalloc) },
		{ ABI_VERSION(3, 14, 10), 10904, AT(interp_obmalloc) },
		{ ABI_VERSION(3, 14, 10), 32, AT(tuple_ob_item) },
		{ ABI_VERSION(3, 15, 2), 203, AT(types_builtins_count) },
		{ ABI_VERSION(3, 15, 2), 104, AT(gc_generation_stats) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const struct abi_field *f = abi_field_at(known[i].member);
		struct abi abi;

		load(known[i].version, &abi);
		if (abi_get(&abi, f) != known[i].value)
			fail_msg("%s: %s is %u, not %u", abi.name, f->key,
				 abi_get(&abi, f), known[i].value);
	}
}

static void expect_order(uint32_t version, const char *const *names, size_t n)
{
	struct abi_target t = target(version);
	size_t found[ABI_MAX_CANDIDATES];

	assert_int_equal(abi_builtin_candidates(&t, found), n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(abi_builtin_name(found[i]), names[i]);
}

static void the_file_made_for_the_release_comes_first(void **state)
{
	static const char *const early[] = { "cpython-3.14.0-x86_64",
					     "cpython-3.14-x86_64",
					     "cpython-3.14.4-x86_64" };
	static const char *const late[] = { "cpython-3.14-x86_64",
					    "cpython-3.14.0-x86_64",
					    "cpython-3.14.4-x86_64" };
	static const char *const plain[] = { "cpython-3.12-x86_64" };

	(void)state;
	expect_order(ABI_VERSION(3, 14, 0), early, 3);
	expect_order(ABI_VERSION(3, 14, 3), early, 3);
	expect_order(ABI_VERSION(3, 14, 5), late, 3);
	expect_order(ABI_VERSION(3, 12, 1) | 0xf0, plain, 1);
}

/* Whichever of its files was compared with it. */
static void the_newest_release_that_was_checked_is_known(void **state)
{
	static const struct newest {
		uint32_t version, newest;
	} newest[] = {
		{ ABI_VERSION(3, 15, 9), ABI_VERSION(3, 15, 2) },
		{ ABI_VERSION(3, 14, 0), ABI_VERSION(3, 14, 10) },
		{ ABI_VERSION(3, 12, 0) | 0xf0, ABI_VERSION(3, 12, 1) },
		{ ABI_VERSION(3, 99, 0), 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(newest); i++) {
		const struct abi_target t = { newest[i].version, BUILD_DEFAULT,
					      ARCH_X86_64 };

		assert_int_equal(abi_builtin_newest(&t), newest[i].newest);
	}
}

static void an_unknown_cpython_is_refused_by_name(void **state)
{
	static const struct unknown {
		struct abi_target target;
		const char *text;
	} unknown[] = {
		{ { ABI_VERSION(3, 99, 0), BUILD_DEFAULT, ARCH_X86_64 },
		  "no offsets for CPython 3.99, default build, x86_64" },
		{ { ABI_VERSION(3, 5, 0), BUILD_DEFAULT, ARCH_X86_64 },
		  "no offsets for CPython 3.5, default build, x86_64" },
		{ { ABI_VERSION(3, 12, 1), BUILD_DEBUG, ARCH_X86_64 },
		  "no offsets for CPython 3.12, debug build, x86_64" },
		{ { ABI_VERSION(4, 12, 1), BUILD_DEFAULT, ARCH_X86_64 },
		  "no offsets for CPython 4.12, default build, x86_64" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		struct abi abi;
		struct err err;

		assert_false(abi_builtin_find(&unknown[i].target, &abi, &err));
		assert_int_equal(err.code, ERR_VERSION);
		assert_string_equal(err.text, unknown[i].text);
	}
}

/* mmap.mmap grew after 3.13.5; its size says which it is. */
static void a_struct_is_taken_from_who_has_it_in_that_size(void **state)
{
	struct abi abi, before, sibling;

	(void)state;
	load(ABI_VERSION(3, 13, 0), &abi);
	before = abi;
	assert_int_equal(abi.mmap_weakreflist, 64);
	assert_true(abi_sibling(&abi, AT(mmap_sizeof), 88, &sibling));
	abi_take_struct(&abi, &sibling, AT(mmap_sizeof));
	assert_int_equal(abi.mmap_sizeof, 88);
	assert_int_equal(abi.mmap_weakreflist, 72);
	assert_int_equal(abi.pickler_sizeof, before.pickler_sizeof);

	assert_false(abi_sibling(&abi, AT(mmap_sizeof), 1000, &sibling));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_file_parses_and_is_called_like_its_content),
		cmocka_unit_test(what_is_printed_parses_to_the_same),
		cmocka_unit_test(rows_are_found_by_key_and_by_place),
		cmocka_unit_test(the_rows_of_a_struct_stand_together),
		cmocka_unit_test(fields_lie_within_their_struct),
		cmocka_unit_test(no_file_forgets_what_its_neighbours_have),
		cmocka_unit_test(what_a_shape_promises_is_there),
		cmocka_unit_test(
			well_known_offsets_are_where_they_are_known_to_be),
		cmocka_unit_test(the_file_made_for_the_release_comes_first),
		cmocka_unit_test(the_newest_release_that_was_checked_is_known),
		cmocka_unit_test(an_unknown_cpython_is_refused_by_name),
		cmocka_unit_test(a_struct_is_taken_from_who_has_it_in_that_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
