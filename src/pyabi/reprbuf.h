/* SPDX-License-Identifier: MIT */
#ifndef PYABI_REPRBUF_H
#define PYABI_REPRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/**
 * Text that is written piece by piece into a room that may be too small.
 *
 * A piece fits whole or ends the text: it is marked "..." then, and what
 * follows is dropped.  So no character is ever cut in two.
 */
struct reprbuf {
	char *v;
	size_t n, size;
	bool full;
};

/** @buf, @size bytes, at least REPRBUF_LEAST.  NULL: nothing is written, and a
 *  value counts as one byte; so no less is asked for than for the text. */
enum { REPRBUF_LEAST = 8 };
void reprbuf_init(struct reprbuf *rb, char *buf, size_t size);

void reprbuf_put(struct reprbuf *rb, const char *s, size_t len);
void reprbuf_str(struct reprbuf *rb, const char *s);
void reprbuf_fmt(struct reprbuf *rb, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** Is what was written since @rb->n was @n just @text? */
bool reprbuf_since(const struct reprbuf *rb, size_t n, const char *text);

/** Forget what was written since @rb->n was @n. */
void reprbuf_cut(struct reprbuf *rb, size_t n);

/** The digits of an int, least significant first, as CPython has them. */
enum { REPR_DIGIT_BITS = 30, REPR_MAX_DIGITS = 34 };
/** At most REPR_MAX_DIGITS of them, in decimal. */
void repr_int(struct reprbuf *rb, bool negative, const uint32_t *digit,
	      size_t n);
/** One that has @bits, of which the highest 64 are @top. */
void repr_huge_int(struct reprbuf *rb, bool negative, uint64_t top,
		   uint64_t bits);

/** As repr(float): the shortest text that is the same number again. */
void repr_float(struct reprbuf *rb, double value);
void repr_complex(struct reprbuf *rb, double real, double imag);

/** The first @n of @length characters, quoted and escaped as repr(str) does
 *  with a character database of version @unicode / 10. */
void repr_str(struct reprbuf *rb, const uint32_t *text, size_t n,
	      uint64_t length, int64_t unicode);
/** The same as repr(bytes) does. */
void repr_bytes(struct reprbuf *rb, const uint8_t *bytes, size_t n,
		uint64_t length);

#endif
