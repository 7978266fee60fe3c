/* SPDX-License-Identifier: MIT */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <string.h>

/** What stands behind the last slash of @path, in it. */
static inline const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/** @path, or its end: about @most bytes, from a slash on if there is one, and
 *  never from within a character.  For messages: the end says what it is. */
static inline const char *path_end(const char *path, size_t most)
{
	size_t len = strlen(path);
	const char *at = path, *slash;

	if (len <= most)
		return path;
	at += len - most;
	slash = strchr(at, '/');
	if (slash && slash[1])
		return slash;
	while (((unsigned char)*at & 0xc0) == 0x80)	/* UTF-8 goes on */
		at++;
	return at;
}

#endif
