/* SPDX-License-Identifier: MIT */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

/** An address in the tracee.  A number: it can be printed, never followed. */
typedef uint64_t raddr;
#define PRIraddr "#" PRIx64

/** Bytes of a page: x86-64 knows no other. */
enum { ADDR_PAGE = 4096 };

/** @a rounded down, up to a multiple of @unit, a power of two. */
static inline raddr addr_down(raddr a, uint64_t unit)
{
	return a & ~(unit - 1);
}

static inline raddr addr_up(raddr a, uint64_t unit)
{
	return addr_down(a + unit - 1, unit);
}

/** Does @a lie in the @len bytes at @start?  Right for wrapping ends too. */
static inline bool addr_in(raddr a, raddr start, uint64_t len)
{
	return a - start < len;
}

#endif
