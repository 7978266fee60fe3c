/* SPDX-License-Identifier: MIT */
#ifndef PYABI_MALLOC_LISTS_H
#define PYABI_MALLOC_LISTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * A thread's cache of free chunks, by what a chunk of its size holds: the part
 * of malloc_glibc.h that both of its halves need.
 */

/** Which layout a cache in a chunk of @size bytes would have; -1: none. */
int glibc_cache_kind(uint64_t size);

/** May what is in the chunk, at @p, be such a cache, and not an empty one? */
bool glibc_cache_seems(int kind, const uint8_t *p);

#endif
