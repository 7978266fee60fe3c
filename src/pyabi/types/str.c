/* SPDX-License-Identifier: MIT */
/*
 * str.
 *
 * ASCII text follows the short header, other compact text the longer one.
 * Instances of subclasses, and up to 3.11 strings from the old API, have their
 * text in a block of its own ("legacy").  A copy in UTF-8 may hang on a compact
 * string that is not ASCII, up to 3.11 one in wchar_t on any.
 *
 * Bits of state: 0..1 interned, 2..4 bytes a character (0: old API, text only
 * in wstr), 5 compact, 6 ASCII.  The bits beyond are not initialised.
 *
 * Facts: CPython 3.6 to 3.15, Objects/unicodeobject.c (unicode_sizeof,
 *        unicode_dealloc), Include/cpython/unicodeobject.h, builds with GIL.
 */
#include "pyabi/types/rows.h"

enum { WCHAR = 4 };

struct text {
	uint64_t length;
	unsigned kind;
	bool compact, ascii;
};

static void read_text(struct pyctx *ctx, const struct pyobj *o,
		      struct text *ret)
{
	uint32_t state = obj_u32(ctx, o, ctx->abi->str_state);

	ret->length = obj_u64(ctx, o, ctx->abi->str_length);
	if (!is_length(ret->length)) {
		ret->length = 0;
		ctx->faults++;
	}
	ret->kind = state >> 2 & 7;
	ret->compact = state >> 5 & 1;
	ret->ascii = state >> 6 & 1;
}

/* The object itself. */
static uint64_t own_size(const struct abi *abi, const struct text *t)
{
	if (!t->compact)
		return abi->str_sizeof;
	if (t->ascii)
		return abi->str_ascii_sizeof + t->length + 1;
	return abi->str_compact_sizeof + (t->length + 1) * t->kind;
}

/* The block of the text, where it has one. */
static bool data_block(struct pyctx *ctx, const struct pyobj *o,
		       const struct text *t, struct pybuf *ret)
{
	if (t->compact || !t->kind)
		return false;
	ret->addr = obj_u64(ctx, o, ctx->abi->str_data);
	ret->len = (t->length + 1) * t->kind;
	return ret->addr != 0;
}

static bool utf8_block(struct pyctx *ctx, const struct pyobj *o,
		       const struct text *t, struct pybuf *ret)
{
	const struct abi *abi = ctx->abi;

	if (t->compact && t->ascii)
		return false;
	ret->addr = obj_u64(ctx, o, abi->str_utf8);
	ret->len = obj_u64(ctx, o, abi->str_utf8_length) + 1;
	if (!t->compact && ret->addr == obj_u64(ctx, o, abi->str_data))
		return false;
	return ret->addr && is_length(ret->len);
}

static bool wchar_block(struct pyctx *ctx, const struct pyobj *o,
			const struct text *t, struct pybuf *ret)
{
	const struct abi *abi = ctx->abi;
	uint64_t n = t->length;

	if (!abi_has(abi->str_wstr))
		return false;
	ret->addr = obj_u64(ctx, o, abi->str_wstr);
	if (!(t->compact && t->ascii))
		n = obj_u64(ctx, o, abi->str_wstr_length);
	ret->len = (n + 1) * WCHAR;
	/* Text as wide as wchar_t serves as both. */
	if (t->compact && t->kind == WCHAR &&
	    ret->addr == o->addr + abi->str_compact_sizeof)
		return false;
	if (!t->compact && t->kind &&
	    ret->addr == obj_u64(ctx, o, abi->str_data))
		return false;
	return ret->addr && is_length(n);
}

static uint64_t size(struct pyctx *ctx, const struct pyobj *o)
{
	struct text t;
	struct pybuf buf;
	uint64_t sum;

	read_text(ctx, o, &t);
	sum = own_size(ctx->abi, &t);
	if (!t.compact)
		sum += (t.length + 1) * t.kind;
	if (utf8_block(ctx, o, &t, &buf))
		sum += buf.len;
	if (wchar_block(ctx, o, &t, &buf))
		sum += buf.len;
	return sum;
}

static uint64_t block(struct pyctx *ctx, const struct pyobj *o,
		      uint64_t *at_least)
{
	struct text t;

	(void)at_least;
	read_text(ctx, o, &t);
	return own_size(ctx->abi, &t);
}

static void buffers(struct pyctx *ctx, const struct pyobj *o,
		    struct pybufs *ret)
{
	struct text t;
	struct pybuf buf;

	read_text(ctx, o, &t);
	if (data_block(ctx, o, &t, &buf))
		bufs_add(ctx, ret, buf.addr, buf.len);
	if (utf8_block(ctx, o, &t, &buf))
		bufs_add(ctx, ret, buf.addr, buf.len);
	if (wchar_block(ctx, o, &t, &buf))
		bufs_add(ctx, ret, buf.addr, buf.len);
}

static bool ends_with_nul(struct pyctx *ctx, const struct pyobj *o,
			  const struct text *t)
{
	uint64_t end = own_size(ctx->abi, t);

	for (unsigned i = 1; i <= t->kind && end <= o->avail; i++) {
		if (o->p[end - i])
			return false;
	}
	return true;
}

static bool plausible(struct pyctx *ctx, const struct pyobj *o)
{
	uint32_t state = obj_u32(ctx, o, ctx->abi->str_state);
	struct text t;

	if (!is_length(obj_u64(ctx, o, ctx->abi->str_length)))
		return false;
	read_text(ctx, o, &t);
	if (t.kind != 1 && t.kind != 2 && t.kind != 4)
		return !t.kind && !t.compact && !t.ascii &&
		       abi_has(ctx->abi->str_wstr);
	if (t.ascii && t.kind != 1)
		return false;
	/* Up to 3.11 bit 7 says that the text is there. */
	if (abi_has(ctx->abi->str_wstr) && !(state >> 7 & 1))
		return false;
	return !t.compact || ends_with_nul(ctx, o, &t);
}

const struct layout str_rows[] = {
	{ .name = "str", .basicsize = AT(str_sizeof), .size = size,
	  .block = block, .buffers = buffers, .plausible = plausible },
	{ 0 }
};
