/* SPDX-License-Identifier: MIT */
/* How many items containers have, in a copy and while the process runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakeheap.h"
#include "heap/capture.h"
#include "heap/snapshot.h"

enum { ITEMS = 300 };

static struct fakeheap fh;
static struct capture cap;
static struct dump dump;
static struct err err;
static raddr list_type, list, dict;

static raddr list_of(uint64_t items, uint64_t room)
{
	const struct abi *abi = &fh.abi;
	raddr at = fakeheap_new(&fh, list_type, abi->list_sizeof);

	fake_u64(&fh.ft.fm, at + abi->var_ob_size, items);
	fake_u64(&fh.ft.fm, at + abi->list_allocated, room);
	fake_u64(&fh.ft.fm, at + abi->list_ob_item,
		 fakeheap_raw(&fh, ITEMS * 8));
	return at;
}

static int set_up(void **state)
{
	const struct abi *abi = &fh.abi;

	(void)state;
	fakeheap_init(&fh);
	list_type = fakeheap_type(&fh, "list", abi->list_sizeof, 0,
				  TPF_HAVE_GC | TPF_LIST_SUBCLASS);
	list = list_of(ITEMS, ITEMS);
	list_of(CONTAINERS_LEAST - 1, ITEMS);
	dict = fakeheap_new(&fh, fh.dict_type, abi->dict_sizeof);
	fake_u64(&fh.ft.fm, dict + abi->dict_ma_used, CONTAINERS_LEAST);
	fake_u64(&fh.ft.fm, dict + abi->dict_ma_keys, fakeheap_raw(&fh, 64));
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

static void look(bool stop, bool wanted)
{
	const struct snapshot_options opt = { .stop = stop,
					      .want_containers = wanted };

	if (!capture_of(&cap, &fh.ft.target, &err) ||
	    !snapshot_look(&cap, &opt, &dump, &err))
		fail_msg("%s", err.text);
}

static int64_t length_at(raddr address, const char *type)
{
	for (size_t i = 0; i < dump.containers.v.n; i++) {
		const struct container *c = &dump.containers.v.v[i];

		if (c->address != address)
			continue;
		assert_string_equal(containers_type(&dump.containers, c),
				    type);
		return c->length;
	}
	return -1;
}

static void check_both(void)
{
	assert_true(dump.containers.known);
	assert_int_equal(dump.containers.v.n, 2);
	assert_int_equal(length_at(list, "list"), ITEMS);
	assert_int_equal(length_at(dict, "dict"), CONTAINERS_LEAST);
}

static void a_copy_knows_the_lengths_of_its_containers(void **state)
{
	(void)state;
	look(true, true);
	check_both();
}

static void they_are_known_of_a_process_that_runs(void **state)
{
	(void)state;
	look(false, true);
	check_both();
}

static void they_are_not_known_unless_they_are_wanted(void **state)
{
	(void)state;
	look(false, false);
	assert_false(dump.containers.known);
	assert_int_equal(dump.containers.v.n, 0);
}

/* Its count says that it is held, and nobody holds it: it is what is left of a
 * list, in memory of C's. */
static void what_looks_like_a_list_and_is_none_has_no_length(void **state)
{
	raddr none = list_of(ITEMS, ITEMS);

	(void)state;
	fakeheap_untrack(&fh, none);
	fake_u64(&fh.ft.fm, none, 2);
	look(false, true);
	check_both();
}

static void no_list_is_longer_than_all_memory(void **state)
{
	const uint64_t lie = 1ull << 46;

	(void)state;
	fake_u64(&fh.ft.fm, list + fh.abi.var_ob_size, lie);
	fake_u64(&fh.ft.fm, list + fh.abi.list_allocated, lie);
	look(false, true);
	assert_int_equal(length_at(list, "list"), -1);
	assert_int_equal(length_at(dict, "dict"), CONTAINERS_LEAST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_copy_knows_the_lengths_of_its_containers),
		TEST(they_are_known_of_a_process_that_runs),
		TEST(they_are_not_known_unless_they_are_wanted),
		TEST(what_looks_like_a_list_and_is_none_has_no_length),
		TEST(no_list_is_longer_than_all_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
