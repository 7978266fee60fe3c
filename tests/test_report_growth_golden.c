/* SPDX-License-Identifier: MIT */
/*
 * What is said of what grows, and of a chain, byte by byte, against the files in
 * tests/golden/; `make update-golden` rewrites them.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "report/report_holder_growth.h"
#include "report/report_why.h"

static struct err err;
static struct dump dump;
static struct holder_growth growth;

static void add_look(double seconds, int64_t objects)
{
	struct growth_look *look = vec_add(&growth.looks, &err);

	assert_non_null(look);
	*look = (struct growth_look){
		.time = { .tv_sec = 1795327900 + (time_t)seconds },
		.seconds = seconds, .pause_ms = 4.5, .objects = objects,
		.bytes = objects * 64,
	};
}

static struct growth_holder *add_holder(struct growth_holders *to,
					const char *name, const char *type)
{
	struct growth_holder *row = growth_holders_add(to, &err);

	assert_non_null(row);
	row->name = name ? strdup(name) : NULL;
	row->type = type ? strdup(type) : NULL;
	row->address = name ? 0x7f0012345640 : 0;
	return row;
}

static void add_held(struct growth_holder *row, const char *type,
		     int64_t count)
{
	assert_true(held_add(&row->held, type, count, count * 48, &err));
}

static int set_up(void **state)
{
	struct growth_holder *row;

	(void)state;
	dump_init(&dump);
	dump.pid = 4711;
	dump.version = strdup("3.12.1");
	dump.mode = DUMP_STOP;
	growth = (struct holder_growth){ .most = 2 };
	add_look(0, 100000);
	add_look(10.25, 120000);
	add_look(20.5, 90000);
	growth.holders.least = 128;
	growth.holders.lost = 3;
	growth.holders.came = 12;
	row = add_holder(&growth.containers, "app.CACHE\033[31m", "dict");
	row->length = 24680;
	row->more = 12340;
	row->rate = 6170.4;
	row->retained = 64172851;
	add_held(row, "app.Session", 24000);
	add_held(row, "app.bad\xff", 680);
	row = add_holder(&growth.containers, "app.log", "collections.deque");
	row->length = 300;
	row->more = 2;
	row->rate = .1;
	row->retained = 3000;
	growth.containers.all = 5;
	growth.survivors = 24690;
	growth.survivor_bytes = 1185120;
	row = add_holder(&growth.owners, "app.CACHE\033[31m", "dict");
	row->objects = 24680;
	row->bytes = 1184640;
	add_held(row, "app.Session", 24680);
	row = add_holder(&growth.owners, NULL, NULL);
	row->objects = 10;
	row->bytes = 480;
	add_held(row, "app.Node", 10);
	growth.owners.all = 2;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	holder_growth_fini(&growth);
	dump_fini(&dump);
	return 0;
}

static void what_grows_as_text(void **state)
{
	struct out *out = golden_out();

	(void)state;
	report_holder_growth_text(out, &dump, &growth, false);
	golden_check(out, "growth.txt");
}

static void what_grows_as_json(void **state)
{
	struct out *out = golden_out();

	(void)state;
	report_holder_growth_json(out, &dump, &growth);
	golden_check(out, "growth.json");
}

static void nothing_grows(void **state)
{
	struct out *out = golden_out();

	(void)state;
	holder_growth_fini(&growth);
	growth = (struct holder_growth){ .most = 2 };
	add_look(0, 100000);
	add_look(1, 100000);
	report_holder_growth_text(out, &dump, &growth, false);
	golden_check(out, "growth-none.txt");
}

static void a_chain_is_told_as_one(void **state)
{
	struct why why = { .reached = 1000 };
	struct why_suspect *row = why_add(&why, WHY_HOLDER, 500, &err);
	struct out *out = golden_out();

	(void)state;
	assert_non_null(row);
	row->name = strdup("app.head");
	row->type = strdup("app.N");
	row->chain = 999999;
	row->chain_by = strdup(".next\033[2J");
	assert_true(held_add(&row->held, "app.N", 1, 499, &err));
	report_why_text(out, &dump, &why, false);
	report_why_json(out, &dump, &why);
	golden_check(out, "why-chain.txt");
	why_fini(&why);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_grows_as_text),
		TEST(what_grows_as_json),
		TEST(nothing_grows),
		TEST(a_chain_is_told_as_one),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
