/* SPDX-License-Identifier: MIT */
#ifndef PYABI_STROBJ_H
#define PYABI_STROBJ_H

#include <stddef.h>

#include "pyabi/object.h"

/**
 * The text of the str object at @addr as generalised UTF-8 (a lone surrogate
 * becomes three bytes, NUL two), NUL-terminated, cut to what fits @size.  The type of
 * the object is not checked.  False: unreadable or no str.
 */
MUST_CHECK bool strobj_text(struct pyctx *ctx, raddr addr, char *buf,
			    size_t size);

/**
 * Its first characters as they are, @room at most, @ret_n of them, and how many
 * it has in all.  False: unreadable or no str.
 */
MUST_CHECK bool strobj_chars(struct pyctx *ctx, raddr addr, uint32_t *chars,
			     size_t room, size_t *ret_n, uint64_t *ret_length);

/** Where its characters are, how many bytes they take and how many each. */
MUST_CHECK bool strobj_content(struct pyctx *ctx, raddr addr, raddr *ret,
			       uint64_t *ret_bytes, unsigned *ret_kind);

/** Did Python intern the str @o?  Both layouts of its state begin with that. */
bool strobj_is_interned(struct pyctx *ctx, const struct pyobj *o);

/** Is the str at @addr equal to the ASCII text @want? */
bool strobj_is(struct pyctx *ctx, raddr addr, const char *want);

#endif
