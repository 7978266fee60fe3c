/* SPDX-License-Identifier: MIT */
/* Whose the pages are that came, by the faults that were told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "grow/settled.h"

enum { PAGE = 4096, BLOCK = 2 << 20, LINES = 4 };

#define AT 0x7f0000000000ull

struct scene {
	struct growth g;
	struct pagetable before, now;
	struct settled_faults faults;
	struct settled settled;
	struct map map[2];
	struct maps maps;
};

/* Stacks 0 to 3 are lines 1 to 4 of a file. */
static void begin(struct scene *s)
{
	struct err err;

	memset(s, 0, sizeof(*s));
	for (uint32_t i = 0; i < LINES; i++) {
		const struct growth_frame f = {
			growth_text(&s->g, "app.py", &err),
			growth_text(&s->g, "run", &err), (int32_t)i + 1, 0,
		};
		uint32_t n = growth_add_frame(&s->g, &f, &err);

		assert_int_equal(growth_stack(&s->g, GROWTH_LINE, 1, &n, 1,
					      &err), i);
	}
	s->map[0] = (struct map){ .start = AT, .end = AT + 8 * BLOCK };
	s->maps = (struct maps){ .v = s->map, .n = 1 };
}

static void end(struct scene *s)
{
	settled_fini(&s->settled);
	vec_free(&s->faults.v);
	pagetable_fini(&s->before);
	pagetable_fini(&s->now);
	growth_fini(&s->g);
}

static void run(struct pagetable *pt, uint64_t from, uint64_t to,
		unsigned flags)
{
	struct err err;

	assert_true(pagetable_add(pt, AT + from * PAGE, AT + to * PAGE,
				  flags, &err));
}

static void fault(struct scene *s, uint64_t page, uint64_t time,
		  uint32_t stack)
{
	struct err err;
	struct settled_fault *f = vec_add(&s->faults.v, &err);

	assert_non_null(f);
	*f = (struct settled_fault){ AT + page * PAGE, time, stack, 1 };
}

static void find(struct scene *s)
{
	struct err err;

	assert_true(settled_find(&s->settled, &s->faults, &s->before,
				 &s->now, &s->g, &err));
}

static void join(struct scene *s, raddr from, raddr to)
{
	struct err err;

	assert_true(settled_join(&s->settled, from, to, &s->g, &err));
}

static void done(struct scene *s)
{
	struct err err;

	assert_true(settled_done(&s->settled, &s->maps, &s->g, &err));
}

static int64_t pages_of(const struct scene *s, uint32_t stack)
{
	return s->g.stacks.v[stack].stayed / PAGE;
}

static void the_last_fault_of_a_page_has_it(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	run(&s.now, 0, 3, PAGE_RESIDENT);
	fault(&s, 0, 1, 0);
	fault(&s, 1, 9, 1);
	fault(&s, 1, 2, 0);
	fault(&s, 2, 3, 2);
	find(&s);
	done(&s);
	assert_int_equal(pages_of(&s, 0), 1);
	assert_int_equal(pages_of(&s, 1), 1);
	assert_int_equal(pages_of(&s, 2), 1);
	assert_int_equal(s.g.came, 3 * PAGE);
	assert_int_equal(s.g.stayed, 3 * PAGE);
	assert_int_equal(s.g.inferred, 0);
	end(&s);
}

static void what_is_gone_or_was_there_has_not_stayed(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	run(&s.before, 0, 4, PAGE_RESIDENT);
	run(&s.now, 2, 4, PAGE_RESIDENT);
	run(&s.now, 4, 5, PAGE_SWAPPED);
	fault(&s, 1, 1, 0);
	fault(&s, 3, 1, 1);
	fault(&s, 4, 1, 2);
	fault(&s, 7, 1, 3);
	find(&s);
	done(&s);
	for (uint32_t i = 0; i < LINES; i++)
		assert_int_equal(pages_of(&s, i), 0);
	assert_int_equal(s.g.came, 0);
	assert_int_equal(s.g.went, 2 * PAGE);
	assert_int_equal(s.g.rss_now - s.g.rss_before, -2 * PAGE);
	end(&s);
}

static void pages_that_nobody_told_go_to_the_fault_below(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	run(&s.now, 0, 100, PAGE_RESIDENT);
	fault(&s, 10, 1, 0);
	fault(&s, 40, 1, 1);
	find(&s);
	done(&s);
	assert_int_equal(pages_of(&s, 0), 40);
	assert_int_equal(pages_of(&s, 1), 60);
	assert_int_equal(s.g.inferred, 98 * PAGE);
	end(&s);
}

static void a_huge_page_is_of_the_one_fault_in_it(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	run(&s.now, 0, 1024, PAGE_RESIDENT | PAGE_HUGE);
	fault(&s, 300, 1, 2);
	find(&s);
	done(&s);
	assert_int_equal(pages_of(&s, 2), 512);
	assert_int_equal(s.g.came, 1024 * PAGE);
	assert_int_equal(s.g.stayed, 512 * PAGE);
	end(&s);
}

static void another_mapping_is_of_another(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.map[0].end = AT + 16 * PAGE;
	s.map[1] = (struct map){ .start = AT + 16 * PAGE,
				 .end = AT + 32 * PAGE };
	s.maps.n = 2;
	run(&s.now, 0, 32, PAGE_RESIDENT);
	fault(&s, 2, 1, 0);
	find(&s);
	done(&s);
	assert_int_equal(pages_of(&s, 0), 16);
	assert_int_equal(s.g.stayed, 16 * PAGE);
	end(&s);
}

static void runs_between_what_was_there_are_all_found(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	run(&s.before, 2, 3, PAGE_RESIDENT);
	run(&s.before, 4, 5, PAGE_RESIDENT | PAGE_SHARED);
	run(&s.before, 6, 7, PAGE_SWAPPED);
	run(&s.now, 0, 8, PAGE_RESIDENT);
	fault(&s, 0, 1, 0);
	find(&s);
	done(&s);
	assert_int_equal(s.g.came, 6 * PAGE);
	assert_int_equal(pages_of(&s, 0), 6);
	assert_int_equal(settled_from(&s.settled, AT + 3 * PAGE), 2);
	assert_int_equal(s.settled.pieces.n, 4);
	end(&s);
}

/* Of 320 pages the last 20 were touched after realloc() had moved it. */
static void what_was_moved_goes_to_who_went_on_with_it(void **state)
{
	const raddr at = AT + 212 * PAGE + 16;
	struct scene s;

	(void)state;
	begin(&s);
	run(&s.now, 100, 532, PAGE_RESIDENT);
	fault(&s, 100, 1, 3);
	fault(&s, 512, 1, 0);
	fault(&s, 531, 2, 1);
	find(&s);
	assert_int_equal(s.g.stayed, 3 * PAGE);
	join(&s, at, at + 320 * PAGE - 16);
	join(&s, at, at + 320 * PAGE - 16);
	assert_int_equal(pages_of(&s, 0), 300 + 19);
	done(&s);
	assert_int_equal(s.settled.pieces.n, 6);
	for (size_t i = 0; i < s.settled.pieces.n; i++)
		assert_true(s.settled.pieces.v[i].start <
			    s.settled.pieces.v[i].end);
	assert_int_equal(pages_of(&s, 0), 300 + 19);
	assert_int_equal(pages_of(&s, 1), 1);
	assert_int_equal(pages_of(&s, 3), 112);
	assert_int_equal(s.g.inferred, (432 - 3) * PAGE);
	assert_int_equal(s.settled.pieces.v[2].start, AT + 212 * PAGE);
	end(&s);
}

static void what_moved_without_a_fault_is_nobodys(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	run(&s.now, 0, 100, PAGE_RESIDENT);
	run(&s.now, 1024, 1025, PAGE_RESIDENT);
	fault(&s, 1024, 1, 0);
	find(&s);
	join(&s, AT, AT + 50 * PAGE);
	done(&s);
	assert_int_equal(s.g.stayed, PAGE);
	end(&s);
}

/* --- views --------------------------------------------------------------- */

static void rows_add_up_to_what_stacks_have(void **state)
{
	static const size_t n_rows[GROWTH_N_BY] = {
		[GROWTH_BY_LINE] = LINES, [GROWTH_BY_FUNCTION] = 1,
		[GROWTH_BY_FILE] = 1, [GROWTH_BY_THREAD] = 1,
		[GROWTH_BY_STACK] = LINES, [GROWTH_BY_TYPE] = 0,
	};
	struct scene s;
	struct err err;

	(void)state;
	begin(&s);
	for (uint32_t i = 0; i < LINES; i++)
		s.g.stacks.v[i].stayed = 10 * (int64_t)i + 1;
	for (int by = 0; by < GROWTH_N_BY; by++) {
		struct growth_rows rows;
		int64_t sum = 0;

		assert_true(growth_rows_make(&s.g, (enum growth_by)by, &rows,
					     &err));
		assert_int_equal(rows.v.n, n_rows[by]);
		for (size_t i = 0; i < rows.v.n; i++)
			sum += rows.v.v[i].stayed;
		if (rows.v.n)
			assert_int_equal(sum, 64);
		if (by == GROWTH_BY_LINE)
			assert_int_equal(rows.v.v[0].line, LINES);
		growth_rows_fini(&rows);
	}
	end(&s);
}

static void equal_stacks_are_one(void **state)
{
	struct scene s;
	struct err err;
	uint32_t frames[2] = { 1, 0 };
	size_t n;

	(void)state;
	begin(&s);
	assert_int_equal(growth_stack(&s.g, GROWTH_LINE, 1, frames, 2, &err),
			 LINES);
	assert_int_equal(growth_stack(&s.g, GROWTH_LINE, 1, frames, 2, &err),
			 LINES);
	assert_int_equal(growth_stack(&s.g, GROWTH_LINE, 2, frames, 2, &err),
			 LINES + 1);
	assert_int_equal(growth_frames(&s.g, LINES, &n)[0], 1);
	assert_int_equal(n, 2);
	assert_string_equal(growth_said(&s.g, growth_frame(&s.g, 1)->file),
			    "app.py");
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_fault_of_a_page_has_it),
		cmocka_unit_test(what_is_gone_or_was_there_has_not_stayed),
		cmocka_unit_test(pages_that_nobody_told_go_to_the_fault_below),
		cmocka_unit_test(a_huge_page_is_of_the_one_fault_in_it),
		cmocka_unit_test(another_mapping_is_of_another),
		cmocka_unit_test(runs_between_what_was_there_are_all_found),
		cmocka_unit_test(what_was_moved_goes_to_who_went_on_with_it),
		cmocka_unit_test(what_moved_without_a_fault_is_nobodys),
		cmocka_unit_test(rows_add_up_to_what_stacks_have),
		cmocka_unit_test(equal_stacks_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
