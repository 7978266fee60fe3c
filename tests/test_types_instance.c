/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakeobj.h"

enum { KEYS = 0x11000, VALUES = 0x12008, DICT = 0x13000 };

static struct fakeobj fo;

static int teardown(void **state)
{
	(void)state;
	fakeobj_fini(&fo);
	return 0;
}

/* class C: pass */
static struct pytype *make_class(unsigned minor, uint64_t flags)
{
	const struct pytype *object;
	struct pytype *class;

	fakeobj_init(&fo, minor);
	object = fakeobj_type(&fo, "object", fo.abi.object_sizeof, 0, 0);
	class = fakeobj_class(&fo, object, 0, flags);
	class->cached_keys = KEYS;
	fake_u8(&fo.fm, KEYS + fo.abi.keys_dk_log2_size, 3);
	fake_u8(&fo.fm, KEYS + fo.abi.keys_dk_log2_index_bytes, 3);
	fake_u8(&fo.fm, KEYS + fo.abi.keys_dk_kind, 2);
	fake_u64(&fo.fm, KEYS + fo.abi.keys_dk_nentries, 2);
	fake_u64(&fo.fm, KEYS + fo.abi.keys_dk_usable, 3);
	return class;
}

static void put_before(int64_t at, uint64_t value)
{
	fake_u64(&fo.fm, (raddr)(FAKEOBJ + at), value);
}

static void make_values(void)
{
	fake_u8(&fo.fm, VALUES - 1, 8);
	fake_u64(&fo.fm, VALUES, 0x6000);
	fake_u64(&fo.fm, VALUES + 8, 0x6010);
}

static void slots_hold_references(void **state)
{
	const struct pytype *object;
	struct pytype *class, *derived;
	struct pytype_slot one[] = { { 16, 0 }, { 24, 1 } };
	struct pytype_slot two[] = { { 32, 0 } };

	(void)state;
	fakeobj_init(&fo, 12);
	object = fakeobj_type(&fo, "object", fo.abi.object_sizeof, 0, 0);
	class = fakeobj_class(&fo, object, 16, 0);
	class->slots = one;
	class->n_slots = 2;
	derived = fakeobj_class(&fo, class, 8, 0);
	derived->slots = two;
	derived->n_slots = 1;
	fakeobj_put(&fo, 16, 0x6000);
	fakeobj_put(&fo, 32, 0x6010);

	/* Two that are set, and the class. */
	assert_int_equal(fakeobj_refs(&fo, derived), 3);
	assert_int_equal(fo.refs.v[0], 0x6010);
	assert_int_equal(fo.refs.v[1], 0x6000);
	assert_int_equal(fo.refs.v[2], derived->addr);
	assert_int_equal(fakeobj_size(&fo, derived), 16 + 16 + 24);
}

static void a_dict_may_be_counted_from_the_end(void **state)
{
	const struct pytype *tuple;
	struct pytype *class;
	struct pyobj o;

	(void)state;
	fakeobj_init(&fo, 9);
	tuple = fakeobj_type(&fo, "tuple", fo.abi.tuple_ob_item, 8,
			     TPF_HAVE_GC);
	class = fakeobj_class(&fo, tuple, 8, 0);
	class->dictoffset = -8;
	fakeobj_put(&fo, fo.abi.var_ob_size, 2);
	fakeobj_put(&fo, 24 + 16, DICT);

	o = fakeobj_at(&fo, class);
	assert_int_equal(obj_dict(&fo.ctx, &o), DICT);
	fakeobj_put(&fo, fo.abi.var_ob_size, 1ull << 60);
	o = fakeobj_at(&fo, class);
	assert_int_equal(obj_dict(&fo.ctx, &o), 0);
	assert_int_not_equal(fo.ctx.faults, 0);
}

static void in_311_values_and_dict_have_a_word_each(void **state)
{
	struct pytype *class = make_class(11, TPF_MANAGED_DICT);

	(void)state;
	make_values();
	put_before(fo.abi.n_managed_values_at, VALUES);
	assert_int_equal(fakeobj_refs(&fo, class), 2 + 1);
	assert_int_equal(fakeobj_buffers(&fo, class), 1);
	assert_int_equal(fo.bufs.v[0].addr, VALUES - 8);
	assert_int_equal(fo.bufs.v[0].len, 8 + 5 * 8);
	assert_int_equal(fakeobj_size(&fo, class), 16 + 32);

	put_before(fo.abi.n_managed_values_at, 0);
	put_before(fo.abi.n_managed_dict_at, DICT);
	assert_int_equal(fakeobj_refs(&fo, class), 1 + 1);
	assert_int_equal(fo.refs.v[0], DICT);
}

static void in_312_the_lowest_bit_tells_values_from_a_dict(void **state)
{
	struct pytype *class = make_class(12, TPF_MANAGED_DICT);
	struct pyobj o;

	(void)state;
	make_values();
	put_before(fo.abi.n_managed_dict_at, VALUES - 1);
	assert_int_equal(fakeobj_refs(&fo, class), 2 + 1);
	o = fakeobj_at(&fo, class);
	assert_int_equal(obj_dict(&fo.ctx, &o), 0);

	put_before(fo.abi.n_managed_dict_at, DICT);
	assert_int_equal(fakeobj_refs(&fo, class), 1 + 1);
	o = fakeobj_at(&fo, class);
	assert_int_equal(obj_dict(&fo.ctx, &o), DICT);
}

static void make_inline(uint8_t capacity, uint8_t valid)
{
	raddr at = FAKEOBJ + 16;

	fake_u8(&fo.fm, at + fo.abi.values_capacity, capacity);
	fake_u8(&fo.fm, at + fo.abi.values_size, 1);
	fake_u8(&fo.fm, at + fo.abi.values_embedded, 1);
	fake_u8(&fo.fm, at + fo.abi.values_valid, valid);
	fake_u64(&fo.fm, at + fo.abi.values_values, 0x6000);
}

static void in_313_values_are_part_of_the_instance(void **state)
{
	struct pytype *class = make_class(13, TPF_MANAGED_DICT |
						      TPF_INLINE_VALUES);
	uint64_t at_least = 0;

	(void)state;
	make_inline(5, 1);
	assert_int_equal(fakeobj_refs(&fo, class), 1 + 1);
	assert_int_equal(fo.refs.v[0], 0x6000);
	/* Not counted by sys.getsizeof(), but there. */
	assert_int_equal(fakeobj_size(&fo, class), 16 + 32);
	(void)fakeobj_block(&fo, class, &at_least);
	assert_in_range(at_least, 32 + 16 + 8 + 5 * 8 + 8,
			32 + 16 + 8 + 6 * 8 + 8);
	assert_int_equal(fakeobj_buffers(&fo, class), 0);
	assert_true(fakeobj_plausible(&fo, class));
}

static void values_that_moved_to_the_dict_are_not_visited(void **state)
{
	struct pytype *class = make_class(13, TPF_MANAGED_DICT |
						      TPF_INLINE_VALUES);

	(void)state;
	make_inline(5, 0);
	put_before(fo.abi.n_managed_dict_at, DICT);
	assert_int_equal(fakeobj_refs(&fo, class), 1 + 1);
	assert_int_equal(fo.refs.v[0], DICT);
}

static void inline_values_that_contradict_themselves_are_none(void **state)
{
	struct pytype *class = make_class(13, TPF_MANAGED_DICT |
						      TPF_INLINE_VALUES);

	(void)state;
	make_inline(0, 1);	/* one value, but room for none */
	assert_false(fakeobj_plausible(&fo, class));
	make_inline(5, 7);
	assert_false(fakeobj_plausible(&fo, class));
}

static void keys_with_too_many_names_are_not_believed(void **state)
{
	struct pytype *class = make_class(12, TPF_MANAGED_DICT);

	(void)state;
	make_values();
	put_before(fo.abi.n_managed_dict_at, VALUES - 1);
	fake_u64(&fo.fm, KEYS + fo.abi.keys_dk_nentries, 1 << 20);
	assert_int_equal(fakeobj_refs(&fo, class), 1);
	assert_int_not_equal(fo.ctx.faults, 0);
}

/* No such field: no distance at all, and none that can be negated. */
static void what_a_version_lacks_is_not_in_front(void **state)
{
	struct pytype *class = make_class(9, TPF_MANAGED_DICT);
	struct pyobj o;

	(void)state;
	class->pre = 16;
	o = fakeobj_at(&fo, class);
	assert_int_equal(obj_dict(&fo.ctx, &o), 0);
	assert_int_not_equal(fo.ctx.faults, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		T(slots_hold_references),
		T(a_dict_may_be_counted_from_the_end),
		T(in_311_values_and_dict_have_a_word_each),
		T(in_312_the_lowest_bit_tells_values_from_a_dict),
		T(in_313_values_are_part_of_the_instance),
		T(values_that_moved_to_the_dict_are_not_visited),
		T(inline_values_that_contradict_themselves_are_none),
		T(keys_with_too_many_names_are_not_believed),
		T(what_a_version_lacks_is_not_in_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
