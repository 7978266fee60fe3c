/* SPDX-License-Identifier: MIT */
#include "report/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/visible.h"

enum { LINE = 1024 };	/* what is no longer needs no memory to be put */

void out_init(struct out *out, int fd)
{
	out->fd = fd;
	out->sys = 0;
	out->n = 0;
}

static void write_all(struct out *out, const char *bytes, size_t len)
{
	while (len > 0 && !out->sys) {
		ssize_t n = write(out->fd, bytes, len);

		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno != EINTR) {
			out->sys = errno;
		}
	}
}

void out_spill(struct out *out)
{
	write_all(out, out->buf, out->n);
	out->n = 0;
}

bool out_check(const struct out *out, struct err *err)
{
	if (!out->sys)
		return true;
	err_sys(err, out->sys, "cannot write the result");
	/* Not a question of who may look at the tracee. */
	err->code = ERR_OS;
	return false;
}

bool out_flush(struct out *out, struct err *err)
{
	out_spill(out);
	return out_check(out, err);
}

void out_bytes(struct out *out, const void *bytes, size_t len)
{
	if (len > OUT_SIZE - out->n)
		out_spill(out);
	if (len > OUT_SIZE) {
		write_all(out, bytes, len);
		return;
	}
	memcpy(out->buf + out->n, bytes, len);
	out->n += len;
}

void out_str(struct out *out, const char *s)
{
	out_bytes(out, s, strlen(s));
}

void out_printf(struct out *out, const char *fmt, ...)
{
	char line[LINE];
	auto_free char *text = NULL;
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len >= LINE) {
		len = vasprintf(&text, fmt, again);
		text = len < 0 ? NULL : text;
	}
	va_end(again);
	if (len >= 0)
		out_bytes(out, text ? text : line, (size_t)len);
	else if (!out->sys)
		out->sys = ENOMEM;
}

void out_u64(struct out *out, uint64_t value)
{
	char digits[20], *at = digits + sizeof(digits);
	size_t len;

	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	len = (size_t)(digits + sizeof(digits) - at);
	memcpy(out_reserve(out), at, len);
	out->n += len;
}

void out_i64(struct out *out, int64_t value)
{
	if (value < 0) {
		out_char(out, '-');
		out_u64(out, -(uint64_t)value);
	} else {
		out_u64(out, (uint64_t)value);
	}
}

void out_raddr(struct out *out, raddr at)
{
	static const char hex[] = "0123456789abcdef";
	unsigned nibbles = at ? (67 - (unsigned)__builtin_clzll(at)) / 4 : 1;
	char *to = out_reserve(out);

	*to++ = '0';
	*to++ = 'x';
	for (unsigned i = nibbles; i > 0; i--)
		*to++ = hex[at >> (i - 1) * 4 & 15];
	out->n += nibbles + 2;
}

/* Where to cut @s for @columns, the last 3 for dots; NULL: it fits. */
static const char *where_to_cut(const char *s, size_t columns)
{
	const char *cut = s;
	size_t used = 0;

	while (*s && used <= columns) {
		char ignored[VISIBLE_MAX];
		size_t more;

		visible_char(&s, ignored, &more);
		used += more;
		if (columns >= 3 && used <= columns - 3)
			cut = s;
	}
	return used <= columns ? NULL : cut;
}

/* Twice over the text rather than once into memory: there may be none when
 * this is to say so. */
size_t out_visible(struct out *out, const char *s, size_t columns)
{
	const char *cut = columns == SIZE_MAX ? NULL :
						where_to_cut(s, columns);
	size_t used = 0;

	while (*s && s != cut) {
		char shown[VISIBLE_MAX];
		size_t more, len = visible_char(&s, shown, &more);

		out_bytes(out, shown, len);
		used += more;
	}
	if (!cut)
		return used;
	out_const(out, "...");
	return used + 3;
}
