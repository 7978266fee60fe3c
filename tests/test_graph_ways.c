/* SPDX-License-Identifier: MIT */
/* Who is held how, on a small heap in fake memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakeheap.h"
#include "graph/take.h"

enum { LARGE = 1000, N_LARGE = 100 };

static struct fakeheap fh;
static struct capture cap;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	fakeheap_init(&fh);
	assert_true(capture_of(&cap, &fh.ft.target, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	capture_close(&cap);
	fakeheap_fini(&fh);
	return 0;
}

static void look(bool (*analyse)(void *arg, const struct graph *g,
				 struct dump *dump, struct err *err),
		 void *arg)
{
	const struct graph_options opt = { .analyse = analyse, .arg = arg };
	struct dump dump;

	dump_init(&dump);
	if (!graph_look(&cap, &opt, &dump, &err))
		fail_msg("%s", err.text);
	dump_fini(&dump);
}

static raddr list_of(raddr type, const raddr *items, size_t n)
{
	const raddr at = fakeheap_new(&fh, type, fh.abi.list_sizeof);
	const raddr v = fakeheap_alloc(&fh, n * sizeof(*items));

	fake_u64(&fh.ft.fm, at + fh.abi.var_ob_size, n);
	fake_u64(&fh.ft.fm, at + fh.abi.list_allocated, n);
	fake_u64(&fh.ft.fm, at + fh.abi.list_ob_item, v);
	for (size_t i = 0; i < n; i++)
		fake_u64(&fh.ft.fm, v + i * sizeof(*items), items[i]);
	return at;
}

/* --- numbers -------------------------------------------------------------- */

static bool numbers_ascend(void *arg, const struct graph *g,
			   struct dump *dump, struct err *e)
{
	const raddr *large = arg;

	(void)dump;
	(void)e;
	for (int i = 0; i < N_LARGE; i++) {
		uint32_t number = graph_number(g, large[i]);
		struct object object;

		assert_true(number != LINK_NONE);
		assert_true(graph_object(g, number, &object));
		assert_int_equal(object.addr, large[i]);
		if (i > 0)
			assert_true(number >
				    graph_number(g, large[i - 1]));
	}
	return true;
}

/* Whoever found them first: else ties are told otherwise each time. */
static void numbers_outside_pools_are_in_the_order_of_addresses(void **state)
{
	const raddr list = fakeheap_type(&fh, "list", fh.abi.list_sizeof, 0,
					 TPF_HAVE_GC | TPF_LIST_SUBCLASS);
	const raddr large = fakeheap_type(&fh, "large", LARGE, 0, 0);
	raddr items[N_LARGE], backward[N_LARGE];

	(void)state;
	for (int i = 0; i < N_LARGE; i++) {
		items[i] = fakeheap_new(&fh, large, LARGE);
		backward[N_LARGE - 1 - i] = items[i];
		if (i > 0)
			assert_true(items[i] > items[i - 1]);
	}
	(void)list_of(list, backward, N_LARGE);
	look(numbers_ascend, items);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_outside_pools_are_in_the_order_of_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
