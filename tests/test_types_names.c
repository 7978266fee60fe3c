/* SPDX-License-Identifier: MIT */
/* By what objects of each layout say they hold others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakeobj.h"

enum {
	A = 0x5000, B = 0x5010, C = 0x5020,	/* who is referred to */
	X = 0x6000, Y = 0x6010, Z = 0x6020,	/* by what name */
	KEYS = 0x11000, VALUES = 0x12008, CODE = 0x13000, NAMES = 0x14000,
	MORE_NAMES = 0x14800, KINDS = 0x15000, PART = 0x16000,
	MEMBERS = 0x7000,		/* where fakeobj has its types */
};

#define HOW(to, text) assert_string_equal(fakeobj_how(&fo, to), text)

static struct fakeobj fo;

static int teardown(void **state)
{
	(void)state;
	fakeobj_fini(&fo);
	return 0;
}

static const struct pytype *type_of(const char *name, uint64_t size,
				    uint64_t itemsize)
{
	return fakeobj_type(&fo, name, size, itemsize, TPF_HAVE_GC);
}

/* --- sequences ----------------------------------------------------------- */

static void items_have_their_index(void **state)
{
	enum { LAST = 1500, MANY = 0x100000 };
	const struct pytype *list;

	(void)state;
	fakeobj_init(&fo, 12);
	list = type_of("list", fo.abi.list_sizeof, 0);
	fake_segment(&fo.fm, MANY, (LAST + 1) * 8);
	fakeobj_put(&fo, fo.abi.var_ob_size, LAST + 1);
	fakeobj_put(&fo, fo.abi.list_allocated, LAST + 1);
	fakeobj_put(&fo, fo.abi.list_ob_item, MANY);
	fake_u64(&fo.fm, MANY, A);
	fake_u64(&fo.fm, MANY + 3 * 8, B);	/* behind two that are not set */
	fake_u64(&fo.fm, MANY + LAST * 8, C);
	assert_int_equal(fakeobj_named(&fo, list), 3);
	HOW(A, "item 0");
	HOW(B, "item 3");
	HOW(C, "item 1500");
}

static void items_in_the_object_have_it_too(void **state)
{
	enum { LAST = 900 };		/* more than the test's store holds */
	const struct pytype *tuple;

	(void)state;
	fakeobj_init(&fo, 12);
	tuple = type_of("tuple", fo.abi.tuple_ob_item, 8);
	fakeobj_put(&fo, fo.abi.var_ob_size, LAST + 1);
	fakeobj_put(&fo, fo.abi.tuple_ob_item + 8, A);
	fakeobj_put(&fo, fo.abi.tuple_ob_item + LAST * 8, B);
	assert_int_equal(fakeobj_named(&fo, tuple), 2);
	HOW(A, "item 1");
	HOW(B, "item 900");
}

static void a_deque_counts_from_its_left_end(void **state)
{
	const struct abi *abi = &fo.abi;
	const struct pytype *deque;
	raddr other = PART + 0x400;

	(void)state;
	fakeobj_init(&fo, 12);
	deque = type_of("collections.deque", abi->deque_sizeof, 0);
	fakeobj_put(&fo, abi->var_ob_size, 3);
	fakeobj_put(&fo, abi->deque_leftblock, PART);
	fakeobj_put(&fo, abi->deque_rightblock, other);
	fakeobj_put(&fo, abi->deque_leftindex, 62);
	fakeobj_put(&fo, abi->deque_rightindex, 0);
	fake_u64(&fo.fm, PART + abi->dequeblock_rightlink, other);
	fake_u64(&fo.fm, other + abi->dequeblock_leftlink, PART);
	fake_u64(&fo.fm, PART + abi->dequeblock_data + 62 * 8, A);
	fake_u64(&fo.fm, PART + abi->dequeblock_data + 63 * 8, B);
	fake_u64(&fo.fm, other + abi->dequeblock_data, C);
	assert_int_equal(fakeobj_named(&fo, deque), 3);
	HOW(A, "item 0");
	HOW(B, "item 1");
	HOW(C, "item 2");
}

/* --- dicts and attributes ------------------------------------------------ */

static void make_keys(uint8_t kind, uint64_t n)
{
	const struct abi *abi = &fo.abi;

	fake_u64(&fo.fm, KEYS + abi->keys_dk_refcnt, 1);
	fake_u8(&fo.fm, KEYS + abi->keys_dk_log2_size, 3);
	fake_u8(&fo.fm, KEYS + abi->keys_dk_log2_index_bytes, 3);
	fake_u8(&fo.fm, KEYS + abi->keys_dk_kind, kind);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_nentries, n);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_usable, 5 - n);
}

static void put_entry(unsigned i, uint32_t step, uint32_t key, raddr name,
		      raddr value)
{
	raddr at = KEYS + fo.abi.keys_dk_indices + 8 + i * step + key;

	fake_u64(&fo.fm, at, name);
	fake_u64(&fo.fm, at + 8, value);
}

static const struct pytype *make_dict(unsigned minor)
{
	fakeobj_init(&fo, minor);
	fakeobj_put(&fo, fo.abi.dict_ma_keys, KEYS);
	return type_of("dict", fo.abi.dict_sizeof, 0);
}

static void values_are_named_by_their_keys(void **state)
{
	const struct pytype *dict = make_dict(12);

	(void)state;
	make_keys(1, 2);
	put_entry(0, fo.abi.strentry_sizeof, 0, X, A);
	put_entry(1, fo.abi.strentry_sizeof, 0, Y, B);
	assert_int_equal(fakeobj_named(&fo, dict), 4);
	HOW(A, "value 0x6000");
	HOW(B, "value 0x6010");
	/* str can be in no cycle. */
	HOW(X, "key 0 counted");
	HOW(Y, "key 1 counted");
}

static void keys_of_any_type_are_visited(void **state)
{
	const struct pytype *dict = make_dict(12);

	(void)state;
	make_keys(0, 1);
	put_entry(0, fo.abi.keyentry_sizeof, fo.abi.keyentry_me_key, X, A);
	assert_int_equal(fakeobj_named(&fo, dict), 2);
	HOW(A, "value 0x6000");
	HOW(X, "key 0");
}

static void values_of_a_split_dict_have_keys_in_the_class(void **state)
{
	const struct pytype *dict = make_dict(12);

	(void)state;
	make_keys(2, 2);
	fake_u64(&fo.fm, KEYS + fo.abi.keys_dk_refcnt, 7);
	put_entry(0, fo.abi.strentry_sizeof, 0, X, 0);
	put_entry(1, fo.abi.strentry_sizeof, 0, Y, 0);
	fakeobj_put(&fo, fo.abi.dict_ma_values, VALUES);
	fake_u64(&fo.fm, VALUES + 8, B);
	assert_int_equal(fakeobj_named(&fo, dict), 1);
	HOW(B, "value 0x6010");
}

static struct pytype *make_class(unsigned minor, uint64_t more, uint64_t flags)
{
	const struct pytype *object;
	struct pytype *class;

	fakeobj_init(&fo, minor);
	object = fakeobj_type(&fo, "object", fo.abi.object_sizeof, 0, 0);
	class = fakeobj_class(&fo, object, more, flags);
	class->cached_keys = KEYS;
	return class;
}

/* In front of the object (3.11, 3.12) or behind it (3.13). */
static void attributes_are_named_by_the_class(unsigned minor)
{
	bool behind = minor >= 13;
	struct pytype *class = make_class(minor, 0, TPF_MANAGED_DICT |
					  (behind ? TPF_INLINE_VALUES : 0));
	const struct abi *abi = &fo.abi;
	raddr at = VALUES;

	make_keys(2, 2);
	put_entry(0, abi->strentry_sizeof, 0, X, 0);
	put_entry(1, abi->strentry_sizeof, 0, Y, 0);
	if (behind) {
		at = FAKEOBJ + 16 + abi->values_values;
		fake_u8(&fo.fm, FAKEOBJ + 16 + abi->values_capacity, 5);
		fake_u8(&fo.fm, FAKEOBJ + 16 + abi->values_valid, 1);
	} else if (minor == 12) {
		fake_u64(&fo.fm, FAKEOBJ + (raddr)abi->n_managed_dict_at,
			 VALUES - 1);
	} else {
		fake_u64(&fo.fm, FAKEOBJ + (raddr)abi->n_managed_values_at,
			 VALUES);
	}
	fake_u64(&fo.fm, at + 8, B);
	assert_int_equal(fakeobj_named(&fo, class), 1 + 1);
	HOW(B, "attribute 0x6010");
	HOW(class->addr, "type");
	assert_int_equal(fo.ctx.faults, 0);
	fakeobj_fini(&fo);
}

static void attributes_without_a_dict_have_names(void **state)
{
	(void)state;
	for (unsigned minor = 11; minor <= 15; minor++)
		attributes_are_named_by_the_class(minor);
	fakeobj_init(&fo, 12);
}

static void the_dict_of_an_instance_is_called_so(void **state)
{
	struct pytype *class = make_class(9, 8, 0);

	(void)state;
	class->dictoffset = 16;
	fakeobj_put(&fo, 16, A);
	assert_int_equal(fakeobj_named(&fo, class), 1 + 1);
	HOW(A, "field __dict__");
}

static void a_slot_is_called_as_its_member(void **state)
{
	struct pytype_slot slots[] = { { 16, 0 }, { 24, 2 } };
	struct pytype *class = make_class(12, 16, 0);
	struct pytype meta = { .basicsize = 0x100 };
	const struct abi *abi = &fo.abi;
	raddr member = class->addr + 0x100;

	(void)state;
	fake_segment(&fo.fm, MEMBERS, 0x2000);
	class->slots = slots;
	class->n_slots = 2;
	class->meta = &meta;
	fake_u64(&fo.fm, member + abi->memberdef_name, X);
	fake_u64(&fo.fm, member + 2 * abi->memberdef_sizeof +
			 abi->memberdef_name, Y);
	fakeobj_put(&fo, 16, A);
	fakeobj_put(&fo, 24, B);
	assert_int_equal(fakeobj_named(&fo, class), 2 + 1);
	HOW(A, "slot 0x6000");
	HOW(B, "slot 0x6010");
}

/* --- frames -------------------------------------------------------------- */

static void put_tuple(raddr at, uint64_t n, const raddr *items)
{
	fake_u64(&fo.fm, at + fo.abi.var_ob_size, n);
	for (uint64_t i = 0; i < n; i++)
		fake_u64(&fo.fm, at + fo.abi.tuple_ob_item + i * 8, items[i]);
}

/* Two variables, one of them a cell, and two values above them. */
static const struct pytype *make_generator(unsigned minor)
{
	static const raddr names[] = { X, Y };
	const struct abi *abi = &fo.abi;
	raddr frame;

	fakeobj_init(&fo, minor);
	frame = FAKEOBJ + abi->gen_gi_iframe;
	fake_u64(&fo.fm, frame + abi->iframe_f_executable, CODE);
	fake_u32(&fo.fm, CODE + abi->code_co_nlocalsplus, 2);
	fake_u32(&fo.fm, CODE + abi->code_co_stacksize, 2);
	fake_u64(&fo.fm, CODE + abi->code_co_localsplusnames, NAMES);
	fake_u64(&fo.fm, CODE + abi->code_co_localspluskinds, KINDS);
	put_tuple(NAMES, 2, names);
	fake_u8(&fo.fm, KINDS + abi->bytes_ob_sval, 0x20);
	fake_u8(&fo.fm, KINDS + abi->bytes_ob_sval + 1, 0x80);
	fake_u64(&fo.fm, frame + abi->iframe_localsplus, A);
	fake_u64(&fo.fm, frame + abi->iframe_localsplus + 8, B);
	fake_u64(&fo.fm, frame + abi->iframe_localsplus + 24, C);
	return type_of("generator",
		       abi->gen_gi_iframe + abi->iframe_localsplus, 8);
}

static void variables_of_a_generator_have_names(void **state)
{
	const struct pytype *gen = make_generator(12);

	(void)state;
	fake_u32(&fo.fm,
		 FAKEOBJ + fo.abi.gen_gi_iframe + fo.abi.iframe_stacktop, 4);
	assert_int_equal(fakeobj_named(&fo, gen), 1 + 3);
	HOW(CODE, "field f_executable");
	HOW(A, "local 0x6000");
	HOW(B, "cell 0x6010");
	HOW(C, "stack 1");
	assert_int_equal(fo.ctx.faults, 0);
}

static void of_one_that_runs_they_are_only_counted(void **state)
{
	const struct pytype *gen = make_generator(12);

	(void)state;
	fake_u32(&fo.fm,
		 FAKEOBJ + fo.abi.gen_gi_iframe + fo.abi.iframe_stacktop,
		 UINT32_MAX);
	assert_int_equal(fakeobj_named(&fo, gen), 1 + 2);
	HOW(A, "local 0x6000 counted");
	HOW(B, "cell 0x6010 counted");
}

static void what_is_borrowed_is_not_counted(void **state)
{
	const struct pytype *gen = make_generator(14);
	const struct abi *abi = &fo.abi;
	raddr frame = FAKEOBJ + abi->gen_gi_iframe;
	raddr slots = frame + abi->iframe_localsplus;

	(void)state;
	fake_u64(&fo.fm, frame + abi->iframe_stackpointer, slots + 4 * 8);
	fake_u64(&fo.fm, slots, A | 1);
	assert_int_equal(fakeobj_named(&fo, gen), 1 + 3);
	HOW(A, "local 0x6000 visited");
	HOW(B, "cell 0x6010");
}

static void up_to_310_a_frame_has_cells_behind_its_locals(void **state)
{
	static const raddr locals[] = { X, Y }, cells[] = { Z };
	const struct abi *abi = &fo.abi;
	const struct pytype *frame;
	raddr stack;

	(void)state;
	fakeobj_init(&fo, 8);
	frame = type_of("frame", abi->frame_sizeof, 8);
	stack = FAKEOBJ + abi->frame_f_localsplus + 3 * 8;
	fakeobj_put(&fo, abi->frame_f_code, CODE);
	fake_u64(&fo.fm, CODE + abi->code_co_varnames, NAMES);
	fake_u64(&fo.fm, CODE + abi->code_co_freevars, MORE_NAMES);
	put_tuple(NAMES, 2, locals);
	put_tuple(MORE_NAMES, 1, cells);
	fakeobj_put(&fo, abi->frame_f_valuestack, stack);
	fakeobj_put(&fo, abi->frame_f_stacktop, stack + 8);
	fakeobj_put(&fo, abi->frame_f_localsplus + 8, A);
	fakeobj_put(&fo, abi->frame_f_localsplus + 16, B);
	fakeobj_put(&fo, abi->frame_f_localsplus + 24, C);
	assert_int_equal(fakeobj_named(&fo, frame), 1 + 3);
	HOW(CODE, "field f_code");
	HOW(A, "local 0x6010");
	HOW(B, "cell 0x6020");
	HOW(C, "stack 0");
}

/* --- others -------------------------------------------------------------- */

static void fields_are_called_as_in_the_struct(void **state)
{
	const struct pytype *function;

	(void)state;
	fakeobj_init(&fo, 12);
	function = type_of("function", fo.abi.function_sizeof, 0);
	fakeobj_put(&fo, fo.abi.function_func_globals, A);
	fakeobj_put(&fo, fo.abi.function_func_closure, B);
	assert_int_equal(fakeobj_named(&fo, function), 2);
	HOW(A, "field func_globals");
	HOW(B, "field func_closure");
}

static void a_weak_reference_is_neither_visited_nor_counted(void **state)
{
	const struct pytype *weak;

	(void)state;
	fakeobj_init(&fo, 12);
	weak = type_of("weakref", fo.abi.weakref_sizeof, 0);
	fakeobj_put(&fo, fo.abi.weakref_wr_object, A);
	fakeobj_put(&fo, fo.abi.weakref_wr_callback, B);
	assert_int_equal(fakeobj_named(&fo, weak), 2);
	HOW(A, "weak loose");
	HOW(B, "field wr_callback");
	assert_int_equal(fakeobj_refs(&fo, weak), 1);
	assert_int_equal(fakeobj_owned(&fo, weak), 0);
}

static void a_class_has_a_base_and_owns_its_name(void **state)
{
	const struct abi *abi = &fo.abi;
	const struct pytype *type;

	(void)state;
	fakeobj_init(&fo, 12);
	type = fakeobj_type(&fo, "type", abi->heaptype_sizeof, 40,
			    TPF_HAVE_GC | TPF_TYPE_SUBCLASS);
	fakeobj_put(&fo, abi->type_tp_flags, TPF_HEAPTYPE | TPF_HAVE_GC);
	fakeobj_put(&fo, abi->type_tp_base, A);
	fakeobj_put(&fo, abi->type_tp_mro, B);
	fakeobj_put(&fo, abi->heaptype_ht_name, C);
	assert_int_equal(fakeobj_named(&fo, type), 3);
	HOW(A, "base");
	HOW(B, "field tp_mro");
	HOW(C, "field ht_name counted");
}

/* What an element of an LRU cache holds is counted once, by the element. */
static void a_cache_visits_what_its_elements_count(void **state)
{
	const struct abi *abi = &fo.abi;
	const struct pytype *lru, *element;
	raddr root;

	(void)state;
	fakeobj_init(&fo, 12);
	root = FAKEOBJ + abi->lru_root;
	lru = type_of("functools._lru_cache_wrapper", abi->lru_sizeof, 0);
	fake_u64(&fo.fm, root + abi->lruelem_next, PART);
	fake_u64(&fo.fm, PART + abi->lruelem_prev, root);
	fake_u64(&fo.fm, PART + abi->lruelem_next, root);
	fake_u64(&fo.fm, PART + abi->lruelem_key, X);
	fake_u64(&fo.fm, PART + abi->lruelem_result, A);
	(void)fakeobj_named(&fo, lru);
	HOW(X, "key 0 visited");
	HOW(A, "value 0x6000 visited");
	HOW(PART, "item 0 counted");

	element = fakeobj_type(&fo, "functools._lru_list_elem",
			       abi->lruelem_sizeof, 0, 0);
	fakeobj_put(&fo, abi->lruelem_key, X);
	fakeobj_put(&fo, abi->lruelem_result, A);
	assert_int_equal(fakeobj_named(&fo, element), 2);
	HOW(X, "field key counted");
	HOW(A, "field result counted");
}

/* What no collector knows, nobody visits. */
static void without_gc_what_would_be_visited_is_owned(void **state)
{
	const struct pytype *tuple;

	(void)state;
	fakeobj_init(&fo, 12);
	tuple = fakeobj_type(&fo, "tuple", fo.abi.tuple_ob_item, 8, 0);
	fakeobj_put(&fo, fo.abi.var_ob_size, 1);
	fakeobj_put(&fo, fo.abi.tuple_ob_item, A);
	assert_int_equal(fakeobj_refs(&fo, tuple), 0);
	assert_int_equal(fakeobj_named(&fo, tuple), 1);
	HOW(A, "item 0 counted");
}

static void of_a_long_list_as_many_as_are_wanted_are_read(void **state)
{
	enum { MANY = 0x100000, N = 100000, WANTED = 1000 };
	struct refs refs = { .named = true, .most = WANTED };
	const struct pytype *list;
	struct pyobj o;

	(void)state;
	fakeobj_init(&fo, 12);
	list = type_of("list", fo.abi.list_sizeof, 0);
	fake_segment(&fo.fm, MANY, N * 8);
	for (unsigned i = 0; i < N; i++)
		fake_u64(&fo.fm, MANY + i * 8, A);
	fakeobj_put(&fo, fo.abi.var_ob_size, N);
	fakeobj_put(&fo, fo.abi.list_allocated, N);
	fakeobj_put(&fo, fo.abi.list_ob_item, MANY);
	o = fakeobj_at(&fo, list);
	obj_refs(&fo.ctx, &o, &refs);
	assert_int_equal(refs.n, WANTED);
	assert_true(refs.cut);
	assert_int_equal(refs.names[WANTED - 1].index, WANTED - 1);
	refs_fini(&refs);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		T(items_have_their_index),
		T(items_in_the_object_have_it_too),
		T(a_deque_counts_from_its_left_end),
		T(values_are_named_by_their_keys),
		T(keys_of_any_type_are_visited),
		T(values_of_a_split_dict_have_keys_in_the_class),
		T(attributes_without_a_dict_have_names),
		T(the_dict_of_an_instance_is_called_so),
		T(a_slot_is_called_as_its_member),
		T(variables_of_a_generator_have_names),
		T(of_one_that_runs_they_are_only_counted),
		T(what_is_borrowed_is_not_counted),
		T(up_to_310_a_frame_has_cells_behind_its_locals),
		T(fields_are_called_as_in_the_struct),
		T(a_weak_reference_is_neither_visited_nor_counted),
		T(a_class_has_a_base_and_owns_its_name),
		T(a_cache_visits_what_its_elements_count),
		T(without_gc_what_would_be_visited_is_owned),
		T(of_a_long_list_as_many_as_are_wanted_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
