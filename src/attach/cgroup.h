/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_CGROUP_H
#define ATTACH_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * What the cgroup of a process may have of memory, and has: that one of its own
 * and those above whose limit is the lowest.
 *
 * Bytes and counts; -1: not known, or no limit.
 *
 * Facts: Linux Documentation/admin-guide/cgroup-v2.rst and
 *        cgroup-v1/memory.rst.  v1 has no memory.high, and of events only how
 *        often the limit was met.
 */
struct cgroup_memory {
	int version;		/* 1, 2 */
	int64_t limit;		/* it is never -1 */
	int64_t usage;
	int64_t high;		/* above it, all are made to wait */
	int64_t anon, file, kernel;	/* what counts against it */
	int64_t oom_kills;	/* so many were killed for it */
	int64_t met;		/* how often the limit was met */
	int64_t shmem;		/* of file: shared memory */
};

/** By the text of /proc/PID/cgroup, below the folder @root: "" but for tests.
 *  False: there is no limit, or it cannot be read. */
bool cgroup_memory_read(struct cgroup_memory *ret, const char *root,
			const char *text);

#endif
