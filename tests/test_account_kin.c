/* SPDX-License-Identifier: MIT */
/*
 * A worker and its master in fake memory: built alike, as fork() leaves them,
 * then changed.  What the worker wrote is told by a whole account of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "account/account.h"
#include "fakeheap.h"

enum {
	PAGE = ADDR_PAGE,
	RECORDS = 400,			/* in two pools of 16 KiB */
	RECORD = 64, OLD = 2,
};

static struct fakeheap master, worker;
static raddr record[RECORDS], first, last;	/* first: a page */
static struct page_run theirs[1], mine[3];
static struct family_member *m;
static struct family family;
static struct account acc;
static struct dump dump;
static struct err err;

static uint64_t choose_old(void *arg, uint64_t n)
{
	(void)arg;
	/* Of generations; of pools always the first that has room. */
	return n == 3 ? OLD : 0;
}

static void build(struct fakeheap *fh)
{
	raddr type;

	fakeheap_init(fh);
	type = fakeheap_type(fh, "Record", RECORD, 0, TPF_HAVE_GC);
	fh->choose = choose_old;
	for (int i = 0; i < RECORDS; i++) {
		record[i] = fakeheap_new(fh, type, RECORD);
		/* What it has is its own, and not to be taken for another's. */
		for (uint64_t at = 16; at < RECORD; at += 8)
			fake_u64(&fh->ft.fm, record[i] + at,
				 (uint64_t)i * 1000 + at);
	}
}

static int setup(void **state)
{
	(void)state;
	build(&master);
	build(&worker);
	/* Pages that are full of records: none is the pool's first. */
	first = addr_down(record[100], PAGE);
	last = first + PAGE;
	theirs[0] = (struct page_run){ FAKEHEAP_ARENA, FAKEHEAP_ARENA + (1 << 18),
				       PAGE_RESIDENT | PAGE_SHARED };
	mine[0] = (struct page_run){ FAKEHEAP_ARENA, first,
				     PAGE_RESIDENT | PAGE_SHARED };
	mine[1] = (struct page_run){ first, last, PAGE_RESIDENT };
	mine[2] = (struct page_run){ last, FAKEHEAP_ARENA + (1 << 18),
				     PAGE_RESIDENT | PAGE_SHARED };
	master.ft.runs = theirs;
	master.ft.n_runs = 1;
	worker.ft.runs = mine;
	worker.ft.n_runs = 3;
	memset(&family, 0, sizeof(family));
	memset(&acc, 0, sizeof(acc));
	dump_init(&dump);
	m = family_add(&family, &err);
	return !m;
}

static int teardown(void **state)
{
	(void)state;
	family_fini(&family);
	account_fini(&acc);
	dump_fini(&dump);
	fakeheap_fini(&master);
	fakeheap_fini(&worker);
	return 0;
}

/* No page is shared still. */
static void write_everywhere(void)
{
	for (int i = 0; i < 3; i++)
		mine[i].flags = PAGE_RESIDENT;
}

static void collect(struct fakeheap *fh)
{
	raddr stats = fh->interp + fh->abi.interp_gc +
		      fh->abi.gc_generation_stats +
		      OLD * fh->abi.gcstats_sizeof;

	fake_u64(&fh->ft.fm, stats + fh->abi.gcstats_collections, 1);
}

static void look(void)
{
	struct account_options opt = {
		.parent = &master.ft.target, .member = m,
	};
	struct capture *cap = calloc(1, sizeof(*cap));

	assert_non_null(cap);
	if (!capture_of(cap, &worker.ft.target, &err) ||
	    !account_of(cap, &opt, &dump, &acc, &err))
		fail_msg("%s", err.text);
	capture_close(cap);
	free(cap);
}

static void add(raddr at, uint64_t by)
{
	uint64_t *word = fake_at(&worker.ft.fm, at, 8);

	*word += by;
}

/* All of the page is of records, for this reason. */
static void assert_records(enum family_cause cause)
{
	assert_int_equal(m->dirtied, PAGE);
	assert_int_equal(m->by_type.n, 1);
	assert_string_equal(m->by_type.v[0].type, "Record");
	assert_int_equal(m->by_type.v[0].by[cause], PAGE);
}

static void references_are_whose_they_are(void **state)
{
	(void)state;
	add(record[100], 1);
	look();
	assert_records(FAMILY_REFERENCES);
	assert_int_equal(m->freezable, 0);
	assert_int_equal(m->shared, (1 << 18) - PAGE);
}

static void contents_are_whose_they_are(void **state)
{
	(void)state;
	add(record[100] + 32, 1);
	look();
	assert_records(FAMILY_CONTENTS);
}

static void a_block_that_begins_on_the_page_before_counts(void **state)
{
	raddr head;

	(void)state;
	for (int i = 0; i < RECORDS; i++) {
		head = record[i] - (uint64_t)worker.abi.n_pre_gc;
		if (head < first && record[i] + RECORD > first)
			add(record[i] + RECORD - 8, 1);
	}
	look();
	assert_records(FAMILY_CONTENTS);
}

static void what_stands_still_was_put_back(void **state)
{
	(void)state;
	look();
	assert_records(FAMILY_UNCHANGED);
	assert_int_equal(m->freezable, 0);
}

static void more_collections_than_the_masters_are_its_own(void **state)
{
	(void)state;
	collect(&worker);
	look();
	assert_records(FAMILY_COLLECTOR);
	assert_int_equal(m->freezable, PAGE);
}

static void as_many_are_from_before_the_fork(void **state)
{
	(void)state;
	collect(&worker);
	collect(&master);
	look();
	assert_records(FAMILY_UNCHANGED);
}

static void an_old_object_on_a_shared_page_was_spared(void **state)
{
	(void)state;
	/* Its own or not: the master's are more. */
	collect(&master);
	look();
	assert_records(FAMILY_UNCHANGED);
	assert_int_equal(m->freezable, 0);
}

static void where_none_is_the_collector_may_have_run(void **state)
{
	(void)state;
	collect(&master);
	write_everywhere();
	look();
	assert_true(m->freezable > PAGE);
	assert_int_equal(m->freezable % PAGE, 0);
	assert_true(m->freezable <= m->dirtied);
}

static void a_page_that_the_master_lacks_was_never_shared(void **state)
{
	(void)state;
	theirs[0].end = first;
	look();
	assert_int_equal(m->dirtied, 0);
	assert_int_equal(m->by_type.n, 0);
}

static void nor_one_that_has_other_things(void **state)
{
	uint64_t *word = fake_at(&worker.ft.fm, first, PAGE);

	(void)state;
	/* Each record has become another. */
	for (int i = 0; i < RECORDS; i++) {
		for (uint64_t at = 16; at < RECORD; at += 8)
			if (record[i] + at - first < PAGE)
				word[(record[i] + at - first) / 8] += 1 << 20;
	}
	look();
	assert_int_equal(m->dirtied, 0);
}

static void mappings_that_others_may_write_are_none_of_it(void **state)
{
	char *at = strstr(master.ft.maps, "7f0000000000");

	(void)state;
	at = at ? strstr(at, "rw-p") : NULL;
	assert_non_null(at);
	at[3] = 's';
	add(record[100], 1);
	look();
	assert_int_equal(m->dirtied, 0);
	assert_int_equal(m->shared, 0);
}

static void without_the_master_all_else_is_known(void **state)
{
	(void)state;
	master.ft.is_gone = true;
	look();
	assert_int_equal(m->dirtied, DUMP_UNKNOWN);
	assert_int_equal(m->shared, DUMP_UNKNOWN);
	assert_int_equal(m->freezable, DUMP_UNKNOWN);
	assert_int_equal(m->by_type.n, 0);
	assert_false(dump.complete);
	assert_int_equal(acc.rss, 1 << 18);
}

static void a_page_that_cannot_be_read_does_not_hide_others(void **state)
{
	(void)state;
	add(record[100], 1);
	write_everywhere();
	fake_fault(&master.ft.fm, first + PAGE, PAGE);
	look();
	for (size_t i = 0; i < m->by_type.n; i++) {
		if (m->by_type.v[i].by[FAMILY_REFERENCES])
			return;
	}
	fail_msg("the reference was not seen");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(references_are_whose_they_are),
		TEST(contents_are_whose_they_are),
		TEST(a_block_that_begins_on_the_page_before_counts),
		TEST(what_stands_still_was_put_back),
		TEST(more_collections_than_the_masters_are_its_own),
		TEST(as_many_are_from_before_the_fork),
		TEST(an_old_object_on_a_shared_page_was_spared),
		TEST(where_none_is_the_collector_may_have_run),
		TEST(a_page_that_the_master_lacks_was_never_shared),
		TEST(nor_one_that_has_other_things),
		TEST(mappings_that_others_may_write_are_none_of_it),
		TEST(without_the_master_all_else_is_known),
		TEST(a_page_that_cannot_be_read_does_not_hide_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
