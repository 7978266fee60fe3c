/* SPDX-License-Identifier: MIT */
#ifndef BASE_NOMEM_H
#define BASE_NOMEM_H

#include <stdbool.h>

/**
 * Memory that ran out.
 *
 * Many go on without: a name is not told, a type cannot be read and its
 * instances are skipped.  Each is as it should be, but what comes out of all
 * of them must not look whole.  So it is remembered that an allocation failed,
 * whosever it was, and a look asks for that once it is over.
 *
 * Threads: any.
 */
void nomem_note(void);

/** Has any failed since this was asked last? */
bool nomem_take(void);

/** strdup() whose failure is noted; NULL: NULL. */
char *nomem_strdup(const char *s);

#endif
