/* SPDX-License-Identifier: MIT */
/*
 * What each format makes of a dump made by hand, byte by byte, against the
 * files in tests/golden/; `make update-golden` rewrites them.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "report/report_json.h"
#include "report/report_objects.h"
#include "report/report_text.h"
#include "result/dump.h"

static struct err err;

static void add_string(struct dump *dump, const char *arg)
{
	char **slot = vec_add(&dump->command, &err);

	assert_non_null(slot);
	*slot = strdup(arg);
}

static void add_type(struct dump *dump, const char *module, const char *name,
		     int64_t count, int64_t bytes, int64_t allocated,
		     int64_t static_count)
{
	struct dump_type *type = vec_add(&dump->types, &err);
	const char *shown = strcmp(module, "builtins") == 0 ? "" : module;

	assert_non_null(type);
	assert_true(asprintf(&type->type, "%s%s%s", shown, *shown ? "." : "",
			     name) > 0);
	type->module = strdup(module);
	type->name = strdup(name);
	type->count = count;
	type->bytes = bytes;
	type->allocated = allocated;
	type->static_count = static_count;
	type->classes = strcmp(name, "Session") ? 1 : 12000;
	dump->objects += count;
	dump->bytes += bytes;
	dump->allocated += allocated;
	dump->static_objects += static_count;
}

static void add_kind(struct dump *dump, const char *name, int64_t count,
		     int64_t bytes, int64_t allocated)
{
	struct dump_kind *kind = vec_add(&dump->kinds, &err);

	assert_non_null(kind);
	*kind = (struct dump_kind){ strdup(name), count, bytes, allocated,
				    strstr(name, "Session") ? 12000 : 1 };
}

static void add_generation(struct dump *dump, int64_t threshold,
			   int64_t count, int64_t objects)
{
	int n = (int)dump->gc.generations.n;
	struct dump_generation *gen = vec_add(&dump->gc.generations, &err);

	assert_non_null(gen);
	*gen = (struct dump_generation){
		.generation = n, .threshold = threshold, .count = count,
		.objects = objects, .collections = 88 >> n * 3,
		.collected = 1203, .uncollectable = 0,
	};
}

static void fill_heap(struct dump *dump)
{
	add_type(dump, "builtins", "int", 375287, 10508384, 12009184, 262);
	add_type(dump, "builtins", "str", 241033, 17354376, 19282640, 1200);
	add_type(dump, "builtins", "dict", 48211, 11538432, 12300000, 0);
	add_type(dump, "__main__", "Session", 40000, 1920000, 3840000, 0);
	add_type(dump, "app", "caf\xc3\xa9", 3, 144, 192, 0);
	add_type(dump, "app", "\xf0\x9f\x90\x8d", 2, 96, 128, 0);
	/* What a terminal must not see: colours, bells, bytes of nowhere. */
	add_type(dump, "app", "\033[31mred\a\n\"\\", 1, 48, 64, 0);
	add_type(dump, "app", "bad\xff\xc3(", 1, 40, 48, 0);
	add_type(dump, "app", "lone\xed\xb2\x80", 1, 32, 48, 0);
	add_type(dump, "app", "c1\xc2\x9b" "31m", 1, 32, 48, 0);
	dump_sort(dump);
	dump->static_bytes = 410000;
	dump->blocks = (struct dump_blocks){
		.in_use = 810000, .in_use_bytes = 90000000,
		.objects = 700000, .buffers = 100000, .unowned = 10000,
		.refused = 12, .claimed_twice = 3,
		.arenas = 92, .arena_bytes = 96468992, .pools = 5888,
		.classes = { { 16, 0, 0, 0 }, { 32, 400000, 3175, 50 } },
		.n_classes = 2,
	};
}

/* Two, of which the second has done nothing yet. */
static void add_interps(struct dump *dump)
{
	for (int i = 0; i < 2; i++) {
		struct dump_interp *interp = vec_add(&dump->interps, &err);

		assert_non_null(interp);
		interp->id = i;
		interp->gc.enabled = i == 0;
		interp->tracked = i ? 0 : 84565;
	}
}

static void fill_memory(struct dump *dump)
{
	dump->memory.rss = 111648768;
	dump->memory.peak_rss = 111902720;
	dump->memory.vms = 230000640;
	dump->memory.uss = 98123776;
	dump->memory.shared = 111648768 - 98123776;
	dump->memory.pss = 99000320;
	dump->memory.file = 13000000;
	dump->memory.swap = 0;
	dump->memory.minor_faults = 31000;
	dump->memory.major_faults = 2;
	dump->memory.voluntary_switches = 12;
	dump->memory.involuntary_switches = 34;
	dump->memory.user_ms = 1250;
	dump->memory.system_ms = 80;
}

static void sample_init(struct dump *dump)
{
	dump_init(dump);
	dump->pid = 4711;
	add_string(dump, "/usr/bin/python3");
	add_string(dump, "app.py");
	add_string(dump, "--name=\033]0;x\a");
	dump->executable = strdup("/usr/bin/python3.12");
	dump->started = 1795327200;
	dump->version = strdup("3.12.1");
	dump->abi = strdup("cpython-3.12");
	dump->abi_source = DUMP_ABI_FILE;
	dump->allocator = "pymalloc";
	dump->interpreters = 2;
	dump->mode = DUMP_STOP;
	dump->time = (struct timespec){ 1795327800, 123456789 };
	dump->pause_ms = 24.8;
	dump->duration_ms = 61.04;
	dump->bytes_read = 93000000;
	dump->bytes_copied = 91000000;
	fill_heap(dump);
	dump->gc.enabled = 1;
	add_generation(dump, 700, 120, 120);
	add_generation(dump, 10, 5, 3412);
	add_generation(dump, 10, 3, 81033);
	add_interps(dump);
	fill_memory(dump);
}

/* All unknown that can be, and read from a running process. */
static void unknown_init(struct dump *dump)
{
	dump_init(dump);
	dump->pid = 1;
	dump->mode = DUMP_LIVE;
	dump->complete = 0;
	dump->gc.enabled = DUMP_UNKNOWN;
	dump->gc.collecting = DUMP_UNKNOWN;
	dump->gc.garbage = DUMP_UNKNOWN;
	dump->gc.frozen = DUMP_UNKNOWN;
	dump->blocks.in_use = DUMP_UNKNOWN;
	dump->pause_ms = DUMP_UNKNOWN;
	dump_warn(dump, "the process ran on while its heap was read");
	dump_warn(dump, "12 objects changed meanwhile: \033[1mskipped");
}

static void the_whole_document(void **state)
{
	struct out *out = golden_out();
	struct dump dump;

	(void)state;
	sample_init(&dump);
	report_json(out, &dump);
	golden_check(out, "dump.json");
	dump_fini(&dump);
}

static void unknown_is_null_and_never_0(void **state)
{
	struct out *out = golden_out();
	struct dump dump;

	(void)state;
	unknown_init(&dump);
	report_json(out, &dump);
	golden_check(out, "unknown.json");
	dump_fini(&dump);
}

static void check_text(struct dump *dump,
		       const struct report_text_options *opt,
		       const char *name)
{
	struct out *out = golden_out();

	assert_true(report_text(out, dump, opt, &err));
	golden_check(out, name);
	dump_fini(dump);
}

static void the_table(void **state)
{
	struct report_text_options opt = { .top = 20 };
	struct dump dump;

	(void)state;
	sample_init(&dump);
	check_text(&dump, &opt, "dump.txt");
}

static void the_table_of_kinds_by_allocated_size(void **state)
{
	struct report_text_options opt = {
		.top = 2, .sort = SORT_ALLOCATED, .kinds = true,
	};
	struct dump dump;

	(void)state;
	sample_init(&dump);
	add_kind(&dump, "dict of __main__.Session", 40000, 9000000, 9600000);
	add_kind(&dump, "int", 375287, 10508384, 12009184);
	add_kind(&dump, "dict (no owner)", 8211, 2538432, 2700000);
	check_text(&dump, &opt, "kinds.txt");
}

static void the_table_in_colour_by_count(void **state)
{
	struct report_text_options opt = {
		.top = 3, .sort = SORT_COUNT, .color = true,
	};
	struct dump dump;

	(void)state;
	sample_init(&dump);
	dump_warn(&dump, "3 objects could not be read");
	dump.gc.frozen = 12;
	dump.gc.garbage = 1;
	dump.gc.collecting = 1;
	dump.memory.swap = 8192;
	check_text(&dump, &opt, "color.txt");
}

static void the_table_by_name(void **state)
{
	struct report_text_options opt = { .sort = SORT_NAME };
	struct dump dump;

	(void)state;
	sample_init(&dump);
	check_text(&dump, &opt, "name.txt");
}

static void a_table_of_nothing(void **state)
{
	struct report_text_options opt = { .top = 20 };
	struct dump dump;

	(void)state;
	unknown_init(&dump);
	check_text(&dump, &opt, "unknown.txt");
}

static void objects_are_a_line_each(void **state)
{
	static const raddr refs[] = { 0x7f0000001000, 0x10, UINT64_MAX };
	static const struct dump_ref_name names[] = {
		{ .how = "attribute", .text = "a\"\xff",
		  .index = DUMP_UNKNOWN },
		{ .how = "item", .index = 0 },
		{ .how = "value", .key = 0x7f00, .index = DUMP_UNKNOWN },
	};
	static const struct dump_object objects[] = {
		{ 0x7f12345678a0, "dict", 184, 192, NULL, 0, 1, 2, refs, 3,
		  false, NULL },
		{ 0x955000, "type", 408, 0, NULL, 1, 1, DUMP_UNKNOWN, refs, 0,
		  false, NULL },
		{ 0x7f12345678f0, "app.\"x\xff", 28, 32, "lower", 0, 0,
		  DUMP_UNKNOWN, NULL, 0, true, NULL },
		{ 0x1, "a", DUMP_UNKNOWN, DUMP_UNKNOWN, "unknown", 0,
		  DUMP_UNKNOWN, 0, refs, 1, true, NULL },
		{ 0x2, "b", 16, 16, NULL, 0, 1, 0, refs, 3, false, names },
		{ 0x3, "c", 16, 16, NULL, 0, 1, 0, refs, 0, false, names },
	};
	struct out *out = golden_out();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		assert_true(report_object(out, &objects[i], &err));
	golden_check(out, "objects.ndjson");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_document),
		cmocka_unit_test(unknown_is_null_and_never_0),
		cmocka_unit_test(the_table),
		cmocka_unit_test(the_table_of_kinds_by_allocated_size),
		cmocka_unit_test(the_table_in_colour_by_count),
		cmocka_unit_test(the_table_by_name),
		cmocka_unit_test(a_table_of_nothing),
		cmocka_unit_test(objects_are_a_line_each),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
