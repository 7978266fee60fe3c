/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bounds.h"
#include "fakemem.h"
#include "heap/records.h"

/* An interpreter with two threads; the newer one's stack has two chunks. */
enum {
	INTERP = 0x10000, NEWER = 0x11000, OLDER = 0x12000,
	CHUNK_1 = 0x13000, CHUNK_2 = 0x14000, CHUNK_3 = 0x15000,
	CHUNK = 0x800,
	HEAD = 24,		/* of a chunk: previous, size, top */
};

static struct fakemem fm;
static struct capture cap;
static struct pyctx ctx;
static struct err err;
static struct interp_record got[32];
static size_t n_got;

static void put(raddr at, uint32_t off, uint64_t value)
{
	fake_u64(&fm, at + off, value);
}

static void make_chunk(raddr at, raddr previous, uint64_t top)
{
	put(at, 0, previous);
	put(at, 8, CHUNK);
	put(at, 16, top);
}

static int set_up(void **state)
{
	struct abi_target want = { .version = ABI_VERSION(3, 12, 1) };
	struct abi *abi = &cap.tr.rt.abi;
	raddr *interp;

	(void)state;
	memset(&cap, 0, sizeof(cap));
	memset(&ctx, 0, sizeof(ctx));
	n_got = 0;
	fake_init(&fm, INTERP);
	assert_true(abi_builtin_find(&want, abi, &err));
	assert_int_equal(abi->stackchunk_data, HEAD);
	cap.most_words = UINT64_MAX;
	ctx.abi = abi;
	ctx.mem = &fm.mem;
	interp = vec_add(&cap.tr.rt.interps, &err);
	assert_non_null(interp);
	*interp = INTERP;
	abi->interp_sizeof = 0x800;
	put(INTERP, abi->interp_tstate_head, NEWER);
	put(NEWER, abi->tstate_next, OLDER);
	put(NEWER, abi->tstate_datastack_chunk, CHUNK_2);
	put(NEWER, abi->tstate_datastack_top, CHUNK_2 + HEAD + 40);
	make_chunk(CHUNK_2, CHUNK_1, 999);
	make_chunk(CHUNK_1, 0, 7);
	put(OLDER, abi->tstate_datastack_chunk, CHUNK_3);
	put(OLDER, abi->tstate_datastack_top, CHUNK_3 + HEAD + 16);
	make_chunk(CHUNK_3, 0, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vec_free(&cap.tr.rt.interps);
	fake_fini(&fm);
	return 0;
}

static bool take(void *arg, const struct interp_record *record,
		 struct err *ret_err)
{
	(void)arg;
	if (n_got == ARRAY_SIZE(got))
		return err_set(ret_err, ERR_LIMIT, "enough");
	got[n_got++] = *record;
	return true;
}

static void is_record(size_t i, raddr at, raddr used, uint64_t n_used)
{
	assert_true(i < n_got);
	assert_int_equal(got[i].at, at);
	assert_int_equal(got[i].used, used);
	assert_int_equal(got[i].n_used, n_used);
}

static void every_thread_and_every_chunk_is_told(void **state)
{
	uint64_t thread = cap.tr.rt.abi.tstate_sizeof;

	(void)state;
	assert_true(records_each(&cap, &ctx, take, NULL, &err));
	assert_int_equal(n_got, 6);
	is_record(0, INTERP, INTERP, 0x800);
	is_record(1, NEWER, NEWER, thread);
	is_record(2, CHUNK_2, CHUNK_2 + HEAD, 40);
	is_record(3, CHUNK_1, CHUNK_1 + HEAD, 7 * 8);
	is_record(4, OLDER, OLDER, thread);
	is_record(5, CHUNK_3, CHUNK_3 + HEAD, 16);
}

static void circles_end(void **state)
{
	(void)state;
	put(OLDER, cap.tr.rt.abi.tstate_next, NEWER);
	put(CHUNK_1, 0, CHUNK_2);
	assert_true(records_each(&cap, &ctx, take, NULL, &err));
	assert_int_equal(n_got, 6);
}

static void a_top_beyond_its_chunk_is_not_believed(void **state)
{
	(void)state;
	put(NEWER, cap.tr.rt.abi.tstate_datastack_top, CHUNK_2 - 8);
	make_chunk(CHUNK_1, 0, UINT64_MAX / 8);
	assert_true(records_each(&cap, &ctx, take, NULL, &err));
	is_record(2, CHUNK_2, CHUNK_2 + HEAD, 0);
	is_record(3, CHUNK_1, CHUNK_1 + HEAD, 0);
}

static void what_cannot_be_read_ends_its_list(void **state)
{
	(void)state;
	put(CHUNK_2, 0, 0x900000);
	assert_true(records_each(&cap, &ctx, take, NULL, &err));
	is_record(2, CHUNK_2, CHUNK_2 + HEAD, 40);
	is_record(3, OLDER, OLDER, cap.tr.rt.abi.tstate_sizeof);
	assert_int_equal(n_got, 5);
	n_got = 0;
	put(NEWER, cap.tr.rt.abi.tstate_next, 0x900000);
	assert_true(records_each(&cap, &ctx, take, NULL, &err));
	assert_int_equal(n_got, 4);
}

static void who_takes_them_may_end_it(void **state)
{
	(void)state;
	n_got = ARRAY_SIZE(got) - 2;
	assert_false(records_each(&cap, &ctx, take, NULL, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_thread_and_every_chunk_is_told),
		TEST(circles_end),
		TEST(a_top_beyond_its_chunk_is_not_believed),
		TEST(what_cannot_be_read_ends_its_list),
		TEST(who_takes_them_may_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
