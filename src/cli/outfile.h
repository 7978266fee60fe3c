/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUTFILE_H
#define CLI_OUTFILE_H

#include "base/err.h"

/**
 * Where a result goes: stdout or a file that appears whole or not at all.
 *
 * A new file is readable by its owner only (what is in a heap is nobody
 * else's business) and replaces the old one when all is written.  A device, a
 * pipe or what a symbolic link points at is written as it is, at once.
 *
 * Owner: outfile_close(), whether committed or not.
 */
struct outfile {
	int fd;
	const char *path;	/* NULL: stdout */
	char *temp;		/* its name for now; NULL: it has none */
	bool in_place;		/* nothing to replace */
};

/** @path must live as long; NULL or "-" is stdout. */
MUST_CHECK bool outfile_open(struct outfile *of, const char *path,
			     struct err *err);

/** All is written: put it in place. */
MUST_CHECK bool outfile_commit(struct outfile *of, struct err *err);
void outfile_close(struct outfile *of);

#endif
