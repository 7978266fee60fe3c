/* SPDX-License-Identifier: MIT */
/*
 * Values in the words of Python's repr(), without the tracee.
 *
 * Facts: CPython 3.6 to 3.15, Python/pystrtod.c (format_float_short),
 *        Objects/complexobject.c, Objects/unicodeobject.c (unicode_repr),
 *        Objects/bytesobject.c (PyBytes_Repr).
 */
#include "pyabi/reprbuf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] = "...";

void reprbuf_init(struct reprbuf *rb, char *buf, size_t size)
{
	*rb = (struct reprbuf){ .v = buf, .size = size };
	if (buf)
		buf[0] = '\0';
}

void reprbuf_put(struct reprbuf *rb, const char *s, size_t len)
{
	if (rb->full)
		return;
	if (len > rb->size - rb->n - sizeof(mark)) {
		rb->full = true;
		s = mark;
		len = sizeof(mark) - 1;
	}
	if (rb->v)
		memcpy(rb->v + rb->n, s, len);
	rb->n += len;
	if (rb->v)
		rb->v[rb->n] = '\0';
}

/* Nobody wants to see it: the caller has no more to do. */
static bool is_counted(struct reprbuf *rb)
{
	if (rb->v)
		return false;
	reprbuf_put(rb, " ", 1);
	return true;
}

void reprbuf_str(struct reprbuf *rb, const char *s)
{
	reprbuf_put(rb, s, strlen(s));
}

void reprbuf_fmt(struct reprbuf *rb, const char *fmt, ...)
{
	char text[64];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len > 0 && (size_t)len < sizeof(text))
		reprbuf_put(rb, text, (size_t)len);
}

void reprbuf_cut(struct reprbuf *rb, size_t n)
{
	rb->n = n;
	if (rb->v)
		rb->v[n] = '\0';
	rb->full = false;
}

bool reprbuf_since(const struct reprbuf *rb, size_t n, const char *text)
{
	return rb->v && !rb->full && rb->n >= n && strcmp(rb->v + n, text) == 0;
}

/* --- int ----------------------------------------------------------------- */

enum { CHUNK = 1000000000, CHUNK_DIGITS = 9 };

/* Divide in place; the rest.  @n shrinks by digits that become 0. */
static uint32_t divide(uint32_t *digit, size_t *n)
{
	uint64_t rest = 0;

	for (size_t i = *n; i > 0; i--) {
		rest = rest << REPR_DIGIT_BITS | digit[i - 1];
		digit[i - 1] = (uint32_t)(rest / CHUNK);
		rest %= CHUNK;
	}
	while (*n && !digit[*n - 1])
		--*n;
	return (uint32_t)rest;
}

void repr_int(struct reprbuf *rb, bool negative, const uint32_t *digit,
	      size_t n)
{
	char text[REPR_MAX_DIGITS * (CHUNK_DIGITS + 1) + 2];
	char *p = text + sizeof(text);
	uint32_t left[REPR_MAX_DIGITS];

	if (is_counted(rb))
		return;
	memcpy(left, digit, n * sizeof(*left));
	do {
		uint32_t rest = divide(left, &n);

		for (int i = 0; i < CHUNK_DIGITS && (rest || n); i++) {
			*--p = (char)('0' + rest % 10);
			rest /= 10;
		}
	} while (n);
	if (p == text + sizeof(text))
		*--p = '0';
	if (negative)
		*--p = '-';
	reprbuf_put(rb, p, (size_t)(text + sizeof(text) - p));
}

void repr_huge_int(struct reprbuf *rb, bool negative, uint64_t top,
		   uint64_t bits)
{
	/* Whole hexadecimal digits of the number, not of its top. */
	unsigned drop = bits % 4 ? 4 - bits % 4 : 0;

	if (is_counted(rb))
		return;
	reprbuf_fmt(rb, "%s0x%llx... (%llu bits)", negative ? "-" : "",
		    (unsigned long long)(top >> drop),
		    (unsigned long long)bits);
}

/* --- float --------------------------------------------------------------- */

enum { MAX_PRECISION = 17, EXP_FROM = 16, EXP_TO = -4 };

/* value = 0.d1d2d3... * 10 ** point */
struct decimal {
	char digit[MAX_PRECISION + 1];
	int n, point;
};

/* Without a point, which is a comma in some locales. */
static double value_of(const struct decimal *d)
{
	char text[40];

	snprintf(text, sizeof(text), "%.*se%d", d->n, d->digit,
		 d->point - d->n);
	return strtod(text, NULL);
}

static void round_to(double value, int n, struct decimal *d)
{
	char text[40];
	char *e;

	snprintf(text, sizeof(text), "%.*e", n - 1, value);
	e = strchr(text, 'e');
	d->digit[0] = text[0];
	if (n > 1)
		memcpy(d->digit + 1, e - (n - 1), (size_t)(n - 1));
	d->n = n;
	d->point = atoi(e + 1) + 1;
}

/* Below a power of two numbers are closer to each other than above: there the
 * next decimal may do where the nearest does not. */
static bool next_up(struct decimal *d)
{
	int i = d->n - 1;

	while (i >= 0 && d->digit[i] == '9')
		d->digit[i--] = '0';
	if (i < 0)
		return false;
	d->digit[i]++;
	return true;
}

static void shortest(double value, struct decimal *d)
{
	int exp;
	bool power = frexp(value, &exp) == 0.5;

	for (int n = 1; n <= MAX_PRECISION; n++) {
		round_to(value, n, d);
		if (value_of(d) == value)
			break;
		if (power && next_up(d) && value_of(d) == value)
			break;
	}
	while (d->n > 1 && d->digit[d->n - 1] == '0')
		d->n--;
}

static void put_plain(struct reprbuf *rb, const struct decimal *d)
{
	int whole = d->point > 0 ? d->point : 0;

	for (int i = 0; i < whole; i++)
		reprbuf_put(rb, i < d->n ? &d->digit[i] : "0", 1);
	if (!whole)
		reprbuf_put(rb, "0", 1);
	if (d->n <= d->point)
		return;
	reprbuf_put(rb, ".", 1);
	for (int i = d->point; i < 0; i++)
		reprbuf_put(rb, "0", 1);
	reprbuf_put(rb, d->digit + whole, (size_t)(d->n - whole));
}

static void put_exponent(struct reprbuf *rb, const struct decimal *d)
{
	reprbuf_put(rb, d->digit, 1);
	if (d->n > 1) {
		reprbuf_put(rb, ".", 1);
		reprbuf_put(rb, d->digit + 1, (size_t)(d->n - 1));
	}
	reprbuf_fmt(rb, "e%+03d", d->point - 1);
}

/* @plus: with a sign in any case; @dot: so that it looks like no int. */
static void put_float(struct reprbuf *rb, double value, bool plus, bool dot)
{
	struct decimal d = { .digit = "0", .n = 1, .point = 1 };

	if (isnan(value)) {
		reprbuf_str(rb, plus ? "+nan" : "nan");
		return;
	}
	if (signbit(value))
		reprbuf_put(rb, "-", 1);
	else if (plus)
		reprbuf_put(rb, "+", 1);
	value = fabs(value);
	if (isinf(value)) {
		reprbuf_put(rb, "inf", 3);
		return;
	}
	if (value != 0)
		shortest(value, &d);
	if (d.point <= EXP_TO || d.point > EXP_FROM) {
		put_exponent(rb, &d);
		return;
	}
	put_plain(rb, &d);
	if (dot && d.n <= d.point)
		reprbuf_put(rb, ".0", 2);
}

void repr_float(struct reprbuf *rb, double value)
{
	if (!is_counted(rb))
		put_float(rb, value, false, true);
}

void repr_complex(struct reprbuf *rb, double real, double imag)
{
	bool bare = real == 0 && !signbit(real);

	if (is_counted(rb))
		return;
	if (!bare) {
		reprbuf_put(rb, "(", 1);
		put_float(rb, real, false, false);
	}
	put_float(rb, imag, !bare, false);
	reprbuf_str(rb, bare ? "j" : "j)");
}

/* --- str and bytes ------------------------------------------------------- */

/* From @first on, up to the next row: printable since this Unicode. */
static const struct range {
	uint32_t first;
	uint8_t since;
} ranges[] = {
#include "pyabi/printable.inc"
};

enum { RANGES = sizeof(ranges) / sizeof(*ranges), ALWAYS = 255 };

static bool is_printable(uint32_t c, int64_t unicode)
{
	size_t low = 0, high = RANGES;
	uint8_t since;

	while (high - low > 1) {
		size_t mid = (low + high) / 2;

		if (ranges[mid].first <= c)
			low = mid;
		else
			high = mid;
	}
	since = ranges[low].since;
	return since && (since == ALWAYS || since <= unicode);
}

static void put_utf8(struct reprbuf *rb, uint32_t c)
{
	char to[4];

	if (c < 0x80) {
		to[0] = (char)c;
		reprbuf_put(rb, to, 1);
	} else if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		reprbuf_put(rb, to, 2);
	} else if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		reprbuf_put(rb, to, 3);
	} else {
		to[0] = (char)(0xf0 | c >> 18);
		to[1] = (char)(0x80 | (c >> 12 & 0x3f));
		to[2] = (char)(0x80 | (c >> 6 & 0x3f));
		to[3] = (char)(0x80 | (c & 0x3f));
		reprbuf_put(rb, to, 4);
	}
}

/* What has an escape of its own; true if @c was written. */
static bool put_special(struct reprbuf *rb, uint32_t c, char quote)
{
	static const char special[] = "\tt\nn\rr\\\\";
	char text[3] = "\\";

	if (c == (uint8_t)quote)
		text[1] = quote;
	for (size_t i = 0; special[i] && !text[1]; i += 2) {
		if (c == (uint8_t)special[i])
			text[1] = special[i + 1];
	}
	if (text[1])
		reprbuf_put(rb, text, 2);
	return text[1];
}

static void put_char(struct reprbuf *rb, uint32_t c, char quote,
		     int64_t unicode)
{
	if (put_special(rb, c, quote))
		return;
	if (is_printable(c, unicode))
		put_utf8(rb, c);
	else if (c <= 0xff)
		reprbuf_fmt(rb, "\\x%02x", c);
	else if (c <= 0xffff)
		reprbuf_fmt(rb, "\\u%04x", c);
	else
		reprbuf_fmt(rb, "\\U%08x", c);
}

/* How it ends: with a mark if there is more. */
static void put_end(struct reprbuf *rb, char quote, size_t n, uint64_t length,
		    const char *unit)
{
	reprbuf_put(rb, &quote, 1);
	if (n < length)
		reprbuf_fmt(rb, "... (%llu %s)", (unsigned long long)length,
			    unit);
}

void repr_str(struct reprbuf *rb, const uint32_t *text, size_t n,
	      uint64_t length, int64_t unicode)
{
	bool single = false, twice = false;
	char quote;

	if (is_counted(rb))
		return;
	for (size_t i = 0; i < n; i++) {
		single |= text[i] == '\'';
		twice |= text[i] == '"';
	}
	quote = single && !twice ? '"' : '\'';
	reprbuf_put(rb, &quote, 1);
	for (size_t i = 0; i < n && !rb->full; i++)
		put_char(rb, text[i], quote, unicode);
	put_end(rb, quote, n, length, "characters");
}

void repr_bytes(struct reprbuf *rb, const uint8_t *bytes, size_t n,
		uint64_t length)
{
	char quote = '\'', c;

	if (is_counted(rb))
		return;
	if (memchr(bytes, '\'', n) && !memchr(bytes, '"', n))
		quote = '"';
	reprbuf_put(rb, "b", 1);
	reprbuf_put(rb, &quote, 1);
	for (size_t i = 0; i < n && !rb->full; i++) {
		c = (char)bytes[i];
		if (put_special(rb, bytes[i], quote))
			continue;
		if (bytes[i] < ' ' || bytes[i] >= 0x7f)
			reprbuf_fmt(rb, "\\x%02x", bytes[i]);
		else
			reprbuf_put(rb, &c, 1);
	}
	put_end(rb, quote, n, length, "bytes");
}
