/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_DEBUGFILE_H
#define ATTACH_DEBUGFILE_H

#include <stdbool.h>

struct budget;
struct elffile;
struct target;

/**
 * The separate debug file of @elf, which the tracee has mapped from @path:
 * below /usr/lib/debug of its root and of ours, by build id, then by the name
 * in .gnu_debuglink, also beside @path in its root.
 *
 * Returns a descriptor, or -1 if there is none.  What it leads to has the same
 * build id, or where there is none the checksum that @elf names; to add up is
 * charged to @budget.
 *
 * Facts: "Debugging Information in Separate Files" in GDB's manual.
 */
int debugfile_open(struct target *target, struct elffile *elf,
		   const char *path, struct budget *budget);

#endif
