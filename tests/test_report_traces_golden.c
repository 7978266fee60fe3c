/* SPDX-License-Identifier: MIT */
/* Traces made by hand, as text and as JSON, against tests/golden/. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "report/report_traces.h"

static struct err err;

static void add_frame(struct traces *t, const char *file, uint32_t line)
{
	struct traces_frame *frame = vec_add(&t->frames, &err);

	assert_non_null(frame);
	*frame = (struct traces_frame){ strset_add(&t->files, file, &err),
					line };
}

static void add_traceback(struct traces *t, const char *file, uint32_t line)
{
	struct traces_traceback *tb = vec_add(&t->tracebacks, &err);

	assert_non_null(tb);
	*tb = (struct traces_traceback){ (uint32_t)t->frames.n, 2, 5 };
	add_frame(t, file, line);
	add_frame(t, "/srv/main.py", 7);
}

static void add_blocks(struct traces *t, uint32_t traceback, int n,
		       uint64_t size, const char *type, bool is_object)
{
	for (int i = 0; i < n; i++) {
		struct traces_block *block = vec_add(&t->blocks, &err);

		assert_non_null(block);
		*block = (struct traces_block){
			.at = 0x7f0000000000 + 64 * t->blocks.n,
			.size = size, .traceback = traceback,
			.is_object = is_object,
			.domain = type ? 0 : 389047,
			.type = type ? strset_add(&t->types, type, &err) :
				       STRSET_NONE,
		};
	}
}

/* A name of a file may hold anything. */
static void make(struct traces *t, int sessions)
{
	*t = (struct traces){
		.tracing = 1, .max_frames = 2, .traced = 1234567,
		.peak = -1, .tables = 500000, .records = 12345,
	};
	add_traceback(t, "/srv/app.py", 31);
	add_traceback(t, "/srv/evil\n\033[31m.py", 9);
	add_blocks(t, 0, sessions, 56, "app.Session", true);
	add_blocks(t, 0, 2, 4096, "dict", false);
	add_blocks(t, 1, 1, 100000, NULL, false);
}

static void put(const struct traces *now, const struct traces *before,
		enum traces_by by, const char *text, const char *json)
{
	const struct traces_query query = { .by = by, .domain = -1 };
	struct traces_groups groups;
	struct traces_table table;
	struct dump dump;
	struct report_traces r = {
		.dump = &dump, .traces = now, .table = &table,
		.groups = &groups, .top = 20, .blocks = true,
	};
	struct out *out;

	dump_init(&dump);
	dump.pid = 4711;
	dump.version = strdup("3.12.1");
	dump.source = "live";
	dump.mode = DUMP_STOP;
	dump.pause_ms = 1.5;
	dump.duration_ms = 20;
	assert_true(traces_table_make(&table, now, before, &query, &err));
	assert_true(traces_group(&groups, now, &err));
	out = golden_out();
	report_traces_text(out, &r, false);
	golden_check(out, text);
	if (json) {
		out = golden_out();
		report_traces_json(out, &r, JSON_LINES);
		golden_check(out, json);
	}
	traces_table_fini(&table);
	traces_groups_fini(&groups);
	dump_fini(&dump);
}

static void what_lies_where(void **state)
{
	struct traces now, before;

	(void)state;
	make(&before, 3);
	make(&now, 12);
	put(&now, NULL, TRACES_BY_LINE, "traces.txt", "traces.json");
	put(&now, NULL, TRACES_BY_TRACEBACK, "traces-tracebacks.txt", NULL);
	put(&now, &before, TRACES_BY_FILE, "traces-changes.txt", NULL);
	put(&now, &now, TRACES_BY_FILE, "traces-unchanged.txt", NULL);
	traces_fini(&now);
	traces_fini(&before);
}

static void who_does_not_trace(void **state)
{
	struct traces none = { .max_frames = 1 };

	(void)state;
	put(&none, NULL, TRACES_BY_LINE, "traces-none.txt", NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_where),
		cmocka_unit_test(who_does_not_trace),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
