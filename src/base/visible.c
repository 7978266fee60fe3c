/* SPDX-License-Identifier: MIT */
#include "base/visible.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "base/disguise.h"

enum { LONGEST = 4 };		/* bytes of a character that is shown */

_Static_assert(LONGEST * (1 + DISGUISE_MARKS) <= VISIBLE_MAX, "room for marks");

/* Printable in every locale there is, and nearly all of what there is. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

/* The character at @s, if the locale can show it: its bytes; else 0. */
static size_t shown_char(const char *s, wchar_t *ret)
{
	mbstate_t state = { 0 };
	size_t len = mbrtowc(ret, s, MB_CUR_MAX, &state);

	if (len == 0 || len > LONGEST || !iswprint((wint_t)*ret) ||
	    *ret == '\\' || disguise_of((uint32_t)*ret) == HIDDEN)
		return 0;
	return len;
}

static bool is_mark(wchar_t wc)
{
	return disguise_of((uint32_t)wc) == MARK || wcwidth(wc) <= 0;
}

/* Append to @to the marks at *@s. */
static size_t put_marks(const char **s, char *to)
{
	size_t used = 0;

	for (int i = 0; i < DISGUISE_MARKS && **s & 0x80; i++) {
		wchar_t wc;
		size_t len = shown_char(*s, &wc);

		if (!len || !is_mark(wc))
			break;
		memcpy(to + used, *s, len);
		*s += len;
		used += len;
	}
	return used;
}

/*
 * Byte by byte: the rest of a character is no character.  As vis(3) with
 * VIS_CSTYLE | VIS_OCTAL; libbsd's allocates memory, and tells NULL as its end
 * where there is none.
 */
static size_t escape_byte(const char **s, char *to)
{
	static const char from[] = "\\\a\b\f\n\r\t\v", letters[] = "\\abfnrtv";
	unsigned char c = (unsigned char)*(*s)++;
	const char *at = strchr(from, c);

	to[0] = '\\';
	if (at) {
		to[1] = letters[at - from];
		return 2;
	}
	to[1] = (char)('0' + (c >> 6));
	to[2] = (char)('0' + (c >> 3 & 7));
	to[3] = (char)('0' + (c & 7));
	return 4;
}

size_t visible_char(const char **s, char *to, size_t *ret_columns)
{
	size_t len;
	wchar_t wc;

	*ret_columns = 1;
	if (is_plain(**s)) {
		*to = *(*s)++;
		return 1 + put_marks(s, to + 1);
	}
	len = shown_char(*s, &wc);
	if (!len || is_mark(wc)) {
		*ret_columns = len = escape_byte(s, to);
		return len;
	}
	memcpy(to, *s, len);
	*s += len;
	*ret_columns = (size_t)wcwidth(wc);
	return len + put_marks(s, to + len);
}
