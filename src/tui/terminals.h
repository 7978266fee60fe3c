/* SPDX-License-Identifier: MIT */
#ifndef TUI_TERMINALS_H
#define TUI_TERMINALS_H

/**
 * Descriptions of common terminals that are part of the program, for a host
 * that has none: an image of nothing but one program, say.  Made at build time
 * by packaging/terminals.sh; none unless the program is static.
 */
struct terminal_builtin {
	const char *name;		/* as in the variable TERM */
	const char *description;	/* as in TERMINFO: term(7), "hex:..." */
};

/** The last has no name. */
extern const struct terminal_builtin terminal_builtins[];

#endif
