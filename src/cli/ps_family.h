/* SPDX-License-Identifier: MIT */
#ifndef CLI_PS_FAMILY_H
#define CLI_PS_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "attach/procfs.h"
#include "cli/ps_probe.h"

/** All processes of the host, by PID, and the parent of each. */
struct ps_tree {
	struct pid_list pids;
	pid_t *ppids;		/* 0: gone, or none */
};

MUST_CHECK bool ps_tree_read(struct ps_tree *tree, struct err *err);
void ps_tree_fini(struct ps_tree *tree);

/** Does @pid descend from @ancestor? */
bool ps_tree_is_below(const struct ps_tree *tree, pid_t pid, pid_t ancestor);

/** Fill parent and role of @rows, which are in the order of PIDs. */
void ps_family_link(const struct ps_tree *tree, struct ps_row *rows, size_t n);

/** The uppermost Python above @row; itself if there is none. */
struct ps_row *ps_family_head(struct ps_row *rows, size_t n,
			      struct ps_row *row);

/** Along those that each was forked off, the first that was not; @row itself if
 *  it was not. */
struct ps_row *ps_family_master(struct ps_row *rows, size_t n,
				struct ps_row *row);

/** Bring @rows, in the order of PIDs, into that of trees: parents before their
 *  children.  Sets the depth of each. */
MUST_CHECK bool ps_family_order(struct ps_row *rows, size_t n,
				struct err *err);

#endif
