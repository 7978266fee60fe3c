/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKETRACES_H
#define TESTS_FAKETRACES_H

#include "fakemem.h"
#include "pyabi/tracemalloc.h"

/**
 * tracemalloc's tables in a tracee's memory, laid out as those of CPython
 * 3.MINOR, with a block or two in them.
 *
 *	struct faketraces ft;
 *
 *	faketraces_init(&ft, 12);
 *	file = faketraces_file(&ft, "app.py");
 *	tb = faketraces_traceback(&ft, 1, &file, &line);
 *	faketraces_block(&ft, 0, 0x5000, 64, tb);
 *	... tracemalloc_read(&traces, &ft.tm, &ft.ctx, &err) ...
 *	faketraces_fini(&ft);
 */
enum {
	FAKETRACES = 0x10000,
	FAKETRACES_VARIABLES = 0x100,	/* from there on */
	FAKETRACES_TYPE = FAKETRACES + 0x200,	/* of str; then all else */
	FAKETRACES_CODE = 0x7000000,	/* functions of tables */
	FAKETRACES_BUCKETS = 16,
};

struct faketraces {
	struct fakemem fm;
	struct abi abi;
	struct pyctx ctx;
	struct tracemalloc tm;
	raddr next;			/* that is free */
};

void faketraces_init(struct faketraces *ft, unsigned minor);
void faketraces_fini(struct faketraces *ft);

/** What a frame has of a file: a str, or bytes that end with a NUL. */
raddr faketraces_file(struct faketraces *ft, const char *name);

/** The most recent frame first; there were two more than @n (3.9 ..). */
raddr faketraces_traceback(struct faketraces *ft, uint16_t n,
			   const raddr *files, const uint32_t *lines);

/** A trace; its entry.  Another domain has a table of its own from 3.9 on. */
raddr faketraces_block(struct faketraces *ft, uint32_t domain, raddr at,
		       uint64_t size, raddr traceback);

/** The table that the variable at @variable points at. */
raddr faketraces_table(const struct faketraces *ft, raddr variable);

/** Write that its table has @n entries. */
void faketraces_claim(struct faketraces *ft, raddr table, uint64_t n);

/** Where that has the number of its buckets. */
raddr faketraces_n_buckets(const struct faketraces *ft, raddr table);

#endif
