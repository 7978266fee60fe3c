/* SPDX-License-Identifier: MIT */
/* Caches as each glibc has them, by what is known of malloc after a walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "pyabi/malloc_glibc.h"
#include "pyabi/malloc_lists.h"

#define START 0x555500000000ull

enum {
	SMALL = 0x60, LARGE = 0x1000,
	SMALL_LIST = SMALL / 16 - 2, LARGE_LIST = 66,
	ROOM = 16,		/* of a list, where what is left of it counts */
};

/* Of two that are alike, only the second mangles links. */
static const struct shape {
	uint64_t chunk;
	unsigned lists, width;
	bool down, mangled;
} shapes[] = {
	{ 0x250, 64, 1, false, false },	/* 2.28, 2.29 */
	{ 0x290, 64, 2, false, false },	/* 2.30, 2.31 */
	{ 0x290, 64, 2, false, true },	/* 2.32 to 2.41 */
	{ 0x300, 76, 2, true, true },	/* 2.42 */
};

enum chunk { CACHE, FIRST, GUARD, SECOND, BIG, TOP, CHUNKS };

static struct glibc_malloc gm;
static const struct shape *shape;
static struct err err;

static void chunk(uint64_t size)
{
	struct glibc_chunk *c = vec_add(&gm.chunks, &err);

	assert_non_null(c);
	c->at = gm.chunks.n > 1 ? c[-1].at + c[-1].size : START;
	c->size = size;
	c->state = GLIBC_USED;
}

static raddr body(enum chunk i)
{
	return gm.chunks.v[i].at + GLIBC_HEAD;
}

static void set_link(enum chunk i, raddr to)
{
	gm.chunks.v[i].link = shape->mangled ? to ^ body(i) >> 12 : to;
}

static void count(unsigned list, unsigned n)
{
	uint8_t *p = gm.caches.v[0].bytes + list * shape->width;
	uint16_t value = (uint16_t)(shape->down ? ROOM - n : n);

	memcpy(p, &value, shape->width);
}

static void begins(unsigned list, raddr first)
{
	memcpy(gm.caches.v[0].bytes + shape->lists * shape->width + 8 * list,
	       &first, sizeof(first));
}

/* Two small ones on a list, and no others. */
static void make(const struct shape *s)
{
	struct glibc_region *r;

	glibc_fini(&gm);
	shape = s;
	chunk(s->chunk);
	chunk(SMALL);
	chunk(0x20);
	chunk(SMALL);
	chunk(LARGE);
	chunk(0x100);
	r = vec_add(&gm.regions, &err);
	assert_true(r && vec_add(&gm.arenas, &err) &&
		    vec_add(&gm.caches, &err));
	r->start = START;
	r->n = CHUNKS;
	r->end = r->known_end = body(TOP) + 0x100 - GLIBC_HEAD;
	gm.caches.v[0].at = START;
	gm.caches.v[0].kind = (uint8_t)glibc_cache_kind(s->chunk);
	for (unsigned i = 0; i < s->lists; i++)
		count(i, 0);
	count(SMALL_LIST, 2);
	begins(SMALL_LIST, body(SECOND));
	set_link(SECOND, body(FIRST));
	set_link(FIRST, 0);
}

static int teardown(void **state)
{
	(void)state;
	glibc_fini(&gm);
	return 0;
}

static enum glibc_chunk_state state_of(enum chunk i)
{
	return (enum glibc_chunk_state)gm.chunks.v[i].state;
}

static bool seems(void)
{
	return glibc_cache_seems(gm.caches.v[0].kind, gm.caches.v[0].bytes);
}

static void what_is_on_a_list_is_cached_in_each_glibc(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		make(&shapes[i]);
		assert_true(seems());
		glibc_settle(&gm);
		assert_int_equal(state_of(FIRST), GLIBC_CACHED);
		assert_int_equal(state_of(SECOND), GLIBC_CACHED);
		assert_int_equal(state_of(GUARD), GLIBC_USED);
		assert_int_equal(state_of(BIG), GLIBC_USED);
		assert_int_equal(gm.mangled, shapes[i].mangled);
	}
}

static void larger_ones_have_lists_from_2_42_on(void **state)
{
	(void)state;
	make(&shapes[3]);
	count(LARGE_LIST, 1);
	begins(LARGE_LIST, body(BIG));
	set_link(BIG, 0);
	glibc_settle(&gm);
	assert_int_equal(state_of(BIG), GLIBC_CACHED);
	assert_int_equal(state_of(FIRST), GLIBC_CACHED);
}

/* One may be changing, two are no accident. */
static void whose_counts_are_not_its_lists_is_no_cache(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		make(&shapes[i]);
		count(5, 1);
		assert_true(seems());
		count(6, 1);
		assert_false(seems());
	}
}

static void a_longer_list_than_is_counted_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		make(&shapes[i]);
		/* One more may be there for a moment; not two. */
		count(SMALL_LIST, 0);
		glibc_settle(&gm);
		assert_int_equal(state_of(FIRST), GLIBC_USED);
		assert_int_equal(state_of(SECOND), GLIBC_USED);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_on_a_list_is_cached_in_each_glibc),
		TEST(larger_ones_have_lists_from_2_42_on),
		TEST(whose_counts_are_not_its_lists_is_no_cache),
		TEST(a_longer_list_than_is_counted_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
