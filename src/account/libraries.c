/* SPDX-License-Identifier: MIT */
#include "account/libraries.h"

#include <stdlib.h>
#include <string.h>

#include "account/allocators.h"
#include "base/ranges.h"

static int library_order(const void *a, const void *b)
{
	const struct library *l = a, *r = b;

	return (l->start > r->start) - (l->start < r->start);
}

bool libraries_find(struct libraries *libs, struct modules *mods,
		    struct err *err)
{
	for (size_t i = 0; i < mods->n && libs->all.n < LIBRARIES_MAX; i++) {
		struct module *mod = &mods->v[i];
		struct library *lib;
		raddr start, end;

		if (!mod->has_exec || !module_writable(mod, &start, &end))
			continue;
		lib = vec_add(&libs->all, err);
		if (!lib)
			return false;
		lib->start = start;
		lib->end = end;
		lib->allocator = allocator_of(mod);
		if (lib->allocator && !libs->allocator)
			libs->allocator = lib->allocator;
		lib->path = strdup(mod->path);
		if (!lib->path)
			return err_nomem(err);
	}
	if (libs->all.n)
		qsort(libs->all.v, libs->all.n, sizeof(*libs->all.v),
		      library_order);
	return true;
}

void libraries_fini(struct libraries *libs)
{
	for (size_t i = 0; i < libs->all.n; i++)
		free(libs->all.v[i].path);
	vec_free(&libs->all);
}

unsigned libraries_of(const struct libraries *libs, raddr word)
{
	const size_t i = ranges_from(&libs->all, word);

	return i < libs->all.n && libs->all.v[i].start <= word ?
		       (unsigned)i + 1 : 0;
}

unsigned libraries_whose(const struct libraries *libs, const uint8_t *p,
			 uint64_t len)
{
	const struct library *v = libs->all.v;
	uint64_t n = len / sizeof(raddr);
	unsigned whose = 0;

	if (!libs->all.n)
		return 0;
	for (uint64_t i = 0; i < n && i < LIBRARIES_WORDS && !whose; i++) {
		raddr word;

		memcpy(&word, p + i * sizeof(word), sizeof(word));
		if (word >= v[0].start && word < v[libs->all.n - 1].end)
			whose = libraries_of(libs, word);
	}
	return whose;
}
