/* SPDX-License-Identifier: MIT */
/*
 * The input is a name in the tracee, any bytes: what we make of it for JSON is
 * UTF-8 without control characters, and for a terminal it fits its columns.
 */
#include <assert.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "report/json_writer.h"
#include "report/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { COLUMNS = 40, MAX_NAME = 4096 };

/* By the C library, which is not what wrote it. */
static size_t check_columns(const char *s, size_t len)
{
	mbstate_t state = { 0 };
	size_t columns = 0;

	while (len > 0) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, s, len, &state);

		assert(n > 0 && n <= len);
		assert(wc >= ' ' && !(wc >= 0x7f && wc < 0xa0));
		columns += wcwidth(wc) > 0 ? (size_t)wcwidth(wc) : 0;
		s += n;
		len -= n;
	}
	return columns;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *locale;
	static struct out out;
	char name[MAX_NAME];
	size_t columns;

	if (!locale)
		locale = setlocale(LC_CTYPE, "C.UTF-8");
	if (len >= sizeof(name))
		return 0;
	memcpy(name, data, len);
	name[len] = '\0';

	out_init(&out, -1);
	json_quote(&out, name);
	assert(out.n >= 2 && out.buf[0] == '"' && out.buf[out.n - 1] == '"');
	check_columns(out.buf, out.n);

	out_init(&out, -1);
	columns = out_visible(&out, name, COLUMNS);
	assert(columns <= COLUMNS);
	assert(columns == check_columns(out.buf, out.n));
	return 0;
}
