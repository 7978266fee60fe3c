/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_DEMANGLE_H
#define ATTACH_DEMANGLE_H

/**
 * Names as their authors wrote them: C++ and Rust.
 *
 * The C++ runtime of this host demangles, if it has one: it is loaded when a
 * name first needs it, and nothing depends on it.  Without it, and for Rust's
 * newer names (_R...), they stay as they are.
 *
 * Threads: any.
 */
struct demangler {
	void *library;
	char *(*call)(const char *name, char *buf, unsigned long *size,
		      int *status);
	int tried;
};

/** @name demangled, to be freed by the caller; NULL: it stands for itself. */
char *demangle(struct demangler *dm, const char *name);
void demangler_fini(struct demangler *dm);

#endif
