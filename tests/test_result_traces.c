/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "result/traces_table.h"

static struct traces now, before;
static struct traces_query query;
static struct traces_table table;
static struct err err;

/* A traceback of two frames: @file called by main.py:1. */
static uint32_t add_traceback(struct traces *t, const char *file,
			      uint32_t line)
{
	struct traces_traceback *tb = vec_add(&t->tracebacks, &err);
	struct traces_frame *frame;

	assert_non_null(tb);
	*tb = (struct traces_traceback){ (uint32_t)t->frames.n, 2, 5 };
	frame = vec_add(&t->frames, &err);
	assert_non_null(frame);
	*frame = (struct traces_frame){ strset_add(&t->files, file, &err),
					line };
	frame = vec_add(&t->frames, &err);
	assert_non_null(frame);
	*frame = (struct traces_frame){ strset_add(&t->files, "main.py",
						   &err), 1 };
	return (uint32_t)(t->tracebacks.n - 1);
}

static struct traces_block *add_block(struct traces *t, uint32_t traceback,
				      uint64_t size, const char *type)
{
	struct traces_block *block = vec_add(&t->blocks, &err);

	assert_non_null(block);
	*block = (struct traces_block){
		.at = 0x1000 * t->blocks.n, .size = size,
		.traceback = traceback, .is_object = type != NULL,
		.type = type ? strset_add(&t->types, type, &err) :
			       STRSET_NONE,
	};
	return block;
}

static int set_up(void **state)
{
	(void)state;
	memset(&query, 0, sizeof(query));
	query.domain = -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	traces_table_fini(&table);
	vec_free(&query.filters);
	traces_fini(&now);
	traces_fini(&before);
	return 0;
}

static void make(const struct traces *earlier)
{
	traces_table_fini(&table);
	assert_true(traces_table_make(&table, &now, earlier, &query, &err));
}

static void add_filter(const char *glob, bool exclude)
{
	struct traces_filter *filter = vec_add(&query.filters, &err);

	assert_non_null(filter);
	*filter = (struct traces_filter){ glob, exclude };
}

static const char *file_of(const struct traces_row *row)
{
	const struct traces *t = row->of;

	return t->files.all.v[t->frames.v[t->tracebacks.v[row->traceback]
					  .first].file];
}

static void most_bytes_come_first_with_their_types(void **state)
{
	const uint32_t a = add_traceback(&now, "a.py", 3);
	const uint32_t b = add_traceback(&now, "b.py", 4);
	struct traces_block *buffer;

	(void)state;
	add_block(&now, a, 100, "list");
	buffer = add_block(&now, a, 80, "list");
	buffer->is_object = false;
	add_block(&now, b, 500, "app.Session");
	add_block(&now, b, 10, NULL);
	make(NULL);
	assert_int_equal(table.rows.n, 2);
	assert_string_equal(file_of(&table.rows.v[0]), "b.py");
	assert_int_equal(table.rows.v[0].now.bytes, 510);
	assert_int_equal(table.rows.v[0].now.count, 2);
	assert_int_equal(table.rows.v[0].what.n, 2);
	assert_string_equal(table.rows.v[0].what.v[0].type, "app.Session");
	assert_null(table.rows.v[0].what.v[1].type);
	/* Its buffer is no second list. */
	assert_int_equal(table.rows.v[1].what.v[0].now.count, 1);
	assert_int_equal(table.rows.v[1].what.v[0].now.bytes, 180);
	assert_int_equal(table.now.bytes, 690);
}

static void lines_of_a_file_are_one_row_by_file(void **state)
{
	(void)state;
	add_block(&now, add_traceback(&now, "a.py", 3), 1, NULL);
	add_block(&now, add_traceback(&now, "a.py", 4), 2, NULL);
	make(NULL);
	assert_int_equal(table.rows.n, 2);
	query.by = TRACES_BY_FILE;
	make(NULL);
	assert_int_equal(table.rows.n, 1);
	assert_int_equal(table.rows.v[0].now.bytes, 3);
}

static void tracebacks_that_begin_alike_differ(void **state)
{
	(void)state;
	add_block(&now, add_traceback(&now, "a.py", 3), 1, NULL);
	add_block(&now, add_traceback(&now, "a.py", 3), 2, NULL);
	now.frames.v[3].line = 2;
	make(NULL);
	assert_int_equal(table.rows.n, 1);
	query.by = TRACES_BY_TRACEBACK;
	make(NULL);
	assert_int_equal(table.rows.n, 2);
}

static void what_has_no_block_has_no_row(void **state)
{
	(void)state;
	add_traceback(&now, "a.py", 3);
	make(NULL);
	assert_int_equal(table.rows.n, 0);
}

static void filters_are_of_the_most_recent_frame(void **state)
{
	(void)state;
	add_block(&now, add_traceback(&now, "/srv/a.py", 3), 1, NULL);
	add_block(&now, add_traceback(&now, "/lib/b.py", 3), 2, NULL);
	add_filter("main.py", false);
	make(NULL);
	assert_int_equal(table.rows.n, 0);
	query.all_frames = true;
	make(NULL);
	assert_int_equal(table.rows.n, 2);
	query.filters.v[0].exclude = true;
	make(NULL);
	assert_int_equal(table.rows.n, 0);
}

static void one_that_includes_must_match_and_none_that_excludes(void **state)
{
	(void)state;
	add_block(&now, add_traceback(&now, "/srv/a.py", 3), 1, NULL);
	add_block(&now, add_traceback(&now, "/lib/b.py", 3), 2, NULL);
	add_block(&now, add_traceback(&now, "/lib/c.py", 3), 4, NULL);
	add_filter("/srv/*", false);
	add_filter("/lib/*", false);
	add_filter("*/c.pyc", true);
	make(NULL);
	assert_int_equal(table.now.bytes, 3);
}

static void domains_are_chosen(void **state)
{
	const uint32_t a = add_traceback(&now, "a.py", 3);

	(void)state;
	add_block(&now, a, 1, NULL);
	add_block(&now, a, 2, NULL)->domain = 389047;
	query.domain = 389047;
	make(NULL);
	assert_int_equal(table.now.bytes, 2);
	query.domain = 0;
	make(NULL);
	assert_int_equal(table.now.bytes, 1);
}

static void largest_change_comes_first(void **state)
{
	const uint32_t a = add_traceback(&now, "a.py", 3);
	const uint32_t b = add_traceback(&now, "b.py", 4);
	uint32_t gone;

	(void)state;
	add_block(&now, a, 1000, "dict");
	add_block(&now, b, 30, "list");
	add_block(&now, b, 30, "list");
	/* The same lines have other numbers there. */
	gone = add_traceback(&before, "c.py", 9);
	add_block(&before, add_traceback(&before, "b.py", 4), 30, "list");
	add_block(&before, add_traceback(&before, "a.py", 3), 990, "dict");
	add_block(&before, gone, 50, "set");
	make(&before);
	assert_true(table.compared);
	assert_int_equal(table.rows.n, 3);
	assert_string_equal(file_of(&table.rows.v[0]), "c.py");
	assert_int_equal(table.rows.v[0].now.count, 0);
	assert_int_equal(table.rows.v[0].before.bytes, 50);
	assert_string_equal(file_of(&table.rows.v[1]), "b.py");
	assert_int_equal(table.rows.v[1].what.v[0].now.count, 2);
	assert_int_equal(table.rows.v[1].what.v[0].before.count, 1);
	assert_string_equal(file_of(&table.rows.v[2]), "a.py");
	assert_int_equal(table.before.bytes, 1070);
}

static void blocks_are_in_groups_by_domain_too(void **state)
{
	const uint32_t a = add_traceback(&now, "a.py", 3);
	struct traces_groups groups;

	(void)state;
	add_block(&now, a, 1, NULL);
	add_block(&now, a, 2, NULL)->domain = 7;
	add_block(&now, a, 4, NULL);
	assert_true(traces_group(&groups, &now, &err));
	assert_int_equal(groups.all.n, 2);
	assert_int_equal(groups.all.v[0].sum.bytes, 5);
	assert_int_equal(groups.all.v[1].sum.count, 1);
	assert_int_equal(traces_group_of(&groups, &now.blocks.v[2]), 0);
	assert_int_equal(traces_group_of(&groups, &now.blocks.v[1]), 1);
	traces_groups_fini(&groups);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(most_bytes_come_first_with_their_types),
		TEST(lines_of_a_file_are_one_row_by_file),
		TEST(tracebacks_that_begin_alike_differ),
		TEST(what_has_no_block_has_no_row),
		TEST(filters_are_of_the_most_recent_frame),
		TEST(one_that_includes_must_match_and_none_that_excludes),
		TEST(domains_are_chosen),
		TEST(largest_change_comes_first),
		TEST(blocks_are_in_groups_by_domain_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
