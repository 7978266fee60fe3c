/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_DEMANGLE_H
#define ATTACH_DEMANGLE_H

/**
 * Names as their authors wrote them: C++ and Rust.
 *
 * Built with libiberty (HAVE_LIBIBERTY), that knows them all.  Without it the
 * C++ runtime demangles: that of this host, if it has one, which
 * demangler_prepare() loads, so that nothing depends on it; or a static
 * program's own.  Rust's newer names (_R...) then stay as they are, as do all
 * without either.
 *
 * Threads: any.
 */
struct demangler {
	void *library;
	char *(*call)(const char *name, char *buf, unsigned long *size,
		      int *status);
	int tried;
};

/** Load what demangles. */
void demangler_prepare(struct demangler *dm);

/** @name demangled, to be freed by the caller; NULL: it stands for itself, or
 *  says MAX_SYMBOL_NAME bytes and more, as names of 300 may.  How much memory
 *  and time that takes nobody bounds: see decoder.h. */
char *demangle(struct demangler *dm, const char *name);
void demangler_fini(struct demangler *dm);

#endif
