/* SPDX-License-Identifier: MIT */
#include "base/visible.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Of two strnvis() one must be chosen, or the header warns; we use neither. */
#define LIBBSD_NETBSD_VIS
#include <bsd/vis.h>

/* Invisible, and they reorder or hide what stands around them. */
static bool is_disguise(wchar_t wc)
{
	return (wc >= 0x200b && wc <= 0x200f) ||
	       (wc >= 0x202a && wc <= 0x202e) ||
	       (wc >= 0x2066 && wc <= 0x2069) || wc == 0xfeff;
}

/* Printable in every locale there is, and nearly all of what there is. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

size_t visible_char(const char **s, char *to, size_t *ret_columns)
{
	mbstate_t state = { 0 };
	wchar_t wc;
	size_t len;

	if (is_plain(**s)) {
		*to = *(*s)++;
		*ret_columns = 1;
		return 1;
	}
	len = mbrtowc(&wc, *s, MB_CUR_MAX, &state);
	if (len <= MB_CUR_MAX && iswprint((wint_t)wc) && !is_disguise(wc) &&
	    wc != '\\') {
		memcpy(to, *s, len);
		*s += len;
		*ret_columns = (size_t)wcwidth(wc);
		return len;
	}
	/* Byte by byte: the rest of a character is no character. */
	len = (size_t)(vis(to, (unsigned char)(*s)[0], VIS_CSTYLE | VIS_OCTAL |
			   VIS_TAB | VIS_NL | VIS_NOLOCALE,
			   (unsigned char)(*s)[1]) - to);
	(*s)++;
	*ret_columns = len;
	return len;
}
