/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_FOREIGNFILE_H
#define ATTACH_FOREIGNFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct process;

/**
 * A file that a tracee can name: its program, its libraries, what they say of
 * files beside them.  Whoever opens one asks here, and nowhere else.
 *
 * It is opened only if it is a regular file of no more than @most bytes on a
 * filesystem that answers by itself, and handed out only if @is_it says so.
 * No device, FIFO or socket is ever opened, no file waited for.
 *
 * Returned: a descriptor, or -1 with errno.  EINVAL: no regular file.  EFBIG.
 * ENOTSUP: a filesystem that a process of anybody serves (FUSE), or that we
 * know nothing of.  ESTALE: @is_it said no.  ELOOP, ENAMETOOLONG.
 */
struct foreignfile {
	const struct process *proc;	/* NULL: ourselves */
	uint64_t most;			/* bytes it may have */
	/** Is @fd what was looked for?  NULL: the link says enough. */
	bool (*is_it)(const void *arg, int fd, const struct stat *st);
	const void *arg;
};

/** What the kernel's link @name ("exe") in /proc/PID leads to. */
int foreignfile_open_link(const struct foreignfile *want, const char *name);

/** @path below the root of the process, which no link leads out of; what does not
 *  begin with a slash, from its folder. */
int foreignfile_open_in_root(const struct foreignfile *want,
			     const char *path);

/** @path below the folder @root of ours. */
int foreignfile_open_below(const struct foreignfile *want, const char *root,
			   const char *path);

#endif
