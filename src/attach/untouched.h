/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_UNTOUCHED_H
#define ATTACH_UNTOUCHED_H

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

struct process;

/**
 * Pages of private file mappings that the tracee has not touched.
 *
 * They are what the file is; but whoever reads them through the tracee maps
 * them there, and its resident size grows.  So they are read from the file.
 *
 * Threads: any number may ask once nothing is added any more.
 * Owner:   untouched_fini(); the descriptors stay whose they are.
 * Facts:   a private page that was written to is present or swapped:
 *          Documentation/admin-guide/mm/pagemap.rst, bits 63 and 62.
 */
struct untouched_file {
	raddr start, end;
	uint64_t offset;	/* in the file, of start */
	int fd;
};

struct untouched {
	int pagemap_fd;		/* -1: nobody can tell; all count as touched */
	VEC(struct untouched_file) files;
};

void untouched_init(struct untouched *u, const struct process *proc);
void untouched_fini(struct untouched *u);

/** [start, end) maps @fd from @offset on, privately.  In ascending order. */
MUST_CHECK bool untouched_add(struct untouched *u, raddr start, raddr end,
			      uint64_t offset, int fd, struct err *err);

/** Is any page of [start, end), page aligned, untouched? */
bool untouched_any(const struct untouched *u, raddr start, raddr end);

/**
 * The beginning of the @len > 0 bytes at @at whose pages are all touched or
 * all not: how long it is.  Not: *ret_fd is the file and *ret_offset where in
 * it; else *ret_fd is -1.
 */
size_t untouched_run(const struct untouched *u, raddr at, size_t len,
		     int *ret_fd, uint64_t *ret_offset);

#endif
