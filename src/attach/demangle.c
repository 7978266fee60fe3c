/* SPDX-License-Identifier: MIT */
#include "attach/demangle.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"

/* Parameters of parameters: 2^20 names in one of 200 bytes.  Nobody reads
 * that. */
static char *not_endless(char *name)
{
	if (!name || strnlen(name, MAX_SYMBOL_NAME) < MAX_SYMBOL_NAME)
		return name;
	free(name);
	return NULL;
}

#ifdef HAVE_LIBIBERTY

#include <libiberty/demangle.h>

void demangler_prepare(struct demangler *dm)
{
	(void)dm;
}

char *demangle(struct demangler *dm, const char *name)
{
	(void)dm;
	if (name[0] != '_')
		return NULL;
	return not_endless(cplus_demangle(name, DMGL_PARAMS | DMGL_ANSI |
						DMGL_AUTO));
}

void demangler_fini(struct demangler *dm)
{
	*dm = (struct demangler){0};
}

#else

#include "base/compiler.h"

#ifdef STATIC_PROGRAM

/* Of the C++ runtime, linked in. */
char *__cxa_demangle(const char *name, char *buf, unsigned long *size,
		     int *status);

void demangler_prepare(struct demangler *dm)
{
	dm->call = __cxa_demangle;
}

#else

void demangler_prepare(struct demangler *dm)
{
	if (dm->tried)
		return;
	dm->tried = 1;
	dm->library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
	if (!dm->library)
		dm->library = dlopen("libc++abi.so.1", RTLD_NOW | RTLD_LOCAL);
	if (dm->library)
		*(void **)&dm->call = dlsym(dm->library, "__cxa_demangle");
}

#endif

void demangler_fini(struct demangler *dm)
{
	if (dm->library)
		dlclose(dm->library);
	*dm = (struct demangler){0};
}

/* Rust's older names are C++'s with a hash behind: "::h0123456789abcdef". */
static bool has_rust_hash(const char *name, size_t len)
{
	const size_t size = strlen("::h") + 16;
	const char *hash = name + len - size;

	if (len <= size || strncmp(hash, "::h", 3) != 0)
		return false;
	for (hash += 3; *hash; hash++) {
		if (!isxdigit((unsigned char)*hash))
			return false;
	}
	return true;
}

static const struct rust_escape {
	const char *from, *to;
} rust_escapes[] = {
	{ "$SP$", "@" }, { "$BP$", "*" },   { "$RF$", "&" },   { "$LT$", "<" },
	{ "$GT$", ">" }, { "$LP$", "(" },   { "$RP$", ")" },   { "$C$", "," },
	{ "..", "::" },	 { "$u20$", " " },  { "$u27$", "'" },  { "$u5b$", "[" },
	{ "$u5d$", "]" }, { "$u7b$", "{" }, { "$u7d$", "}" },  { "$u7e$", "~" },
	{ "$u2b$", "+" }, { "$u3b$", ";" }, { "$u22$", "\"" },
};

static const struct rust_escape *escape_at(const char *at)
{
	for (size_t i = 0; i < ARRAY_SIZE(rust_escapes); i++) {
		if (strncmp(at, rust_escapes[i].from,
			    strlen(rust_escapes[i].from)) == 0)
			return &rust_escapes[i];
	}
	return NULL;
}

/* In place: no escape is shorter than what it stands for. */
static void unescape_rust(char *name)
{
	char *to = name;
	bool begins = true;	/* "_$LT$": a name must begin with a letter */

	for (const char *from = name; *from;) {
		const struct rust_escape *escape = escape_at(from);

		if (begins && from[0] == '_' && from[1] == '$') {
			from++;
			continue;
		}
		begins = from[0] == ':';
		if (!escape) {
			*to++ = *from++;
			continue;
		}
		to = stpcpy(to, escape->to);
		from += strlen(escape->from);
	}
	*to = '\0';
}

char *demangle(struct demangler *dm, const char *name)
{
	int status = -1;
	char *ret;
	size_t len;

	if (strncmp(name, "_Z", 2) != 0 && strncmp(name, "__Z", 3) != 0)
		return NULL;
	demangler_prepare(dm);
	ret = dm->call ? dm->call(name, NULL, NULL, &status) : NULL;
	if (!ret || status != 0)
		return NULL;
	ret = not_endless(ret);
	if (!ret)
		return NULL;
	len = strlen(ret);
	if (has_rust_hash(ret, len)) {
		ret[len - strlen("::h0123456789abcdef")] = '\0';
		unescape_rust(ret);
	}
	return ret;
}

#endif
