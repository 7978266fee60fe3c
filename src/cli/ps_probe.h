/* SPDX-License-Identifier: MIT */
#ifndef CLI_PS_PROBE_H
#define CLI_PS_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/** What a process is to the Pythons around it. */
enum ps_role {
	ROLE_ALONE,
	ROLE_MASTER,		/* has workers */
	ROLE_PARENT,		/* has only other children */
	ROLE_WORKER,		/* forked off another, or made to be like one */
	ROLE_CHILD,		/* started by another as a program of its own */
	ROLE_HELPER,		/* of multiprocessing: tracks, forks */
	ROLE_N
};

/** A line of `pyheapspy ps`.  All text is foreign: escape it. */
struct ps_row {
	pid_t pid, ppid;
	uid_t uid;
	char user[64];
	const char *implementation;	/* "CPython", "PyPy" */
	char version[32];	/* "3.12.1", "3.12", or "": unknown */
	int64_t rss, arenas;	/* bytes; DUMP_UNKNOWN */
	char **argv;		/* NULL at the end */
	char *command;		/* the same for people, in one string */
	char comm[64];
	char *exe;		/* NULL: not permitted to see */
	char *script;		/* sys.argv[0]; NULL: not known */
	bool forked;		/* and started no program since */
	bool can_attach;
	char why_not[400];
	pid_t tracer;		/* 0: nobody, so it may be paused */

	/* Filled by ps_list_find(). */
	pid_t parent;		/* the nearest Python above it; 0: none */
	enum ps_role role;
	int depth;		/* below the uppermost, once they are ordered */
	bool kept, related;	/* by ps_list_filter() */

	/* Filled by ps_row_weigh() and ps_row_count(), else DUMP_UNKNOWN. */
	int64_t uss, shared, pss;
	int64_t objects;
};

/**
 * Is @pid a Python?  Then fill @ret, to be freed with ps_row_fini().
 *
 * False: it is none, or it is gone, or nothing can be told of it.
 */
bool ps_probe(pid_t pid, struct ps_row *ret);
void ps_row_fini(struct ps_row *row);

/** The same of a process that lets who looks at it wait: by the names that the
 *  kernel has of it. */
bool ps_probe_by_name(pid_t pid, struct ps_row *ret);

/** Certainly not a Python, and not gone either.  @comm gets its name. */
bool ps_is_no_python(pid_t pid, char *comm, size_t size);

/** Its memory, and what of it others map, too: the kernel walks its pages. */
void ps_row_weigh(struct ps_row *row);

/** How many objects it has, by a look while it runs. */
void ps_row_count(struct ps_row *row);

#endif
