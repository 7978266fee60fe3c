/* SPDX-License-Identifier: MIT */
#include "report/json_writer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/disguise.h"
#include "result/dump.h"

/*
 * One character of UTF-8 at @s: its length and in @ret its number, or 0 where
 * there is none: overlong, cut off, too large.  Surrogates are let through,
 * the caller has a use for them.  The terminating NUL ends any sequence.
 */
static unsigned decode(const unsigned char *s, uint32_t *ret)
{
	static const struct {
		unsigned char mask, bits;
		uint32_t least;
	} form[] = {
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (unsigned more = 1; more <= ARRAY_SIZE(form); more++) {
		uint32_t c = s[0] & (unsigned char)~form[more - 1].mask;

		if ((s[0] & form[more - 1].mask) != form[more - 1].bits)
			continue;
		for (unsigned i = 1; i <= more; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s[i] & 0x3f);
		}
		*ret = c;
		return c >= form[more - 1].least && c < 0x110000 ? more + 1 : 0;
	}
	return 0;
}

static void escape_unit(struct out *out, uint32_t unit)
{
	static const char hex[] = "0123456789abcdef";
	char *to = out_reserve(out);

	to[0] = '\\';
	to[1] = 'u';
	for (unsigned i = 0; i < 4; i++)
		to[2 + i] = hex[unit >> (12 - 4 * i) & 15];
	out->n += 6;
}

static void escape_ascii(struct out *out, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = strchr(from, c);

	if (at) {
		out_char(out, '\\');
		out_char(out, to[at - from]);
	} else {
		escape_unit(out, (unsigned char)c);
	}
}

/* Beyond U+FFFF by two units. */
static void escape_char(struct out *out, uint32_t c)
{
	if (c < 0x10000) {
		escape_unit(out, c);
		return;
	}
	escape_unit(out, 0xd800 + ((c - 0x10000) >> 10));
	escape_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

/* May it be seen as it is, after so many marks? */
static bool is_open(uint32_t c, unsigned *marks)
{
	enum disguise kind = disguise_of(c);

	*marks = kind == MARK ? *marks + 1 : 0;
	return kind != HIDDEN && *marks <= DISGUISE_MARKS;
}

/* What is not plain ASCII; returns how many bytes of @s are dealt with.
 * @marks is how many of them stand before it. */
static unsigned escape(struct out *out, const char *s, unsigned *marks)
{
	uint32_t c = 0;
	unsigned len;

	if ((unsigned char)*s < 0x80) {
		escape_ascii(out, *s);
		*marks = 0;
		return 1;
	}
	/* NUL, as those write it whose text ends with one (strobj.h). */
	if (strncmp(s, "\xc0\x80", 2) == 0) {
		escape_unit(out, 0);
		return 2;
	}
	len = decode((const unsigned char *)s, &c);
	if (len == 0) {
		escape_unit(out, 0xdc00 | (unsigned char)*s);
		return 1;
	}
	if (is_open(c, marks))
		out_bytes(out, s, len);
	else
		escape_char(out, c);
	return len;
}

static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

void json_quote(struct out *out, const char *s)
{
	/* The quote is nothing for a mark to go on. */
	unsigned marks = DISGUISE_MARKS;

	out_char(out, '"');
	while (*s) {
		const char *plain = s;

		while (is_plain(*s))
			s++;
		out_bytes(out, plain, (size_t)(s - plain));
		if (s > plain)
			marks = 0;
		if (*s)
			s += escape(out, s, &marks);
	}
	out_char(out, '"');
}

void json_init(struct json *json, struct out *out)
{
	*json = (struct json){ .out = out };
}

/* What stands before an element: comma, line, key. */
static void element(struct json *json, const char *key)
{
	struct json_level *here;

	if (json->depth == 0)
		return;
	here = &json->level[json->depth - 1];
	if (here->some)
		out_char(json->out, ',');
	if (here->lines)
		out_printf(json->out, "\n%*s", (int)json->depth, "");
	else if (here->some)
		out_char(json->out, ' ');
	here->some = true;
	if (key) {
		json_quote(json->out, key);
		out_const(json->out, ": ");
	}
}

static void open_level(struct json *json, const char *key,
		       enum json_style style, const char *brackets)
{
	bool row = json->depth && !json->level[json->depth - 1].lines;

	element(json, key);
	out_char(json->out, brackets[0]);
	assert(json->depth < ARRAY_SIZE(json->level));
	json->level[json->depth++] = (struct json_level){
		.lines = style == JSON_LINES && !row,
		.end = brackets[1],
	};
}

void json_object(struct json *json, const char *key, enum json_style style)
{
	open_level(json, key, style, "{}");
}

void json_array(struct json *json, const char *key, enum json_style style)
{
	open_level(json, key, style, "[]");
}

void json_close(struct json *json)
{
	const struct json_level *here = &json->level[--json->depth];

	if (here->lines && here->some)
		out_printf(json->out, "\n%*s", (int)json->depth, "");
	out_char(json->out, here->end);
	if (json->depth == 0)
		out_char(json->out, '\n');
}

void json_null(struct json *json, const char *key)
{
	element(json, key);
	out_const(json->out, "null");
}

void json_string(struct json *json, const char *key, const char *value)
{
	if (!value) {
		json_null(json, key);
		return;
	}
	element(json, key);
	json_quote(json->out, value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
	if (value == DUMP_UNKNOWN) {
		json_null(json, key);
		return;
	}
	element(json, key);
	out_i64(json->out, value);
}

void json_raddr(struct json *json, const char *key, raddr at)
{
	element(json, key);
	out_char(json->out, '"');
	out_raddr(json->out, at);
	out_char(json->out, '"');
}

void json_double(struct json *json, const char *key, double value)
{
	/* Negated, so that NaN is null, too. */
	if (!(value >= 0 && value < 1e15)) {
		json_null(json, key);
		return;
	}
	element(json, key);
	out_printf(json->out, "%.3f", value);
}

void json_bool(struct json *json, const char *key, int value)
{
	if (value == DUMP_UNKNOWN) {
		json_null(json, key);
		return;
	}
	element(json, key);
	out_str(json->out, value ? "true" : "false");
}
