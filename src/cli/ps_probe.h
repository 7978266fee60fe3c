/* SPDX-License-Identifier: MIT */
#ifndef CLI_PS_PROBE_H
#define CLI_PS_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/** A line of `pyheapspy ps`.  All text is foreign: escape it. */
struct ps_row {
	pid_t pid;
	uid_t uid;
	char user[64];
	char version[32];	/* "3.12.1", "3.12", or "": unknown */
	int64_t rss, arenas;	/* bytes; DUMP_UNKNOWN */
	char **argv;		/* NULL at the end */
	char *command;		/* the same for people, in one string */
	bool can_attach;
	char why_not[400];
};

/**
 * Is @pid a CPython?  Then fill @ret, to be freed with ps_row_fini().
 *
 * False: it is none, or it is gone, or nothing can be told of it.
 */
bool ps_probe(pid_t pid, struct ps_row *ret);
void ps_row_fini(struct ps_row *row);

#endif
