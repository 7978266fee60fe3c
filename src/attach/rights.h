/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_RIGHTS_H
#define ATTACH_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

enum { RIGHTS_GROUPS = 64 };	/* one that is in more is given fewer rights */

/** As whom a process opens files: its fsuid, fsgid and groups. */
struct rights {
	uid_t uid;
	gid_t gid;
	gid_t groups[RIGHTS_GROUPS];
	size_t n_groups;
};

/** Those of process @pid.  Facts: proc(5), status. */
MUST_CHECK bool rights_of(pid_t pid, struct rights *ret, struct err *err);

/**
 * Have these and no others from now on: for a child of ours (attach/errand.h)
 * that opens what a target names, of which we print something.  Who is not root
 * has none that the user has not, and keeps them.  False: they are as before,
 * or some of them.
 */
MUST_CHECK bool rights_take(const struct rights *rights);

#endif
