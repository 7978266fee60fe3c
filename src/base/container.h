/* SPDX-License-Identifier: MIT */
#ifndef BASE_CONTAINER_H
#define BASE_CONTAINER_H

#include <stddef.h>

/** The @type whose @member @p points at: for structs that are handed out by a
 *  member of theirs.  Not for what is const. */
#define container_of(p, type, member) \
	((type *)(void *)((char *)(1 ? (p) : &((type *)0)->member) - \
			  offsetof(type, member)))

#endif
