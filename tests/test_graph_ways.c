/* SPDX-License-Identifier: MIT */
/* Who is held how, on a small heap in fake memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakeheap.h"
#include "graph/take.h"
#include "graph/ways.h"

enum { LARGE = 1000, N_LARGE = 100, SMALL = 48, DICT_ROOM = 5 };

static struct fakeheap fh;
static struct capture cap;
static struct err err;
static raddr list_type, str_type, module_type, moth_type;

static int set_up(void **state)
{
	const struct abi *abi = &fh.abi;

	(void)state;
	fakeheap_init(&fh);
	list_type = fakeheap_type(&fh, "list", abi->list_sizeof, 0,
				  TPF_HAVE_GC | TPF_LIST_SUBCLASS);
	str_type = fakeheap_type(&fh, "str", abi->str_compact_sizeof, 0,
				 TPF_STR_SUBCLASS);
	module_type = fakeheap_type(&fh, "module", abi->module_sizeof, 0,
				    TPF_HAVE_GC);
	fake_u64(&fh.ft.fm, module_type + abi->type_tp_dictoffset,
		 abi->module_md_dict);
	moth_type = fakeheap_type(&fh, "moth", SMALL, 0, 0);
	assert_true(capture_of(&cap, &fh.ft.target, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	capture_close(&cap);
	fakeheap_fini(&fh);
	return 0;
}

typedef bool analyse_fn(void *arg, const struct graph *g, struct dump *dump,
			struct err *err);

/* False: err.text says why. */
static bool look(analyse_fn *analyse, void *arg)
{
	const struct graph_options opt = { .analyse = analyse, .arg = arg };
	struct dump dump;
	bool ok;

	dump_init(&dump);
	ok = graph_look(&cap, &opt, &dump, &err);
	dump_fini(&dump);
	capture_forget(&cap);
	return ok;
}

/* --- objects -------------------------------------------------------------- */

static raddr list_of(const raddr *items, size_t n)
{
	const raddr at = fakeheap_new(&fh, list_type, fh.abi.list_sizeof);
	const raddr v = fakeheap_alloc(&fh, n * sizeof(*items));

	fake_u64(&fh.ft.fm, at + fh.abi.var_ob_size, n);
	fake_u64(&fh.ft.fm, at + fh.abi.list_allocated, n);
	fake_u64(&fh.ft.fm, at + fh.abi.list_ob_item, v);
	for (size_t i = 0; i < n; i++)
		fake_u64(&fh.ft.fm, v + i * sizeof(*items), items[i]);
	return at;
}

static raddr new_str(const char *text)
{
	const struct abi *abi = &fh.abi;
	const raddr at = fakeheap_new(&fh, str_type, abi->str_ascii_sizeof +
						     strlen(text) + 1);

	fake_u64(&fh.ft.fm, at + abi->str_length, strlen(text));
	fake_u32(&fh.ft.fm, at + abi->str_state, 1 << 2 | 1 << 5 | 1 << 6);
	fake_str(&fh.ft.fm, at + abi->str_ascii_sizeof, text);
	return at;
}

/* sys.modules. */
static raddr modules(void)
{
	uint64_t at;

	memcpy(&at, fake_at(&fh.ft.fm, fh.interp + fh.abi.interp_modules, 8),
	       sizeof(at));
	return at;
}

static raddr new_dict(void)
{
	const struct abi *abi = &fh.abi;
	const uint64_t size = abi->keys_dk_indices + 8 +
			      DICT_ROOM * abi->strentry_sizeof;
	const raddr at = fakeheap_new(&fh, fh.dict_type, abi->dict_sizeof);
	const raddr keys = fakeheap_alloc(&fh, size);
	uint64_t empty;

	memcpy(&empty, fake_at(&fh.ft.fm, modules() + abi->dict_ma_keys, 8),
	       sizeof(empty));
	memcpy(fake_at(&fh.ft.fm, keys, abi->keys_dk_indices),
	       fake_at(&fh.ft.fm, empty, abi->keys_dk_indices),
	       abi->keys_dk_indices);
	memset(fake_at(&fh.ft.fm, keys + abi->keys_dk_indices, 8), 0xff, 8);
	fake_u64(&fh.ft.fm, keys + abi->keys_dk_nentries, 0);
	fake_u64(&fh.ft.fm, keys + abi->keys_dk_usable, DICT_ROOM);
	fake_u64(&fh.ft.fm, at + abi->dict_ma_keys, keys);
	return at;
}

static void put(raddr dict, const char *key, raddr value)
{
	const struct abi *abi = &fh.abi;
	uint64_t n, keys;
	raddr entry;

	memcpy(&n, fake_at(&fh.ft.fm, dict + abi->dict_ma_used, 8), sizeof(n));
	memcpy(&keys, fake_at(&fh.ft.fm, dict + abi->dict_ma_keys, 8),
	       sizeof(keys));
	assert_true(n < DICT_ROOM);
	entry = keys + abi->keys_dk_indices + 8 + n * abi->strentry_sizeof;
	fake_u64(&fh.ft.fm, entry + abi->strentry_me_key, new_str(key));
	fake_u64(&fh.ft.fm, entry + abi->strentry_me_value, value);
	fake_u8(&fh.ft.fm, keys + abi->keys_dk_indices + n, (uint8_t)n);
	fake_u64(&fh.ft.fm, keys + abi->keys_dk_nentries, n + 1);
	fake_u64(&fh.ft.fm, keys + abi->keys_dk_usable, DICT_ROOM - n - 1);
	fake_u64(&fh.ft.fm, dict + abi->dict_ma_used, n + 1);
}

/* A module of that name: its dict. */
static raddr new_module(const char *name)
{
	const raddr at = fakeheap_new(&fh, module_type, fh.abi.module_sizeof);
	const raddr dict = new_dict();

	fake_u64(&fh.ft.fm, at + fh.abi.module_md_dict, dict);
	put(modules(), name, at);
	return dict;
}

static raddr new_moth(void)
{
	return fakeheap_new(&fh, moth_type, SMALL);
}

static void own(raddr object, uint64_t count)
{
	fake_u64(&fh.ft.fm, object + fh.abi.object_ob_refcnt, count);
}

/* --- numbers -------------------------------------------------------------- */

static bool numbers_ascend(void *arg, const struct graph *g,
			   struct dump *dump, struct err *e)
{
	const raddr *large = arg;

	(void)dump;
	(void)e;
	for (int i = 0; i < N_LARGE; i++) {
		uint32_t number = graph_number(g, large[i]);
		struct object object;

		assert_true(number != LINK_NONE);
		assert_true(graph_object(g, number, &object));
		assert_int_equal(object.addr, large[i]);
		if (i > 0)
			assert_true(number >
				    graph_number(g, large[i - 1]));
	}
	return true;
}

/* Whoever found them first: else ties are told otherwise each time. */
static void numbers_outside_pools_are_in_the_order_of_addresses(void **state)
{
	const raddr large = fakeheap_type(&fh, "large", LARGE, 0, 0);
	raddr items[N_LARGE], backward[N_LARGE];

	(void)state;
	for (int i = 0; i < N_LARGE; i++) {
		items[i] = fakeheap_new(&fh, large, LARGE);
		backward[N_LARGE - 1 - i] = items[i];
		if (i > 0)
			assert_true(items[i] > items[i - 1]);
	}
	(void)list_of(backward, N_LARGE);
	assert_true(look(numbers_ascend, items));
}

/* --- ways ----------------------------------------------------------------- */

static bool find_ways(void *arg, const struct graph *g, struct dump *dump,
		      struct err *e)
{
	(void)dump;
	return ways_fill(arg, g, e);
}

/* "2 module app > rows > [index] > moth; also 1 ..." */
static const char *ways_of(const char *what)
{
	struct ways ways = { .what = what, .most = 100 };
	static char text[4096];

	*text = '\0';
	if (!look(find_ways, &ways))
		return err.text;
	for (size_t i = 0; i < ways.v.n; i++) {
		const struct way *way = &ways.v.v[i];

		sprintf(text + strlen(text), "%s%s%lld", i ? "; " : "",
			way->also ? "also " : "", (long long)way->count);
		for (size_t k = 0; k < way->words.n; k++)
			sprintf(text + strlen(text), "%s%s", k ? " > " : " ",
				way->words.v[k]);
	}
	ways_fini(&ways);
	return text;
}

static void objects_are_held_by_names_and_those_alike_are_one(void **state)
{
	const raddr app = new_module("app");
	raddr items[] = { new_moth(), new_moth() };

	(void)state;
	put(app, "rows", list_of(items, 2));
	put(app, "last", new_moth());
	assert_string_equal(ways_of("moth"),
			    "2 module app > rows > [index] > moth; "
			    "1 module app > last > moth");
}

static void what_several_hold_is_told_under_the_better_name_first(void **state)
{
	const raddr app = new_module("app");
	raddr items[] = { new_moth() };

	(void)state;
	own(items[0], 2);
	put(app, "rows", list_of(items, 1));
	put(app, "last", items[0]);
	assert_string_equal(ways_of("moth"), "1 module app > last > moth; "
			    "also 1 module app > rows > [index] > moth");
}

static void a_list_in_a_list_in_a_list_is_told_once(void **state)
{
	const raddr app = new_module("app");
	raddr held = new_moth();

	(void)state;
	for (int i = 0; i < 10; i++)
		held = list_of(&held, 1);
	put(app, "rows", held);
	assert_string_equal(ways_of("moth"), "1 module app > rows > [index] > "
			    "[index] > [index]... > moth");
}

static void a_variable_of_c_is_told_with_its_file(void **state)
{
	(void)state;
	fake_u64(&fh.ft.fm, fh.next_type, new_moth());
	assert_string_equal(ways_of("moth"),
			    "1 a variable of python3.12 > moth");
}

static void what_the_interpreter_holds_is_told_by_the_member(void **state)
{
	raddr items[] = { new_moth() };

	(void)state;
	fake_u64(&fh.ft.fm, fh.interp + fh.abi.interp_codec_search_path,
		 list_of(items, 1));
	assert_string_equal(ways_of("moth"), "1 the interpreter > functions "
			    "that search codecs > [index] > moth");
}

static void what_nobody_is_found_to_hold_is_said_to_be_held_by_c(void **state)
{
	(void)state;
	(void)new_moth();
	assert_string_equal(ways_of("moth"),
			    "1 C code, nobody knows which > moth");
}

/* --- subjects ------------------------------------------------------------- */

static void a_dotted_name_is_looked_up_as_in_the_program(void **state)
{
	const raddr app = new_module("app"), main_ = new_module("__main__");
	raddr items[] = { new_moth(), new_moth() };
	char address[32];

	(void)state;
	put(app, "rows", list_of(items, 2));
	put(main_, "mine", list_of(items + 1, 1));
	own(items[1], 2);
	sprintf(address, "%#llx", (unsigned long long)items[0]);
	for (int i = 0; i < 2; i++)
		assert_string_equal(ways_of(i ? "app.rows[0]" : address),
				    "1 module app > rows > [index] > moth");
	assert_string_equal(ways_of("mine"), "1 module __main__ > mine > list");
}

static void what_nothing_is_called_is_an_error_that_says_so(void **state)
{
	const raddr app = new_module("app");

	(void)state;
	put(app, "rows", list_of(NULL, 0));
	assert_string_equal(ways_of("app.cols"), "no object and no type that "
			    "has objects is called 'app.cols'");
	assert_string_equal(ways_of("app.rows[0]"), "no object and no type "
			    "that has objects is called 'app.rows[0]'");
	assert_string_equal(ways_of("0x12z"), "'0x12z' is no address");
	assert_string_equal(ways_of("0x10"), "no object begins at 0x10");
}

static void the_end_of_a_types_name_is_enough_if_no_other_has_it(void **state)
{
	const raddr of[] = {
		fakeheap_type(&fh, "a.Owl", SMALL, 0, 0),
		fakeheap_type(&fh, "b.Owl", SMALL, 0, 0),
	};

	(void)state;
	(void)fakeheap_new(&fh, of[0], SMALL);
	assert_string_equal(ways_of("Owl"),
			    "1 C code, nobody knows which > a.Owl");
	(void)fakeheap_new(&fh, of[1], SMALL);
	assert_string_equal(ways_of("Owl"),
			    "'Owl' may be a.Owl, b.Owl: which?");
	assert_string_equal(ways_of("b.Owl"),
			    "1 C code, nobody knows which > b.Owl");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_outside_pools_are_in_the_order_of_addresses),
		TEST(objects_are_held_by_names_and_those_alike_are_one),
		TEST(what_several_hold_is_told_under_the_better_name_first),
		TEST(a_list_in_a_list_in_a_list_is_told_once),
		TEST(a_variable_of_c_is_told_with_its_file),
		TEST(what_the_interpreter_holds_is_told_by_the_member),
		TEST(what_nobody_is_found_to_hold_is_said_to_be_held_by_c),
		TEST(a_dotted_name_is_looked_up_as_in_the_program),
		TEST(what_nothing_is_called_is_an_error_that_says_so),
		TEST(the_end_of_a_types_name_is_enough_if_no_other_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
