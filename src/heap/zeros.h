/* SPDX-License-Identifier: MIT */
#ifndef HEAP_ZEROS_H
#define HEAP_ZEROS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/**
 * @n times @size zeros, for free(); NULL: no memory.
 *
 * For tables that are looked up before they are written to, all over: they were
 * written to.  Of calloc() the first look at a page maps one page of zeros for
 * all, and the first write takes another fault, to replace it, at which all
 * CPUs that our threads are on are interrupted.
 */
static inline void *zeros_new(size_t n, size_t size)
{
	enum { ALIGN = 64 };	/* of a cache line */
	size_t len;
	void *p;

	if (__builtin_mul_overflow(n, size, &len) || len > SIZE_MAX - ALIGN)
		return NULL;
	len = (len + ALIGN - 1) / ALIGN * ALIGN;
	p = aligned_alloc(ALIGN, len);
	return p ? memset(p, 0, len) : NULL;
}

#endif
