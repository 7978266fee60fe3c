/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fakeobj.h"
#include "pyabi/layout.h"

enum { ITEMS = 0x11000 };

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

static const struct pytype *list_type(void)
{
	return fakeobj_type(&fo, "list", fo.abi.list_sizeof, 0, TPF_HAVE_GC);
}

static const struct pytype *tuple_type(void)
{
	return fakeobj_type(&fo, "tuple", fo.abi.tuple_ob_item, 8,
			    TPF_HAVE_GC | TPF_TUPLE_SUBCLASS);
}

static void make_list(uint64_t n, uint64_t allocated)
{
	fakeobj_put(&fo, fo.abi.var_ob_size, n);
	fakeobj_put(&fo, fo.abi.list_ob_item, ITEMS);
	fakeobj_put(&fo, fo.abi.list_allocated, allocated);
}

static void a_list_owns_its_spare_items_too(void **state)
{
	const struct pytype *list = list_type();

	(void)state;
	make_list(2, 4);
	fake_u64(&fo.fm, ITEMS, 0x5000);
	fake_u64(&fo.fm, ITEMS + 8, 0x5010);
	fake_u64(&fo.fm, ITEMS + 16, 0x5020);	/* beyond its length */

	assert_int_equal(fakeobj_size(&fo, list), 16 + 40 + 4 * 8);
	assert_int_equal(fakeobj_refs(&fo, list), 2);
	assert_int_equal(fo.refs.v[0], 0x5000);
	assert_int_equal(fo.refs.v[1], 0x5010);
	assert_int_equal(fakeobj_buffers(&fo, list), 1);
	assert_int_equal(fo.bufs.v[0].addr, ITEMS);
	assert_int_equal(fo.bufs.v[0].len, 32);
	assert_true(fakeobj_plausible(&fo, list));
	assert_int_equal(fo.ctx.faults, 0);
}

/* list.sort() takes the items away until it is done. */
static void a_list_that_is_being_sorted_has_no_items(void **state)
{
	const struct pytype *list = list_type();

	(void)state;
	make_list(0, UINT64_MAX);
	fakeobj_put(&fo, fo.abi.list_ob_item, 0);

	assert_true(fakeobj_plausible(&fo, list));
	assert_int_equal(fakeobj_size(&fo, list), 16 + 40);
	assert_int_equal(fakeobj_refs(&fo, list), 0);
	assert_int_equal(fakeobj_buffers(&fo, list), 0);
	assert_int_equal(fo.ctx.faults, 0);
}

static void a_list_longer_than_its_array_is_none(void **state)
{
	const struct pytype *list = list_type();

	(void)state;
	make_list(5, 4);
	assert_false(fakeobj_plausible(&fo, list));
	assert_int_equal(fakeobj_refs(&fo, list), 0);
	assert_int_not_equal(fo.ctx.faults, 0);
}

static void a_list_with_an_absurd_length_ends_at_once(void **state)
{
	const struct pytype *list = list_type();

	(void)state;
	make_list(1ull << 46, 1ull << 46);
	assert_int_equal(fakeobj_refs(&fo, list), 0);
	assert_int_not_equal(fo.ctx.faults, 0);
}

static void items_that_cannot_be_read_are_a_fault(void **state)
{
	const struct pytype *list = list_type();

	(void)state;
	make_list(3, 4);
	fake_fault(&fo.fm, ITEMS, 8);
	assert_int_equal(fakeobj_refs(&fo, list), 0);
	assert_int_equal(fo.ctx.faults, 1);
}

enum { MANY = 0x4000000, N_MANY = 50000 };

/* Takes addresses as long as they come in order. */
struct taker {
	size_t n, most, at_once;
};

static bool take(void *arg, const raddr *v, size_t n)
{
	struct taker *taker = arg;

	if (n > taker->at_once)
		taker->at_once = n;
	for (size_t i = 0; i < n; i++) {
		if (v[i] != 0x10 * (taker->n + 1))
			fail_msg("%#lx after %zu", (unsigned long)v[i],
				 taker->n);
		if (taker->n == taker->most)
			return false;
		taker->n++;
	}
	return true;
}

static bool hand_many(struct taker *taker)
{
	struct pyobj o = fakeobj_at(&fo, list_type());
	struct refs refs = { .take = take, .arg = taker };
	bool ok;

	refs_begin(&refs);
	obj_refs(&fo.ctx, &o, &refs);
	ok = refs_end(&refs);
	free(refs.v);
	return ok;
}

static void a_long_list_is_handed_over_in_pieces(void **state)
{
	struct taker all = { .most = SIZE_MAX }, some = { .most = 20000 };

	(void)state;
	fake_segment(&fo.fm, MANY, N_MANY * 8);
	for (uint64_t i = 0; i < N_MANY; i++)
		fake_u64(&fo.fm, MANY + 8 * i, 0x10 * (i + 1));
	make_list(N_MANY, N_MANY);
	fakeobj_put(&fo, fo.abi.list_ob_item, MANY);

	assert_true(hand_many(&all));
	assert_int_equal(all.n, N_MANY);
	assert_in_range(all.at_once, 1, N_MANY / 10);
	assert_false(hand_many(&some));
	assert_int_equal(some.n, some.most);
	assert_int_equal(fo.ctx.faults, 0);
}

static void a_tuple_longer_than_what_is_at_hand_is_read_on(void **state)
{
	const struct pytype *tuple = tuple_type();
	uint64_t n = 1000;	/* more than the test's store holds */

	(void)state;
	fakeobj_put(&fo, fo.abi.var_ob_size, n);
	for (uint32_t i = 0; i < n; i++)
		fakeobj_put(&fo, fo.abi.tuple_ob_item + i * 8, 0x5000 + i * 16);

	assert_int_equal(fakeobj_size(&fo, tuple), 16 + 24 + n * 8);
	assert_int_equal(fakeobj_refs(&fo, tuple), n);
	assert_int_equal(fo.refs.v[999], 0x5000 + 999 * 16);
	assert_int_equal(fo.ctx.faults, 0);
}

static void instances_of_a_tuple_class_are_made_with_a_spare_item(void **state)
{
	const struct pytype *tuple = tuple_type();
	const struct pytype *class = fakeobj_class(&fo, tuple, 0, 0);
	uint64_t at_least;

	(void)state;
	fakeobj_put(&fo, fo.abi.var_ob_size, 2);
	assert_int_equal(fakeobj_block(&fo, tuple, &at_least), 16 + 24 + 16);
	assert_int_equal(fakeobj_block(&fo, class, &at_least), 16 + 24 + 24);
}

/* time.struct_time: two of its fields are not counted in ob_size. */
static void hidden_fields_of_a_struct_sequence_count(void **state)
{
	enum { MEMBERS = 0x12000, NAME = 0x13000 };
	const struct abi *abi = &fo.abi;
	const struct pytype *tuple = tuple_type();
	struct pytype *seq;
	uint64_t at_least;

	(void)state;
	seq = fakeobj_type(&fo, "time.struct_time", abi->tuple_ob_item, 8,
			   TPF_HAVE_GC | TPF_TUPLE_SUBCLASS);
	seq->base = tuple;
	seq->layout = layout_find(abi, "time.struct_time", abi->tuple_ob_item,
				  seq);
	seq->addr = 0x14000;
	fake_u64(&fo.fm, 0x14000 + abi->type_tp_members, MEMBERS);
	fake_u64(&fo.fm, MEMBERS + abi->memberdef_name, NAME);
	fake_u64(&fo.fm, MEMBERS + abi->memberdef_offset,
		 abi->structseq_ob_item + 3 * 8);
	fakeobj_put(&fo, abi->var_ob_size, 2);
	for (uint32_t i = 0; i < 4; i++)
		fakeobj_put(&fo, abi->tuple_ob_item + i * 8, 0x5000 + i * 16);

	assert_int_equal(fakeobj_size(&fo, seq), 16 + 24 + 2 * 8);
	assert_int_equal(fakeobj_block(&fo, seq, &at_least), 16 + 24 + 4 * 8);
	assert_int_equal(fakeobj_refs(&fo, seq), 4);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_list_owns_its_spare_items_too),
		T(a_list_that_is_being_sorted_has_no_items),
		T(a_list_longer_than_its_array_is_none),
		T(a_list_with_an_absurd_length_ends_at_once),
		T(items_that_cannot_be_read_are_a_fault),
		T(a_long_list_is_handed_over_in_pieces),
		T(a_tuple_longer_than_what_is_at_hand_is_read_on),
		T(instances_of_a_tuple_class_are_made_with_a_spare_item),
		T(hidden_fields_of_a_struct_sequence_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
