/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bounds.h"
#include "faketraces.h"
#include "pyabi/pyhashtable.h"
#include "result/dump.h"

static const unsigned minors[] = { 6, 8, 9, 11, 12, 14, 15 };

static struct faketraces ft;
static struct traces got;
static struct err err;
static raddr file, other, traceback;

/* A block of two frames, and tables around it. */
static void begin(unsigned minor)
{
	faketraces_init(&ft, minor);
	file = faketraces_file(&ft, "/srv/app.py");
	other = faketraces_file(&ft, "/srv/longer.py");
	traceback = faketraces_traceback(&ft, 2, (raddr[]){ file, other },
					 (uint32_t[]){ 31, 7 });
	faketraces_block(&ft, 0, 0x500010, 64, traceback);
}

static void look(void)
{
	assert_true(tracemalloc_read(&got, &ft.tm, &ft.ctx, &err));
	traces_sort(&got);
}

static void end(void)
{
	traces_fini(&got);
	faketraces_fini(&ft);
}

static const char *file_of(const struct traces_block *block, uint32_t i)
{
	const struct traces_traceback *tb =
		&got.tracebacks.v[block->traceback];

	return got.files.all.v[got.frames.v[tb->first + i].file];
}

static uint32_t line_of(const struct traces_block *block, uint32_t i)
{
	return got.frames.v[got.tracebacks.v[block->traceback].first + i].line;
}

static void every_version_tells_its_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(minors) / sizeof(*minors); i++) {
		const struct traces_traceback *tb;

		begin(minors[i]);
		faketraces_block(&ft, 0, 0x400010, 100, traceback);
		look();
		assert_int_equal(got.blocks.n, 2);
		assert_int_equal(got.blocks.v[0].at, 0x400010);
		assert_int_equal(got.blocks.v[0].size, 100);
		assert_int_equal(got.blocks.v[1].size, 64);
		assert_string_equal(file_of(&got.blocks.v[1], 0),
				    "/srv/app.py");
		assert_string_equal(file_of(&got.blocks.v[1], 1),
				    "/srv/longer.py");
		assert_int_equal(line_of(&got.blocks.v[1], 0), 31);
		assert_int_equal(line_of(&got.blocks.v[1], 1), 7);
		assert_int_equal(got.tracebacks.n, 1);
		tb = &got.tracebacks.v[0];
		assert_int_equal(tb->n, 2);
		assert_int_equal(tb->total, minors[i] < 9 ? 0 : 4);
		assert_int_equal(got.tracing, 1);
		assert_int_equal(got.traced, 164);
		assert_int_equal(got.peak, 1 << 30);
		assert_int_equal(got.lost, 0);
		assert_int_equal(got.max_frames, minors[i] < 8 ?
						 DUMP_UNKNOWN : 25);
		end();
	}
}

static void domains_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(minors) / sizeof(*minors); i++) {
		begin(minors[i]);
		faketraces_block(&ft, 389047, 0x500010, 1, traceback);
		faketraces_block(&ft, 5, 0x600010, 2, traceback);
		look();
		assert_int_equal(got.blocks.n, 3);
		assert_int_equal(got.blocks.v[0].domain, 0);
		assert_int_equal(got.blocks.v[1].domain, 389047);
		assert_int_equal(got.blocks.v[2].domain, 5);
		assert_int_equal(got.lost, 0);
		end();
	}
}

/* _Py_hashtable_size() of traces, tracebacks and files. */
static void what_it_needs_is_counted_as_it_does(void **state)
{
	(void)state;
	begin(12);
	look();
	assert_int_equal(got.tables, 3 * (80 + 16 * 8) + (1 + 1 + 2) * 32);
	assert_int_equal(got.records, 16 + 12 + 2 * 12);
	end();
	begin(8);
	look();
	assert_int_equal(got.tables, 3 * (72 + 16 * 8) + (16 + 12 + 16) +
				     3 * (16 + 8));
	end();
}

static void after_stop_there_is_nothing(void **state)
{
	(void)state;
	faketraces_init(&ft, 12);
	fake_u32(&ft.fm, ft.tm.config + ft.abi.tmconfig_tracing, 0);
	look();
	assert_int_equal(got.tracing, 0);
	assert_int_equal(got.blocks.n, 0);
	assert_int_equal(got.traced, 0);
	assert_int_equal(tracemalloc_is_tracing(&ft.tm, &ft.ctx), 0);
	end();
}

static void without_tables_there_is_nothing(void **state)
{
	(void)state;
	begin(8);
	ft.tm = (struct tracemalloc){ 0 };
	look();
	assert_int_equal(got.tracing, 0);
	assert_int_equal(got.tables, DUMP_UNKNOWN);
	end();
}

static void the_trace_of_no_frame_counts(void **state)
{
	raddr unknown, none;

	(void)state;
	begin(12);
	unknown = faketraces_file(&ft, "<unknown>");
	none = faketraces_traceback(&ft, 1, &unknown, &(uint32_t){ 0 });
	/* It is a variable, and in no table. */
	fake_u64(&ft.fm, none, 12345);
	faketraces_block(&ft, 0, 0x600000, 8, none);
	look();
	assert_int_equal(got.blocks.n, 2);
	assert_string_equal(file_of(&got.blocks.v[1], 0), "<unknown>");
	end();
}

/* --- memory that lies ----------------------------------------------------- */

static void a_chain_in_a_circle_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(minors) / sizeof(*minors); i++) {
		raddr entry;

		begin(minors[i]);
		entry = faketraces_block(&ft, 0, 0x700010, 8, traceback);
		fake_u64(&ft.fm, entry + ft.abi.hashentry_next, entry);
		look();
		assert_true(got.lost > 0);
		assert_true(got.blocks.n < 4096);
		end();
	}
}

static void absurd_buckets_are_no_table(void **state)
{
	static const uint64_t absurd[] = {
		0, 1, 8, 17, 48, 1ull << 40, UINT64_MAX, 1ull << 63,
	};
	struct pyhashtable table;

	(void)state;
	for (size_t i = 0; i < sizeof(absurd) / sizeof(*absurd); i++) {
		raddr at;

		begin(12);
		at = faketraces_table(&ft, ft.tm.traces);
		assert_true(pyhashtable_read(&table, &ft.ctx, at));
		fake_u64(&ft.fm, faketraces_n_buckets(&ft, at), absurd[i]);
		assert_false(pyhashtable_read(&table, &ft.ctx, at));
		look();
		assert_int_equal(got.blocks.n, 0);
		end();
	}
}

static void buckets_without_memory_end(void **state)
{
	raddr at;

	(void)state;
	begin(12);
	at = faketraces_table(&ft, ft.tm.traces);
	fake_u64(&ft.fm, faketraces_n_buckets(&ft, at), MAX_TRACES);
	look();
	assert_true(ft.fm.reads < 1000);
	end();
}

static void entries_that_are_none_are_lost(void **state)
{
	raddr entry;

	(void)state;
	begin(12);
	entry = faketraces_block(&ft, 0, 0x700020, 8, traceback);
	fake_u64(&ft.fm, entry + ft.abi.hashentry_key, 0x700030);
	look();
	assert_int_equal(got.blocks.n, 1);
	assert_int_equal(got.lost, 1);
	end();
}

static void more_entries_than_there_are_are_lost(void **state)
{
	(void)state;
	begin(15);
	faketraces_claim(&ft, faketraces_table(&ft, ft.tm.traces), 5);
	look();
	assert_int_equal(got.blocks.n, 1);
	assert_int_equal(got.lost, 4);
	end();
}

static void what_leads_to_no_traceback_is_lost(void **state)
{
	(void)state;
	begin(12);
	faketraces_block(&ft, 0, 0x700010, 8, file);
	faketraces_block(&ft, 0, 0x700020, 8, 0x99999999);
	faketraces_block(&ft, 0, 0x700030, 8, 0);
	look();
	assert_int_equal(got.blocks.n, 1);
	assert_int_equal(got.lost, 3);
	end();
}

static void no_block_is_larger_than_all_ever_were(void **state)
{
	(void)state;
	begin(12);
	faketraces_block(&ft, 0, 0x700010, 1ull << 47, traceback);
	look();
	assert_int_equal(got.blocks.n, 1);
	assert_int_equal(got.lost, 1);
	end();
}

static void a_traceback_of_65535_frames_is_read_or_lost(void **state)
{
	(void)state;
	begin(12);
	fake_u32(&ft.fm, traceback + ft.abi.tmtraceback_nframe, 0xffffffff);
	look();
	assert_int_equal(got.blocks.n, 0);
	assert_int_equal(got.frames.n, 0);
	assert_int_equal(got.lost, 1);
	end();
}

static void a_file_that_cannot_be_read_has_no_name(void **state)
{
	raddr tb;

	(void)state;
	begin(12);
	tb = faketraces_traceback(&ft, 1, &(raddr){ 0x99999000 },
				  &(uint32_t){ 3 });
	faketraces_block(&ft, 0, 0x700010, 8, tb);
	look();
	assert_int_equal(got.blocks.n, 2);
	assert_string_equal(file_of(&got.blocks.v[1], 0), "?");
	end();
}

/* --- variables without names ---------------------------------------------- */

static const char mappings[] =
	"00010000-00020000 rw-p 00000000 00:00 0 \n"
	"07000000-07100000 r-xp 00000000 00:00 0 \n";

static struct tracemalloc search(void)
{
	struct tracemalloc found = { 0 };
	struct maps maps;

	assert_true(maps_parse(&maps, mappings, strlen(mappings), &err));
	assert_true(tracemalloc_search(&found, FAKETRACES, FAKETRACES_TYPE,
				       &maps, &ft.ctx, &err));
	maps_free(&maps);
	return found;
}

static void variables_are_known_by_what_they_point_at(void **state)
{
	/* From 3.15 on they are known by their place. */
	static const unsigned stripped[] = { 6, 7, 8, 9, 10, 11, 12 };

	(void)state;
	for (size_t i = 0; i < sizeof(stripped) / sizeof(*stripped); i++) {
		struct tracemalloc found;

		begin(stripped[i]);
		if (ft.tm.domains)
			faketraces_block(&ft, 7, 0x500010, 1, traceback);
		found = search();
		assert_int_equal(found.traces, ft.tm.traces);
		assert_int_equal(found.tracebacks, ft.tm.tracebacks);
		assert_int_equal(found.filenames, ft.tm.filenames);
		assert_int_equal(found.domains, ft.tm.domains);
		end();
	}
}

static void empty_tables_are_not_found(void **state)
{
	(void)state;
	faketraces_init(&ft, 11);
	assert_int_equal(search().traces, 0);
	end();
}

static void a_table_without_functions_is_none(void **state)
{
	(void)state;
	begin(11);
	fake_u64(&ft.fm, faketraces_table(&ft, ft.tm.traces) +
		 ft.abi.hashtable_sizeof - 8, 0x10008);
	assert_int_equal(search().traces, 0);
	end();
}

static void traces_that_lead_to_no_file_are_none(void **state)
{
	(void)state;
	begin(8);
	fake_u64(&ft.fm, FAKETRACES_TYPE + ft.abi.type_tp_flags, 0);
	assert_int_equal(search().traces, 0);
	end();
}

/* The sum of all is traced, and what stands beside it, and is no pointer, was
 * so at most. */
static void totals_without_names_are_known_by_their_value(void **state)
{
	(void)state;
	begin(11);
	fake_u64(&ft.fm, ft.tm.peak, 1 << 20);
	ft.tm.traced = ft.tm.peak = 0;
	look();
	assert_int_equal(got.traced, 64);
	assert_int_equal(got.peak, 1 << 20);
	traces_fini(&got);
	/* Both neighbours may be it. */
	fake_u64(&ft.fm, ft.tm.config + 0x38, 1 << 21);
	look();
	assert_int_equal(got.peak, DUMP_UNKNOWN);
	end();
}

/* --- a copy that is made as it is read ------------------------------------ */

static bool no_time(void *arg)
{
	(void)arg;
	return false;
}

static bool much_time(void *arg)
{
	(void)arg;
	return true;
}

static void touching_ends_when_time_is_up(void **state)
{
	(void)state;
	begin(12);
	assert_true(tracemalloc_touch(&ft.tm, &ft.ctx, much_time, NULL, &err));
	assert_false(tracemalloc_touch(&ft.tm, &ft.ctx, no_time, NULL, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	end();
}

static void touching_is_not_held_up_by_lies(void **state)
{
	raddr entry;

	(void)state;
	begin(9);
	entry = faketraces_block(&ft, 0, 0x700010, 8, traceback);
	fake_u64(&ft.fm, entry + ft.abi.hashentry_next, entry);
	fake_u32(&ft.fm, traceback + ft.abi.tmtraceback_nframe, 0xffffffff);
	assert_true(tracemalloc_touch(&ft.tm, &ft.ctx, much_time, NULL, &err));
	end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_tells_its_blocks),
		cmocka_unit_test(domains_are_told_apart),
		cmocka_unit_test(what_it_needs_is_counted_as_it_does),
		cmocka_unit_test(after_stop_there_is_nothing),
		cmocka_unit_test(without_tables_there_is_nothing),
		cmocka_unit_test(the_trace_of_no_frame_counts),
		cmocka_unit_test(a_chain_in_a_circle_ends),
		cmocka_unit_test(absurd_buckets_are_no_table),
		cmocka_unit_test(buckets_without_memory_end),
		cmocka_unit_test(entries_that_are_none_are_lost),
		cmocka_unit_test(more_entries_than_there_are_are_lost),
		cmocka_unit_test(what_leads_to_no_traceback_is_lost),
		cmocka_unit_test(no_block_is_larger_than_all_ever_were),
		cmocka_unit_test(a_traceback_of_65535_frames_is_read_or_lost),
		cmocka_unit_test(a_file_that_cannot_be_read_has_no_name),
		cmocka_unit_test(variables_are_known_by_what_they_point_at),
		cmocka_unit_test(empty_tables_are_not_found),
		cmocka_unit_test(a_table_without_functions_is_none),
		cmocka_unit_test(traces_that_lead_to_no_file_are_none),
		cmocka_unit_test(totals_without_names_are_known_by_their_value),
		cmocka_unit_test(touching_ends_when_time_is_up),
		cmocka_unit_test(touching_is_not_held_up_by_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
