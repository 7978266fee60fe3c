/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bounds.h"
#include "fakeobj.h"
#include "pyabi/pythread.h"

/* Two interpreters, the older one with two threads. */
enum {
	RUNTIME = 0x100000, MAIN = 0x300000, SUB = 0x400000, ROOM = 0x80000,
	T1 = 0x500000, T2 = 0x501000, T3 = 0x502000, GIL = 0x503000,
	OTHER_GIL = 0x504000,
	FIRST_MINOR = 7, LAST_MINOR = 15,
};

static struct fakeobj fo;
static struct runtime rt;
static struct pythreads threads;
static struct err err;
static bool torn;

static void put(raddr at, uint32_t off, uint64_t value)
{
	if (abi_has(off))
		fake_u64(&fo.fm, at + off, value);
}

static void put32(raddr at, uint32_t off, uint32_t value)
{
	if (abi_has(off))
		fake_u32(&fo.fm, at + off, value);
}

static void make_thread(raddr at, raddr next, raddr interp, raddr ident)
{
	put(at, rt.abi.tstate_next, next);
	put(at, rt.abi.tstate_interp, interp);
	put(at, rt.abi.tstate_thread_id, ident);
	put(at, rt.abi.tstate_native_thread_id, ident + 1);
}

static void make_interp(raddr at, int64_t id, raddr head)
{
	raddr *slot = vec_add(&rt.interps, &err);

	assert_non_null(slot);
	*slot = at;
	put(at, rt.abi.interp_id, (uint64_t)id);
	put(at, rt.abi.interp_tstate_head, head);
	put(at, rt.abi.interp_ceval_gil, GIL);
}

static raddr gil_at(void)
{
	return rt.abi.gil == GIL_RUNTIME ? RUNTIME + rt.abi.runtime_gil : GIL;
}

static void start(unsigned minor)
{
	fakeobj_init(&fo, minor);
	fake_segment(&fo.fm, RUNTIME, ROOM);
	fake_segment(&fo.fm, MAIN, ROOM);
	fake_segment(&fo.fm, SUB, ROOM);
	fake_segment(&fo.fm, T1, 0x5000);
	memset(&rt, 0, sizeof(rt));
	memset(&threads, 0, sizeof(threads));
	rt.abi = fo.abi;
	rt.runtime = RUNTIME;
	make_interp(SUB, 1, T3);
	make_interp(MAIN, 0, T1);
	make_thread(T1, T2, MAIN, 0x1110);
	make_thread(T2, 0, MAIN, 0x2220);
	make_thread(T3, 0, SUB, 0x3330);
	put(gil_at(), rt.abi.gil_last_holder, T2);
	put32(gil_at(), rt.abi.gil_locked, 1);
	put(gil_at(), rt.abi.gil_switch_number, 77);
}

static void finish(void)
{
	pythreads_fini(&threads);
	vec_free(&rt.interps);
	fakeobj_fini(&fo);
}

static void take(void)
{
	assert_true(pythreads_read(&threads, &rt, &fo.ctx, &torn, &err));
}

static void threads_of_all_interpreters_are_listed(void **state)
{
	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		take();
		assert_false(torn);
		assert_int_equal(threads.v.n, 3);
		assert_int_equal(threads.v.v[0].tstate, T3);
		assert_int_equal(threads.v.v[0].interpreter, 1);
		assert_int_equal(threads.v.v[1].ident, 0x1110);
		assert_int_equal(threads.v.v[2].interp, MAIN);
		assert_int_equal(threads.v.v[2].native_id,
				 abi_has(rt.abi.tstate_native_thread_id) ?
				 0x2221 : -1);
		finish();
	}
}

static void who_holds_the_gil_is_told(void **state)
{
	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		const struct pygil *gil;

		start(minor);
		take();
		assert_false(threads.v.v[0].holds_gil);
		assert_false(threads.v.v[1].holds_gil);
		assert_true(threads.v.v[2].holds_gil);
		gil = pythreads_gil(&threads, threads.v.v[1].gil);
		assert_non_null(gil);
		assert_int_equal(gil->switches, 77);
		assert_int_equal(threads.gils.n, 1);
		finish();
	}
}

/* It stays the last one to have held it. */
static void who_waits_in_a_gil_waits_for_it(void **state)
{
	const struct pygil of_two = {
		.locks = { { 0x1000, 48 }, { 0x2000, 40 } }, .n_locks = 2,
	};

	(void)state;
	assert_true(pygil_has_futex(&of_two, 0x1008));
	assert_true(pygil_has_futex(&of_two, 0x2000));
	assert_false(pygil_has_futex(&of_two, 0x2028));
	assert_false(pygil_has_futex(&of_two, 0));
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		take();
		assert_true(pygil_has_futex(&threads.gils.v[0], gil_at()));
		assert_false(pygil_has_futex(&threads.gils.v[0], gil_at() +
					     rt.abi.gil_sizeof));
		finish();
	}
}

static void nobody_holds_a_gil_that_is_not_locked(void **state)
{
	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		put32(gil_at(), rt.abi.gil_locked, 0);
		take();
		for (size_t i = 0; i < threads.v.n; i++)
			assert_false(threads.v.v[i].holds_gil);
		finish();
	}
}

static void an_interpreter_may_have_its_own_gil(void **state)
{
	(void)state;
	for (unsigned minor = 12; minor <= LAST_MINOR; minor++) {
		start(minor);
		put(SUB, rt.abi.interp_ceval_gil, OTHER_GIL);
		put(OTHER_GIL, rt.abi.gil_last_holder, T3);
		put32(OTHER_GIL, rt.abi.gil_locked, 1);
		take();
		assert_int_equal(threads.gils.n, 2);
		assert_true(threads.v.v[0].holds_gil);
		assert_true(threads.v.v[2].holds_gil);
		finish();
	}
}

/* A thread state that was freed and is something else by now. */
static void a_list_that_leads_elsewhere_is_torn(void **state)
{
	(void)state;
	start(12);
	put(T2, rt.abi.tstate_interp, 0x1234);
	take();
	assert_true(torn);
	assert_int_equal(threads.v.n, 2);
	finish();
}

static void a_circle_of_thread_states_ends_at_the_limit(void **state)
{
	(void)state;
	start(12);
	put(T2, rt.abi.tstate_next, T1);
	assert_false(pythreads_read(&threads, &rt, &fo.ctx, &torn, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(threads.v.n, MAX_THREAD_STATES);
	finish();
}

static void who_collects_is_known_where_only_one_can(void **state)
{
	raddr gc;

	(void)state;
	for (unsigned minor = 9; minor <= LAST_MINOR; minor++) {
		start(minor);
		gc = SUB + rt.abi.interp_gc;
		put32(gc, rt.abi.gc_collecting, 1);
		gc = MAIN + rt.abi.interp_gc;
		put32(gc, rt.abi.gc_collecting, 1);
		put(gc, rt.abi.gc_frame, 0xf000);
		take();
		assert_int_equal(threads.v.v[0].collects, 1);
		assert_int_equal(threads.v.v[1].collects, -1);
		assert_int_equal(threads.v.v[2].collects, -1);
		assert_int_equal(threads.v.v[2].collects_above,
				 abi_has(rt.abi.gc_frame) ? 0xf000 : 0);
		finish();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_of_all_interpreters_are_listed),
		cmocka_unit_test(who_holds_the_gil_is_told),
		cmocka_unit_test(who_waits_in_a_gil_waits_for_it),
		cmocka_unit_test(nobody_holds_a_gil_that_is_not_locked),
		cmocka_unit_test(an_interpreter_may_have_its_own_gil),
		cmocka_unit_test(a_list_that_leads_elsewhere_is_torn),
		cmocka_unit_test(a_circle_of_thread_states_ends_at_the_limit),
		cmocka_unit_test(who_collects_is_known_where_only_one_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
