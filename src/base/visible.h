/* SPDX-License-Identifier: MIT */
#ifndef BASE_VISIBLE_H
#define BASE_VISIBLE_H

#include <stddef.h>

enum { VISIBLE_MAX = 16 };	/* bytes that visible_char() writes at most */

/**
 * Foreign text, as a terminal may see it: put the character at *@s, or what
 * stands for it, to @to and step over it.  Whatever is not printable in the
 * user's locale is escaped as vis(3) does.
 *
 * @to has room for VISIBLE_MAX bytes.  Returns the bytes used there; how many
 * columns they take goes to *@ret_columns: 0 for combining characters.
 */
size_t visible_char(const char **s, char *to, size_t *ret_columns);

#endif
