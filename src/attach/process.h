/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_PROCESS_H
#define ATTACH_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#include "attach/facts.h"
#include "attach/procfs.h"
#include "base/addr.h"
#include "base/err.h"

/**
 * One process, told apart from all that ever bore its number.
 *
 * Opening needs no permission but to see /proc/PID.  A number may be reused
 * and a process may start another program at any moment; process_same() tells.
 *
 * Threads: any, once opened; nothing changes after that.
 * Owner:   process_close(); the struct may be moved.
 * Facts:   /proc/PID directories and open `maps` stay with the process and the
 *          address space they were opened for (Linux 3.18, proc_maps_open).
 */
struct process {
	pid_t pid;
	/** Another thread than @pid if the main thread has exited. */
	pid_t tid;
	uint64_t start_ticks;	/* clock ticks since boot */
	int proc_fd;		/* /proc/PID: identity, status, threads */
	int mm_fd;		/* /proc/TID: what needs the address space */
	int maps_fd;		/* /proc/TID/maps, or -1: not permitted */
};

/**
 * ERR_GONE: no such process, or a zombie.  ERR_PERM: it is hidden from us.
 * ERR_BADDATA: a kernel thread or a 32-bit program.  ERR_USAGE: @pid is a
 * thread's number.
 */
MUST_CHECK bool process_open(struct process *proc, pid_t pid,
			     struct err *err);
void process_close(struct process *proc);

/** Still the same process, running the same program?  Else ERR_GONE. */
MUST_CHECK bool process_same(const struct process *proc, struct err *err);

/** Seconds since it was forked; -1: the kernel does not say. */
double process_age(const struct process *proc);

/** ERR_GONE: say so of the process; others: put its number in front. */
bool process_failed(const struct process *proc, struct err *err);

/** Whatever failed: if the process is gone, that is why, and @err says so.
 *  Returns false. */
bool process_explain(const struct process *proc, struct err *err);

/** Append all its threads, exiting ones too. */
MUST_CHECK bool process_threads(const struct process *proc,
				struct pid_list *ret, struct err *err);

/**
 * May it share pages copy-on-write with a relative (it was forked, or has
 * forked children, and no exec since)?  Pinning such pages copies them.
 * When in doubt, yes.  An orphaned grandchild goes unseen.
 */
bool process_shares_pages(const struct process *proc);

MUST_CHECK bool process_info(const struct process *proc,
			     struct process_info *ret, struct err *err);

/** Take @text, @len bytes and a NUL, for the arguments: each ends with a NUL,
 *  but for a title written over them.  It is the info's from then on. */
MUST_CHECK bool process_info_args(struct process_info *info, char *text,
				  size_t len, struct err *err);

/** Name the user by its uid. */
void process_info_user(struct process_info *info);

#endif
