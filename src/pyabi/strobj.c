/* SPDX-License-Identifier: MIT */
/*
 * The text of str objects.
 *
 * The bits of state: 0..1 interned, 2..4 the bytes a character, 5 compact, 6 ASCII.  Compact
 * data follows the header, the shorter one for ASCII; other data hangs on a
 * pointer.
 *
 * Facts: CPython 3.6 to 3.15, Include/cpython/unicodeobject.h, builds with GIL.
 */
#include "pyabi/strobj.h"

#include <string.h>

struct text {
	raddr data;
	uint64_t length;	/* characters */
	unsigned kind;		/* bytes a character */
};

static bool locate(struct pyctx *ctx, raddr addr, struct text *ret)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	uint32_t state = ctx_u32(ctx, addr + abi->str_state);
	bool compact = state >> 5 & 1, ascii = state >> 6 & 1;

	ret->kind = state >> 2 & 7;
	ret->length = ctx_u64(ctx, addr + abi->str_length);
	if (compact && ascii)
		ret->data = addr + abi->str_ascii_sizeof;
	else if (compact)
		ret->data = addr + abi->str_compact_sizeof;
	else
		ret->data = ctx_u64(ctx, addr + abi->str_data);
	return ctx->faults == before &&
	       (ret->kind == 1 || ret->kind == 2 || ret->kind == 4);
}

/* NUL takes two bytes, too: as one it would end the text. */
static size_t put_utf8(char *to, uint32_t c)
{
	if (c && c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | (c >> 18 & 7));
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t character(const uint8_t *p, unsigned kind)
{
	uint32_t c = 0;

	memcpy(&c, p, kind);
	return c;
}

bool strobj_text(struct pyctx *ctx, raddr addr, char *buf, size_t size)
{
	uint8_t chunk[1024];
	struct text t;
	size_t used = 0;

	if (!size || !locate(ctx, addr, &t))
		return false;
	for (uint64_t i = 0; i < t.length && used + 5 <= size;) {
		uint64_t n = sizeof(chunk) / t.kind;
		const uint8_t *p;

		if (n > t.length - i)
			n = t.length - i;
		p = ctx_bytes(ctx, t.data + i * t.kind, n * t.kind, chunk);
		if (!p)
			return false;
		for (uint64_t k = 0; k < n && used + 5 <= size; k++)
			used += put_utf8(buf + used,
					 character(p + k * t.kind, t.kind));
		i += n;
	}
	buf[used] = '\0';
	return true;
}

bool strobj_content(struct pyctx *ctx, raddr addr, raddr *ret,
		    uint64_t *ret_bytes, unsigned *ret_kind)
{
	struct text t;

	if (!locate(ctx, addr, &t) || t.length > (uint64_t)INT64_MAX / 4)
		return false;
	*ret = t.data;
	*ret_bytes = t.length * t.kind;
	*ret_kind = t.kind;
	return true;
}

bool strobj_chars(struct pyctx *ctx, raddr addr, uint32_t *chars, size_t room,
		  size_t *ret_n, uint64_t *ret_length)
{
	const uint8_t *p;
	struct text t;
	size_t n;

	if (!locate(ctx, addr, &t) || t.length > (uint64_t)INT64_MAX / 4)
		return false;
	n = t.length < room ? t.length : room;
	*ret_n = n;
	*ret_length = t.length;
	if (!n)
		return true;
	/* Narrow ones are widened from the end of the room on. */
	p = ctx_bytes(ctx, t.data, n * t.kind,
		      (uint8_t *)chars + n * (sizeof(*chars) - t.kind));
	if (!p)
		return false;
	for (size_t i = 0; i < n; i++)
		chars[i] = character(p + i * t.kind, t.kind);
	return true;
}

bool strobj_is(struct pyctx *ctx, raddr addr, const char *want)
{
	size_t len = strlen(want);
	uint8_t tmp[128];
	struct text t;
	const void *p;

	if (len > sizeof(tmp) || !locate(ctx, addr, &t) || t.kind != 1 ||
	    t.length != len)
		return false;
	p = ctx_bytes(ctx, t.data, len, tmp);
	return p && memcmp(p, want, len) == 0;
}

bool strobj_is_interned(struct pyctx *ctx, const struct pyobj *o)
{
	return (obj_u8(ctx, o, ctx->abi->str_state) & 3) != 0;
}
