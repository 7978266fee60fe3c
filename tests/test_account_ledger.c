/* SPDX-License-Identifier: MIT */
/* What passes by, and whose it is in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account/ledger.h"
#include "heap/regions.h"

#define ARENA 0x7f0000000000ull

enum {
	POOL = 4096, HEAD = 48, BLOCK = 64, BLOCKS = 8, ROOM = 63, POOLS = 4,
	LIBRARY = 0x10000000, LOW = 0, HIGH = 1,	/* types */
};

static struct err err;
static struct abi abi;
static struct capture cap;
static struct ledger lg;
static struct looker lk[2];
static struct pytype low = { .addr = 0x1000, .index = LOW },
		     high = { .addr = 0x2000, .index = HIGH },
		     *types[] = { &low, &high };
static struct library library = { LIBRARY, LIBRARY + 0x1000, NULL, NULL };
static struct libraries libs = { .all = { &library, 1, 1 } };
static uint8_t bytes[BLOCKS * BLOCK];

static bool leads_nowhere(void *arg, raddr word)
{
	(void)arg;
	(void)word;
	return false;
}

static int setup(void **state)
{
	(void)state;
	memset(&cap, 0, sizeof(cap));
	memset(bytes, 0, sizeof(bytes));
	abi.n_pool_size = POOL;
	abi.object_sizeof = 16;
	assert_true(places_init(&cap.places, &err));
	assert_true(places_add(&cap.places, ARENA, POOLS * POOL, REGION_ARENA,
			       &err));
	assert_true(places_index(&cap.places, &err));
	assert_true(blocksource_init(&cap.source, &abi, &cap.places,
				     REGION_ARENA, NULL, &err));
	cap.types.all.v = types;
	cap.types.all.n = ARRAY_SIZE(types);
	assert_true(ledger_init(&lg, &cap, &libs, &err));
	lg.leads = leads_nowhere;
	for (size_t i = 0; i < ARRAY_SIZE(lk); i++) {
		lk[i] = (struct looker){ .cap = &cap, .ctx.abi = &abi };
		assert_true(lg.onlooker.join(&lg.onlooker, &lk[i]));
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ledger_fini(&lg);
	blocksource_fini(&cap.source);
	places_fini(&cap.places);
	return 0;
}

static raddr block_of(unsigned pool, unsigned k)
{
	return ARENA + pool * POOL + HEAD + k * BLOCK;
}

static struct span span_of(unsigned pool)
{
	return (struct span){ .start = block_of(pool, 0), .p = bytes,
			      .hand = sizeof(bytes), .block = BLOCK,
			      .n = BLOCKS, .room = ROOM };
}

static struct pyobj object_of(unsigned pool, unsigned k,
			      const struct pytype *type)
{
	return (struct pyobj){ .addr = block_of(pool, k), .type = type,
			       .p = bytes + k * BLOCK,
			       .pre = bytes + k * BLOCK, .avail = BLOCK };
}

/* @buffer: the object's, or 0. */
static void show(unsigned thread, unsigned pool, unsigned k,
		 const struct pytype *type, raddr buffer)
{
	const struct span span = span_of(pool);
	const struct spot at = { .span = &span, .k = k };
	const struct pyobj o = object_of(pool, k, type);
	struct pybuf buf = { buffer, BLOCK };

	lk[thread].bufs = (struct pybufs){ &buf, buffer != 0, 1 };
	assert_true(lg.onlooker.object(&lk[thread], &at, &o));
	lk[thread].bufs = (struct pybufs){ 0 };
}

static void pass(unsigned thread, unsigned pool, uint64_t live)
{
	const struct span span = span_of(pool);

	assert_true(lg.onlooker.span(&lk[thread], &span, &live));
}

static void give_all(void)
{
	assert_true(ledger_settle(&lg, &err));
	for (size_t i = 0; i < lg.n_pages; i++) {
		for (size_t k = 0; k < lg.page[i]->parts.n; k++) {
			struct ledger_part *part = &lg.page[i]->parts.v[k];

			if (!ledger_is_refused(&lg, part->owner))
				assert_true(ledger_give(&lg, part));
		}
	}
}

static void assert_block(unsigned pool, unsigned k, enum ledger_state state,
			 uint32_t number)
{
	const struct ledger_cell *cell;
	const struct ledger_block *b =
		ledger_block(&lg, block_of(pool, k) + BLOCK / 2, &cell);

	assert_non_null(b);
	assert_int_equal(cell->size, BLOCK);
	assert_int_equal(b->state, state);
	assert_int_equal(b->number, number);
}

static void each_block_is_an_objects_or_nobodys_or_free(void **state)
{
	const raddr word = LIBRARY + 8;

	(void)state;
	memcpy(bytes + 2 * BLOCK, &word, sizeof(word));
	show(0, 1, 0, &high, 0);
	pass(0, 1, 0x7);
	assert_block(1, 0, LEDGER_OBJECT, HIGH);
	assert_block(1, 1, LEDGER_NOBODYS, 0);
	assert_block(1, 2, LEDGER_NOBODYS, 1);	/* it names the library */
	assert_block(1, 3, LEDGER_FREE, 0);
}

static void what_passed_in_one_pool_is_not_seen_in_the_next(void **state)
{
	(void)state;
	show(0, 0, 3, &low, 0);
	pass(0, 0, 0x8);
	pass(0, 1, 0x8);
	assert_block(0, 3, LEDGER_OBJECT, LOW);
	assert_block(1, 3, LEDGER_NOBODYS, 0);
}

static void a_pool_that_nobody_saw_is_not_an_empty_one(void **state)
{
	const struct ledger_cell *cell;

	(void)state;
	lg.onlooker.empty(&lg.onlooker, ARENA + 2 * POOL);
	assert_int_equal(lg.cell[2].state, LEDGER_EMPTY);
	assert_int_equal(lg.cell[3].state, LEDGER_TORN);
	assert_null(ledger_block(&lg, block_of(2, 0), &cell));
	assert_null(ledger_block(&lg, ARENA - 1, &cell));
}

static void a_buffer_is_its_owners_whichever_passes_first(void **state)
{
	(void)state;
	show(0, 0, 0, &low, block_of(3, 5));
	pass(0, 0, 0x1);
	pass(1, 3, 0x20);
	show(1, 1, 0, &high, block_of(3, 5) + BLOCK);	/* is free */
	pass(1, 1, 0x1);
	give_all();
	assert_block(3, 5, LEDGER_BUFFER, LOW);
	assert_block(3, 6, LEDGER_FREE, 0);
}

static void what_is_an_object_is_nobodys_buffer(void **state)
{
	(void)state;
	show(0, 0, 0, &low, block_of(0, 1));
	show(0, 0, 1, &high, 0);
	pass(0, 0, 0x3);
	give_all();
	assert_block(0, 1, LEDGER_OBJECT, HIGH);
}

static void who_has_it_does_not_depend_on_who_came_first(void **state)
{
	(void)state;
	show(0, 0, 0, &low, block_of(0, 6));
	show(0, 0, 1, &high, block_of(0, 6));
	show(0, 0, 2, &high, block_of(0, 7));
	show(0, 0, 3, &low, block_of(0, 7));
	pass(0, 0, 0xcf);
	give_all();
	assert_block(0, 6, LEDGER_BUFFER, LOW);
	assert_block(0, 7, LEDGER_BUFFER, LOW);
}

static void who_was_refused_has_nothing(void **state)
{
	const struct pyobj o = object_of(0, 0, &low);

	(void)state;
	show(0, 0, 0, &low, block_of(0, 4));
	show(1, 1, 0, &high, block_of(0, 5));
	pass(0, 0, 0x31);
	pass(1, 1, 0x1);
	/* By whom does not matter. */
	assert_true(lg.onlooker.refused(&lk[1], &o));
	give_all();
	assert_block(0, 0, LEDGER_NOBODYS, 0);
	assert_block(0, 4, LEDGER_NOBODYS, 0);
	assert_block(0, 5, LEDGER_BUFFER, HIGH);
}

static void who_was_refused_may_be_anothers_buffer(void **state)
{
	const struct pyobj o = object_of(0, 1, &low);

	(void)state;
	show(0, 0, 0, &high, block_of(0, 1));
	show(0, 0, 1, &low, 0);
	pass(0, 0, 0x3);
	assert_true(lg.onlooker.refused(&lk[0], &o));
	give_all();
	assert_block(0, 1, LEDGER_BUFFER, HIGH);
}

static void who_is_outside_is_noted_where_its_block_begins(void **state)
{
	struct pytype tracked = { .addr = 0x3000, .index = 7, .pre = 16 };
	const struct pyobj o = { .addr = 0x5010, .type = &tracked, .p = bytes,
				 .pre = bytes, .avail = BLOCK };

	(void)state;
	assert_true(lg.onlooker.object(&lk[1], NULL, &o));
	assert_int_equal(lg.page[1]->parts.n, 1);
	assert_int_equal(lg.page[1]->parts.v[0].addr, 0x5000);
	assert_int_equal(lg.page[1]->parts.v[0].type, 7);
	assert_false(lg.page[1]->parts.v[0].is_buffer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_block_is_an_objects_or_nobodys_or_free),
		TEST(what_passed_in_one_pool_is_not_seen_in_the_next),
		TEST(a_pool_that_nobody_saw_is_not_an_empty_one),
		TEST(a_buffer_is_its_owners_whichever_passes_first),
		TEST(what_is_an_object_is_nobodys_buffer),
		TEST(who_has_it_does_not_depend_on_who_came_first),
		TEST(who_was_refused_has_nothing),
		TEST(who_was_refused_may_be_anothers_buffer),
		TEST(who_is_outside_is_noted_where_its_block_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
