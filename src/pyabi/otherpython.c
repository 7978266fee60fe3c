/* SPDX-License-Identifier: MIT */
#include "pyabi/otherpython.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

/* PyPy 7.3 exports its entry points for those who embed it. */
static const struct other {
	const char *stem;	/* of its program and, after "lib", library */
	const char *symbol;	/* exported by it; NULL: none is known */
	const char *name;
} others[] = {
	{ "pypy", "pypy_main_startup", "PyPy" },
	{ "pypy", "rpython_startup_code", "PyPy" },
	{ "graalpy", NULL, "GraalPy" },
	{ "pythonvm", NULL, "GraalPy" },
	{ "micropython", NULL, "MicroPython" },
};

static bool is_stem_of(const char *stem, const char *name, const char **rest)
{
	size_t len = strlen(stem);

	if (strncmp(name, "lib", 3) == 0)
		name += 3;
	*rest = name + len;
	/* pypyodbc.so is not PyPy. */
	return strncmp(name, stem, len) == 0 &&
	       (!**rest || strchr("0123456789.-", **rest));
}

const char *otherpython_by_name(const char *name, char *version, size_t size)
{
	const char *rest;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		size_t len;

		if (!is_stem_of(others[i].stem, name, &rest))
			continue;
		len = strspn(rest, "0123456789.");
		while (len > 0 && rest[len - 1] == '.')
			len--;
		if (version)
			snprintf(version, size, "%.*s", (int)len, rest);
		return others[i].name;
	}
	return NULL;
}

static bool exports(struct module *mod, const char *symbol)
{
	uint64_t size;
	raddr at;

	return symbol && module_dynsym(mod, symbol, &at, &size);
}

static const char *by_symbol(struct module *mod)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (exports(mod, others[i].symbol))
			return others[i].name;
	}
	return NULL;
}

const char *otherpython_find(struct modules *mods)
{
	for (size_t i = 0; i < mods->n; i++) {
		const char *slash = strrchr(mods->v[i].path, '/');
		const char *name = slash && mods->v[i].has_exec ?
			otherpython_by_name(slash + 1, NULL, 0) : NULL;

		if (name)
			return name;
	}
	for (size_t i = 0; i < mods->n; i++) {
		const char *name = mods->v[i].has_exec ?
			by_symbol(&mods->v[i]) : NULL;

		if (name)
			return name;
	}
	return NULL;
}
