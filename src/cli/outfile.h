/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUTFILE_H
#define CLI_OUTFILE_H

#include <limits.h>

#include "base/err.h"

/**
 * Where a result goes: stdout or a file that appears whole or not at all.
 *
 * A file is readable by its owner only (what is in a heap is nobody else's
 * business) and replaces the old one, whatever that was linked to, when all is
 * written.  A symbolic link, on the way or at its end, is followed if it is
 * ours or root's, and what it leads to is replaced; anybody else's is refused.
 * A pipe or a device is written as it is, at once: one of ours or of root's
 * that is no disk.  A name of one of our own descriptors (/dev/stdout) is that
 * descriptor.
 *
 * Owner: outfile_close(), whether committed or not.
 */
struct outfile {
	int fd;
	const char *path;	/* NULL: stdout */
	int dir;		/* of what path leads to; O_PATH */
	char name[NAME_MAX + 1];	/* there */
	char temp[NAME_MAX + 1];	/* its name for now; "": it has none */
	bool in_place;		/* nothing to replace */
};

/** @path must live as long; NULL or "-" is stdout. */
MUST_CHECK bool outfile_open(struct outfile *of, const char *path,
			     struct err *err);

/** All is written: put it in place. */
MUST_CHECK bool outfile_commit(struct outfile *of, struct err *err);
void outfile_close(struct outfile *of);

#endif
