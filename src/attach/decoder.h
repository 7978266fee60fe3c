/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_DECODER_H
#define ATTACH_DECODER_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

struct budget;
struct decoder;
struct elffile;

/**
 * What others wrote to be decoded at length, decoded in a process of its own:
 * DWARF, and the mangled names of C++ and Rust.
 *
 * The libraries that do it take what memory and time they like, abort if there
 * is no more, and were not written for files that lie.  So they work where
 * nothing can be opened, no more than DECODER_MEMORY be had, and where they are
 * killed once the budget is spent.  What was answered until then counts; the
 * next question starts another.
 *
 * DWARF that was opened stays open until the next question about a file that
 * the decoder does not know.
 *
 * Threads: one at a time.
 * Owner:   decoder_free().
 */
enum {
	DECODER_MEMORY = 192 << 20,	/* bytes besides what we have */
	DECODER_DWARF = 96 << 20,	/* of them for DWARF, unpacked */
	DECODER_PATIENCE_MS = 20000,	/* by the clock, whatever it does */
};

/** What has gone wrong with a file. */
enum decoder_fault {
	DECODER_FINE,
	DECODER_TOO_LARGE,	/* more DWARF than DECODER_DWARF */
	DECODER_NO_MEMORY,	/* it came to DECODER_MEMORY */
	DECODER_DIED,		/* of it; no decoder could be had */
};

/** A file: that which has its DWARF.  All must stay until others are asked
 *  about, with new numbers. */
struct decoder_file {
	struct elffile *elf;	/* NULL: it has none, or is of no interest */
	enum decoder_fault fault;
};

struct decoder_want {
	size_t file;		/* its number */
	raddr at;		/* as in the file */
	const char *name;	/* to be demangled, or NULL */
	bool is_answered;
};

struct decoder_line {
	char *function, *file;	/* NULL: unknown; free() them */
	int64_t line, column;	/* from 1; -1: unknown */
	bool is_inlined;
};

/** The answer to want number @i, of which all text now is @arg's. */
struct decoder_take {
	void (*name)(void *arg, size_t i, char *name);
	bool (*line)(void *arg, size_t i, const struct decoder_line *line);
	void *arg;
};

/** NULL: no memory. */
struct decoder *decoder_new(struct err *err);
void decoder_free(struct decoder *de);

/** Other files are asked about from now on. */
void decoder_forget(struct decoder *de);

/**
 * Answer as many of @n wants, in order, as @budget allows; those of files with
 * a fault are passed over, and a file that turns out to have one gets it.
 * False: @take->line said so.
 */
MUST_CHECK bool decoder_ask(struct decoder *de, struct decoder_file *file,
			    size_t n_files, struct decoder_want *want, size_t n,
			    struct budget *budget,
			    const struct decoder_take *take);

#endif
