/* SPDX-License-Identifier: MIT */
/*
 * A process that runs: what was seen may be another thing when it is asked for
 * once more.
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

enum { SIZE = 48 };

static struct fakeheap fh;
static struct capture cap;
static struct dump dump;
static raddr seen, held, kept_by, old_type, new_type;
static const struct mem_ops *plain;
static bool changes;

/* Once @seen has been read with all its pool, it is of @new_type. */
static int64_t read_and_change(struct mem *mem, raddr at, void *buf, size_t len,
			       struct err *err)
{
	int64_t got = plain->read(mem, at, buf, len, err);

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
	struct err err;

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
	plain = fh.ft.fm.mem.ops;
	fh.ft.fm.mem.ops = &changing;
	assert_true(capture_of(&cap, &fh.ft.target, &err));
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

	if (!snapshot_look(&cap, &opt, &dump, &err))
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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whom_nobody_speaks_for_is_not_counted),
		TEST(who_stands_there_now_is_not_taken_for_who_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
