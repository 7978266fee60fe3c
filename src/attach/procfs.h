/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_PROCFS_H
#define ATTACH_PROCFS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"

/**
 * The text files below /proc/PID.
 *
 * A directory descriptor of /proc/PID stays with its process: once that is
 * gone, reads through it fail with ESRCH, also when the number lives again.
 *
 * Errors: ERR_GONE if the process or thread is gone, ERR_PERM, ERR_OS.
 * Facts:  proc(5); Linux fs/proc/array.c.
 */

/** The file @name below @dir into @buf, NUL-terminated; longer ones are cut. */
MUST_CHECK bool procfs_read(int dir, const char *name, char *buf, size_t size,
			    struct err *err);

/** A whole file, NUL-terminated, to be freed by the caller; at most @max
 *  bytes are read (@ret_len then is @max).  NULL: @err is set. */
MUST_CHECK char *procfs_slurp(int dir, const char *name, size_t max,
			      size_t *ret_len, struct err *err);

/** What follows "@key:" and blanks in the text of a status, or NULL. */
const char *procfs_field(const char *text, const char *key);

/** The number there; -1 if there is none. */
int64_t procfs_number(const char *text, const char *key);

/** The same for "123 kB", in bytes. */
int64_t procfs_bytes(const char *text, const char *key);

/** The fields of /proc/PID/stat that we know by name. */
struct procfs_stat {
	char comm[64];		/* foreign bytes: escape before printing */
	char state;		/* R, S, D, T, t, Z, X, I... */
	pid_t ppid;
	uint32_t flags;		/* PF_* of the kernel */
	int64_t minflt, cminflt, majflt, cmajflt;
	int64_t utime, stime, cutime, cstime;	/* in clock ticks */
	int64_t num_threads;
	uint64_t start_ticks;	/* clock ticks since boot */
};

enum {	/* Linux include/linux/sched.h */
	PROCFS_PF_EXITING = 0x00000004,
	PROCFS_PF_FORKNOEXEC = 0x00000040,
	PROCFS_PF_KTHREAD = 0x00200000,
};

/** Parse the text of a stat; ERR_BADDATA if it is none. */
MUST_CHECK bool procfs_stat_parse(const char *text, struct procfs_stat *ret,
				  struct err *err);

/** Read and parse the stat at @name, say "stat" or "task/4712/stat". */
MUST_CHECK bool procfs_stat(int dir, const char *name,
			    struct procfs_stat *ret, struct err *err);

/** Has a thread in this state exited for good? */
static inline bool procfs_is_dead(char state)
{
	return state == 'Z' || state == 'X' || state == 'x';
}

/** Threads or processes. */
struct pid_list {
	pid_t *v;
	size_t n, room;
};

/** Append the numbers in directory @name below @dir, ERR_LIMIT after
 *  MAX_THREADS of them. */
MUST_CHECK bool procfs_list(int dir, const char *name, struct pid_list *ret,
			    struct err *err);

#endif
