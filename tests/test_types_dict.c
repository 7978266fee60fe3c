/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakeobj.h"

enum {
	KEYS = 0x11000,
	VALUES = 0x12000,
	NODES = 0x13000,
	ANY = 0,		/* dk_kind: keys of any type */
	STR = 1,
};

static struct fakeobj fo;

static int setup(void **state)
{
	(void)state;
	fakeobj_init(&fo, 12);
	return 0;
}

static int setup_39(void **state)
{
	(void)state;
	fakeobj_init(&fo, 9);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fakeobj_fini(&fo);
	return 0;
}

static const struct pytype *dict_type(void)
{
	return fakeobj_type(&fo, "dict", fo.abi.dict_sizeof, 0,
			    TPF_HAVE_GC | TPF_DICT_SUBCLASS);
}

/* A table of eight with @n entries: keys 0x5000.., values 0x6000.. */
static void make_table(uint64_t refcnt, uint8_t kind, uint64_t n)
{
	const struct abi *abi = &fo.abi;
	uint32_t step = kind == ANY ? abi->keyentry_sizeof :
				      abi->strentry_sizeof;
	uint32_t key = kind == ANY ? abi->keyentry_me_key : 0;

	fakeobj_put(&fo, abi->dict_ma_used, n);
	fakeobj_put(&fo, abi->dict_ma_keys, KEYS);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_refcnt, refcnt);
	fake_u8(&fo.fm, KEYS + abi->keys_dk_log2_size, 3);
	fake_u8(&fo.fm, KEYS + abi->keys_dk_log2_index_bytes, 3);
	fake_u8(&fo.fm, KEYS + abi->keys_dk_kind, kind);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_usable, 5 - n);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_nentries, n);
	for (uint64_t i = 0; i < n && i < 5; i++) {
		raddr at = KEYS + abi->keys_dk_indices + 8 + i * step;

		fake_u64(&fo.fm, at + key, 0x5000 + i * 16);
		fake_u64(&fo.fm, at + key + 8, 0x6000 + i * 16);
	}
}

static void keys_that_may_be_anything_are_visited(void **state)
{
	const struct pytype *dict = dict_type();

	(void)state;
	make_table(1, ANY, 2);
	assert_int_equal(fakeobj_size(&fo, dict), 16 + 48 + 160);
	assert_int_equal(fakeobj_refs(&fo, dict), 4);
	assert_int_equal(fakeobj_owned(&fo, dict), 0);
}

static void keys_that_are_all_str_are_only_owned(void **state)
{
	const struct pytype *dict = dict_type();

	(void)state;
	make_table(1, STR, 2);
	assert_int_equal(fakeobj_size(&fo, dict), 16 + 48 + 120);
	assert_int_equal(fakeobj_refs(&fo, dict), 2);
	assert_int_equal(fo.refs.v[1], 0x6010);
	assert_int_equal(fakeobj_owned(&fo, dict), 2);
	assert_int_equal(fo.refs.v[1], 0x5010);
	assert_int_equal(fakeobj_buffers(&fo, dict), 1);
	assert_int_equal(fo.bufs.v[0].addr, KEYS);
	assert_int_equal(fo.bufs.v[0].len, 120);
}

static void an_entry_without_value_is_dead(void **state)
{
	const struct pytype *dict = dict_type();

	(void)state;
	make_table(1, STR, 3);
	fake_u64(&fo.fm, KEYS + fo.abi.keys_dk_indices + 8 + 16 + 8, 0);
	assert_int_equal(fakeobj_refs(&fo, dict), 2);
	assert_int_equal(fakeobj_owned(&fo, dict), 2);
}

/* The class owns them; they are charged to it. */
static void shared_keys_are_not_the_dicts(void **state)
{
	const struct pytype *dict = dict_type();
	struct pyobj o;

	(void)state;
	make_table(7, STR, 2);
	fakeobj_put(&fo, fo.abi.dict_ma_values, VALUES + 8);
	fake_u8(&fo.fm, VALUES + 7, 8);		/* bytes in front of values */
	fake_u64(&fo.fm, VALUES + 8, 0x6000);

	assert_int_equal(fakeobj_size(&fo, dict), 16 + 48 + 5 * 8);
	assert_int_equal(fakeobj_refs(&fo, dict), 1);
	assert_int_equal(fakeobj_owned(&fo, dict), 0);
	assert_int_equal(fakeobj_buffers(&fo, dict), 1);
	assert_int_equal(fo.bufs.v[0].addr, VALUES);
	assert_int_equal(fo.bufs.v[0].len, 8 + 5 * 8);
	o = fakeobj_at(&fo, dict);
	assert_true(obj_plausible(&fo.ctx, &o));
}

static uint32_t class_160(void *arg, raddr addr)
{
	(void)arg;
	return addr == KEYS ? 160 : 0;
}

/* Nobody wants to look at two million tables to learn how large they are. */
static void the_block_of_a_small_table_tells_its_size(void **state)
{
	const struct pytype *dict = dict_type();

	(void)state;
	make_table(1, ANY, 2);
	fake_fault(&fo.fm, KEYS, 256);
	fo.ctx.size_class = class_160;
	assert_int_equal(fakeobj_size(&fo, dict), 16 + 48 + 160);
	assert_int_equal(fo.ctx.faults, 0);
}

static void a_table_that_claims_more_entries_than_fit_is_none(void **state)
{
	const struct pytype *dict = dict_type();

	(void)state;
	make_table(1, STR, 2);
	fake_u64(&fo.fm, KEYS + fo.abi.keys_dk_nentries, 6);
	assert_int_equal(fakeobj_refs(&fo, dict), 0);
	assert_int_not_equal(fo.ctx.faults, 0);
}

static void a_table_of_absurd_size_is_none(void **state)
{
	const struct pytype *dict = dict_type();

	(void)state;
	make_table(1, STR, 2);
	fake_u8(&fo.fm, KEYS + fo.abi.keys_dk_log2_size, 63);
	assert_int_equal(fakeobj_size(&fo, dict), 16 + 48);
	assert_int_not_equal(fo.ctx.faults, 0);
}

/* --- up to 3.10 ---------------------------------------------------------- */

static void make_old_table(uint64_t size, raddr lookup)
{
	const struct abi *abi = &fo.abi;
	raddr at = KEYS + abi->keys_dk_indices + size;

	fakeobj_put(&fo, abi->dict_ma_keys, KEYS);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_refcnt, 1);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_size, size);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_lookup, lookup);
	fake_u64(&fo.fm, KEYS + abi->keys_dk_nentries, 1);
	fake_u64(&fo.fm, at + abi->keyentry_me_key, 0x5000);
	fake_u64(&fo.fm, at + abi->keyentry_me_value, 0x6000);
}

static void the_lookup_function_tells_what_keys_may_be(void **state)
{
	const struct pytype *dict = dict_type();

	(void)state;
	make_old_table(8, fo.ctx.lookdict);
	assert_int_equal(fakeobj_size(&fo, dict), 16 + 48 + 40 + 8 + 5 * 24);
	assert_int_equal(fakeobj_refs(&fo, dict), 2);
	make_old_table(8, fo.ctx.lookdict + 64);
	assert_int_equal(fakeobj_refs(&fo, dict), 1);
	assert_int_equal(fakeobj_owned(&fo, dict), 1);
}

/* --- OrderedDict --------------------------------------------------------- */

static const struct pytype *odict_type(void)
{
	return fakeobj_type(&fo, "collections.OrderedDict",
			    fo.abi.odict_sizeof, 0,
			    TPF_HAVE_GC | TPF_DICT_SUBCLASS);
}

static void make_node(raddr at, raddr key, raddr prev, raddr next)
{
	fake_u64(&fo.fm, at + fo.abi.odictnode_key, key);
	fake_u64(&fo.fm, at + fo.abi.odictnode_prev, prev);
	fake_u64(&fo.fm, at + fo.abi.odictnode_next, next);
}

static void an_ordered_dict_has_a_node_for_each_key(void **state)
{
	const struct pytype *odict = odict_type();

	(void)state;
	make_table(1, STR, 2);
	fakeobj_put(&fo, fo.abi.odict_od_first, NODES);
	fakeobj_put(&fo, fo.abi.odict_od_fast_nodes, 0x14000);
	fakeobj_put(&fo, fo.abi.odict_od_fast_nodes_size, 8);
	make_node(NODES, 0x5000, 0, NODES + 64);
	make_node(NODES + 64, 0x5010, NODES, 0);

	assert_int_equal(fakeobj_size(&fo, odict),
			 16 + fo.abi.odict_sizeof + 120 + 8 * 8 + 2 * 32);
	assert_int_equal(fakeobj_refs(&fo, odict), 4);
	assert_int_equal(fakeobj_buffers(&fo, odict), 4);
	assert_int_equal(fo.ctx.faults, 0);
}

/* A torn write can leave a list that never comes home. */
static void a_circle_of_nodes_ends(void **state)
{
	const struct pytype *odict = odict_type();

	(void)state;
	make_table(1, STR, 2);
	fakeobj_put(&fo, fo.abi.odict_od_first, NODES);
	make_node(NODES, 0x5000, 0, NODES + 64);
	make_node(NODES + 64, 0x5010, NODES, NODES);

	assert_int_equal(fakeobj_refs(&fo, odict), 2 + 2);
	assert_int_not_equal(fo.ctx.faults, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(keys_that_may_be_anything_are_visited),
		T(keys_that_are_all_str_are_only_owned),
		T(an_entry_without_value_is_dead),
		T(shared_keys_are_not_the_dicts),
		T(the_block_of_a_small_table_tells_its_size),
		T(a_table_that_claims_more_entries_than_fit_is_none),
		T(a_table_of_absurd_size_is_none),
		cmocka_unit_test_setup_teardown(
			the_lookup_function_tells_what_keys_may_be, setup_39,
			teardown),
		T(an_ordered_dict_has_a_node_for_each_key),
		T(a_circle_of_nodes_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
