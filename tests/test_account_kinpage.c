/* SPDX-License-Identifier: MIT */
/* Two pages that are, or were, one: who wrote what? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "account/kinpage.h"

/* Objects of eight words: two links, a count, a type, four of its own. */
enum { OBJECT = 8, LINK = 0, COUNT = 2, TYPE = 3, VALUE = 4 };
enum { NOBODY, FIRST, SECOND };		/* owners, in turn */

static uint64_t mine[KIN_WORDS], theirs[KIN_WORDS];
static struct kin_page page;
static struct kin_share share;

static int setup(void **state)
{
	(void)state;
	page = (struct kin_page){ .mine = mine, .theirs = theirs,
				  .tracked = true };
	for (unsigned i = 0; i < KIN_WORDS; i++) {
		unsigned n = i / OBJECT, word = i % OBJECT;

		mine[i] = theirs[i] = 1000 + i;
		page.owner[i] = n % 2 ? SECOND : FIRST;
		page.sort[i] = word < COUNT ? KIN_LINK :
			       word == COUNT ? KIN_COUNT : KIN_REST;
	}
	return 0;
}

/* In all objects. */
static void write_all(unsigned word)
{
	for (unsigned i = word; i < KIN_WORDS; i += OBJECT)
		mine[i]++;
}

static void judge(bool collected, enum kin_verdict wanted)
{
	unsigned n = 0;

	kin_judge(&page, collected, &share);
	assert_int_equal(share.verdict, wanted);
	for (unsigned i = 0; i < KIN_WORDS; i++)
		n += share.laid[i];
	assert_int_equal(share.n, n);
	assert_int_equal(share.n > 0, wanted != KIN_STRANGE);
}

/* All words that it is laid to have this cause; so many are of @owner. */
static void assert_laid(enum family_cause cause, uint32_t owner, unsigned n)
{
	unsigned found = 0;

	for (unsigned i = 0; i < KIN_WORDS; i++) {
		if (!share.laid[i])
			continue;
		assert_int_equal(kin_cause(&page, &share, i), cause);
		found += page.owner[i] == owner;
	}
	assert_int_equal(found, n);
}

static void a_page_is_of_those_whose_references_were_counted(void **state)
{
	(void)state;
	mine[OBJECT + COUNT]++;
	mine[3 * OBJECT + COUNT]--;
	judge(false, KIN_WRITTEN);
	assert_laid(FAMILY_REFERENCES, SECOND, 2);
	assert_int_equal(share.n, 2);
}

static void a_count_and_a_value_are_two_causes(void **state)
{
	(void)state;
	mine[COUNT]++;
	mine[OBJECT + VALUE]++;
	judge(false, KIN_WRITTEN);
	assert_int_equal(share.n, 2);
	assert_int_equal(kin_cause(&page, &share, COUNT), FAMILY_REFERENCES);
	assert_int_equal(kin_cause(&page, &share, OBJECT + VALUE),
			 FAMILY_CONTENTS);
}

static void links_that_differ_were_written_by_a_collector_that_ran(void **state)
{
	(void)state;
	write_all(LINK);
	judge(true, KIN_COLLECTED);
	assert_laid(FAMILY_COLLECTOR, FIRST, KIN_WORDS / OBJECT / 2);
}

static void else_a_neighbour_in_the_list_came_or_went(void **state)
{
	(void)state;
	mine[LINK]++;
	judge(false, KIN_WRITTEN);
	assert_laid(FAMILY_CONTENTS, FIRST, 1);
}

static void a_collector_that_ran_puts_back_what_was_there(void **state)
{
	(void)state;
	judge(true, KIN_COLLECTED);
	assert_laid(FAMILY_COLLECTOR, SECOND, KIN_WORDS / OBJECT);
}

static void one_that_did_not_run_has_written_nothing(void **state)
{
	(void)state;
	judge(false, KIN_UNCHANGED);
	assert_laid(FAMILY_UNCHANGED, FIRST, KIN_WORDS / OBJECT / 2);
}

static void nor_where_it_has_no_object(void **state)
{
	(void)state;
	page.tracked = false;
	judge(true, KIN_UNCHANGED);
}

static void gc_freeze_does_not_keep_what_else_is_written(void **state)
{
	(void)state;
	write_all(LINK);
	mine[COUNT]++;
	judge(true, KIN_WRITTEN);
	assert_laid(FAMILY_REFERENCES, FIRST, 1);
	assert_int_equal(share.n, 1);
}

static void all_that_is_counted_and_linked_may_differ(void **state)
{
	(void)state;
	write_all(LINK);
	write_all(LINK + 1);
	write_all(COUNT);
	judge(true, KIN_WRITTEN);
}

static void half_of_the_rest_may_differ_and_no_more(void **state)
{
	(void)state;
	/* Five words of each object are the rest. */
	write_all(TYPE);
	write_all(VALUE);
	judge(true, KIN_WRITTEN);
	write_all(VALUE + 1);
	judge(true, KIN_STRANGE);
}

static void of_two_that_hold_nothing_none_can_tell(void **state)
{
	(void)state;
	memset(mine, 0, sizeof(mine));
	memset(theirs, 0, sizeof(theirs));
	judge(true, KIN_STRANGE);
	theirs[VALUE] = 1;
	judge(true, KIN_STRANGE);
}

static void a_page_without_objects_is_all_of_its_owners(void **state)
{
	(void)state;
	memset(page.sort, KIN_REST, sizeof(page.sort));
	page.tracked = false;
	judge(true, KIN_UNCHANGED);
	assert_laid(FAMILY_UNCHANGED, FIRST, KIN_WORDS / 2);
	mine[OBJECT]++;
	judge(true, KIN_WRITTEN);
	assert_laid(FAMILY_CONTENTS, SECOND, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_of_those_whose_references_were_counted),
		TEST(a_count_and_a_value_are_two_causes),
		TEST(links_that_differ_were_written_by_a_collector_that_ran),
		TEST(else_a_neighbour_in_the_list_came_or_went),
		TEST(a_collector_that_ran_puts_back_what_was_there),
		TEST(one_that_did_not_run_has_written_nothing),
		TEST(nor_where_it_has_no_object),
		TEST(gc_freeze_does_not_keep_what_else_is_written),
		TEST(all_that_is_counted_and_linked_may_differ),
		TEST(half_of_the_rest_may_differ_and_no_more),
		TEST(of_two_that_hold_nothing_none_can_tell),
		TEST(a_page_without_objects_is_all_of_its_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
