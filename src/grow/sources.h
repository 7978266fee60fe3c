/* SPDX-License-Identifier: MIT */
#ifndef GROW_SOURCES_H
#define GROW_SOURCES_H

#include "attach/target.h"
#include "result/growth.h"

/**
 * The text of the lines that grew, from the files as the process sees them: from
 * its own root, and, of names that are not absolute, from its folder.  As they
 * are now: who changed a file since has other lines there.
 *
 * A file that cannot be had is no failure.  ERR_NOMEM, ERR_LIMIT.
 *
 * @annotate: a file, or a module as in "app.models"; all the lines of files that
 * are called so go to g->files.  Or NULL.
 */
MUST_CHECK bool sources_read(struct growth *g, struct target *target,
			     const char *annotate, struct err *err);

#endif
