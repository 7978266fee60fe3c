/* SPDX-License-Identifier: MIT */
#include "golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char *slurp(int fd)
{
	struct stat st;
	char *text;

	assert_int_equal(fstat(fd, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)st.st_size, 0), st.st_size);
	return text;
}

static void rewrite(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

void golden_check(struct out *out, const char *name)
{
	auto_free char *is = NULL, *want = NULL;
	char path[200];
	struct err err;
	FILE *f;

	assert_true(out_flush(out, &err));
	is = slurp(out->fd);
	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (getenv("UPDATE_GOLDEN"))
		rewrite(path, is);
	f = fopen(path, "r");
	assert_non_null(f);
	want = slurp(fileno(f));
	fclose(f);
	assert_string_equal(is, want);
}

struct out *golden_out(void)
{
	static struct out out;

	if (out.fd > 0)
		close(out.fd);
	out_init(&out, memfd_create("golden", MFD_CLOEXEC));
	assert_true(out.fd > 0);
	return &out;
}
