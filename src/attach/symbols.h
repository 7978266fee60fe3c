/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_SYMBOLS_H
#define ATTACH_SYMBOLS_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

struct budget;
struct code;
struct symbols;

/**
 * From an address in the code of a tracee to a function, and where there is
 * DWARF, in the file or in a separate one, to a line and to the functions that
 * were inlined there.
 *
 * Names are looked up in .symtab or .dynsym, all addresses of a file in one
 * pass; lines, and names as their authors wrote them, for all addresses at
 * once.  What was found is kept until the tracee maps other code.
 *
 * Bounds:  a struct budget for each look; what it did not last for has no name
 *          or no lines.
 *
 * Text:    foreign: escape it.
 * Owner:   symbols_free(); results live until code_update() sees other code,
 *          or symbols_resolve().
 * Threads: one at a time.
 */
struct symbol_line {
	char *function;		/* NULL: as the symbol says */
	char *file;		/* NULL: unknown */
	int64_t line, column;	/* from 1; -1: unknown */
};

struct symbol {
	raddr at;
	const char *module;	/* path of the file; NULL: code of no file */
	raddr offset;		/* in the file, as its symbols have it */
	/** "libx.so+0x1234" or "0x7f..." where there is no name. */
	char *function;
	bool is_named;
	bool is_described;	/* as far as it can be */
	/** Innermost first; the last is the function itself, the others are
	 *  inlined.  None: unknown. */
	VEC(struct symbol_line) lines;
};

/** @code must stay. */
MUST_CHECK struct symbols *symbols_new(struct code *code, struct err *err);
void symbols_free(struct symbols *sy);

/** Put @at on the list of what is to be found. */
MUST_CHECK bool symbols_want(struct symbols *sy, raddr at, struct err *err);

/** Find the names of what is on the list, as symbols have them. */
MUST_CHECK bool symbols_resolve(struct symbols *sy, struct budget *budget,
				struct err *err);

/** Demangle the names that were found, and fill in the lines, where they can be
 *  known and are not yet.  ERR_NOMEM. */
MUST_CHECK bool symbols_describe(struct symbols *sy, struct budget *budget,
				 struct err *err);

/**
 * Files whose lines are missing: why, one after the other; NULL: no more.
 *
 *	for (i = 0; (why = symbols_fault(sy, &i, &file)); )
 */
const char *symbols_fault(const struct symbols *sy, size_t *i,
			  const char **ret_file);

/** What was found; NULL: it was not asked for. */
struct symbol *symbols_get(struct symbols *sy, raddr at);

#endif
