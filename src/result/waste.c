/* SPDX-License-Identifier: MIT */
#include "result/waste.h"

#include <stdlib.h>

static const struct {
	const char *word, *title, *advice;
} kinds[WASTE_N_KINDS] = {
	[WASTE_EMPTY] = { "empty", "empty dicts, lists, sets",
			  "make them when the first item comes" },
	[WASTE_ONE_ENTRY] = { "one_entry", "dicts with one entry",
			      "a tuple of key and value" },
	[WASTE_SPARSE_DICT] = { "sparse_dict", "dicts larger than a copy",
				"dict(d)" },
	[WASTE_SPARSE_LIST] = { "sparse_list", "lists half empty or more",
				"l[:]" },
	[WASTE_SPARSE_SET] = { "sparse_set", "sets larger than a copy",
			       "set(s)" },
	[WASTE_SLOTS] = { "slots", "instances without __slots__",
			  "__slots__ in the class" },
	[WASTE_NUMBERS] = { "numbers", "numbers that only one list holds",
			    "array.array, numpy" },
	[WASTE_EQUAL] = { "equal", "str and bytes equal to another",
			  "sys.intern, or a dict of those seen" },
};

const char *waste_word(enum waste_kind kind)
{
	return kinds[kind].word;
}

const char *waste_title(enum waste_kind kind)
{
	return kinds[kind].title;
}

const char *waste_advice(enum waste_kind kind)
{
	return kinds[kind].advice;
}

static int by_saved(const void *a, const void *b)
{
	const struct waste_text *l = a, *r = b;

	if (l->saved != r->saved)
		return l->saved < r->saved ? 1 : -1;
	return (l->objects < r->objects) - (l->objects > r->objects);
}

void waste_sort_texts(struct waste *waste)
{
	if (waste->texts.n)
		qsort(waste->texts.v, waste->texts.n, sizeof(*waste->texts.v),
		      by_saved);
}

int64_t waste_saved(const struct waste *waste)
{
	int64_t sum = 0;

	for (int i = 0; i < WASTE_N_KINDS; i++)
		sum += waste->kinds[i].saved;
	return sum;
}

void waste_fini(struct waste *waste)
{
	for (int i = 0; i < WASTE_N_KINDS; i++) {
		struct waste_sum *sum = &waste->kinds[i];

		for (size_t k = 0; k < sum->owners.n; k++) {
			free(sum->owners.v[k].name);
			free(sum->owners.v[k].type);
		}
		vec_free(&sum->owners);
	}
	for (size_t i = 0; i < waste->texts.n; i++) {
		free(waste->texts.v[i].type);
		free(waste->texts.v[i].value);
	}
	vec_free(&waste->texts);
}
