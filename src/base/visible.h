/* SPDX-License-Identifier: MIT */
#ifndef BASE_VISIBLE_H
#define BASE_VISIBLE_H

#include <stddef.h>

enum { VISIBLE_MAX = 24 };	/* bytes that visible_char() writes at most */

/**
 * Foreign text, as a terminal may see it: put the character at *@s, with the
 * few marks that may go on it, or what stands for it, to @to and step over it.
 * Whatever is not printable in the user's locale, hides or reorders
 * (disguise.h), is a mark on nothing or one too many, is escaped as vis(3)
 * does.
 *
 * @to has room for VISIBLE_MAX bytes.  Returns the bytes used there; how many
 * columns they take, 1 at least, goes to *@ret_columns.
 */
size_t visible_char(const char **s, char *to, size_t *ret_columns);

#endif
