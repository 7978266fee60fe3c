/* SPDX-License-Identifier: MIT */
/*
 * A process that runs: what was seen may be another thing when it is asked for
 * once more, and what nobody ever set leads nowhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakeheap.h"
#include "heap/capture.h"
#include "heap/snapshot.h"

enum {
	SIZE = 48, UNITS = 16, LETTERS = 600,
	LONG = 20,		/* readings, more than are made without a pause */
	FOR_EVER = 1 << 20,
};

static struct fakeheap fh;
static struct capture cap;
static struct dump dump;
static raddr seen, held, kept_by, old_type, new_type;
static const struct mem_ops *plain;
static bool changes;
static unsigned unrest;		/* readings of the pool of @seen until it rests */

/* Its chain of free blocks begins with @free: 0, it has none. */
static void chain(raddr free)
{
	fake_u64(&fh.ft.fm, addr_down(seen, (uint64_t)fh.abi.n_pool_size) +
			    fh.abi.pool_freeblock, free);
}

/* Once @seen has been read with all its pool, it is of @new_type, or one of the
 * readings until the pool rests is over. */
static int64_t read_and_change(struct mem *mem, raddr at, void *buf, size_t len,
			       struct err *err)
{
	int64_t got = plain->read(mem, at, buf, len, err);

	if (unrest && got > SIZE && addr_in(seen, at, (uint64_t)got) &&
	    --unrest == 0)
		chain(0);
	if (changes && got > SIZE && addr_in(seen, at, (uint64_t)got)) {
		changes = false;
		fake_u64(&fh.ft.fm, seen + fh.abi.object_ob_type, new_type);
	}
	return got;
}

static const struct mem_ops changing = { .read = read_and_change };

static raddr object_of(raddr type, uint64_t count)
{
	raddr at = fakeheap_new(&fh, type, SIZE);

	fake_u64(&fh.ft.fm, at, count);
	return at;
}

/* One to whom nobody refers, of whom a count of two says that he should be, and
 * one who is held. */
static int set_up(void **state)
{
	(void)state;
	fakeheap_init(&fh);
	old_type = fakeheap_type(&fh, "caterpillar", SIZE, 0, 0);
	new_type = fakeheap_type(&fh, "moth", SIZE, 0, 0);
	seen = object_of(old_type, 2);
	held = object_of(new_type, 2);
	kept_by = object_of(new_type, 1);
	fake_u64(&fh.ft.fm, kept_by + 16, held);
	fake_u64(&fh.ft.fm, held + 16, kept_by);
	changes = false;
	unrest = 0;
	plain = fh.ft.fm.mem.ops;
	fh.ft.fm.mem.ops = &changing;
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

static int64_t count_of(const char *type)
{
	for (size_t i = 0; i < dump.types.n; i++) {
		if (strcmp(dump.types.v[i].type, type) == 0)
			return dump.types.v[i].count;
	}
	return 0;
}

static void look(void)
{
	const struct snapshot_options opt = { .stop = false };
	struct err err;

	if (!capture_of(&cap, &fh.ft.target, &err) ||
	    !snapshot_look(&cap, &opt, &dump, &err))
		fail_msg("%s", err.text);
}

static void whom_nobody_speaks_for_is_not_counted(void **state)
{
	(void)state;
	look();
	assert_int_equal(count_of("caterpillar"), 0);
	assert_int_equal(count_of("moth"), 2);
}

static void who_stands_there_now_is_not_taken_for_who_did(void **state)
{
	(void)state;
	changes = true;
	look();
	assert_false(changes);
	assert_int_equal(count_of("caterpillar"), 1);
	assert_int_equal(count_of("moth"), 2);
}

static void who_comes_to_rest_late_is_counted(void **state)
{
	(void)state;
	unrest = LONG;
	chain(1);
	look();
	assert_int_equal(unrest, 0);
	assert_int_equal(count_of("moth"), 2);
	assert_int_equal(dump.skipped, 0);
}

static void who_never_does_is_told(void **state)
{
	(void)state;
	unrest = FOR_EVER;
	chain(1);
	look();
	assert_true(unrest > 0);
	assert_int_equal(count_of("moth"), 0);
	assert_int_equal(dump.skipped, 1);
}

/* A text from malloc, of which one reference is somewhere. */
static raddr large_text(void)
{
	const struct abi *abi = &fh.abi;
	struct fakemem *fm = &fh.ft.fm;
	raddr type = fakeheap_type(&fh, "str", abi->str_sizeof, 0,
				   TPF_STR_SUBCLASS);
	raddr at = fakeheap_new(&fh, type,
				abi->str_ascii_sizeof + LETTERS + 1);

	fake_u64(fm, at + abi->str_length, LETTERS);
	fake_u32(fm, at + abi->str_state, 1 << 2 | 1 << 5 | 1 << 6);
	memset(fake_at(fm, at + abi->str_ascii_sizeof, LETTERS), 'x', LETTERS);
	return at;
}

/* Code of which one word, at @off, is @word. */
static void code_with(uint64_t off, raddr word)
{
	const struct abi *abi = &fh.abi;
	const uint64_t head = abi->code_co_code_adaptive;
	raddr type = fakeheap_type(&fh, "code", head, 2, 0);
	raddr at = fakeheap_new(&fh, type, head + 2 * UNITS);

	fake_u64(&fh.ft.fm, at + abi->var_ob_size, UNITS);
	fake_u64(&fh.ft.fm, at + addr_up(off, 8), word);
}

/* The same of a function, which the collector knows. */
static void function_with(uint64_t off, raddr word)
{
	raddr type = fakeheap_type(&fh, "function", fh.abi.function_sizeof, 0,
				   TPF_HAVE_GC);

	fake_u64(&fh.ft.fm, fakeheap_new(&fh, type, fh.abi.function_sizeof) +
			    off, word);
}

static void what_code_refers_to_is_counted(void **state)
{
	(void)state;
	code_with(fh.abi.code_co_name, large_text());
	look();
	assert_int_equal(count_of("code"), 1);
	assert_int_equal(count_of("str"), 1);
}

static void what_else_stands_in_code_leads_to_nobody(void **state)
{
	(void)state;
	code_with(fh.abi.code_co_code_adaptive, large_text());
	look();
	assert_int_equal(count_of("code"), 1);
	assert_int_equal(count_of("str"), 0);
}

static void what_a_function_refers_to_is_counted(void **state)
{
	(void)state;
	function_with(fh.abi.function_func_doc, large_text());
	look();
	assert_int_equal(count_of("function"), 1);
	assert_int_equal(count_of("str"), 1);
}

static void what_else_stands_in_a_function_leads_to_nobody(void **state)
{
	(void)state;
	function_with(fh.abi.function_sizeof - sizeof(raddr), large_text());
	look();
	assert_int_equal(count_of("function"), 1);
	assert_int_equal(count_of("str"), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whom_nobody_speaks_for_is_not_counted),
		TEST(who_stands_there_now_is_not_taken_for_who_did),
		TEST(who_comes_to_rest_late_is_counted),
		TEST(who_never_does_is_told),
		TEST(what_code_refers_to_is_counted),
		TEST(what_else_stands_in_code_leads_to_nobody),
		TEST(what_a_function_refers_to_is_counted),
		TEST(what_else_stands_in_a_function_leads_to_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
