/* SPDX-License-Identifier: MIT */
/* A whole look at a heap that a test has built: what goes in must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/load.h"
#include "fakeheap.h"
#include "heap/capture.h"
#include "heap/snapshot.h"
#include "pyabi/pytype.h"

enum {
	FLOATS = 2000,		/* fill several pools */
	DEAD = 300,
	TUPLES = 40, ITEMS = 4,
	/* From malloc, and far from each other: */
	LARGE = 20, LARGE_BYTES = 50000, LARGE_ITEMS = 5000,
	ROOM = FLOATS + TUPLES + 2 * LARGE,
};

static struct fakeheap fh;
static struct capture cap;
static struct dump dump;
static struct err err;

static raddr float_type, tuple_type, bytes_type, list_type;
static raddr root;		/* a list that holds everything */
static uint64_t held;

static void put(raddr at, uint64_t value)
{
	fake_u64(&fh.ft.fm, at, value);
}

static raddr item_at(uint64_t i)
{
	uint64_t items;

	memcpy(&items, fake_at(&fh.ft.fm, root + fh.abi.list_ob_item, 8), 8);
	return items + 8 * i;
}

static void hold(raddr object)
{
	assert_true(held < ROOM);
	put(item_at(held++), object);
	put(root + fh.abi.var_ob_size, held);
}

static raddr new_float(void)
{
	return fakeheap_new(&fh, float_type, fh.abi.float_sizeof);
}

static uint64_t tuple_bytes(uint64_t n)
{
	return fh.abi.tuple_ob_item + 8 * n;
}

static void add_types(void)
{
	const struct abi *abi = &fh.abi;

	float_type = fakeheap_type(&fh, "float", abi->float_sizeof, 0, 0);
	tuple_type = fakeheap_type(&fh, "tuple", abi->tuple_ob_item, 8,
				   TPF_HAVE_GC | TPF_TUPLE_SUBCLASS);
	bytes_type = fakeheap_type(&fh, "bytes", abi->bytes_ob_sval + 1u, 1,
				   TPF_BYTES_SUBCLASS);
	list_type = fakeheap_type(&fh, "list", abi->list_sizeof, 0,
				  TPF_HAVE_GC | TPF_LIST_SUBCLASS);
}

static void add_root(void)
{
	root = fakeheap_new(&fh, list_type, fh.abi.list_sizeof);
	put(root + fh.abi.list_allocated, ROOM);
	put(root + fh.abi.list_ob_item, fakeheap_alloc(&fh, 8 * ROOM));
	held = 0;
}

/* Every seventh dies, as far as they go. */
static void add_floats(void)
{
	size_t dead = 0;

	for (int i = 0; i < FLOATS + DEAD; i++) {
		raddr at = new_float();

		if (i % 7 == 3 && dead++ < DEAD)
			fakeheap_delete(&fh, at, fh.abi.float_sizeof);
		else
			hold(at);
	}
}

static raddr new_tuple(uint64_t n, raddr item)
{
	raddr at = fakeheap_new(&fh, tuple_type, tuple_bytes(n));

	put(at + fh.abi.var_ob_size, n);
	for (uint64_t i = 0; i < n; i++)
		put(at + fh.abi.tuple_ob_item + 8 * i, item);
	return at;
}

static raddr new_bytes(uint64_t n)
{
	raddr at = fakeheap_new(&fh, bytes_type,
				fh.abi.bytes_ob_sval + n + 1);

	put(at + fh.abi.var_ob_size, n);
	return at;
}

/* Bytes that only a large tuple holds. */
static void add_large(void)
{
	for (int i = 0; i < LARGE; i++) {
		raddr bytes = new_bytes(LARGE_BYTES);

		put(bytes, LARGE_ITEMS);
		hold(new_tuple(LARGE_ITEMS, bytes));
	}
}

static int set_up(void **state)
{
	(void)state;
	fakeheap_init(&fh);
	add_types();
	add_root();
	add_floats();
	for (int i = 0; i < TUPLES; i++)
		hold(new_tuple(ITEMS, root));
	add_large();
	put(root, 1 + TUPLES * ITEMS);
	dump_init(&dump);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dump_fini(&dump);
	capture_close(&cap);
	fakeheap_fini(&fh);
	return 0;
}

static bool look(bool stop)
{
	struct snapshot_options opt = { .stop = stop };

	return capture_of(&cap, &fh.ft.target, &err) &&
	       snapshot_look(&cap, &opt, &dump, &err);
}

static void is_row(const char *type, int64_t count, int64_t bytes)
{
	for (size_t i = 0; i < dump.types.n; i++) {
		if (strcmp(dump.types.v[i].type, type) != 0)
			continue;
		assert_int_equal(dump.types.v[i].count, count);
		assert_int_equal(dump.types.v[i].bytes, bytes);
		return;
	}
	assert_int_equal(count, 0);
}

/* Sizes are those of sys.getsizeof(), with the collector's head. */
static void types_are_as_they_were_put(void)
{
	const struct abi *abi = &fh.abi;
	int64_t pre = abi->n_pre_gc;

	is_row("float", FLOATS, (int64_t)FLOATS * abi->float_sizeof);
	is_row("tuple", TUPLES + LARGE,
	       TUPLES * (pre + (int64_t)tuple_bytes(ITEMS)) +
	       LARGE * (pre + (int64_t)tuple_bytes(LARGE_ITEMS)));
	is_row("list", 1, pre + abi->list_sizeof + 8ll * ROOM);
	is_row("bytes", LARGE,
	       LARGE * (abi->bytes_ob_sval + LARGE_BYTES + 1ll));
	is_row("dict", 1, pre + abi->dict_sizeof + abi->keys_dk_indices + 8 +
				  5ll * abi->strentry_sizeof);
	assert_int_equal(dump.objects, FLOATS + TUPLES + 2 * LARGE + 2);
}

static void what_is_put_in_comes_out_of_a_stopped_look(void **state)
{
	(void)state;
	assert_true(look(true));
	assert_int_equal(fh.ft.n_holds, 1);
	types_are_as_they_were_put();
	assert_true(dump.complete);
	assert_int_equal(dump.warnings.n, 0);
	assert_int_equal(dump.unreadable, 0);
	assert_int_equal(dump.blocks.in_use, fh.n_blocks);
	assert_int_equal(dump.blocks.pools, fh.n_pools);
	assert_int_equal(dump.blocks.unowned, 0);
	assert_int_equal(dump.blocks.refused, 0);
	assert_int_equal(dump.blocks.objects, FLOATS + TUPLES + 2);
	assert_int_equal(dump.blocks.buffers, 1);
}

static void what_is_put_in_comes_out_of_a_running_look(void **state)
{
	(void)state;
	assert_true(look(false));
	assert_int_equal(fh.ft.n_holds, 0);
	types_are_as_they_were_put();
	assert_int_equal(dump.blocks.in_use, fh.n_blocks);
	assert_int_equal(dump.blocks.pools, fh.n_pools);
}

/* A block that C code has, with the address of malloc's head of @at in it: as
 * long as a GC head, and in front of it. */
static void chain(raddr at)
{
	put(fakeheap_alloc(&fh, 64) + 8, at - (uint64_t)fh.abi.n_pre_gc);
}

static void the_head_of_a_block_of_malloc_is_no_head_of_the_collector(
	void **state)
{
	(void)state;
	chain(new_bytes(LARGE_BYTES));
	assert_true(look(false));
	types_are_as_they_were_put();
}

static void who_is_held_counts_whatever_else_points_there(void **state)
{
	const raddr bytes = new_bytes(LARGE_BYTES);

	(void)state;
	chain(bytes);
	hold(bytes);
	assert_true(look(false));
	is_row("bytes", LARGE + 1, (LARGE + 1) *
	       (fh.abi.bytes_ob_sval + LARGE_BYTES + 1ll));
}

/* It is the same every time: why not look exactly? */
static void of_who_does_not_run_every_look_is_exact(void **state)
{
	(void)state;
	fh.ft.target.runs = false;
	assert_true(look(false));
	types_are_as_they_were_put();
	assert_true(dump.complete);
	assert_int_equal(dump.mode, DUMP_NONE);
}

static void a_result_says_whom_it_is_of(void **state)
{
	(void)state;
	assert_true(look(true));
	assert_int_equal(dump.pid, fh.ft.target.pid);
	assert_string_equal(dump.source, "core");
	assert_string_equal(dump.version, "3.12.1");
	assert_string_equal(dump.abi, "cpython-3.12");
	assert_int_equal(dump.command.n, 1);
	assert_null(dump.executable);
	assert_int_equal(dump.memory.pss, DUMP_UNKNOWN);
}

/* Between the look ahead and the stop. */
static void one_more_float(void *arg)
{
	(void)arg;
	put(item_at(0), new_float());
}

static void what_comes_at_the_last_moment_is_seen(void **state)
{
	(void)state;
	fh.ft.at_hold = one_more_float;
	assert_true(look(true));
	is_row("float", FLOATS + 1,
	       (int64_t)(FLOATS + 1) * fh.abi.float_sizeof);
	assert_int_equal(dump.blocks.in_use, fh.n_blocks);
}

static void what_the_target_tells_is_a_warning(void **state)
{
	(void)state;
	fh.ft.tells = "a mapping is missing";
	assert_true(look(true));
	assert_false(dump.complete);
	assert_int_equal(dump.warnings.n, 1);
	assert_string_equal(dump.warnings.v[0], fh.ft.tells);
}

static void who_is_gone_is_gone(void **state)
{
	(void)state;
	assert_true(capture_of(&cap, &fh.ft.target, &err));
	fh.ft.is_gone = true;
	assert_false(snapshot_look(&cap, &(struct snapshot_options){
					   .stop = true }, &dump, &err));
	assert_int_equal(err.code, ERR_GONE);
	assert_string_equal(err.text, "fake target has exited");
}

static bool is_told(const char *text)
{
	for (size_t i = 0; i < dump.warnings.n; i++) {
		if (strstr(dump.warnings.v[i], text))
			return true;
	}
	return false;
}

/* The pool of a float in the midst of others cannot be read. */
static void look_at_a_heap_with_a_hole(bool stop)
{
	const uint64_t cell = (uint64_t)fh.abi.n_pool_size;
	raddr hole = addr_down(load_u64(fake_at(&fh.ft.fm, item_at(1000), 8)),
			       cell);
	int64_t lost = 0;

	for (uint64_t i = 0; i < FLOATS; i++)
		lost += addr_down(load_u64(fake_at(&fh.ft.fm, item_at(i), 8)),
				  cell) == hole;
	assert_in_range(lost, 1, FLOATS / 2);
	fake_fault(&fh.ft.fm, hole, cell);
	assert_true(look(stop));
	is_row("float", FLOATS - lost,
	       (FLOATS - lost) * (int64_t)fh.abi.float_sizeof);
	is_row("bytes", LARGE,
	       LARGE * (fh.abi.bytes_ob_sval + LARGE_BYTES + 1ll));
	assert_int_equal(dump.unreadable, cell);
	assert_false(dump.complete);
	assert_true(is_told("16384 bytes of the heap could not be read"));
}

static void a_hole_in_an_arena_is_told_of_a_stopped_look(void **state)
{
	(void)state;
	look_at_a_heap_with_a_hole(true);
}

static void a_hole_in_an_arena_is_told_of_a_running_look(void **state)
{
	(void)state;
	look_at_a_heap_with_a_hole(false);
}

/* A list with more room than there is memory: what it takes is a bound. */
static void who_cannot_be_read_whole_is_counted_and_told(bool stop)
{
	fh.ft.memory.vms = 1ll << 32;
	put(root + fh.abi.list_allocated, 1ull << 40);
	assert_true(look(stop));
	assert_int_equal(dump.skipped, 1);
	assert_true(is_told("1 objects could not be read whole"));
}

static void a_size_that_lies_is_told_of_a_stopped_look(void **state)
{
	(void)state;
	who_cannot_be_read_whole_is_counted_and_told(true);
}

static void a_size_that_lies_is_told_of_a_running_look(void **state)
{
	(void)state;
	who_cannot_be_read_whole_is_counted_and_told(false);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_in_comes_out_of_a_stopped_look),
		TEST(what_is_put_in_comes_out_of_a_running_look),
		TEST(the_head_of_a_block_of_malloc_is_no_head_of_the_collector),
		TEST(who_is_held_counts_whatever_else_points_there),
		TEST(of_who_does_not_run_every_look_is_exact),
		TEST(a_result_says_whom_it_is_of),
		TEST(what_comes_at_the_last_moment_is_seen),
		TEST(what_the_target_tells_is_a_warning),
		TEST(a_hole_in_an_arena_is_told_of_a_stopped_look),
		TEST(a_hole_in_an_arena_is_told_of_a_running_look),
		TEST(a_size_that_lies_is_told_of_a_stopped_look),
		TEST(a_size_that_lies_is_told_of_a_running_look),
		TEST(who_is_gone_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
