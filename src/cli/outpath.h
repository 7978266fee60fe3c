/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUTPATH_H
#define CLI_OUTPATH_H

#include <limits.h>
#include <sys/types.h>

#include "base/err.h"

/**
 * A path on which nobody leads us astray.
 *
 * The kernel follows any link.  We walk step by step and follow only those of
 * our user and of root: in a folder where all may write, another's link would
 * choose what we write to.  fs.protected_symlinks does so in sticky folders
 * only, and where it is set.
 */
struct outpath {
	int dir;			/* O_PATH; or -1 */
	char name[NAME_MAX + 1];	/* in @dir; no link */
	int own_fd;		/* it is this descriptor of ours; or -1 */
};

/** May we write to what belongs to @owner, or follow it? */
bool outpath_trusts(uid_t owner);

/** What is called @name there need not exist.  False: nothing to close. */
MUST_CHECK bool outpath_walk(const char *path, struct outpath *ret,
			     struct err *err);

#endif
