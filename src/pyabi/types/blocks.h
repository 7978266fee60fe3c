/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_BLOCKS_H
#define PYABI_TYPES_BLOCKS_H

#include "pyabi/refs.h"

/** Facts about other objects that rows need to tell sizes. */

/** Is there exactly one reference to the object at @a? */
bool is_unique(struct pyctx *ctx, raddr a);

/** sys.getsizeof() of the bytes object at @a. */
uint64_t bytes_getsizeof(struct pyctx *ctx, raddr a);

/** ob_size of the object at @a; 0 if there is none. */
uint64_t ob_size_at(struct pyctx *ctx, raddr a);

/** Bytes of the text at @a with its NUL; 0 and a fault if it has none within
 *  @max. */
uint64_t text_bytes(struct pyctx *ctx, raddr a, uint64_t max);

/** A lock made by PyThread_allocate_lock(), whose address is @lock. */
void lock_buffer(struct pyctx *ctx, raddr lock, struct pybufs *ret);

/** The exception that is handled in what @o runs: the struct at @off, one word,
 *  up to 3.10 three; ABI_ABSENT: none. */
void excitem_refs(struct pyctx *ctx, const struct pyobj *o, uint32_t off,
		  struct refs *to);

#endif
