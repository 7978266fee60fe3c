/* SPDX-License-Identifier: MIT */
/* Sets, and objects whose parts are linked: deques, LRU caches, frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakeobj.h"

enum { TABLE = 0x11000, BLOCKS = 0x12000, LINKS = 0x13000, CODE = 0x14000 };

static struct fakeobj fo;

static int setup(void **state)
{
	(void)state;
	fakeobj_init(&fo, 12);
	return 0;
}

static int setup_314(void **state)
{
	(void)state;
	fakeobj_init(&fo, 14);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fakeobj_fini(&fo);
	return 0;
}

/* --- set ----------------------------------------------------------------- */

static const struct pytype *make_set(uint64_t mask, raddr table)
{
	fakeobj_put(&fo, fo.abi.set_mask, mask);
	fakeobj_put(&fo, fo.abi.set_table, table);
	return fakeobj_type(&fo, "set", fo.abi.set_sizeof, 0, TPF_HAVE_GC);
}

static void put_entry(raddr at, raddr key, uint64_t hash)
{
	fake_u64(&fo.fm, at + fo.abi.setentry_key, key);
	fake_u64(&fo.fm, at + fo.abi.setentry_hash, hash);
}

static void a_small_set_has_its_table_inside(void **state)
{
	raddr table = FAKEOBJ + fo.abi.set_smalltable;
	const struct pytype *set = make_set(7, table);

	(void)state;
	put_entry(table, 0x5000, 17);
	put_entry(table + 16, 0x7f0000, (uint64_t)-1);	/* was deleted */
	put_entry(table + 32, 0x5010, 18);
	assert_int_equal(fakeobj_refs(&fo, set), 2);
	assert_int_equal(fakeobj_size(&fo, set), 16 + fo.abi.set_sizeof);
	assert_int_equal(fakeobj_buffers(&fo, set), 0);
}

static void a_large_set_has_a_table_of_its_own(void **state)
{
	const struct pytype *set = make_set(31, TABLE);

	(void)state;
	put_entry(TABLE + 31 * 16, 0x5000, 17);
	assert_int_equal(fakeobj_refs(&fo, set), 1);
	assert_int_equal(fakeobj_size(&fo, set),
			 16 + fo.abi.set_sizeof + 32 * 16);
	assert_int_equal(fakeobj_buffers(&fo, set), 1);
	assert_int_equal(fo.bufs.v[0].len, 32 * 16);
}

static void a_mask_that_is_none_is_not_believed(void **state)
{
	const struct pytype *set = make_set(32, TABLE);

	(void)state;
	assert_false(fakeobj_plausible(&fo, set));
	assert_int_equal(fakeobj_refs(&fo, set), 0);
	assert_int_not_equal(fo.ctx.faults, 0);
}

/* --- deque --------------------------------------------------------------- */

static raddr block(unsigned i)
{
	return BLOCKS + i * 0x400;
}

static const struct pytype *make_deque(uint64_t n, unsigned blocks)
{
	const struct abi *abi = &fo.abi;

	fakeobj_put(&fo, abi->var_ob_size, n);
	fakeobj_put(&fo, abi->deque_leftblock, block(0));
	fakeobj_put(&fo, abi->deque_rightblock, block(blocks - 1));
	fakeobj_put(&fo, abi->deque_leftindex, 62);
	fakeobj_put(&fo, abi->deque_rightindex, 0);
	for (unsigned i = 0; i < blocks; i++) {
		/* The outer links are left as they were. */
		fake_u64(&fo.fm, block(i) + abi->dequeblock_leftlink,
			 i ? block(i - 1) : 0xdead);
		fake_u64(&fo.fm, block(i) + abi->dequeblock_rightlink,
			 block(i + 1));
		for (unsigned k = 0; k < 64; k++)
			fake_u64(&fo.fm,
				 block(i) + abi->dequeblock_data + k * 8,
				 0x5000 + i * 0x1000 + k * 16);
	}
	return fakeobj_type(&fo, "collections.deque", abi->deque_sizeof, 0,
			    TPF_HAVE_GC);
}

static void a_deque_is_read_from_block_to_block(void **state)
{
	const struct pytype *deque = make_deque(2 + 64 + 1, 3);

	(void)state;
	assert_int_equal(fakeobj_refs(&fo, deque), 67);
	assert_int_equal(fo.refs.v[0], 0x5000 + 62 * 16);
	assert_int_equal(fo.refs.v[66], 0x7000);
	assert_int_equal(fakeobj_size(&fo, deque),
			 16 + fo.abi.deque_sizeof + 3 * 528);
	assert_int_equal(fakeobj_buffers(&fo, deque), 3);
	assert_int_equal(fo.ctx.faults, 0);
}

static void spare_blocks_of_a_deque_are_its_own(void **state)
{
	const struct pytype *deque = make_deque(67, 3);

	(void)state;
	fakeobj_put(&fo, fo.abi.deque_numfreeblocks, 1);
	fakeobj_put(&fo, fo.abi.deque_freeblocks, 0x15000);
	assert_int_equal(fakeobj_buffers(&fo, deque), 4);
	fakeobj_put(&fo, fo.abi.deque_numfreeblocks, 1 << 20);
	assert_int_equal(fakeobj_buffers(&fo, deque), 3);
	assert_int_not_equal(fo.ctx.faults, 0);
}

static void a_circle_of_blocks_ends_where_it_began(void **state)
{
	const struct pytype *deque = make_deque(1 << 30, 3);

	(void)state;
	fakeobj_put(&fo, fo.abi.deque_rightblock, 0x17000);
	fake_u64(&fo.fm, block(2) + fo.abi.dequeblock_rightlink, block(0));
	fake_u64(&fo.fm, block(0) + fo.abi.dequeblock_leftlink, block(2));
	assert_int_equal(fakeobj_refs(&fo, deque), 2 + 64 + 64);
	assert_int_not_equal(fo.ctx.faults, 0);
	assert_int_equal(fakeobj_buffers(&fo, deque), 3);
}

static void an_index_beyond_a_block_is_not_believed(void **state)
{
	const struct pytype *deque = make_deque(67, 3);

	(void)state;
	fakeobj_put(&fo, fo.abi.deque_leftindex, 65);
	assert_false(fakeobj_plausible(&fo, deque));
	assert_int_equal(fakeobj_refs(&fo, deque), 0);
	assert_int_not_equal(fo.ctx.faults, 0);
}

/* --- LRU cache ----------------------------------------------------------- */

static void make_link(raddr at, raddr prev, raddr next)
{
	fake_u64(&fo.fm, at + fo.abi.lruelem_prev, prev);
	fake_u64(&fo.fm, at + fo.abi.lruelem_next, next);
	fake_u64(&fo.fm, at + fo.abi.lruelem_key, at + 0x1000);
	fake_u64(&fo.fm, at + fo.abi.lruelem_result, at + 0x2000);
}

static const struct pytype *lru_type(void)
{
	return fakeobj_type(&fo, "functools._lru_cache_wrapper",
			    fo.abi.lru_sizeof, 0, TPF_HAVE_GC);
}

static void a_cache_visits_what_its_elements_hold(void **state)
{
	const struct pytype *lru = lru_type();
	raddr root = FAKEOBJ + fo.abi.lru_root;

	(void)state;
	make_link(LINKS, root, LINKS + 64);
	make_link(LINKS + 64, LINKS, root);
	fake_u64(&fo.fm, root + fo.abi.lruelem_next, LINKS);
	assert_int_equal(fakeobj_refs(&fo, lru), 4);
	assert_int_equal(fakeobj_owned(&fo, lru), 2);
	assert_int_equal(fo.refs.v[0], LINKS);
	assert_int_equal(fo.ctx.faults, 0);
}

static void a_ring_that_does_not_come_home_ends(void **state)
{
	const struct pytype *lru = lru_type();
	raddr root = FAKEOBJ + fo.abi.lru_root;

	(void)state;
	make_link(LINKS, root, LINKS + 64);
	make_link(LINKS + 64, LINKS, LINKS);
	fake_u64(&fo.fm, root + fo.abi.lruelem_next, LINKS);
	assert_int_equal(fakeobj_refs(&fo, lru), 4);
	assert_int_not_equal(fo.ctx.faults, 0);
}

/* --- generators ---------------------------------------------------------- */

static const struct pytype *make_generator(uint64_t locals, uint64_t stack)
{
	const struct abi *abi = &fo.abi;
	raddr frame = FAKEOBJ + abi->gen_gi_iframe;

	fake_u64(&fo.fm, frame + abi->iframe_f_executable, CODE);
	fake_u32(&fo.fm, CODE + abi->code_co_nlocalsplus, (uint32_t)locals);
	fake_u32(&fo.fm, CODE + abi->code_co_stacksize, (uint32_t)stack);
	fakeobj_put(&fo, abi->gen_gi_name, 0x5000);
	fakeobj_put(&fo, abi->gen_gi_qualname, 0x5010);
	return fakeobj_type(&fo, "generator",
			    abi->gen_gi_iframe + abi->iframe_localsplus, 8,
			    TPF_HAVE_GC);
}

static void a_generator_holds_its_locals_and_stack(void **state)
{
	const struct pytype *gen = make_generator(2, 3);
	const struct abi *abi = &fo.abi;
	raddr frame = FAKEOBJ + abi->gen_gi_iframe;

	(void)state;
	fake_u8(&fo.fm, FAKEOBJ + abi->gen_gi_frame_state, 0xff);
	fake_u32(&fo.fm, frame + abi->iframe_stacktop, 3);
	fake_u64(&fo.fm, frame + abi->iframe_localsplus, 0x6000);
	fake_u64(&fo.fm, frame + abi->iframe_localsplus + 16, 0x6010);

	/* name, qualname, code, one local, one value on the stack */
	assert_int_equal(fakeobj_refs(&fo, gen), 5);
	assert_int_equal(fakeobj_size(&fo, gen), 16 + 72 + 72 + 5 * 8);
	assert_int_equal(fo.ctx.faults, 0);
}

static void a_generator_that_has_ended_holds_nothing_more(void **state)
{
	const struct pytype *gen = make_generator(2, 3);
	const struct abi *abi = &fo.abi;
	raddr frame = FAKEOBJ + abi->gen_gi_iframe;

	(void)state;
	fake_u8(&fo.fm, FAKEOBJ + abi->gen_gi_frame_state,
		(uint8_t)abi->n_frame_cleared);
	fake_u32(&fo.fm, frame + abi->iframe_stacktop, 3);
	fake_u64(&fo.fm, frame + abi->iframe_localsplus, 0x6000);
	assert_int_equal(fakeobj_refs(&fo, gen), 2);
}

static void while_it_runs_its_locals_are_only_owned(void **state)
{
	const struct pytype *gen = make_generator(2, 3);
	const struct abi *abi = &fo.abi;
	raddr frame = FAKEOBJ + abi->gen_gi_iframe;

	(void)state;
	fake_u32(&fo.fm, frame + abi->iframe_stacktop, UINT32_MAX);
	fake_u64(&fo.fm, frame + abi->iframe_localsplus, 0x6000);
	assert_int_equal(fakeobj_refs(&fo, gen), 3);
	assert_int_equal(fakeobj_owned(&fo, gen), 1);
	assert_int_equal(fo.refs.v[0], 0x6000);
}

static void tags_of_stack_references_are_taken_off(void **state)
{
	const struct pytype *gen = make_generator(4, 0);
	const struct abi *abi = &fo.abi;
	raddr frame = FAKEOBJ + abi->gen_gi_iframe;
	raddr slots = frame + abi->iframe_localsplus;

	(void)state;
	fake_u64(&fo.fm, frame + abi->iframe_f_executable, CODE | 1);
	fake_u64(&fo.fm, frame + abi->iframe_stackpointer, slots + 4 * 8);
	fake_u64(&fo.fm, slots, 0x6000);
	fake_u64(&fo.fm, slots + 8, 0x6011);	/* borrowed */
	fake_u64(&fo.fm, slots + 16, 1);	/* NULL */
	fake_u64(&fo.fm, slots + 24, 0x77);	/* a small int */

	assert_int_equal(fakeobj_refs(&fo, gen), 2 + 1 + 2);
	assert_int_equal(fo.refs.v[3], 0x6000);
	assert_int_equal(fo.refs.v[4], 0x6010);
}

static void a_frame_with_too_many_slots_is_not_believed(void **state)
{
	const struct pytype *gen = make_generator(UINT32_MAX, UINT32_MAX);
	uint64_t at_least;

	(void)state;
	(void)fakeobj_block(&fo, gen, &at_least);
	assert_int_not_equal(fo.ctx.faults, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_small_set_has_its_table_inside),
		T(a_large_set_has_a_table_of_its_own),
		T(a_mask_that_is_none_is_not_believed),
		T(a_deque_is_read_from_block_to_block),
		T(spare_blocks_of_a_deque_are_its_own),
		T(a_circle_of_blocks_ends_where_it_began),
		T(an_index_beyond_a_block_is_not_believed),
		T(a_cache_visits_what_its_elements_hold),
		T(a_ring_that_does_not_come_home_ends),
		T(a_generator_holds_its_locals_and_stack),
		T(a_generator_that_has_ended_holds_nothing_more),
		T(while_it_runs_its_locals_are_only_owned),
		cmocka_unit_test_setup_teardown(
			tags_of_stack_references_are_taken_off, setup_314,
			teardown),
		T(a_frame_with_too_many_slots_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
