/* SPDX-License-Identifier: MIT */
/* Objects that a thread is to delete later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faketypes.h"
#include "pyabi/trashcan.h"

enum { TUPLE = FAKETYPES_MORE, TSTATE = 0x20000, FIRST = 0x21040, SECOND = 0x22040,
       MOST = 4, TRACKED = 1, FINALIZED = 1 };

static struct faketypes ft;
static raddr seen[MOST];
static size_t n_seen;

static void begin(unsigned minor)
{
	faketypes_init(&ft, minor);
	faketypes_put(&ft, TUPLE, "tuple", ft.abi.tuple_ob_item, 8,
		      TPF_HAVE_GC | TPF_TUPLE_SUBCLASS);
	fake_segment(&ft.fm, TSTATE, 0x4000);
	for (raddr at = FIRST; at <= SECOND; at += SECOND - FIRST)
		fake_u64(&ft.fm, at + ft.abi.object_ob_type, TUPLE);
	assert_true(faketypes_read(&ft));
	n_seen = 0;
}

static void deposit(raddr at)
{
	const struct abi *abi = &ft.abi;

	fake_u64(&ft.fm, TSTATE + (abi_has(abi->tstate_delete_later) ?
				   abi->tstate_delete_later :
				   abi->tstate_trash_delete_later), at);
}

static void link_to(raddr at, uint32_t which, uint64_t value)
{
	fake_u64(&ft.fm, at - (uint64_t)ft.abi.n_pre_gc + which, value);
}

static bool see(void *arg, const struct pyobj *o)
{
	(void)arg;
	assert_true(n_seen < MOST);
	seen[n_seen++] = o->addr;
	return n_seen < MOST;
}

static void look(void)
{
	trashcan_each(&ft.ctx, TSTATE, see, NULL);
}

static void both_are_seen(void)
{
	look();
	assert_int_equal(n_seen, 2);
	assert_int_equal(seen[0], FIRST);
	assert_int_equal(seen[1], SECOND);
	faketypes_fini(&ft);
}

static void up_to_3_13_the_link_backward_leads_on(void **state)
{
	static const unsigned minors[] = { 6, 8, 12, 13 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(minors); i++) {
		begin(minors[i]);
		deposit(FIRST);
		link_to(FIRST, ft.abi.gc_head_gc_prev, SECOND | FINALIZED);
		both_are_seen();
	}
}

static void from_3_14_on_the_link_forward_does(void **state)
{
	(void)state;
	begin(14);
	deposit(FIRST);
	link_to(FIRST, ft.abi.gc_head_gc_next, SECOND | TRACKED);
	link_to(SECOND, ft.abi.gc_head_gc_prev, FINALIZED);
	both_are_seen();
}

static void nothing_is_put_off_by_most(void **state)
{
	(void)state;
	begin(12);
	look();
	assert_int_equal(n_seen, 0);
	faketypes_fini(&ft);
}

static void a_list_that_lies_ends(void **state)
{
	(void)state;
	begin(12);
	deposit(FIRST);
	link_to(FIRST, ft.abi.gc_head_gc_prev, FIRST);
	look();
	assert_int_equal(n_seen, MOST);
	n_seen = 0;
	link_to(FIRST, ft.abi.gc_head_gc_prev, 0x5000);
	look();
	assert_int_equal(n_seen, 1);
	faketypes_fini(&ft);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_to_3_13_the_link_backward_leads_on),
		cmocka_unit_test(from_3_14_on_the_link_forward_does),
		cmocka_unit_test(nothing_is_put_off_by_most),
		cmocka_unit_test(a_list_that_lies_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
