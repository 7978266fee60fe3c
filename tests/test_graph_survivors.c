/* SPDX-License-Identifier: MIT */
/* What was made after the first of some looks, and stayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakeheap.h"
#include "graph/survivors.h"
#include "graph/take.h"

enum { SIZE = 48, MOST = 16 };

static struct fakeheap fh;
static struct capture cap;
static struct survivors survivors;
static struct err err;
static raddr moth, caterpillar;
static raddr told[MOST];
static size_t n_told;

static int set_up(void **state)
{
	(void)state;
	fakeheap_init(&fh);
	moth = fakeheap_type(&fh, "moth", SIZE, 0, 0);
	caterpillar = fakeheap_type(&fh, "caterpillar", SIZE, 0, 0);
	assert_true(capture_of(&cap, &fh.ft.target, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	survivors_fini(&survivors);
	capture_close(&cap);
	fakeheap_fini(&fh);
	return 0;
}

static raddr object_of(raddr type)
{
	return fakeheap_new(&fh, type, SIZE);
}

static bool tell(void *arg, const struct object *object, struct err *e)
{
	(void)arg;
	(void)e;
	assert_true(n_told < MOST);
	told[n_told++] = object->addr;
	return true;
}

static bool analyse(void *arg, const struct graph *g, struct dump *dump,
		    struct err *e)
{
	(void)arg;
	(void)dump;
	n_told = 0;
	return survivors_look(&survivors, g->heap, e) &&
	       survivors_each(&survivors, g->heap, tell, NULL, e);
}

static void look(void)
{
	const struct graph_options opt = { .analyse = analyse };
	struct dump dump;

	dump_init(&dump);
	if ((survivors.looks && !capture_again(&cap, &err)) ||
	    !graph_look(&cap, &opt, &dump, &err))
		fail_msg("%s", err.text);
	capture_forget(&cap);
	dump_fini(&dump);
}

static bool is_told(raddr at)
{
	for (size_t i = 0; i < n_told; i++) {
		if (told[i] == at)
			return true;
	}
	return false;
}

static void what_was_made_between_two_looks_is_told(void **state)
{
	raddr before = object_of(moth), after;

	(void)state;
	look();
	after = object_of(moth);
	look();
	assert_int_equal(n_told, 1);
	assert_true(is_told(after));
	assert_false(is_told(before));
}

static void what_did_not_stay_is_not_told_nor_what_came_later(void **state)
{
	raddr stays, goes, later;

	(void)state;
	look();
	stays = object_of(moth);
	goes = object_of(caterpillar);
	look();
	assert_int_equal(n_told, 2);
	fakeheap_delete(&fh, goes, SIZE);
	later = object_of(moth);
	assert_int_equal(later, goes);
	object_of(caterpillar);
	look();
	assert_int_equal(n_told, 1);
	assert_true(is_told(stays));
}

static void another_type_in_the_same_place_is_another(void **state)
{
	raddr first = object_of(moth), second;

	(void)state;
	look();
	fakeheap_delete(&fh, first, SIZE);
	second = object_of(caterpillar);
	assert_int_equal(second, first);
	look();
	assert_int_equal(n_told, 1);
	assert_true(is_told(second));
}

/* As its comment says: there is nothing to tell them apart. */
static void another_of_its_type_is_taken_for_it(void **state)
{
	raddr first = object_of(moth);

	(void)state;
	look();
	fakeheap_delete(&fh, first, SIZE);
	assert_int_equal(object_of(moth), first);
	look();
	assert_int_equal(n_told, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_made_between_two_looks_is_told),
		TEST(what_did_not_stay_is_not_told_nor_what_came_later),
		TEST(another_type_in_the_same_place_is_another),
		TEST(another_of_its_type_is_taken_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
