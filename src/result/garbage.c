/* SPDX-License-Identifier: MIT */
#include "result/garbage.h"

#include <stdlib.h>
#include <string.h>

static int by_sum(const struct garbage_sum *a, const struct garbage_sum *b)
{
	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return (a->objects < b->objects) - (a->objects > b->objects);
}

static int by_cycle(const void *a, const void *b)
{
	const struct garbage_cycle *l = a, *r = b;
	int order = by_sum(&l->sum, &r->sum);

	for (int i = 0; !order && l->types[i] && r->types[i]; i++)
		order = strcmp(l->types[i], r->types[i]);
	return order;
}

static int by_type(const void *a, const void *b)
{
	const struct garbage_type *l = a, *r = b;
	int order = by_sum(&l->sum, &r->sum);

	return order ? order : strcmp(l->type, r->type);
}

static int by_address(const void *a, const void *b)
{
	const struct garbage_object *l = a, *r = b;

	return (l->address > r->address) - (l->address < r->address);
}

/* An array that was never there must not be handed to qsort(). */
static void sort(void *v, size_t n, size_t size,
		 int (*compare)(const void *, const void *))
{
	if (n)
		qsort(v, n, size, compare);
}

void garbage_sort(struct garbage *g)
{
	sort(g->cycles.v, g->cycles.n, sizeof(*g->cycles.v), by_cycle);
	sort(g->types.v, g->types.n, sizeof(*g->types.v), by_type);
	sort(g->objects.v, g->objects.n, sizeof(*g->objects.v), by_address);
}

void garbage_fini(struct garbage *g)
{
	for (size_t i = 0; i < g->cycles.n; i++) {
		for (int k = 0; k < GARBAGE_TYPES; k++)
			free(g->cycles.v[i].types[k]);
	}
	for (size_t i = 0; i < g->types.n; i++)
		free(g->types.v[i].type);
	vec_free(&g->cycles);
	vec_free(&g->types);
	vec_free(&g->objects);
}
