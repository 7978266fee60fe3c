/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_PERMISSION_H
#define ATTACH_PERMISSION_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/**
 * Why a process cannot be attached to, and what to do about it.
 *
 * Facts: ptrace(2), "Ptrace access mode checking"; capabilities(7); Linux
 *        security/yama.  What was measured is in the comments of the source.
 */

/** The facts that decide.  Found by permission_look(), made up by tests. */
struct permission {
	pid_t pid;
	bool exists;		/* and is not about to end */
	bool hidden;		/* /proc is mounted with hidepid */
	uid_t our_uid, uid;
	char user[64];		/* theirs */
	bool same_ids;		/* all their uids and gids are ours */
	bool more_caps;		/* they have capabilities that we lack */
	bool not_dumpable;
	bool have_cap;		/* CAP_SYS_PTRACE is effective */
	bool cap_in_reach;	/* it is in the bounding set: root has it */
	bool other_userns;	/* theirs is not ours */
	int yama;		/* ptrace_scope; -1: no Yama */
	bool may_read;		/* by now the kernel allows it */
	pid_t tracer;
	char tracer_comm[64];
};

void permission_look(pid_t pid, struct permission *ret);

/** One line, no full stop: what to do.  "" if nothing is known to be wrong. */
void permission_advise(const struct permission *p, char *buf, size_t size);

/** permission_look() and permission_advise() after @err; "" unless that is
 *  about permissions. */
void permission_explain(pid_t pid, const struct err *err, char *buf,
			size_t size);

/**
 * Could it be looked into?  Looks only: nothing is stopped, nothing read.
 *
 * @why is "" or a few words: what forbids it, "other user (www-data)", or that
 * it may be read but not paused, "traced by 99 (gdb)".
 */
bool permission_can_attach(pid_t pid, char *why, size_t size);

#endif
