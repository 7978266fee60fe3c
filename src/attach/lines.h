/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_LINES_H
#define ATTACH_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

struct elffile;
struct lines;

/**
 * From an address in the code of a file to a line, and to the functions that
 * were inlined there, by DWARF.
 *
 * libdw neither bounds what it takes nor fails when there is no more memory: it
 * aborts.  So only decoder.c calls this, in a process that may die of it.
 *
 * Text:    foreign.  Owner: lines_close().
 * Threads: one at a time.
 */
struct lines_row {
	const char *linkage;	/* name as the linker sees it; NULL: unknown */
	const char *name;	/* as the source has it; NULL: unknown */
	const char *file;	/* NULL: unknown */
	int64_t line, column;	/* from 1; -1: unknown */
	bool is_inlined;
};

/** How the process ends if libdw finds no memory. */
enum { LINES_NO_MEMORY = 3 };

/** @elf must stay.  ERR_LIMIT: its DWARF takes more than *@most bytes, from
 *  which otherwise is taken what it does take.  ERR_NOMEM, ERR_BADDATA. */
struct lines *lines_open(struct elffile *elf, uint64_t *most,
			 struct err *err);
void lines_close(struct lines *lines);

/** Call @fn for each function around @at, an address as in the file, innermost
 *  first; the last is none that is inlined. */
void lines_at(struct lines *lines, raddr at,
	      void (*fn)(void *arg, const struct lines_row *row), void *arg);

#endif
