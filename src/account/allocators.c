/* SPDX-License-Identifier: MIT */
#include "account/allocators.h"

#include <string.h>

#include "base/compiler.h"

static const struct mark {
	const char *function, *allocator;
	unsigned page_shift;
} marks[] = {
	{ "mallctl", "jemalloc", 0 },
	{ "tc_malloc", "tcmalloc", 13 },
	{ "TCMallocInternalMalloc", "tcmalloc", 13 },
	{ "mi_malloc", "mimalloc", 0 },
	{ "__dls3", "musl's malloc", 0 },
};

typedef bool lookup_fn(struct module *mod, const char *name, raddr *ret,
		       uint64_t *ret_size);

static const char *find_mark(struct module *mod, lookup_fn *lookup)
{
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		raddr at;
		uint64_t size;

		if (lookup(mod, marks[i].function, &at, &size))
			return marks[i].allocator;
	}
	return NULL;
}

/* What is linked into a program has no more than malloc() among its dynamic
 * symbols: other libraries are to find that. */
const char *allocator_of(struct module *mod)
{
	const char *found;
	uint64_t size;
	raddr at;

	if (!mod->has_exec || !module_dynsym(mod, "malloc", &at, &size))
		return NULL;
	found = find_mark(mod, module_dynsym);
	return found ? found : find_mark(mod, module_symbol);
}

unsigned allocator_page_shift(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(marks); i++) {
		if (strcmp(marks[i].allocator, name) == 0)
			return marks[i].page_shift;
	}
	return 0;
}
