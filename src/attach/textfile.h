/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_TEXTFILE_H
#define ATTACH_TEXTFILE_H

#include <stddef.h>

struct target;

/**
 * A text file as a live target sees it, say that of a Python module, opened with
 * the rights of the target and no others: all of it and a NUL, to be freed; of at
 * most @most bytes.  NULL: not to be had, for whatever reason (see
 * attach/foreignfile.h, attach/rights.h), or no memory (nomem_take()).
 */
char *textfile_read(struct target *target, const char *path, size_t most);

#endif
