/* SPDX-License-Identifier: MIT */
/* Ways that are alike are one, whoever's they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "graph/waytree.h"
#include "pyabi/pytype.h"

static struct waytree tree;
static struct err err;
static struct pytype node_type = { .index = 1, .name = "Node",
				   .full = "app.Node" };

static int set_up(void **state)
{
	(void)state;
	return waytree_init(&tree, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	waytree_fini(&tree);
	memset(&tree, 0, sizeof(tree));
	return 0;
}

/* Where the word of that kind leads from @node. */
static uint32_t step(uint32_t node, enum name_kind kind, const char *text,
		     const struct pytype *owner)
{
	struct name name = { .kind = (uint8_t)kind, .owner = owner };
	uint32_t word, ret;

	snprintf(name.text, sizeof(name.text), "%s", text);
	assert_true(waytree_word(&tree, &name, &word, &err));
	assert_true(waytree_step(&tree, node, word, &ret, &err));
	return ret;
}

static uint32_t index_from(uint32_t node)
{
	return step(node, NAME_ITEM, "", NULL);
}

static uint32_t module_of(const char *name)
{
	return step(WAYTREE_ROOT, NAME_MODULE, name, NULL);
}

/* "2 module app > [index] > app.Node; ..." of the first @most. */
static const char *told(size_t most, bool also)
{
	char type[] = "app.Node";
	struct ways ways = { .most = most, .type = type };
	static char text[4096];

	*text = '\0';
	assert_true(waytree_tell(&tree, &ways, also, &err));
	for (size_t i = 0; i < ways.v.n; i++) {
		sprintf(text + strlen(text), "%s%lld", i ? "; " : "",
			(long long)ways.v.v[i].count);
		for (size_t k = 0; k < ways.v.v[i].words.n; k++)
			sprintf(text + strlen(text), "%s%s", k ? " > " : " ",
				ways.v.v[i].words.v[k]);
	}
	if (ways.more_ways)
		sprintf(text + strlen(text), "; %lld more, to %lld",
			(long long)ways.more_ways,
			(long long)ways.more_objects);
	ways.type = NULL;
	ways_fini(&ways);
	return text;
}

static void ways_of_the_same_words_end_in_the_same_node(void **state)
{
	(void)state;
	waytree_count(&tree, index_from(module_of("app")));
	waytree_count(&tree, index_from(module_of("app")));
	waytree_count(&tree, index_from(module_of("web")));
	assert_string_equal(told(9, false),
			    "2 module app > [index] > app.Node; "
			    "1 module web > [index] > app.Node");
}

static void what_says_nothing_leads_nowhere_else(void **state)
{
	const uint32_t app = module_of("app");

	(void)state;
	assert_int_equal(step(app, NAME_NOTHING, "", NULL), app);
}

static void an_attribute_of_its_own_kind_comes_again(void **state)
{
	uint32_t at = module_of("app");
	const uint32_t first = at = step(at, NAME_ATTRIBUTE, "next",
					 &node_type);

	(void)state;
	at = step(at, NAME_KEY, "key", NULL);
	at = step(at, NAME_ATTRIBUTE, "next", &node_type);
	assert_int_equal(at, first);
	waytree_count(&tree, at);
	assert_string_equal(told(9, false), "1 module app > next... > "
			    "app.Node");
}

static void a_coroutine_that_awaits_itself_is_told_once(void **state)
{
	const uint32_t first = step(module_of("app"), NAME_OWN,
				    "coroutine walk", NULL);
	uint32_t at = step(first, NAME_OTHER, "local 'inner'", NULL);

	(void)state;
	assert_int_equal(step(at, NAME_OWN, "coroutine walk", NULL), first);
	assert_int_not_equal(step(at, NAME_OWN, "coroutine run", NULL),
			     first);
}

static void three_indexes_in_a_row_stand_for_any_number(void **state)
{
	uint32_t at = module_of("app");

	(void)state;
	for (int i = 0; i < 100; i++)
		at = index_from(at);
	waytree_count(&tree, at);
	assert_string_equal(told(9, false), "1 module app > [index] > [index] "
			    "> [index]... > app.Node");
}

static void ways_of_as_many_are_in_the_order_of_their_words(void **state)
{
	static const char *const names[] = { "c", "a", "b" };

	(void)state;
	for (int i = 0; i < 3; i++)
		waytree_count(&tree, module_of(names[i]));
	assert_string_equal(told(2, false), "1 module a > app.Node; "
			    "1 module b > app.Node; 1 more, to 1");
}

static void an_object_is_held_besides_by_a_way_once(void **state)
{
	const uint32_t app = module_of("app");

	(void)state;
	waytree_count_also(&tree, app, 7);
	waytree_count_also(&tree, app, 7);
	waytree_count_also(&tree, app, 8);
	assert_string_equal(told(9, true), "2 module app > app.Node");
	assert_string_equal(told(9, false), "");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ways_of_the_same_words_end_in_the_same_node),
		TEST(what_says_nothing_leads_nowhere_else),
		TEST(an_attribute_of_its_own_kind_comes_again),
		TEST(a_coroutine_that_awaits_itself_is_told_once),
		TEST(three_indexes_in_a_row_stand_for_any_number),
		TEST(ways_of_as_many_are_in_the_order_of_their_words),
		TEST(an_object_is_held_besides_by_a_way_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
