/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_SYMBOLS_H
#define ATTACH_SYMBOLS_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

struct code;
struct symbols;

/**
 * From an address in the code of a tracee to a function, and where there is
 * DWARF, in the file or in a separate one, to a line and to the functions that
 * were inlined there.
 *
 * Names are looked up in .symtab or .dynsym, all addresses of a file in one
 * pass.  DWARF is opened when symbols_lines() asks for the first line of a
 * file.  What was found is kept until the tracee maps other code.
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
	/** Demangled; "libx.so+0x1234" or "0x7f..." where there is no name. */
	char *function;
	bool is_named;
	bool tried_lines;
	/** Innermost first; the last is the function itself, the others are
	 *  inlined.  None: unknown. */
	VEC(struct symbol_line) lines;
};

/** @code must stay. */
MUST_CHECK struct symbols *symbols_new(struct code *code, struct err *err);
void symbols_free(struct symbols *sy);

/** Put @at on the list of what is to be found. */
MUST_CHECK bool symbols_want(struct symbols *sy, raddr at, struct err *err);

/** Find what is on the list. */
MUST_CHECK bool symbols_resolve(struct symbols *sy, struct err *err);

/** Open the DWARF of all files that symbols_resolve() named code of, several at
 *  once: what is compressed takes long.  To be called before symbols_lines(),
 *  which gives up SYMBOLS_MS later. */
enum { SYMBOLS_MS = 3000 };
void symbols_open_lines(struct symbols *sy);

/** What was found; NULL: it was not asked for. */
struct symbol *symbols_get(struct symbols *sy, raddr at);

/** Fill in sym->lines, if they can be known. */
void symbols_lines(struct symbols *sy, struct symbol *sym);

#endif
