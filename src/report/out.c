/* SPDX-License-Identifier: MIT */
#include "report/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/visible.h"

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
	auto_free char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len >= 0) {
		out_bytes(out, text, (size_t)len);
		return;
	}
	text = NULL;
	if (!out->sys)
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

size_t out_visible(struct out *out, const char *s, size_t columns)
{
	auto_free char *plain = malloc(strlen(s) * 4 + 1);
	size_t len = 0, used = 0, cut = 0, cut_used = 0;

	if (!plain) {
		if (!out->sys)
			out->sys = ENOMEM;
		return 0;
	}
	while (*s && used <= columns) {
		size_t more;

		len += visible_char(&s, plain + len, &more);
		used += more;
		if (columns >= 3 && used <= columns - 3) {
			cut = len;
			cut_used = used;
		}
	}
	if (used <= columns) {
		out_bytes(out, plain, len);
		return used;
	}
	out_bytes(out, plain, cut);
	out_const(out, "...");
	return cut_used + 3;
}
